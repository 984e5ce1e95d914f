"""The national air data, whatever form they are kept in: which value of which station and hour each is.

    the platform's service          XML, an element a station and hour; the same as JSON
    archives of it, long            CSV, a row a station and hour: timepoint,stationcode,…,pm2_5,…,o3_24h
    archives of it, wide            CSV, a column a station: date,hour,type,1057A,1058A,…

Of `O3` and `O3_24h` the values tell which is the current hour: the platform swaps the names (all 4,274 AQI
values of July 2019 agree with that, 56 % with the names), and not everybody who keeps its data does. The
`_24h` and `_8h` of all are moving means and maxima, which we make ourselves. Hours are Beijing time and named
by their end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ingest.importing.cells import BadCell, CsvReading, cell_value
from ingest.importing.cnemc.air_json import json_stations
from ingest.importing.cnemc.air_tables import is_table, table_rows
from ingest.importing.cnemc.air_xml import xml_stations
from ingest.importing.cnemc.feed import feed_columns
from sensors.calendar import SHANGHAI
from sensors.decoding.tables.headings import squeeze
from sensors.decoding.tables.numerals import is_blank
from sensors.decoding.tables.ozone import is_swapped
from sensors.decoding.tables.written_times import joined_time, parse_written_time
from sensors.decoding.times import parse_time
from sensors.model import NORMAL, Kind, Label, RefusalReason, Refused

KIND: Kind = "hour"
LABEL: Label = "end"
_WIDE = ("date", "hour", "type")
_LARGEST_OF_DAY, _CURRENT = "o3", "o324h"
"""As the platform names them: the wrong way round."""
_DOTNET = re.compile(r"/Date\((-?[0-9]{1,18})(?:[+-][0-9]{4})?\)/").fullmatch
_WRITTEN = {squeeze(name): name for name in (*feed_columns().air, "O3")}
_PARAMETERS = {squeeze(name): parameter for name, parameter in feed_columns().air.items()}

_COMPUTED = re.compile(r"aqi|[a-z0-9]+(?:8h|24h)").fullmatch
"""Types of a wide table that are passed over: indices, moving means and maxima."""

Fields = Mapping[str, str]
"""Of a station and hour, by squeezed name."""


def cells(
    document: bytes, name: str, names: Mapping[str, str], passed_over: Counter[str] | None = None
) -> Iterator[CsvReading | BadCell]:
    """Every measured value of a document.

    Args:
        document: In any of the forms; its first bytes tell which.
        name: What the file is called, for what is refused.
        names: Site ids by station code; other stations keep their code as site.
        passed_over: If given, the values of other stations of a wide table are only counted here: there they
            are hundreds to one.

    Raises:
        ValueError: It is none of the forms; names file and line.
    """
    begin = document.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begin in {b"[", b"{"}:
        yield from _stations(json_stations(document, name), name, names)
    elif is_table(document):
        header, rows = table_rows(document, name)
        columns = [squeeze(column) for column in header]
        if set(_WIDE) <= set(columns):
            yield from _WideTable(header, columns, name, names, passed_over).cells(list(rows))
        else:
            stations = [(line, dict(zip(columns, row, strict=False))) for line, row in rows]
            yield from _stations(stations, name, names)
    elif document.strip() and begin != b"<" and b"\0" not in document[:2]:
        forms = "timepoint,stationcode,… or date,hour,type,…"
        raise ValueError(f"{name}: line 1: neither XML nor JSON, nor a table with columns {forms}")
    else:
        found = xml_stations(document, name)
        yield from _stations([(line, _squeezed(station)) for line, station in found], name, names)


def _squeezed(station: Mapping[str, str]) -> Fields:
    return {squeeze(key): text for key, text in station.items()}


def _stations(
    stations: Sequence[tuple[int, Fields]], name: str, names: Mapping[str, str]
) -> Iterator[CsvReading | BadCell]:
    named_as_platform = any(_CURRENT in fields for _, fields in stations)
    pairs = ((fields.get(_LARGEST_OF_DAY, ""), fields.get(_CURRENT, "")) for _, fields in stations)
    wanted = _parameters(_swapped(pairs, name) is not False and named_as_platform)
    for line, fields in stations:
        yield from _station(line, fields, wanted, name, names)


def _swapped(pairs: Iterable[tuple[str, str]], name: str) -> bool | None:
    numbers = ((cell_value(first.strip()), cell_value(second.strip())) for first, second in pairs)
    try:
        return is_swapped((a, b) for a, b in numbers if isinstance(a, float) and isinstance(b, float))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _parameters(swapped: bool) -> dict[str, str]:  # noqa: FBT001 - the one thing that differs
    """The parameter of each field that is read, by its squeezed name."""
    found = dict(_PARAMETERS)
    if not swapped:
        found[_LARGEST_OF_DAY] = found.pop(_CURRENT)
    return found


def _time_of(stamp: str) -> datetime | Refused:
    if not stamp:
        return Refused("no_time", "there is no time")
    if found := _DOTNET(stamp):
        return parse_time(int(found[1]))
    return parse_written_time(stamp, SHANGHAI)


class _Hour(NamedTuple):
    """What the values of a station and hour share; `wrong` is a fault: column, reason, words, text."""

    file: str
    line: int
    site: str
    time: datetime | str
    wrong: tuple[str, RefusalReason, str, str] | None

    def cell(self, column: str, parameter: str, text: str) -> CsvReading | BadCell:
        """The value that a column holds."""
        value = cell_value(text)
        if self.wrong is None and value is not None and isinstance(self.time, datetime):
            return CsvReading(self.site, parameter, self.time, value, NORMAL, KIND, self.line)
        found = self.wrong or (column, "not_a_number", f"not a number: {text[:64]!r}", text)
        return BadCell(self.file, self.line, *found, self.site, parameter, self.time, text, kind=KIND)


def _station(
    line: int, fields: Fields, wanted: Mapping[str, str], name: str, names: Mapping[str, str]
) -> Iterator[CsvReading | BadCell]:
    code, stamp = fields.get("stationcode", "").strip(), fields.get("timepoint", "").strip()
    site, time = names.get(code, code), _time_of(stamp)
    wrong: tuple[str, RefusalReason, str, str] | None = None
    if not site:
        wrong = ("StationCode", "unknown_site", "no station code", "")
    elif isinstance(time, Refused):
        wrong = ("TimePoint", time.reason, time.detail, stamp)
    hour = _Hour(name, line, site, stamp if isinstance(time, Refused) else time, wrong)
    for field, parameter in wanted.items():
        text = fields.get(field, "").strip()
        if not is_blank(text):
            yield hour.cell(_WRITTEN[field], parameter, text)


class _WideTable:
    """A table with a row an hour and type, and a column a station."""

    def __init__(
        self,
        header: Sequence[str],
        columns: Sequence[str],
        name: str,
        names: Mapping[str, str],
        passed_over: Counter[str] | None,
    ) -> None:
        self._name = name
        self._passed_over = Counter[str]() if passed_over is None else passed_over
        self._date, self._hour, self._type = (columns.index(column) for column in _WIDE)
        codes = [
            (at, code)
            for at, code in enumerate(header)
            if code and at not in {self._date, self._hour, self._type}
        ]
        known = [(at, code) for at, code in codes if passed_over is None or code in names]
        self._stations = [(at, names.get(code, code)) for at, code in known]
        self._others = [(at, code) for at, code in codes if (at, code) not in set(known)]

    def cells(self, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[CsvReading | BadCell]:
        """The values of the types that are an hour's concentration."""
        wanted = _parameters(_swapped(self._ozone(rows), self._name) is True)
        for line, row in rows:
            if len(row) <= max(self._date, self._hour, self._type):
                yield BadCell(self._name, line, "", "bad_envelope", f"{len(row)} cells", ",".join(row)[:200])
                continue
            kind = row[self._type].strip()
            parameter = wanted.get(squeeze(kind))
            if parameter is not None:
                yield from self._row(line, row, parameter)
            elif squeeze(kind) not in _WRITTEN and not _COMPUTED(squeeze(kind)):
                detail = f"type {kind[:64]!r} is none of the platform's"
                yield BadCell(self._name, line, row[self._type], "unknown_parameter", detail, kind)

    def _row(self, line: int, row: Sequence[str], parameter: str) -> Iterator[CsvReading | BadCell]:
        stamp = joined_time({"date": row[self._date], "hour": row[self._hour]})
        time = _time_of(stamp)
        if isinstance(time, Refused):
            shared = _Hour(self._name, line, "", stamp, ("date", time.reason, time.detail, stamp))
        else:
            shared = _Hour(self._name, line, "", time, None)
        for at, site in self._stations:
            text = row[at].strip() if at < len(row) else ""
            if not is_blank(text):
                yield shared._replace(site=site).cell(row[self._type], parameter, text)
        for at, code in self._others:
            if at < len(row) and row[at] and not is_blank(row[at]):
                self._passed_over[code] += 1

    def _ozone(self, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[str, str]]:
        """What stands under both names of ozone, of the same station and hour."""
        at: dict[str, dict[tuple[str, str], Sequence[str]]] = {_LARGEST_OF_DAY: {}, _CURRENT: {}}
        for _, row in rows:
            kind = squeeze(row[self._type]) if len(row) > self._type else ""
            if kind in at:
                at[kind][row[self._date].strip(), row[self._hour].strip()] = row
        for hour, current in at[_LARGEST_OF_DAY].items():
            yield from zip(current, at[_CURRENT].get(hour, []), strict=False)
