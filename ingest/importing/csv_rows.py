"""Tables of readings (docs/reference/csv.md), long or wide, cell by cell: a row, a bad cell, or blank.

    long: site,parameter,time,value[,unit][,flag][,kind][,sent]
    wide: site,time,<parameter>,…[,flag][,<parameter>_flag,…][,kind]

The header decides, columns in any order. Where a `sent` is given it is read instead of the value that counted
in its place. One line of text is one record, so a stray quote costs its own line only. Memory stays flat.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple, cast

from msgspec import Struct

from ingest.importing import csv_lines
from ingest.importing.cells import BadCell, Cells, CsvReading, number
from ingest.importing.csv_columns import CsvColumns, column_remarks, csv_columns, read_value
from ingest.importing.csv_parameters import LongParameters, NamedParameter
from ingest.importing.tables.table import Table, TableOptions
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.decoding.tables.columns import site_names
from sensors.decoding.tables.flags import parse_flag, parse_flags
from sensors.decoding.tables.headings import Headings
from sensors.decoding.tables.written_times import joined_time, parse_written_time
from sensors.excerpt import excerpt
from sensors.model import KINDS, NORMAL, Kind, RefusalReason, Refused

LINES_REMEMBERED = 65_536
LONGEST_REMEMBERED = 200
WITHOUT_OFFSET = "times without an offset are taken as Asia/Shanghai's; --tz names another zone"


class RowOptions(Struct, frozen=True):
    """How a table of readings is read.

    Attributes:
        tz: Where times without an offset were written; None is Asia/Shanghai, and that is said.
        missing: Texts that count as blank, compared without surrounding blanks; blank is not measured.
        ignore: Columns to ignore.
        time_format: How times are written, as of `strptime`; None reads what is unambiguous.
        table: See there.
    """

    tz: tzinfo | None = None
    missing: Collection[str] = ()
    ignore: Collection[str] = ()
    time_format: str | None = None
    table: TableOptions = TableOptions()


def rows(
    source: Path | IO[bytes],
    catalogue: Catalogue,
    options: RowOptions | None = None,
    note: Callable[[str], None] = lambda _line: None,
) -> Cells:
    """Every measured cell of one file in its order; the header is read and checked before this returns.

    Args:
        source: A file, closed until the first cell is asked for; or a stream of bytes, which stays open.
        catalogue: Which parameters and sites there are.
        options: See there.
        note: Called with what was decided and may surprise, once for a file.

    Returns:
        Readings and bad cells; a bad time or kind of a wide line makes each of its measured cells bad.

    Raises:
        ValueError: The header is neither form, repeats or lacks a column, or names an unknown one.
            While reading: the file is damaged. The message names the file, and column or line.
        OSError: The file cannot be read.
    """
    wanted = options or RowOptions()
    table = Table(source, Headings(catalogue), wanted.table)
    try:
        columns = csv_columns(table, catalogue, wanted.ignore)
    except ValueError:
        table.close()
        raise
    for line in (*table.notes, *column_remarks(table, columns)):
        note(f"{table.name}: {line}")
    if not isinstance(source, Path):
        return _RowReader(table, columns, catalogue, wanted, note).cells()
    table.close()
    return _reopened(source, catalogue, wanted, note)


def _reopened(source: Path, catalogue: Catalogue, options: RowOptions, note: Callable[[str], None]) -> Cells:
    with Table(source, Headings(catalogue), options.table) as table:
        columns = csv_columns(table, catalogue, options.ignore)
        yield from _RowReader(table, columns, catalogue, options, note).cells()


class _Wrong(NamedTuple):
    """Why a cell is bad: the column, the reason, a description, and its text."""

    column: str
    reason: RefusalReason
    detail: str
    text: str


class _Shared(NamedTuple):
    """What all cells of a line share; `wrong` is the first thing wrong with it."""

    site: str
    time: datetime | str
    kind: str
    wrong: _Wrong | None


class _RowReader:
    """One file whose header has passed."""

    def __init__(
        self,
        table: Table,
        columns: CsvColumns,
        catalogue: Catalogue,
        options: RowOptions,
        note: Callable[[str], None],
    ) -> None:
        self._table, self._columns, self._options, self._note = table, columns, options, note
        self._name, self._width = table.name, len(table.header)
        self._missing = frozenset(options.missing) | {""}
        self._is_plain = table.decimal != ","
        self._sites = site_names(catalogue)
        self._understood = lru_cache(LINES_REMEMBERED)(self._understand)
        self._parameters = LongParameters(catalogue)
        self._site_at, self._kind_at = columns.roles["site"], columns.roles.get("kind")
        self._time_at = tuple(columns.time.values())
        self._zone_is_said = options.tz is not None

    def cells(self) -> Cells:
        """The cells of the rows below the header."""
        records = self._records()
        return self._long_cells(records) if self._columns.is_long else self._wide_cells(records)

    def _records(self) -> Iterator[tuple[int, list[str]] | BadCell]:
        """Each record with its line; a line that is none as a bad cell."""
        first = self._table.header_line + 1
        if self._table.delimiter is None:
            for line, row in enumerate(self._table.rows(), first):
                if any(row):
                    yield line, [*row, *[""] * (self._width - len(row))]
            return
        for line, text in enumerate(self._table.lines(), first):
            record = self._record(line, text)
            if isinstance(record, list):
                yield line, record
            elif record is not None:
                yield record

    def _record(self, line: int, text: str) -> list[str] | BadCell | None:
        """The cells of a line, why there are none, or None for an empty line."""
        if len(text) > csv_lines.LONGEST:
            detail = f"a line of more than {csv_lines.LONGEST} characters"
            return self._bad_line(line, text, "oversize", detail)
        if not text.isascii() and not csv_lines.is_utf8(text):
            return self._bad_line(line, text, "not_utf8", "bytes that are not UTF-8 text")
        try:
            record = csv_lines.split_cells(text, self._table.delimiter or ",")
        except csv.Error as error:
            return self._bad_line(line, text, "bad_envelope", f"quotes: {error}")
        if len(record) == self._width:
            return record
        if len(record) > self._width and not "".join(record[self._width :]).strip():
            return record  # only blanks more
        if not text.strip():
            return None
        return self._bad_line(line, text, "bad_envelope", f"{len(record)} cells under {self._width} columns")

    def _bad_line(self, line: int, text: str, reason: RefusalReason, detail: str) -> BadCell:
        shown = text.rstrip("\n").encode(errors="surrogateescape").decode(errors="replace")
        return BadCell(self._name, line, "", reason, detail, shown)

    def _long_cells(self, records: Iterable[tuple[int, list[str]] | BadCell]) -> Cells:
        roles, missing = self._columns.roles, self._missing
        value_at, parameter_at = roles["value"], roles["parameter"]
        flag_at, sent_at, unit_at = roles.get("flag"), roles.get("sent"), roles.get("unit")
        for found in records:
            if isinstance(found, BadCell):
                yield found
                continue
            line, record = found
            text = record[value_at].strip()
            if sent_at is not None:
                text = record[sent_at].strip() or text
            if text in missing:
                continue
            name, unit = record[parameter_at].strip(), "" if unit_at is None else record[unit_at].strip()
            flag = NORMAL if flag_at is None else record[flag_at]
            shared, power = self._shared(record), 0
            parameter = self._parameters.read(name, unit)
            if isinstance(parameter, NamedParameter):
                name, power = parameter
            elif shared.wrong is None:
                wrong = _Wrong(parameter.where, parameter.reason, parameter.detail, unit or name)
                shared = shared._replace(wrong=wrong)
            yield self._cell(line, shared, name, text, column="value", flag=flag, power=power)

    def _wide_cells(self, records: Iterable[tuple[int, list[str]] | BadCell]) -> Cells:
        missing, is_plain = self._missing, self._is_plain
        measured = [
            (one.at, one.parameter, one.heading, one.power, one.flags) for one in self._columns.measured
        ]
        for found in records:
            if isinstance(found, BadCell):
                yield found
                continue
            line, record = found
            shared = self._shared(record)
            site, time, kind, wrong = shared
            for place, parameter, column, power, marked_at in measured:
                text = record[place].strip()
                if text in missing:
                    continue
                flag = self._flag(record, marked_at) if marked_at else NORMAL
                plain = wrong is None and is_plain and not power and flag is NORMAL
                value = number(text) if plain else None
                if value is None:
                    yield self._cell(line, shared, parameter, text, column=column, power=power, flag=flag)
                else:  # the common cell, without another call
                    yield CsvReading(site, parameter, time, value, NORMAL, kind, line)  # type: ignore[arg-type]

    def _flag(self, record: list[str], places: Sequence[int]) -> str:
        """The letter of the flags that mark a value; the first that is none as it stands."""
        cells = [record[at] for at in places]
        flag = parse_flags(cells)
        return flag if flag is not None else next(cell for cell in cells if parse_flag(cell) is None)

    def _shared(self, record: list[str]) -> _Shared:
        kind = "" if self._kind_at is None else record[self._kind_at]
        site = record[self._site_at]
        time = record[self._time_at[0]] if len(self._time_at) == 1 else self._joined(record)
        if len(site) + len(time) + len(kind) > LONGEST_REMEMBERED:
            return self._understand(site, time, kind)
        return self._understood(site, time, kind)

    def _joined(self, record: list[str]) -> str:
        return joined_time({role: record[at] for role, at in self._columns.time.items()})

    def _cell(
        self,
        line: int,
        shared: _Shared,
        parameter: str,
        text: str,
        *,
        column: str,
        flag: str = NORMAL,
        power: int = 0,
    ) -> CsvReading | BadCell:
        site, time, kind, wrong = shared
        letter = NORMAL if flag is NORMAL else parse_flag(flag)
        if letter is None:
            detail = f"flag must be one of N F M S D C T B: {excerpt(flag)}"
            wrong = wrong or _Wrong("flag", "unknown_flag", detail, flag)
        if wrong is None:
            try:
                value = read_value(text, self._table.decimal, power)
            except ValueError as why:
                wrong = _Wrong(column, "not_a_number", str(why), text)
            else:
                return CsvReading(
                    site, parameter, cast("datetime", time), value, letter or NORMAL, cast("Kind", kind), line
                )
        return BadCell(self._name, line, *wrong, site, parameter, time, text, letter or flag, kind)

    def _understand(self, site: str, time: str, kind: str) -> _Shared:
        site, text, kind = site.strip(), time.strip(), kind.strip() or "rtd"
        site = self._sites.get(site, site)
        read = self._time(text)
        if isinstance(read, Refused):
            return _Shared(site, text, kind, _Wrong("time", read.reason, read.detail, text))
        wrong = None
        if not site:
            wrong = _Wrong("site", "unknown_site", "there is no site", "")
        elif kind not in KINDS:
            detail = f"kind must be one of rtd, min, hour, day: {excerpt(kind)}"
            wrong = _Wrong("kind", "unknown_kind", detail, kind)
        return _Shared(site, read, kind, wrong)

    def _time(self, text: str) -> datetime | Refused:
        if not text:
            return Refused("no_time", "there is no time")
        read = parse_written_time(text, self._options.tz, self._options.time_format)
        if self._options.tz is None and isinstance(read, Refused) and read.reason == "time_without_zone":
            if not self._zone_is_said:
                self._zone_is_said = True
                self._note(f"{self._name}: {WITHOUT_OFFSET}")
            read = parse_written_time(text, SHANGHAI, self._options.time_format)
        return read
