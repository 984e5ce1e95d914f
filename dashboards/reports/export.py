"""The files that machines read: means.csv, exceedances.csv, report.json. Equal inputs give equal bytes."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from msgspec import Struct, to_builtins

from alerts.events.quality_document import to_document
from dashboards.reports.content.exceedances.events import Listing, listing_of
from dashboards.reports.content.exceedances.runs import Exceedance, acknowledged_by
from dashboards.reports.content.means import Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import last_day
from dashboards.reports.imprint import Imprint
from dashboards.reports.text.printed import PrintedParagraph
from sensors.calendar import SHANGHAI
from sensors.excerpt import csv_cell
from sensors.marks import Mark
from sensors.model import Language
from sensors.standards import aqi
from sensors.standards.air_limits import air_limit
from sensors.standards.statistics import DAY
from sensors.standards.versions import NoStandard
from sensors.standards.water_limits import standard_on

MEANS = (
    "site", "parameter", "statistic", "start", "end", "value", "unrounded", "n", "expected", "capture",
    "valid", "target", "met", "standard", "points", "of_points",
)  # fmt: skip
EXCEEDANCES = (
    "site", "parameter", "statistic", "rule", "limit", "begin", "end", "peak", "peak_time", "mean", "hours",
    "acknowledged_by", "note", "severity", "list",
)  # fmt: skip
NOT_AVAILABLE = "not available here"
_LISTS: Mapping[Listing, str] = {"breach": "breach", "plan": "above_target", "own": "own"}


class Identity(Struct, frozen=True):
    """Which report it is: its number, its revision from 1 on, the language, and the program's version.

    `text` has its paragraphs; None stands for those that the program writes.
    """

    number: str
    revision: int
    language: Language
    version: str
    supersedes: str = ""
    imprint: Imprint = Imprint()
    text: tuple[PrintedParagraph, ...] | None = None


def means_csv(report: MonthlyReport) -> str:
    """The rows of means.csv."""
    return _csv(MEANS, (mean_cells(row) for row in report.rows.values()))


def exceedances_csv(report: MonthlyReport) -> str:
    """The rows of exceedances.csv."""
    return _csv(EXCEEDANCES, (exceedance_cells(one, report) for one in report.exceedances))


def mean_cells(row: Mean) -> list[str]:
    """A row as its texts, in the order of `MEANS`."""
    return [
        row.site,
        row.parameter,
        row.statistic,
        stamp(row.start),
        stamp(row.end),
        "" if row.value is None else f"{row.value:f}",
        "" if row.unrounded is None else repr(row.unrounded),
        str(row.n),
        str(row.expected),
        "" if row.capture is None else f"{row.capture:.4f}",
        "true" if row.valid else "false",
        "" if row.target is None else f"{row.target:f}",
        {True: "yes", False: "no", None: ""}[row.met],
        row.standard,
        "" if row.points is None else str(row.points),
        "" if row.of_points is None else str(row.of_points),
    ]


def exceedance_cells(one: Exceedance, report: MonthlyReport) -> list[str]:
    """An exceedance as its texts, in the order of `EXCEEDANCES`."""
    acknowledged = acknowledged_by(one, report.register)
    return [
        one.site,
        one.parameter,
        one.statistic,
        one.rule,
        f"{one.limit:g}",
        stamp(one.begin),
        "" if one.end is None else stamp(one.end),
        repr(one.peak),
        stamp(one.peak_time),
        repr(one.mean),
        f"{one.hours:g}",
        NOT_AVAILABLE if acknowledged is None else acknowledged.by,
        NOT_AVAILABLE if acknowledged is None else acknowledged.note,
        one.severity,
        _LISTS[listing_of(one)],
    ]


def stamp(time: datetime) -> str:
    """A time in Shanghai, ISO 8601 with offset."""
    return time.astimezone(SHANGHAI).isoformat(timespec="seconds")


def report_json(
    report: MonthlyReport,
    identity: Identity,
    changes: list[dict[str, Any]] | None = None,
    digests: Mapping[str, str] | None = None,
) -> str:
    """What the report is and what it is based on; `digests` are the SHA-256 of its other files by name."""
    until = report.collected.until
    content: dict[str, Any] = {
        "number": identity.number,
        "revision": identity.revision,
        "supersedes": identity.supersedes,
        "language": identity.language,
        "imprint": to_builtins(identity.imprint),
        "version": identity.version,
        "month": str(report.month),
        "period": {"start": stamp(report.month.start), "end": stamp(report.month.end), "until": stamp(until)},
        "open": report.open,
        "standards": standards(report),
        "inputs": {
            "sha256": report.collected.digest,
            "read_from": stamp(report.collected.read_from.start),
            "arrivals_until": stamp_ms(report.arrivals_until),
            "journal": report.journal_facts is not None,
        },
        "drinking_water": to_builtins(report.drinking_water),
        "marks": [mark_cells(mark) for mark in report.marks],
        "figures": len(report.rows),
        "exceedances": len(report.exceedances),
        "files": dict(digests or {}),
        "alarms": {
            "state": report.alarms.state,
            "figures": None if report.alarms.quality is None else to_document(report.alarms.quality),
        },
    }
    if identity.text is not None:
        content["text"] = {one.chapter: paragraph_cells(one) for one in identity.text}
    if changes is not None:
        content["changes"] = changes
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def stamp_ms(time: datetime | None) -> str | None:
    """A time to the millisecond, or None."""
    return time.astimezone(SHANGHAI).isoformat(timespec="milliseconds") if time is not None else None


def paragraph_cells(one: PrintedParagraph) -> dict[str, Any]:
    """A paragraph as report.json keeps it, for the next revision to carry on."""
    return {
        "text": one.text,
        "edited": one.is_edited,
        "outdated": one.is_outdated,
        "generated": one.generated,
        "figures": list(one.figures),
    }


def mark_cells(mark: Mark) -> dict[str, str]:
    """A mark as report.json keeps it."""
    return {
        "site": mark.site,
        "parameter": mark.parameter,
        "from": stamp(mark.start),
        "to": stamp(mark.end),
        "as": mark.what,
        "reason": mark.reason,
        "by": mark.by,
    }


def standards(report: MonthlyReport) -> list[dict[str, str]]:
    """Every standard in force on the month's last day that the report compares something with."""
    return list(_standards(report, last_day(report.month)))


def _standards(report: MonthlyReport, day: date) -> Iterator[dict[str, str]]:
    if report.air:
        with suppress(NoStandard):
            if (limit := air_limit("pm25", DAY, 2, day)) is not None:
                until = limit.valid_to.isoformat() if limit.valid_to else ""
                start = limit.valid_from.isoformat()
                yield {"standard": limit.standard, "phase": limit.phase, "from": start, "to": until}
        with suppress(NoStandard):
            yield {"standard": aqi.report_on(day, "day").rule}
    if report.water:
        yield {"standard": standard_on(day)}


def _csv(header: tuple[str, ...], rows: Iterator[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
