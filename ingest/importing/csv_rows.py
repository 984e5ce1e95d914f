"""CSV (docs/reference/csv.md), long or wide, cell by cell: a row, a bad cell, or blank. Memory stays flat.

    long: site,parameter,time,value[,flag][,kind][,sent]
    wide: site,time,<parameter>,…[,kind]

The header decides, columns in any order. Where a `sent` is given it is read instead of the value that counted
in its place. One line is one record, so a stray quote costs its own line only.
"""

import csv
import re
from collections.abc import Collection, Iterator
from datetime import datetime, tzinfo
from functools import lru_cache, partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO, cast

from msgspec import Struct

from ingest.importing import csv_lines
from sensors.decoding.below_detection import parse_detection_limit
from sensors.decoding.times import parse_time
from sensors.decoding.types import FLAGS
from sensors.model import KINDS, NORMAL, Kind, RefusalReason, Refused

if TYPE_CHECKING:
    from sensors.catalogue.model import Catalogue

LONG = frozenset({"site", "parameter", "time", "value"})
WIDE = frozenset({"site", "time"})
PLAIN = LONG | {"flag", "kind", "sent"}
LINES_REMEMBERED = 65_536
LONGEST_REMEMBERED = 200
PARAMETERS_REMEMBERED = 1_024

# No backtracking into digits (++), so that a cell is scanned once.
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?").fullmatch
_MILLISECONDS = re.compile(r"-?[0-9]{1,18}").fullmatch


class CsvReading(Struct, frozen=True, gc=False):
    """One measured value of a file.

    `parameter` is the id or HJ code as the file names it, known to the catalogue. `time` is in UTC. `value`
    is a text where it says that it is below detection. `line` counts from 1, the header's. The site is not
    looked up here, nor is the time checked.
    """

    site: str
    parameter: str
    time: datetime
    value: float | str
    flag: str
    kind: Kind
    line: int


class BadCell(Struct, frozen=True, gc=False):
    """One refused cell, or with an empty `parameter` a whole refused line; `reason` as for messages.

    `text` is what stands in the bad `column`. `time`, `value`, `flag` and `kind` are those of its reading as
    far as they could be read: a time that is none stays text, as `value` always does.
    """

    file: str
    line: int
    column: str
    reason: RefusalReason
    detail: str
    text: str
    site: str = ""
    parameter: str = ""
    time: datetime | str = ""
    value: str = ""
    flag: str = NORMAL
    kind: str = "rtd"


Cells = Iterator[CsvReading | BadCell]


def number(text: str) -> float | None:
    """The nearest float of a decimal number such as `31.2`, `-.5` or `1e-3`; None for anything else.

    Infinity, NaN, grouped digits, other scripts' digits and what exceeds a float are not numbers.
    """
    if _NUMBER(text) is None:
        return None
    value = float(text)
    return value if isfinite(value) else None


def cell_value(text: str) -> float | str | None:
    """What a cell without blanks around it says: a number, or in its own words that it is below detection."""
    value = number(text)
    return text if value is None and parse_detection_limit(text) is not None else value


def rows(
    source: Path | TextIO,
    *,
    catalogue: "Catalogue",
    tz: tzinfo | None = None,
    missing: Collection[str] = (),
    ignore: Collection[str] = (),
) -> Cells:
    """Every measured cell of one file in its order; the header is read and checked before this returns.

    Args:
        source: A file, UTF-8 with or without byte order mark, gzip by the name's `.gz`; or an open text
            stream, which stays open.
        catalogue: Which parameters there are.
        tz: Where times without an offset were written; None makes them bad cells.
        missing: Texts that count as blank, compared without surrounding spaces; blank is not measured.
        ignore: Columns to ignore.

    Returns:
        Readings and bad cells; a bad time or kind of a wide line makes each of its measured cells bad.

    Raises:
        ValueError: The header is neither form, repeats or lacks a column, or names an unknown one.
            While reading: the compressed data are damaged. The message names the file, and column or line.
        OSError: The file cannot be read.
    """
    cells = _read(source, _Options(catalogue, tz, frozenset(missing) | {""}, frozenset(ignore)))
    next(cells)
    return cast("Cells", cells)


class _Options(NamedTuple):
    catalogue: "Catalogue"
    tz: tzinfo | None
    missing: frozenset[str]  # blank is one of them
    ignore: frozenset[str]


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


def _read(source: Path | TextIO, options: _Options) -> Iterator[CsvReading | BadCell | None]:
    """None once the header has passed, then the cells."""
    name = str(source) if isinstance(source, Path) else getattr(source, "name", "standard input")
    with csv_lines.open_text(source) as stream:
        lines = enumerate(csv_lines.intact_lines(stream, name), start=1)
        table = _Table(name, csv_lines.parse_header(lines, name), options)
        yield None
        yield from table.cells(lines)


