"""Lines for InfluxDB straight from the queue: what line_protocol.py makes of an entry's point, without one.

Nearly every entry is a reading or a statistic whose value is a number: its line differs from the series' last
by value, count and time. Whatever is not so plain goes by its point, and what has no line is told the same:
the head is made before the value is looked at.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from ingest.journal.outgoing import Computed, Entry, Raw
from ingest.stores.line_protocol import (
    SERIES_REMEMBERED,
    TEXTS_REMEMBERED,
    Line,
    beside,
    encode,
    head,
)
from sensors.seams import FieldValue
from sensors.times import EPOCH, to_ms


def encoded(entries: Sequence[Entry], start: int = 0) -> tuple[list[Line], list[Line]]:
    """The lines of many entries, and those that have none with the reason; both with their index.

    Indices begin at `start`.
    """
    lines: list[Line] = []
    refused: list[Line] = []
    clock = _Clock()
    for index, entry in enumerate(entries, start):
        try:
            if type(entry) is Raw:
                line = _reading(entry, clock)
            elif type(entry) is Computed:
                line = _statistic(entry, clock)
            else:
                line = None
            lines.append((index, line or encode(entry.point)))
        except ValueError as error:
            refused.append((index, str(error)))
    return lines, refused


class _Clock:
    """Milliseconds of a moment; many entries in a row are of the same."""

    __slots__ = ("ms", "time")

    def __init__(self) -> None:
        self.time, self.ms = EPOCH, 0

    def at(self, time: datetime) -> int:
        if time != self.time:
            self.time, self.ms = time, to_ms(time)
        return self.ms


def _reading(entry: Raw, clock: _Clock) -> str | None:
    checked = entry.checked
    reading = checked.reading
    value = reading.value
    begin = _head_of_reading(entry.medium, reading.site, reading.parameter, reading.kind)
    if type(value) is not float or value - value != 0.0:
        return None
    rest = _beside_reading(entry.medium, reading.flag, checked.failed, checked.validity)
    return rest and f"{begin} value={value!r}{rest} {clock.at(reading.time)}"


def _statistic(entry: Computed, clock: _Clock) -> str | None:
    value = entry.value
    begin = _head_of_statistic(entry.site, entry.parameter, entry.statistic)
    if type(value) is not float or value - value != 0.0:
        return None
    rest = _beside_statistic(entry.n, entry.expected, entry.valid, entry.closed, entry.limit, entry.target)
    return rest and f"{begin} value={value!r}{rest} {clock.at(entry.stamp)}"


@lru_cache(SERIES_REMEMBERED)
def _head_of_reading(medium: str, site: str, parameter: str, kind: str) -> str:
    return head(medium, "site", "parameter", "kind", site, parameter, kind)


@lru_cache(SERIES_REMEMBERED)
def _head_of_statistic(site: str, parameter: str, name: str) -> str:
    return head("statistic", "site", "parameter", "statistic", site, parameter, name)


@lru_cache(TEXTS_REMEMBERED)
def _beside_reading(medium: str, flag: str, failed: tuple[str, ...], validity: str) -> str | None:
    return beside(medium, flag, ",".join(failed), validity)


@lru_cache(TEXTS_REMEMBERED, typed=True)
def _beside_statistic(*others: FieldValue | None) -> str | None:
    return beside("statistic", *others)
