"""How the rows of series, statistics, marks and queues are read; see journal/unreadable.py."""

import re
from datetime import date

import msgspec

from ingest.checks import CheckState
from ingest.journal.unreadable import RowCheck
from sensors.averages.live.state import SeriesState
from sensors.calendar import HOURS_A_DAY, EpochMs, from_ms
from sensors.model import BASES

# What still fits SQLite after many additions, and what Python reads as an exact number.
_MOST = 2**62
_TOTAL = re.compile(r"-?\d{1,4000}(/\d{0,3999}[1-9]\d{0,3999})?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_LATEST_PERIOD = HOURS_A_DAY * 366 * _LAST_YEAR  # hours, and so days and months too

_checks = msgspec.msgpack.Decoder(CheckState).decode
_head = msgspec.msgpack.Decoder(SeriesState).decode
_samples = msgspec.msgpack.Decoder(dict[EpochMs, dict[str, float]]).decode


def _series(checks: bytes, last: EpochMs) -> None:
    _checks(checks)
    from_ms(last)


def _time(*times: EpochMs) -> None:
    for ms in times:
        from_ms(ms)


def _day(day: str) -> None:
    if not _FIRST_YEAR < date.fromisoformat(day).year < _LAST_YEAR:
        raise ValueError(f"not a day that readings are of: {day}")


def _review_step(day: str, made: EpochMs, *_: str) -> None:
    _day(day)
    _time(made)


def _head_row(body: bytes, version: int) -> None:
    _head(body)
    if not 0 <= version < _MOST:
        raise ValueError(f"not a number of changes: {version}")


def _period(total: str, period: int) -> None:
    if not _TOTAL.fullmatch(total):
        raise ValueError("not an exact sum")
    if not 0 <= period < _LATEST_PERIOD:
        raise ValueError(f"not an hour, day or month: {period}")


def _count(value: int, _: str) -> None:
    if not -_MOST < value < _MOST:
        raise ValueError(f"not a count: {value}")


def _kind(kind: str) -> None:
    if kind not in BASES:
        raise ValueError(f"not a kind that statistics rest on: {kind}")


def _only_text(*_: str) -> None:
    """Each cell is checked for being text."""


CHECKS = (
    RowCheck("series", "checks, last_ms", _series, derived=True),
    RowCheck("heard", "received_ms", _time),
    RowCheck("recompute", "day", _day),
    RowCheck("request", "what, body", _only_text),
    RowCheck(
        "mark",
        "starts_ms, ends_ms, made_ms, ifnull(taken_over_ms, made_ms), what, reason, by",
        lambda *row: _time(*row[:4]),
    ),
    RowCheck("day_review", "day, made_ms, site, by, reason", _review_step),
    RowCheck("head", "body, fed", _head_row, derived=True),
    RowCheck("hour_sum", "total, hour", _period, derived=True),
    RowCheck("day_mean", "total, day", _period, derived=True),
    RowCheck("month_mean", "total, month", _period, derived=True),
    RowCheck("sample", "body", _samples, derived=True),
    RowCheck("series_kind", "kind", _kind, derived=True),
    RowCheck("count", "value, name", _count),
    RowCheck("meta", "value", _only_text),
)
