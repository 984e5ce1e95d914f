"""What `export` writes beside a reading, and the marks that an exported file holds.

A reading's own checks are run again when it is imported, so of these columns only the marks are read.
"""

import csv
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
_JUDGED = ("validity", "failed", *MARK)
_KNOWN: tuple[What, ...] = get_args(What)


def judging_columns(header: Sequence[str]) -> frozenset[str]:
    """The columns of a header that judge readings, if it is that of an export; else none."""
    names = {name.strip() for name in header}
    return frozenset(_JUDGED) if names.issuperset((*READING, *MARK)) else frozenset()


def to_mark_cells(mark: Mark | None) -> list[str | None]:
    """A mark as the cells under `MARK`; all blank without one."""
    if mark is None:
        return [None] * len(MARK)
    times = (mark.start, mark.end, mark.made)
    return [mark.what, mark.reason, mark.by, mark.parameter, *(one.isoformat() for one in times)]


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
                mark = _mark(row, catalogue)
                if mark is not None:
                    found[mark] = None
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


def _mark(row: Mapping[str, str], catalogue: Catalogue) -> Mark | None:
    what: Any = row["mark"]
    if what not in _KNOWN or row["site"] not in catalogue.sites:
        return None
    start, end, made = (parse_time(row[name]) for name in ("mark_from", "mark_to", "mark_made"))
    if isinstance(start, Refused) or isinstance(end, Refused) or isinstance(made, Refused):
        return None
    reason, by = from_csv_cell(row["reason"]), from_csv_cell(row["by"])
    return Mark(row["site"], row["mark_of"], start, end, what, reason, by, made)
