"""Bulk statistics: from one series' raw readings to a frame of each statistic, for reports and recompute.

The same meaning as `live`, computed with whole columns. Frames of statistics have the columns `stamp
start end value n expected valid closed`, times in UTC, one row per window or period with anything in it,
oldest first. A rolling window is stamped with its end, a period with its start.
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.bulk.exact_column import ExactColumn, to_floats, to_summands, widen
from sensors.averages.bulk.months import calendar_frames
from sensors.averages.bulk.period_rows import PeriodRows, period_rows, to_frame
from sensors.averages.bulk.tables import (
    DayTable,
    HourTable,
    Numbers,
    day_starts,
    day_table,
    days_of,
    frame,
    hour_starts,
    hour_table,
    runs,
    valid_readings,
)
from sensors.averages.config import AveragingConfig
from sensors.calendar import DAY_MS, HOUR_MS, HOURS_A_DAY, DayNumber, calendar_day
from sensors.model import StatisticName
from sensors.standards.rounding import decimals_of, rounded
from sensors.standards.statistics import DAY, O3_8H_MAX, ROLLING_1H, ROLLING_8H, WINDOWS

_EIGHT = 8


def all_statistics(
    readings: pd.DataFrame, basis: AveragingConfig, until: datetime | None = None
) -> dict[StatisticName, pd.DataFrame]:
    """Every statistic of a series, by name.

    Args:
        readings: Readings of the basis' kind by time (UTC), with `value` and, if there, `validity`: only
            `valid` ones count.
        basis: The series' averaging configuration.
        until: The moment up to which everything is closed; never before the last reading.
    """
    frames: dict[StatisticName, pd.DataFrame] = {}
    if basis.medium == "air":
        frames[ROLLING_1H] = rolling_hour_frame(readings, basis)
    return frames | hourly_statistics(hour_table(readings, basis, until), basis)


def hourly_statistics(hours: HourTable, basis: AveragingConfig) -> dict[StatisticName, pd.DataFrame]:
    """Every statistic above the hour; for a zone or river too, see `tables.zone_hours`."""
    days = day_table(hours)
    frames = rolling_frames(hours, basis) if basis.medium == "air" else {}
    frames[DAY] = day_frame(days, basis)
    if basis.ozone:
        frames[O3_8H_MAX] = ozone_frame(hours, days, basis)
    return frames | calendar_frames(days, basis)


def rolling_hour_frame(readings: pd.DataFrame, basis: AveragingConfig) -> pd.DataFrame:
    """`1h`: of each reading the mean of the last hour's readings up to it, or the reading itself."""
    ms, values = valid_readings(readings)
    total = to_summands(values, basis.averaging)
    n = np.ones(len(ms), dtype=np.int64)
    expected, needs = 1, 1
    if basis.rolling:
        first = np.searchsorted(ms, ms - HOUR_MS, side="right")
        n = np.arange(1, len(ms) + 1) - first
        total = total.between(first, np.arange(1, len(ms) + 1))
        expected, needs = basis.hour_expected, basis.hour_needs
    end = ms + basis.lead
    value = to_floats(total, n, basis.averaging)
    return frame(end, end - HOUR_MS, end, value, n, expected, n >= needs, n > 0)


def rolling_frames(hours: HourTable, basis: AveragingConfig) -> dict[StatisticName, pd.DataFrame]:
    """`8h` and `24h`, on every hour whose window holds a valid hour."""
    frames: dict[StatisticName, pd.DataFrame] = {}
    for name, width in WINDOWS:
        end, n, total = _windows(hours, width)
        rule = basis.rule(name)
        stamp = hour_starts(end)
        value = to_floats(total, n, basis.averaging)
        valid = n >= (rule.needs or 0)
        frames[name] = frame(stamp, stamp - width * HOUR_MS, stamp, value, n, width, valid, n > 0)
    return frames


def day_frame(days: DayTable, basis: AveragingConfig) -> pd.DataFrame:
    """`day`: the mean of its valid hours, or of its samples."""
    return to_frame(day_periods(days, basis))