class _Table:
    """One file whose header has passed."""

    def __init__(self, name: str, columns: list[str], options: _Options) -> None:
        self._name = name
        self._width = len(columns)
        self._missing = options.missing
        self._understand = partial(_understand, tz=options.tz)
        self._understood = lru_cache(LINES_REMEMBERED)(self._understand)
        self._parameter = lru_cache(PARAMETERS_REMEMBERED)(options.catalogue.parameter)
        self._at = {column: place for place, column in enumerate(columns) if column not in options.ignore}
        self._long = {"parameter", "value"} <= self._at.keys()
        self._check_columns()
        self._site_at, self._time_at, self._kind_at = self._at["site"], self._at["time"], self._at.get("kind")
        self._measured = [(place, column) for column, place in self._at.items() if column not in PLAIN]

    def _check_columns(self) -> None:
        needed, allowed = (LONG, PLAIN) if self._long else (WIDE, WIDE | {"kind"})
        if lacking := sorted(needed - self._at.keys()):
            raise ValueError(f"{self._name}: the header has no column {', '.join(lacking)}")
        others = [column for column in self._at if column not in allowed]
        if not (self._long or others):
            raise ValueError(f"{self._name}: the header names no parameter")
        unknown = [column for column in others if self._long or self._parameter(column) is None]
        if unknown:
            what = "not of the long form" if self._long else "no parameter id or HJ code"
            passed = f'--ignore-columns "{",".join(unknown)}" passes over it'
            raise ValueError(f"{self._name}: column {', '.join(unknown)}: {what}; {passed}")

    def cells(self, lines: Iterator[tuple[int, str]]) -> Cells:
        """The cells of the lines below the header."""
        return self._long_cells(lines) if self._long else self._wide_cells(lines)

    def _record(self, line: int, text: str) -> list[str] | BadCell | None:
        """The cells of a line, why there are none, or None for an empty line."""
        if len(text) > csv_lines.LONGEST:
            detail = f"a line of more than {csv_lines.LONGEST} characters"
            return self._bad_line(line, text, "oversize", detail)
        if not text.isascii() and not csv_lines.is_utf8(text):
            return self._bad_line(line, text, "not_utf8", "bytes that are not UTF-8 text")
        try:
            record = csv_lines.split_cells(text)
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

    def _long_cells(self, lines: Iterator[tuple[int, str]]) -> Cells:
        missing, value_at, parameter_at = self._missing, self._at["value"], self._at["parameter"]
        flag_at, sent_at = self._at.get("flag"), self._at.get("sent")
        for line, whole in lines:
            record = self._record(line, whole)
            if not isinstance(record, list):
                if record:
                    yield record
                continue
            text = record[value_at].strip()
            if sent_at is not None:
                text = record[sent_at].strip() or text
            if text in missing:
                continue
            parameter = record[parameter_at].strip()
            flag = NORMAL if flag_at is None else record[flag_at].strip() or NORMAL
            shared = self._shared(record)
            if shared.wrong is None and (flag not in FLAGS or self._parameter(parameter) is None):
                shared = shared._replace(wrong=_wrong_in_long(flag, parameter))
            yield self._cell(line, shared, parameter, text, column="value", flag=flag)

    def _wide_cells(self, lines: Iterator[tuple[int, str]]) -> Cells:
        missing = self._missing
        for line, whole in lines:
            record = self._record(line, whole)
            if not isinstance(record, list):
                if record:
                    yield record
                continue
            shared = self._shared(record)
            for place, parameter in self._measured:
                text = record[place].strip()
                if text not in missing:
                    yield self._cell(line, shared, parameter, text, column=parameter)

    def _shared(self, record: list[str]) -> _Shared:
        kind = "" if self._kind_at is None else record[self._kind_at]
        site, time = record[self._site_at], record[self._time_at]
        if len(site) + len(time) + len(kind) > LONGEST_REMEMBERED:
            return self._understand(site, time, kind)
        return self._understood(site, time, kind)

    def _cell(
        self, line: int, shared: _Shared, parameter: str, text: str, *, column: str, flag: str = NORMAL
    ) -> CsvReading | BadCell:
        site, time, kind, wrong = shared
        if wrong is None:
            value = cell_value(text)
            if value is not None:
                return CsvReading(
                    site, parameter, cast("datetime", time), value, flag, cast("Kind", kind), line
                )
            wrong = _Wrong(column, "not_a_number", "not a decimal number", text)
        return BadCell(self._name, line, *wrong, site, parameter, time, text, flag, kind)


def _understand(site: str, time: str, kind: str, tz: tzinfo | None) -> _Shared:
    site, text, kind = site.strip(), time.strip(), kind.strip() or "rtd"
    read = _time(text, tz)
    if isinstance(read, Refused):
        return _Shared(site, text, kind, _Wrong("time", read.reason, read.detail, text))
    wrong = None
    if not site:
        wrong = _Wrong("site", "unknown_site", "there is no site", "")
    elif kind not in KINDS:
        wrong = _Wrong("kind", "unknown_kind", "kind must be one of rtd, min, hour, day", kind)
    return _Shared(site, read, kind, wrong)


def _wrong_in_long(flag: str, parameter: str) -> _Wrong:
    if flag not in FLAGS:
        return _Wrong("flag", "unknown_flag", "flag must be one of N F M S D C T B", flag)
    return _Wrong("parameter", "unknown_parameter", "no parameter id or HJ code", parameter)


def _time(text: str, tz: tzinfo | None) -> datetime | Refused:
    if not text:
        return Refused("no_time", "there is no time")
    return parse_time(int(text) if _MILLISECONDS(text) else text, tz)
