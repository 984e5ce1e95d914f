"""What `export` writes beside a reading, and the marks that an exported file holds.

A reading's own checks are run again when it is imported, so of these columns only the marks are read.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from ingest.importing import csv_lines
from ingest.importing.tables.table import Table, TableOptions
from sensors.catalogue.model import Catalogue
from sensors.decoding.tables.headings import Headings
from sensors.decoding.times import parse_time
from sensors.excerpt import from_csv_cell
from sensors.marks import Mark, What
from sensors.model import Refused

READING = ("site", "parameter", "time", "value", "flag", "kind", "validity", "failed", "sent")
MARK = ("mark", "reason", "by", "mark_of", "mark_from", "mark_to", "mark_made")
BETWEEN = " | "
"""What stands in the cells under `MARK` between several marks on one reading."""

_JUDGED = ("validity", "failed", *MARK)
_KNOWN: tuple[What, ...] = get_args(What)


def judging_columns(header: Sequence[str]) -> frozenset[str]:
    """The columns of a header that judge readings, if it is that of an export; else none."""
    names = {name.strip() for name in header}
    return frozenset(_JUDGED) if names.issuperset((*READING, *MARK)) else frozenset()


def to_mark_cells(marks: Sequence[Mark]) -> list[str | None]:
    r"""Marks as the cells under `MARK`, in their order; all blank without one.

    Of several each cell holds what all say, with `BETWEEN` between them; a `|` or `\` that somebody wrote has
    a `\` before it there. One mark's words stand as they are.
    """
    rows = [_texts(mark) for mark in marks]
    if len(rows) < 2:  # noqa: PLR2004 - one needs no sign between it and another
        return [*rows[0]] if rows else [None] * len(MARK)
    return [BETWEEN.join(map(_guarded, cells)) for cells in zip(*rows, strict=True)]


def _texts(mark: Mark) -> tuple[str, ...]:
    times = (mark.start, mark.end, mark.made)
    return (mark.what, mark.reason, mark.by, mark.parameter, *(one.isoformat() for one in times))


def _guarded(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def exported_marks(source: Path, catalogue: Catalogue, options: TableOptions) -> list[Mark]:
    """Every mark in an exported file, each once, in its order; none in a file that is no export.

    Cells that are not a mark of one of the catalogue's sites are passed over.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    found: dict[Mark, None] = {}
    with Table(source, Headings(catalogue), options) as table:
        if judging_columns(table.header):
            for row in _rows(table):
                found |= dict.fromkeys(_marks(row, catalogue))
    return list(found)


def _rows(table: Table) -> Iterator[Mapping[str, str]]:
    names = [name.strip() for name in table.header]
    if table.delimiter is None:
        records: Iterator[list[str]] = table.rows()
    else:
        records = _split(table, table.delimiter)
    for record in records:
        if len(record) >= len(names):
            yield {name: cell.strip() for name, cell in zip(names, record, strict=False)}


def _split(table: Table, delimiter: str) -> Iterator[list[str]]:
    for line in table.lines():
        try:
            yield csv_lines.split_cells(line, delimiter)
        except csv.Error:
            continue  # told where the readings are read


def _marks(row: Mapping[str, str], catalogue: Catalogue) -> Iterator[Mark]:
    if not row["mark"] or row["site"] not in catalogue.sites:
        return
    cells = [from_csv_cell(row[name]) for name in MARK]
    several = BETWEEN in cells[0]
    for texts in zip(*map(_parts, cells), strict=False) if several else (cells,):
        mark = _mark(row["site"], *texts)
        if mark is not None:
            yield mark


def _parts(cell: str) -> list[str]:
    """What a cell says of each of several marks."""
    return [re.sub(r"\\(.)", r"\1", part) for part in cell.split(BETWEEN)]


def _mark(site: str, what: Any, reason: str, by: str, parameter: str, *stamps: str) -> Mark | None:
    if what not in _KNOWN:
        return None
    start, end, made = map(parse_time, stamps)
    if isinstance(start, Refused) or isinstance(end, Refused) or isinstance(made, Refused):
        return None
    return Mark(site, parameter, start, end, what, reason, by, made)
