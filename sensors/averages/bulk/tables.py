"""The tables of the bulk statistics: a series' hours, a zone's hours, and the days of both."""

from collections.abc import Iterable
from datetime import datetime
from math import lcm
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.bulk.exact_column import ExactColumn, to_summands, widen
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import divide
from sensors.averages.live.state import DayMean
from sensors.calendar import (
    DAY_MS,
    HOUR_MS,
    HOURS_A_DAY,
    OFFSET_MS,
    DayNumber,
    EpochMs,
    HourNumber,
    day_of_hour,
    hour_of,
    hour_start_ms,
    to_ms,
)

Numbers: TypeAlias = NDArray[np.int64]


class HourTable(NamedTuple):
    """The hours that count, oldest first: `n` inputs each and their exact sum, as they enter a day.

    Hours that are averaged count once each (`n` is 1); samples count by themselves. `until` is the first
    hour that is not over, `days` every day that has a reading in an hour that is over.
    """

    hour: Numbers
    n: Numbers
    total: ExactColumn
    until: HourNumber
    days: Numbers


class DayTable(NamedTuple):
    """The days that have a reading, oldest first: `n` inputs each and their exact sum."""

    day: Numbers
    n: Numbers
    total: ExactColumn
    until: DayNumber


def hour_table(readings: pd.DataFrame, basis: AveragingConfig, until: datetime | None = None) -> HourTable:
    """The hours of a series; the last is over only if `until`, or a reading, says so."""
    ms, values = valid_readings(readings)
    hour = hours_of(ms, basis.shift)
    end = EpochMs(int(ms.max()) + basis.lead) if len(ms) else hour_start_ms(HourNumber(0))
    if until is not None:
        end = max(end, to_ms(until))
    stop = hour_of(end)
    first, n = runs(hour)
    total = to_summands(values, basis.averaging).sums(first)
    hour = hour[first]
    if not basis.hourly:
        return HourTable(hour, n, total, stop, _distinct(days_of(hour)))
    closed = hour < stop
    days = _distinct(days_of(hour[closed]))
    good = closed & (n >= basis.hour_needs)
    means = total.take(good).means(n[good])
    return HourTable(hour[good], np.ones(int(good.sum()), dtype=np.int64), means, stop, days)


class ZoneHours:
    """The hours of a zone or river, of its sites' hours as they come: of each hour the mean over the sites.

    A site without a valid hour is left out of that hour's mean; what remains is not weighted. What is held
    does not grow with the number of sites.
    """

    def __init__(self) -> None:
        self._hour: Numbers = np.zeros(0, dtype=np.int64)
        self._n: Numbers = np.zeros(0, dtype=np.int64)
        self._total = ExactColumn(np.zeros(0, dtype=np.int64), 1)

    def add(self, site: HourTable) -> None:
        """Add the hours of one more site."""
        common = lcm(self._total.denominator, _common_denominator(site))
        ones = np.ones(len(site.hour), dtype=np.int64)
        self._put(site.hour, ones, ExactColumn(_numerators(site, common), common))

    def merge(self, other: "ZoneHours") -> None:
        """Add the hours of other sites, which were added up elsewhere."""
        hour, n, total = other.sums()
        common = lcm(self._total.denominator, total.denominator)
        self._put(hour, n, ExactColumn(_widened(total, common), common))

    def sums(self) -> tuple[Numbers, Numbers, ExactColumn]:
        """The hours, oldest first, of how many sites, and their sums."""
        return self._hour, self._n, self._total

    def _put(self, hour: Numbers, n: Numbers, total: ExactColumn) -> None:
        """Add sums over a multiple of the denominator so far."""
        if not len(hour):
            return
        every = np.concatenate([self._hour, hour])
        order = np.argsort(every, kind="stable")
        first, _ = runs(every[order])
        numbers = np.concatenate([_widened(self._total, total.denominator), total.numbers])
        self._hour = every[order][first]
        self._n = np.add.reduceat(np.concatenate([self._n, n])[order], first)
        self._total = ExactColumn(numbers[order], total.denominator).sums(first)

    def table(self, until: datetime) -> HourTable:
        """The hours that are over, of the sites added so far."""
        stop = hour_of(to_ms(until))
        over = self._hour < stop
        hour, n = self._hour[over], self._n[over]
        means = self._total.take(over).means(n)
        return HourTable(hour, np.ones(len(hour), dtype=np.int64), means, stop, _distinct(days_of(hour)))


def zone_hours(members: Iterable[HourTable], until: datetime) -> HourTable:
    """The hours of a zone or river of these sites, see `ZoneHours`."""
    zone = ZoneHours()
    for member in members:
        zone.add(member)
    return zone.table(until)