def day_periods(days: DayTable, basis: AveragingConfig) -> PeriodRows:
    """The rows of `day_frame`."""
    start = day_starts(days.day)
    valid = days.n >= (basis.rule(DAY).needs or 0)
    value = to_floats(days.total, days.n, basis.averaging)
    return period_rows(
        start, start, start + DAY_MS, value, days.n, basis.day_expected, valid, days.day < days.until
    )


def ozone_frame(hours: HourTable, days: DayTable, basis: AveragingConfig) -> pd.DataFrame:
    """`o3_8h_max`: the largest valid 8 h mean that ends between 08:00 and 24:00; see `HourlyWindows`."""
    return to_frame(ozone_maxima(hours, days, basis).periods(basis))


class OzoneMaxima(NamedTuple):
    """The largest valid 8 h mean of each day, exactly; `n` windows it was taken from, 0 without any."""

    days: DayTable

    def periods(self, basis: AveragingConfig) -> PeriodRows:
        """The rows of `o3_8h_max`."""
        days, rule = self.days, basis.rule(O3_8H_MAX)
        start = day_starts(days.day)
        value, valid = self._values(basis), self.valid(basis)
        closed = days.day < days.until
        return period_rows(start, start, start + DAY_MS, value, days.n, rule.of or 0, valid, closed)

    def valid(self, basis: AveragingConfig) -> NDArray[np.bool_]:
        """Which days count: those of enough windows, and those above the limit."""
        valid = np.asarray(self.days.n >= (basis.rule(O3_8H_MAX).needs or 0))
        if basis.o3_limit is not None:
            values = self._values(basis)
            for at in np.flatnonzero(~valid & (self.days.n > 0)).tolist():
                decimals = decimals_of("o3", on=calendar_day(DayNumber(int(self.days.day[at])))) or 0
                valid[at] = rounded(float(values[at]), decimals) > basis.o3_limit
        return valid

    def ranked(self, basis: AveragingConfig) -> DayTable:
        """As the days of a series whose valid ones are those that count here, each with its maximum as mean.

        So the maxima have months and years that are as complete as the law asks, by the one code for both.
        """
        needs = basis.rule(DAY).needs or 1
        n = np.where(self.valid(basis), needs, 0)
        numbers = widen(self.days.total.numbers, needs) * n
        return self.days._replace(n=n, total=ExactColumn(numbers, self.days.total.denominator))

    def _values(self, basis: AveragingConfig) -> NDArray[np.float64]:
        return to_floats(self.days.total, np.minimum(self.days.n, 1), basis.averaging)


def ozone_maxima(hours: HourTable, days: DayTable, basis: AveragingConfig) -> OzoneMaxima:
    """The maxima of every day that has a reading."""
    end, n, total = _windows(hours, _EIGHT)
    inside = ((end - 1) % HOURS_A_DAY >= _EIGHT - 1) & (n >= (basis.rule(ROLLING_8H).needs or 0))
    day, means = days_of(end[inside] - 1), total.take(inside).means(n[inside])
    first, length = runs(day)
    best = np.maximum.reduceat(means.numbers, first) if len(first) else means.numbers[:0]
    at = np.searchsorted(days.day, day[first])
    count = np.zeros(len(days.day), dtype=np.int64)
    count[at] = length
    numbers = np.zeros(len(days.day), dtype=best.dtype)
    numbers[at] = best
    return OzoneMaxima(days._replace(n=count, total=ExactColumn(numbers, means.denominator)))


def _windows(hours: HourTable, width: int) -> tuple[Numbers, Numbers, ExactColumn]:
    """The ends of all windows with a valid hour in them, how many each has, and their exact sums."""
    hour = hours.hour
    ends = _ends(hour, width)
    ends = ends[ends <= hours.until]
    first = np.searchsorted(hour, ends - width)
    stop = np.searchsorted(hour, ends)
    return ends, stop - first, hours.total.between(first, stop)


def _ends(hour: Numbers, width: int) -> Numbers:
    """Every hour that comes up to `width` hours after one of these, which are in order."""
    if not len(hour):
        return hour
    first = hour[0] + 1
    reached = np.zeros(int(hour[-1] - hour[0]) + width, dtype=np.bool_)
    for ahead in range(width):
        reached[hour - hour[0] + ahead] = True
    return np.asarray(np.flatnonzero(reached) + first)
