"""The statistics of a wider zone, by columns: of each day the mean over its members' stored daily means.

A stored mean is a float of what was exact: a sum of readings over their count. It is taken for that again
where a whole number of millionths in so many parts has this float, else for its shortest decimal text. So a
zone of stations that have all their hours is the same, bit for bit, as one that is fed hour by hour.
"""

from collections.abc import Mapping, Sequence
from math import lcm
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.bulk.exact_column import ExactColumn, to_floats, widen
from sensors.averages.bulk.months import calendar_frames
from sensors.averages.bulk.period_rows import period_rows, to_frame
from sensors.averages.bulk.tables import DayTable, Numbers, day_starts, runs
from sensors.averages.bulk.zone_points import PointStarts, judge
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import ARITHMETIC, UNIT, to_exact
from sensors.calendar import DAY_MS, DayNumber
from sensors.model import StatisticName
from sensors.standards.statistics import DAY, O3_8H_MAX

_MINUTES = 60
EIGHT_HOURS = lcm(6, 7, 8)
"""Parts of a window of eight hours that counts: it has six of them at least."""

_FLOAT_EXACT = 2**53


class StoredDays(NamedTuple):
    """Stored values of days that count, oldest first; each is the mean of `n` inputs."""

    day: Numbers
    n: Numbers
    value: NDArray[np.float64]


class Member(NamedTuple):
    """What the stores hold of one member and parameter.

    `starts` are the beginnings of its valid periods in epoch milliseconds, by statistic; `maxima` those of
    the largest 8 h of ozone.
    """

    days: StoredDays
    maxima: StoredDays
    starts: Mapping[StatisticName, Numbers]


def wider_zone_frames(
    members: Sequence[Member], basis: AveragingConfig, until: DayNumber, of: int
) -> dict[StatisticName, pd.DataFrame]:
    """The frames of `bulk.frames` from the day upward; none without a day.

    Args:
        members: Those that have a value.
        basis: As of a zone.
        until: The first day that is not over.
        of: How many members are waited for; a row is valid only where `zone_points` of them are there.
    """
    days, total, n = _means([one.days for one in members])
    if not len(days):
        return {}
    found: dict[StatisticName, pd.DataFrame] = {DAY: _day_frame(days, total, n, of, until)}
    if basis.ozone:
        found[O3_8H_MAX] = _day_frame(*_means([one.maxima for one in members]), of, until)
    found |= calendar_frames(_as_days(days, total.means(n), basis, until), basis)
    return judge(found, PointStarts(of, starts_of(members)), basis.medium)


def _as_days(days: Numbers, means: ExactColumn, basis: AveragingConfig, until: DayNumber) -> DayTable:
    """As days of a series that all count, so that months and years are made by the one code for both."""
    needs = basis.rule(DAY).needs or 1
    whole = ExactColumn(widen(means.numbers, needs) * needs, means.denominator)
    return DayTable(days, np.full(len(days), needs), whole, until)


def starts_of(members: Sequence[Member]) -> dict[StatisticName, Numbers]:
    """Where valid periods of any member begin, by statistic."""
    names = {name for one in members for name in one.starts}
    return {
        name: np.concatenate([one.starts[name] for one in members if name in one.starts]) for name in names
    }


def exact_means(value: NDArray[np.float64], parts: Numbers) -> ExactColumn:
    """These means, exactly as they were before they became floats; each is of so many equal parts."""
    common = lcm(*map(int, np.unique(parts)), 1) * _MINUTES
    numbers = np.zeros(len(value), dtype=object)
    left = np.ones(len(value), dtype=np.bool_)
    for finer in (1, _MINUTES):  # hours of single values, and means of any number that divides an hour
        inputs = parts * finer
        total = np.rint(value * inputs * UNIT)
        fits = left & (np.abs(total) < _FLOAT_EXACT)
        whole = ExactColumn(np.where(fits, total, 0).astype(np.int64), 1)
        fits &= to_floats(whole, inputs, ARITHMETIC) == value
        numbers[fits] = whole.numbers[fits].astype(object) * (common // inputs[fits].astype(object))
        left &= ~fits
    texts = [to_exact(float(one)) for one in value[left]]
    finest = lcm(*(one.denominator for one in texts), 1)
    numbers *= finest
    numbers[left] = [one.numerator * (finest // one.denominator) * common for one in texts]
    return ExactColumn(numbers, common * finest)


def _means(stored: Sequence[StoredDays]) -> tuple[Numbers, ExactColumn, Numbers]:
    """Each day that a member has, the exact sum over the members, and how many these are."""
    if not stored:
        none = np.zeros(0, dtype=np.int64)
        return none, ExactColumn(none, 1), none
    day = np.concatenate([one.day for one in stored])
    value = np.concatenate([one.value for one in stored])
    order = np.argsort(day, kind="stable")
    means = exact_means(value[order], np.concatenate([one.n for one in stored])[order])
    first, n = runs(day[order])
    return day[order][first], means.sums(first), n


def _day_frame(days: Numbers, total: ExactColumn, n: Numbers, of: int, until: DayNumber) -> pd.DataFrame:
    """`n` of `of` members; whether they are enough is judged later."""
    start, there = day_starts(days), np.ones(len(days), dtype=np.bool_)
    value = to_floats(total, n, ARITHMETIC)
    return to_frame(period_rows(start, start, start + DAY_MS, value, n, of, there, days < until))
