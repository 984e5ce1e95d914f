"""Lines for InfluxDB straight from the queue: the readings of a site's time are one point.

    air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i,pm10=54.0,pm10_qc=4i 1795219200000
    flagged,kind=rtd,parameter=pm10,site=olympic value=54.0,qc=4i,flag="M",failed="flag" 1795219200000

A value and its code are always written together. What there is to say of a reading in words stands in
`flagged`; InfluxDB takes no point back, so what is written again is written there too, also with nothing
left to say.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ingest.journal.entries import Entry, PointEntry, ReadingEntry, StatisticEntry
from ingest.stores.influxdb.line_protocol import (
    SERIES_REMEMBERED,
    TEXTS_REMEMBERED,
    encode,
    name_text,
    other_fields,
    series_key,
    string_text,
)
from sensors.calendar import EpochMs, to_ms
from sensors.model import MEDIA, Checked, Medium
from sensors.quality_code import COUNTS, QualityCode, to_quality_code
from sensors.store_schema import check_parameter, finite_number, parse_reading_point

Refusal = tuple[int, str]
"""The index of an entry, and why it has no line."""

REWRITTEN = frozenset({"revised", "amended"})


class Line(NamedTuple):
    """The line of one entry; `indexes` has its index."""

    indexes: tuple[int]
    text: str

    def split(self) -> list["Line"]:
        """Smaller lines; none, it is of one entry."""
        return []


class SiteLine:
    """The line of a site's time; of one parameter twice the later stands."""

    def __init__(self, start: str, stamp: EpochMs) -> None:
        self._start = start
        self._stamp = stamp
        self._fields: dict[str, str] = {}
        self.indexes: list[int] = []
        self._parameters: list[str] = []

    def add(self, index: int, parameter: str, text: str) -> None:
        """Add an entry's fields, its value and code."""
        self._fields[parameter] = text
        self.indexes.append(index)
        self._parameters.append(parameter)

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self._start} {','.join(self._fields.values())} {self._stamp}"

    def split(self) -> list["SiteLine"]:
        """A line for each parameter; none if it is of one."""
        if len(self._fields) == 1:
            return []
        parts = {parameter: SiteLine(self._start, self._stamp) for parameter in self._fields}
        for index, parameter in zip(self.indexes, self._parameters, strict=True):
            parts[parameter].add(index, parameter, self._fields[parameter])
        return [*parts.values()]


AnyLine = Line | SiteLine


def to_lines(entries: Sequence[Entry], first: int = 0) -> tuple[list[AnyLine], list[Refusal]]:
    """The lines of entries whose indexes begin at `first`, and the entries that cannot be kept unaltered."""
    lines: list[AnyLine] = []
    sites: dict[tuple[str, EpochMs], SiteLine] = {}
    refused: list[Refusal] = []
    for index, entry in enumerate(entries, first):
        try:
            if type(entry) is ReadingEntry:
                rewritten = entry.status in REWRITTEN
                _add_reading(index, entry.medium, entry.checked, sites, lines, rewritten=rewritten)
            elif type(entry) is PointEntry and entry.point.measurement in MEDIA:
                medium, checked = parse_reading_point(entry.point)
                _add_reading(index, medium, checked, sites, lines, rewritten=True)
            else:
                lines.append(Line((index,), _line_of(entry)))
        except ValueError as error:
            refused.append((index, str(error)))
    return lines, refused


def _add_reading(
    index: int,
    medium: Medium,
    checked: Checked,
    sites: dict[tuple[str, EpochMs], SiteLine],
    lines: list[AnyLine],
    *,
    rewritten: bool,
) -> None:
    reading = checked.reading
    failed = ",".join(checked.failed) if checked.failed else ""
    code = to_quality_code(reading.flag, failed, checked.validity)
    start, stamp = series_key(medium, "site", "kind", reading.site, reading.kind), to_ms(reading.time)
    value = finite_number(reading.value)
    value_name, code_name = _field_names(medium, reading.parameter)
    if rewritten or code != COUNTS:
        flagged = _flagged_start(reading.site, reading.parameter, reading.kind)
        remark = _remark(reading.flag, failed, code)
        lines.append(Line((index,), f"{flagged} value={value!r},{remark} {stamp}"))
    site = sites.get((start, stamp))
    if site is None:
        site = sites[start, stamp] = SiteLine(start, stamp)
        lines.append(site)
    site.add(index, reading.parameter, f"{value_name}={value!r},{code_name}={code}i")


@lru_cache(SERIES_REMEMBERED)
def _field_names(medium: Medium, parameter: str) -> tuple[str, str]:
    check_parameter(medium, parameter)
    name = name_text(parameter)
    return name, f"{name}_qc"


@lru_cache(SERIES_REMEMBERED)
def _flagged_start(site: str, parameter: str, kind: str) -> str:
    return series_key("flagged", "site", "parameter", "kind", site, parameter, kind)


@lru_cache(TEXTS_REMEMBERED)
def _remark(flag: str, failed: str, code: QualityCode) -> str:
    return f"qc={code}i,flag={string_text(flag)},failed={string_text(failed)}"


def _line_of(entry: Entry) -> str:
    """The line of anything but a reading; raises as `encode`, in the same words."""
    if type(entry) is StatisticEntry:
        value = entry.value
        key = series_key(
            "statistic", "site", "parameter", "statistic", entry.site, entry.parameter, entry.statistic
        )
        if type(value) is float and value - value == 0.0:
            others = entry.n, entry.expected, entry.valid, entry.closed, entry.limit, entry.target
            rest = other_fields("statistic", *others)
            if rest is not None:
                return f"{key} value={value!r}{rest} {to_ms(entry.stamp)}"
    return encode(entry.point)
