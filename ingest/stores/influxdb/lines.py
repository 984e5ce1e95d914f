"""Lines for InfluxDB straight from the queue: the readings of a site's time are one point.

    air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i,pm10=54.0,pm10_qc=4i 1795219200000
    flagged,kind=rtd,parameter=pm10,site=olympic value=54.0,sent="",qc=4i,flag="M",failed="flag" 1795219200000

A value and its code are always written together. What there is to say of a reading in words stands in
`flagged`; InfluxDB takes no point back, so what is written again is written there too, also with nothing
left to say.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from ingest.journal.entries import Entry, PointEntry, QueuedEntry, ReadingEntry, SiteEntry, StatisticEntry
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
from sensors.store_schema import CODE_SUFFIX, check_parameter, finite_number, parse_reading_point

Refusal = tuple[int, str]
"""The index of an entry, and why it has no line."""

REWRITTEN = frozenset({"revised", "amended"})


class EntryLine(Struct, frozen=True, gc=False):
    """The line of one entry; `indexes` has its index."""

    indexes: tuple[int]
    text: str

    def split(self) -> list["EntryLine"]:
        """Smaller lines; none, it is of one entry."""
        return []


class SiteLine(Struct):
    """The line of a site's time; of one parameter twice the later stands."""

    _start: str
    _stamp: EpochMs
    _fields: dict[str, str] = {}
    _added: list[tuple[int, str]] = []  # index and parameter
    _whole: tuple[int, SiteEntry, str] | None = None  # instead, as long as one entry is all there is

    @property
    def indexes(self) -> list[int]:
        """The indexes of the entries that it holds."""
        self._separate()
        return [index for index, _ in self._added]

    @property
    def text(self) -> str:
        """The whole line."""
        fields = ",".join(self._fields.values()) if self._whole is None else self._whole[2]
        return f"{self._start} {fields} {self._stamp}"

    def add(self, index: int, parameter: str, text: str) -> None:
        """Add a reading's fields, its value and code."""
        self._separate()
        self._fields[parameter] = text
        self._added.append((index, parameter))

    def add_entry(self, index: int, entry: SiteEntry, text: str) -> None:
        """Add the fields of an entry; `text` are all of them."""
        if self._whole is None and not self._added:
            self._whole = index, entry, text
        else:
            self._add_each(index, entry)

    def split(self) -> list["SiteLine"]:
        """A line for each parameter; none if it is of one."""
        self._separate()
        if len(self._fields) == 1:
            return []
        parts = {parameter: SiteLine(self._start, self._stamp) for parameter in self._fields}
        for index, parameter in self._added:
            parts[parameter].add(index, parameter, self._fields[parameter])
        return [*parts.values()]

    def _separate(self) -> None:
        if self._whole is not None:
            index, entry, _ = self._whole
            self._whole = None
            self._add_each(index, entry)

    def _add_each(self, index: int, entry: SiteEntry) -> None:
        for at, (parameter, value) in enumerate(zip(entry.parameters, entry.values, strict=True), index):
            self.add(at, parameter, _field_text(entry.medium, parameter, value, COUNTS))


AnyLine = EntryLine | SiteLine


def to_lines(entries: Sequence[QueuedEntry], first: int = 0) -> tuple[list[AnyLine], list[Refusal]]:
    """The lines of entries, and the entries that cannot be kept unaltered.

    Indexes begin at `first` and count each reading by itself.
    """
    made = _Lines()
    index = first
    for entry in entries:
        if isinstance(entry, SiteEntry):
            made.add_site(index, entry)
            index += len(entry.values)
            continue
        try:
            if type(entry) is ReadingEntry:
                made.add_reading(index, entry.medium, entry.checked, rewritten=entry.status in REWRITTEN)
            elif type(entry) is PointEntry and entry.point.measurement in MEDIA:
                made.add_reading(index, *parse_reading_point(entry.point), rewritten=True)
            else:
                made.lines.append(EntryLine((index,), _line_of(entry)))
        except ValueError as error:
            made.refused.append((index, str(error)))
        index += 1
    return made.lines, made.refused


class _Lines:
    """Lines as they are made; readings of a site's time find theirs."""

    def __init__(self) -> None:
        self.lines: list[AnyLine] = []
        self.refused: list[Refusal] = []
        self._sites: dict[tuple[str, EpochMs], SiteLine] = {}

    def add_reading(self, index: int, medium: Medium, checked: Checked, *, rewritten: bool) -> None:
        """Add a reading, and what there is to say of it."""
        reading = checked.reading
        failed = ",".join(checked.failed) if checked.failed else ""
        code = to_quality_code(reading.flag, failed, checked.validity, reading.sent)
        start, stamp = series_key(medium, "site", "kind", reading.site, reading.kind), to_ms(reading.time)
        text = _field_text(medium, reading.parameter, reading.value, code)
        if rewritten or code != COUNTS:
            flagged = _flagged_start(reading.site, reading.parameter, reading.kind)
            remark = _remark(reading.sent, code, reading.flag, failed)
            value = finite_number(reading.value)
            self.lines.append(EntryLine((index,), f"{flagged} value={value!r},{remark} {stamp}"))
        self._line_of_site(start, stamp).add(index, reading.parameter, text)

    def add_site(self, index: int, entry: SiteEntry) -> None:
        """Add the readings of an entry."""
        sum_ = sum(entry.values)
        try:
            start = series_key(entry.medium, "site", "kind", entry.site, entry.kind)
            template = _template(entry.medium, entry.parameters)
        except ValueError:
            template = ""
        if template and sum_ - sum_ == 0.0:  # all of them are finite
            self._line_of_site(start, to_ms(entry.time)).add_entry(index, entry, template % entry.values)
            return
        for at, reading in enumerate(entry.readings, index):
            try:
                self.add_reading(at, reading.medium, reading.checked, rewritten=False)
            except ValueError as error:
                self.refused.append((at, str(error)))

    def _line_of_site(self, start: str, stamp: EpochMs) -> SiteLine:
        line = self._sites.get((start, stamp))
        if line is None:
            line = self._sites[start, stamp] = SiteLine(start, stamp)
            self.lines.append(line)
        return line


def _field_text(medium: Medium, parameter: str, value: float, code: QualityCode) -> str:
    value_name, code_name = _field_names(medium, parameter)
    if type(value) is not float or value - value != 0.0:
        value = finite_number(value)
    return f"{value_name}={value!r},{code_name}={code}i"


@lru_cache(SERIES_REMEMBERED)
def _template(medium: Medium, parameters: tuple[str, ...]) -> str:
    """All fields of these parameters, a `%r` for each value; raises ValueError as `check_parameter`."""
    names = [_field_names(medium, parameter) for parameter in parameters]
    return ",".join(
        f"{value.replace('%', '%%')}=%r,{code.replace('%', '%%')}={COUNTS}i" for value, code in names
    )


@lru_cache(SERIES_REMEMBERED)
def _field_names(medium: Medium, parameter: str) -> tuple[str, str]:
    check_parameter(medium, parameter)
    name = name_text(parameter)
    return name, f"{name}{CODE_SUFFIX}"


@lru_cache(SERIES_REMEMBERED)
def _flagged_start(site: str, parameter: str, kind: str) -> str:
    return series_key("flagged", "site", "parameter", "kind", site, parameter, kind)


@lru_cache(TEXTS_REMEMBERED)
def _remark(sent: str, code: QualityCode, flag: str, failed: str) -> str:
    return f"sent={string_text(sent)},qc={code}i,flag={string_text(flag)},failed={string_text(failed)}"


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
