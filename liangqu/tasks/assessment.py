"""Adds assessment columns to a table, row by row, with a line for each cell that cannot be read."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol

from msgspec import Struct

from ingest.importing.csv_lines import LONGEST, is_utf8
from ingest.importing.tables.table import Table, TableOptions
from liangqu.assess.air import AirAssessor
from liangqu.assess.cells import TableHead
from liangqu.assess.rows import Assessor, Unassessable, UnreadableCell, assessed_rows
from liangqu.assess.water import WaterAssessor
from liangqu.config.errors import ProblemError
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.decoding.tables.headings import Headings
from sensors.model import IndexSpan, Medium

_FAILED = 1
_SHOWN = 40
_MARK = "\ufeff"


class AssessmentOptions(Struct, frozen=True):
    """What is assessed, and how the table is read; see `TableHead` and `TableOptions`."""

    medium: Medium
    statistic: IndexSpan = "hour"
    standard: str | None = None
    table: TableOptions = TableOptions()
    missing: Collection[str] = ()
    ignore: Collection[str] = ()
    time_format: str | None = None
    detection_limits: Mapping[str, str] = {}


class Output(Protocol):
    """Where the CSV goes."""

    def write(self, text: str, /) -> object:
        """Write some of it."""
        ...


def assess_table(
    source: Path | IO[bytes], options: AssessmentOptions, output: Output, say: Callable[[str], None]
) -> int:
    """Write every row with its assessment; returns how many cells were bad.

    Args:
        source: A file, or a stream of bytes.
        options: See there.
        output: Gets the CSV: separated as the table is, and with a byte order mark if it has one.
        say: Called with a line for each bad cell, and for what the verdicts rest on.

    Raises:
        ProblemError: The table cannot be assessed as requested (exit code 2), or cannot be read to its end
            (1); the rows before are written.
    """
    catalogue = loader.load()
    with _opened(source, catalogue, options) as table:
        for note in table.notes:
            say(f"{table.name}: {note}")
        assessor = _assessor(table, catalogue, options, lambda note: say(f"{table.name}: {note}"))
        if again := [name for name in assessor.added if name in map(str.strip, table.header)]:
            say(f"{table.name}: in the table already: {', '.join(again)}; ours is the last of that name")
        bad = _write(table, assessor, output, say)
        for line in assessor.summary():
            say(f"{table.name}: {line}")
    return bad


def _write(table: Table, assessor: Assessor, output: Output, say: Callable[[str], None]) -> int:
    bad = 0
    rows = _Rows(table)

    def report(number: int, cell: UnreadableCell) -> None:
        nonlocal bad
        bad += 1
        where = f"{table.name}: row {number} (line {rows.line}), column {cell.column.strip()}"
        aside = "" if cell.counts else "; it does not count for the result"
        say(f"{where}: {cell.text[:_SHOWN]!r} {cell.reason}{aside}")

    writer = csv.writer(output, delimiter=table.delimiter or ",", lineterminator="\n")
    if table.marked:
        output.write(_MARK)
    try:
        writer.writerows(assessed_rows(table.header, rows.all(), assessor, report))
    except (csv.Error, ValueError) as wrong:
        where = f"{table.name}: line {rows.line}: " if isinstance(wrong, csv.Error) else ""
        raise ProblemError(f"{where}{wrong}", exit_code=_FAILED) from None
    except BrokenPipeError:
        raise
    except OSError as wrong:
        raise ProblemError(f"{table.name}: {wrong.strerror}", exit_code=_FAILED) from None
    return bad


class _Rows:
    """The rows of a table below its head, and the line of the file at which the last one ended."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = csv.reader(self._lines(), delimiter=table.delimiter or ",", strict=True)
        self._of_sheet = table.header_line

    @property
    def line(self) -> int:
        return (
            self._of_sheet
            if self._table.delimiter is None
            else self._table.header_line + self._reader.line_num
        )

    def all(self) -> Iterator[list[str]]:
        return self._sheet() if self._table.delimiter is None else self._reader

    def _sheet(self) -> Iterator[list[str]]:
        for row in self._table.rows():
            self._of_sheet += 1
            yield row if any(row) else []

    def _lines(self) -> Iterator[str]:
        """The lines as they are read; one without an end, as a device's, ends the work and not the memory."""
        for line in self._table.lines():
            if len(line) > LONGEST:
                raise ValueError(f"{self._where()}: longer than {LONGEST} characters")
            if not line.isascii() and not is_utf8(line):
                raise ValueError(f"{self._where()}: {_byte(line)}; --encoding names another encoding")
            yield line

    def _where(self) -> str:
        return f"{self._table.name}: line {self.line + 1}"


def _byte(line: str) -> str:
    """What is wrong with a line that is not in the file's encoding: its first byte that is not."""
    found = next(ord(c) - 0xDC00 for c in line if "\udc80" <= c <= "\udcff")
    return f"not UTF-8 (byte 0x{found:02x})"


def _opened(source: Path | IO[bytes], catalogue: Catalogue, options: AssessmentOptions) -> Table:
    try:
        return Table(source, Headings(catalogue), options.table)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as wrong:
        raise ProblemError(f"{source}: {wrong.strerror}") from None
    except OSError as wrong:
        raise ProblemError(f"{source}: {wrong.strerror}", exit_code=_FAILED) from None
    except ValueError as wrong:
        raise ProblemError(str(wrong)) from None


def _assessor(
    table: Table, catalogue: Catalogue, options: AssessmentOptions, note: Callable[[str], None]
) -> Assessor:
    head = TableHead(
        table.header,
        table.sample,
        catalogue,
        table.decimal,
        options.missing,
        options.ignore,
        options.time_format,
        options.detection_limits,
    )
    try:
        if options.medium == "water":
            return WaterAssessor(head, note)
        return AirAssessor(head, options.statistic, options.standard, note)
    except Unassessable as wrong:
        raise ProblemError(f"{table.name}: {wrong}") from None
