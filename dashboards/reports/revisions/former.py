"""The reports of a month that stand in a folder, each in a place of its own, and what one of them said.

    OUT/YYYY-MM/<language>/                the first
    OUT/YYYY-MM/revision-2/<language>/     the second, and so on

None is ever moved or written over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from dashboards.reports.revisions.printed import PrintedTable, parse_figures
from sensors.model import Language

_REVISION = re.compile(r"revision-([2-9]|[1-9]\d+)")


class FormerReportError(ValueError):
    """The folder holds no report that could be superseded; the text says what is wrong."""


class FormerReport(Struct, frozen=True):
    """What a superseded report said; `text` is its report.json, `content` what is in it."""

    folder: Path
    number: str
    revision: int
    month: str
    language: str
    marks: tuple[Mapping[str, str], ...]
    arrivals_until: datetime | None
    means: str
    exceedances: str
    figures: tuple[PrintedTable, ...]
    text: bytes
    content: Mapping[str, Any]


class _Head(Struct):
    """What is read of a report.json to tell which it is."""

    revision: int


def read_former(folder: Path) -> FormerReport:
    """The report in a folder: report.json, means.csv, exceedances.csv, figures.json.

    Raises:
        FormerReportError: a file is missing or damaged.
    """
    try:
        raw = (folder / "report.json").read_bytes()
        content: dict[str, Any] = json.loads(raw)
        until = content["inputs"]["arrivals_until"]
        return FormerReport(
            folder=folder,
            number=str(content["number"]),
            revision=int(content["revision"]),
            month=str(content["month"]),
            language=str(content["language"]),
            marks=tuple(content["marks"]),
            arrivals_until=datetime.fromisoformat(until) if until else None,
            means=(folder / "means.csv").read_text(encoding="utf-8"),
            exceedances=(folder / "exceedances.csv").read_text(encoding="utf-8"),
            figures=parse_figures((folder / "figures.json").read_text(encoding="utf-8")),
            text=raw,
            content=content,
        )
    except OSError as error:
        raise FormerReportError(f"{error.filename}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormerReportError(f"{folder / 'report.json'}: no report of ours: {error!r}") from None


def newest_report(out: Path, month: str, language: Language) -> FormerReport | None:
    """The newest revision of a month's report in one language; None where there is none.

    Raises:
        FormerReportError: it cannot be read.
    """
    newest = max(standing_folders(out, month, language), key=itemgetter(0), default=None)
    return None if newest is None else read_former(newest[1])


def _own_revision(folder: Path) -> int:
    try:
        return msgspec.json.decode((folder / "report.json").read_bytes(), type=_Head).revision
    except (OSError, ValueError, msgspec.DecodeError, RecursionError):
        return 1  # whoever reads the report says what is wrong with it


def revision_folder(out: Path, month: str, language: Language, revision: int) -> Path:
    """Where a revision is written: the first of a folder without any stands in the month's own."""
    first = out / month / language
    if revision == 1 or not (first / "report.json").exists():
        return first
    return out / month / f"revision-{revision}" / language


def standing_folders(out: Path, month: str, language: Language) -> Iterator[tuple[int, Path]]:
    """Each revision of a month's report in one language that stands in a folder, in no order.

    Which the first of a folder is, it says itself: it may supersede one elsewhere. A damaged one is counted
    as the first of all.
    """
    first = out / month / language
    if (first / "report.json").exists():
        yield _own_revision(first), first
    for folder in (out / month).glob("revision-*"):
        found = _REVISION.fullmatch(folder.name)
        if found is not None and (folder / language / "report.json").exists():
            yield int(found[1]), folder / language