def day_table(hours: HourTable) -> DayTable:
    """The days of a series, open ones too."""
    day = days_of(hours.hour)
    first, _ = runs(day)
    total = hours.total.sums(first)
    n = np.zeros(len(hours.days), dtype=np.int64)
    numbers = np.zeros(len(hours.days), dtype=total.numbers.dtype)
    at = np.searchsorted(hours.days, day[first])
    n[at] = np.add.reduceat(hours.n, first) if len(first) else 0
    numbers[at] = total.numbers
    return DayTable(hours.days, n, ExactColumn(numbers, total.denominator), day_of_hour(hours.until))


def day_rows(days: DayTable) -> list[DayMean]:
    """The closed days as rows for `CalendarPeriods.put_day`."""
    columns = (days.day, days.n, days.total.numbers)
    rows = zip(*(column[days.day < days.until].tolist() for column in columns), strict=True)
    return [DayMean(day, n, divide(total, days.total.denominator)) for day, n, total in rows]


def frame(  # noqa: PLR0917 - its columns, in their order
    stamp: Numbers,
    start: Numbers,
    end: Numbers,
    value: NDArray[np.float64],
    n: Numbers,
    expected: Numbers | int,
    valid: NDArray[np.bool_],
    closed: NDArray[np.bool_],
    *,
    keep: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """A frame of statistics, from epoch milliseconds; of its rows those to `keep`.

    It holds the arrays themselves, which are not to be written to afterwards.
    """
    if isinstance(expected, int):
        expected = np.full(len(stamp), expected)
    if keep is not None:
        stamp, start, end, n, expected = (cells[keep] for cells in (stamp, start, end, n, expected))
        value, valid, closed = value[keep], valid[keep], closed[keep]
    columns: dict[str, Any] = {"stamp": _times(stamp), "start": _times(start), "end": _times(end)}
    columns |= {"value": value, "n": n, "expected": expected, "valid": valid, "closed": closed}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(stamp)), copy=False)


def _times(ms: Numbers) -> pd.DatetimeIndex:
    return pd.DatetimeIndex((ms * 1000).view("M8[us]")).tz_localize("UTC")


def counting(readings: pd.DataFrame) -> NDArray[np.bool_]:
    """Which readings count: those whose `counts` says so, or whose `validity` is `valid`; else all."""
    if "counts" in readings.columns:
        return readings["counts"].to_numpy(dtype=np.bool_)
    if "validity" in readings.columns:
        return (readings["validity"] == "valid").to_numpy(dtype=np.bool_)
    return np.ones(len(readings), dtype=np.bool_)


def valid_readings(readings: pd.DataFrame) -> tuple[Numbers, NDArray[np.float64]]:
    """Epoch milliseconds and values of the readings that count, by time."""
    ms = pd.DatetimeIndex(readings.index).as_unit("ms").asi8
    values = readings["value"].to_numpy(dtype=np.float64)
    there = counting(readings) & ~np.isnan(values)
    if not there.all():
        ms, values = ms[there], values[there]
    if (ms[1:] >= ms[:-1]).all():
        return ms, values
    order = np.argsort(ms, kind="stable")
    return ms[order], values[order]


def hours_of(ms: Numbers, shift: int) -> Numbers:
    """The hours to which stamps belong; `shift` is that of `stamps.label_shift`."""
    return (ms + shift) // HOUR_MS


def days_of(hours: Numbers) -> Numbers:
    """The days that contain these hours."""
    return hours // HOURS_A_DAY


def hour_starts(hours: Numbers) -> Numbers:
    """Epoch milliseconds at which these hours begin."""
    return hours * HOUR_MS - OFFSET_MS


def day_starts(days: Numbers) -> Numbers:
    """Epoch milliseconds at which these days begin."""
    return days * DAY_MS - OFFSET_MS


def runs(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of equal keys begins, and how long it is."""
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    return first, np.diff(np.append(first, len(keys)))


def _distinct(ordered: Numbers) -> Numbers:
    """Each of these once; they are in order, so that none has to be looked for."""
    return ordered[runs(ordered)[0]]


def _widened(column: ExactColumn, common: int) -> NDArray[Any]:
    """The column's numbers over a multiple of its denominator."""
    factor = common // column.denominator
    return np.asarray(widen(column.numbers, factor) * factor)


def _common_denominator(table: HourTable) -> int:
    """What the table's hourly means have in common as a denominator."""
    return table.total.denominator * lcm(*map(int, np.unique(table.n)))


def _numerators(table: HourTable, common: int) -> NDArray[Any]:
    """The table's hourly means as numbers over `common`."""
    numbers = widen(table.total.numbers, common)
    n = table.n.astype(object) if numbers.dtype == object else table.n
    return np.asarray(numbers * (common // (table.total.denominator * n)))
