"""Bulk statistics from days upward: the months, years and windows of months of one series."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.attainment import annual_target, outlook, year_so_far
from sensors.averages.bulk.exact_column import ExactColumn, to_floats
from sensors.averages.bulk.period_rows import PeriodRows, period_rows, to_frame
from sensors.averages.bulk.tables import DayTable, Numbers, day_starts
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import divide
from sensors.averages.live.state import MonthMean
from sensors.averages.season import margin, season
from sensors.calendar import (
    DAY_MS,
    MONTHS_A_YEAR,
    DayNumber,
    days_between,
    first_day,
    january_of,
    month_of,
)
from sensors.model import StatisticName
from sensors.standards.statistics import (
    DAY,
    MONTH,
    OUTLOOK,
    OUTLOOK_MARGIN,
    OUTLOOKS,
    THREE_YEARS,
    TWELVE_MONTHS,
    YEAR,
    YEAR_TO_DATE,
)

_YEARS = 3


class _Months(NamedTuple):
    """Every month from the January before the first day to the open month, without gaps.

    `n` and `total` are what a month's mean is made of; `part` and `weight` what it gives to a year (its daily
    means, or itself, once); `days` how many of its days are closed; `begun` whether any has a reading.
    """

    month: Numbers
    n: Numbers
    total: ExactColumn
    expected: Numbers
    valid: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    days: Numbers
    started: NDArray[np.bool_]


def calendar_frames(days: DayTable, basis: AveragingConfig) -> dict[StatisticName, pd.DataFrame]:
    """`month`, `year_to_date`, `year`, the outlooks, `12month`, for air `36month`, from the closed days."""
    months = _months(days, basis)
    frames = {name: to_frame(rows) for name, rows in _measured_periods(months, basis).items()}
    return frames | _outlook_frames(months, basis, frames[YEAR_TO_DATE], days.until)


def measured_periods(days: DayTable, basis: AveragingConfig) -> dict[StatisticName, PeriodRows]:
    """The rows of `calendar_frames` that are measured: no outlook."""
    return _measured_periods(_months(days, basis), basis)


def year_to_date_periods(days: DayTable, basis: AveragingConfig) -> PeriodRows:
    """`year_to_date` alone."""
    return _years(_months(days, basis), basis, to_date=True)


def _measured_periods(months: _Months, basis: AveragingConfig) -> dict[StatisticName, PeriodRows]:
    found: dict[StatisticName, PeriodRows] = {
        MONTH: _month_periods(months, basis),
        YEAR: _years(months, basis, to_date=False),
        YEAR_TO_DATE: _years(months, basis, to_date=True),
    }
    twelve = _twelve_month_windows(months, basis)
    found[TWELVE_MONTHS] = _twelve_months(twelve, basis)
    if basis.medium == "air":
        found[THREE_YEARS] = _three_years(twelve, basis)
    return found


def month_rows(days: DayTable, basis: AveragingConfig) -> list[MonthMean]:
    """The months as rows for `CalendarPeriods.put_month`."""
    return _rows(_months(days, basis))


def _rows(months: _Months) -> list[MonthMean]:
    columns = (months.month, months.n, months.total.numbers, months.expected, months.valid)
    rows = zip(*(column[months.started].tolist() for column in columns), strict=True)
    return [
        MonthMean(month, n, divide(total, months.total.denominator), *rest) for month, n, total, *rest in rows
    ]


def _months(days: DayTable, basis: AveragingConfig) -> _Months:
    """Days to months: valid daily means of air, samples of water."""
    ended = days.day < days.until
    day, n, total = days.day[ended], days.n[ended], days.total.take(ended)
    first = january_of(month_of(DayNumber(int(day[0])))) if len(day) else 0
    month: Numbers = np.arange(first, month_of(days.until) + 1 if len(day) else 0)
    ends: Numbers = np.append(month, month[-1:] + 1)
    starts = np.array([first_day(one) for one in ends.tolist()], dtype=np.int64)
    month_of_day = first - 1 + np.searchsorted(starts, day, side="right")
    air = basis.medium == "air"
    if air:
        good = n >= (basis.rule(DAY).needs or 0)
        total, n = total.take(good).means(n[good]), np.ones(int(good.sum()), dtype=np.int64)
    counted = month_of_day[good] if air else month_of_day
    position = np.searchsorted(counted, ends)
    count = np.concatenate([[0], np.cumsum(n)])
    n = count[position[1:]] - count[position[:-1]]
    length = np.diff(starts)
    expected = length * (1 if air else basis.day_expected)
    rule = basis.rule(MONTH)
    return _Months(
        month=month,
        n=n,
        total=total.between(position[:-1], position[1:]),
        expected=expected,
        valid=np.array(
            list(map(rule.enough_in_month, n.tolist(), expected.tolist(), month.tolist())), dtype=bool
        ),
        closed=starts[1:] <= days.until,
        days=np.clip(days.until - starts[:-1], 0, length),
        started=np.isin(month, month_of_day),
    )


def _month_periods(months: _Months, basis: AveragingConfig) -> PeriodRows:
    value = to_floats(months.total, months.n, basis.averaging)
    start, end = _month_starts(months.month), _month_starts(months.month + 1)
    others = (months.n, months.expected, months.valid, months.closed)
    return period_rows(start, start, end, value, *others, keep=months.started)


def _years(months: _Months, basis: AveragingConfig, *, to_date: bool) -> PeriodRows:
    """Calendar years, whole or up to the last closed day, that have a reading."""
    good = months.valid & months.closed
    rule = basis.rule(YEAR_TO_DATE if to_date else YEAR)
    air = basis.medium == "air"
    expected_so_far = months.days * (1 if air else basis.day_expected)
    running = ~months.closed & (months.days > 0)
    enough = np.array(
        [rule.enough(int(n), int(p)) for n, p in zip(months.n, expected_so_far, strict=True)], dtype=bool
    )
    counts = np.ones(len(good), dtype=bool) if air else good | (running & enough) if to_date else good
    n, total = _inputs_of_year(months, counts, air=air)
    year = np.unique(months.month // MONTHS_A_YEAR)
    first = np.searchsorted(months.month, year * MONTHS_A_YEAR)
    stop = np.searchsorted(months.month, (year + 1) * MONTHS_A_YEAR)
    count, sums = _sum(n, first, stop), total.between(first, stop)
    closed = _sum(months.closed, first, stop) == MONTHS_A_YEAR
    if to_date:
        started = months.closed | running
        expected = _sum(months.days if air else started, first, stop)
        bad = _sum((months.closed & ~months.valid) | (running & ~enough), first, stop)
        valid = (bad == 0) & (count > 0)
        end = _month_starts(year * MONTHS_A_YEAR) + _sum(months.days, first, stop) * DAY_MS
    else:
        expected = _expected_in_year(year * MONTHS_A_YEAR, air=air)
        valid = (_sum(good, first, stop) == MONTHS_A_YEAR) & (count >= (rule.needs or 0))
        end = _month_starts((year + 1) * MONTHS_A_YEAR)
    keep = _sum(months.started, first, stop) > 0
    start = _month_starts(year * MONTHS_A_YEAR)
    value = to_floats(sums, count, basis.averaging)
    return period_rows(start, start, end, value, count, expected, valid, closed, keep=keep)


def _outlook_frames(
    months: _Months, basis: AveragingConfig, to_date: pd.DataFrame, until: DayNumber
) -> dict[StatisticName, pd.DataFrame]:
    """What the rest of the open year may average, and how far above earlier years that lies.

    No row without an open year or a target of the place; of the second none without an earlier year.
    """
    row = to_date.tail(1)
    row = row[~row["closed"] & (row["n"] > 0)].reset_index(drop=True)
    target = annual_target(basis, until - 1)
    if target is None or row.empty:
        return dict.fromkeys(OUTLOOKS, row[:0])
    first = january_of(month_of(until - 1))
    numbers = months.total.numbers[months.month >= first]
    total = Fraction(sum(numbers.tolist()), months.total.denominator)
    left = Fraction(first_day(first + MONTHS_A_YEAR) - until)
    so_far = year_so_far(total, Fraction(int(row["n"].sum())), left)
    made = outlook(so_far, target.limit, target.decimals)
    rows = {one.month: one for one in _rows(months)}
    above = margin(made, season(rows.get, first, until, so_far, by_days=basis.medium == "air"))
    values: dict[StatisticName, Fraction | None] = {OUTLOOK: made.rest, OUTLOOK_MARGIN: above}
    return {
        name: row[:0] if value is None else row.assign(value=float(value)) for name, value in values.items()
    }


class _TwelveMonths(NamedTuple):
    """Twelve months each, by the month after their last."""

    stop: Numbers
    n: Numbers
    total: ExactColumn
    valid: NDArray[np.bool_]


def _twelve_month_windows(months: _Months, basis: AveragingConfig) -> _TwelveMonths:
    """All runs of twelve months ending with a closed month, also those that begin before the data."""
    good = months.valid & months.closed
    air = basis.medium == "air"
    n, total = _inputs_of_year(months, np.ones(len(good), dtype=bool) if air else good, air=air)
    last = np.flatnonzero(months.closed)
    first, stop = np.maximum(last + 1 - MONTHS_A_YEAR, 0), last + 1
    count = _sum(n, first, stop)
    valid = (_sum(good, first, stop) == MONTHS_A_YEAR) & (count >= (basis.rule(TWELVE_MONTHS).needs or 0))
    return _TwelveMonths(months.month[last] + 1, count, total.between(first, stop), valid)


def _twelve_months(twelve: _TwelveMonths, basis: AveragingConfig) -> PeriodRows:
    value = to_floats(twelve.total, twelve.n, basis.averaging)
    first = twelve.stop - MONTHS_A_YEAR
    expected = _expected_in_year(first, air=basis.medium == "air")
    start, end = _month_starts(first), _month_starts(twelve.stop)
    over = np.ones(len(end), dtype=np.bool_)
    return period_rows(end, start, end, value, twelve.n, expected, twelve.valid, over, keep=twelve.n > 0)


def _three_years(twelve: _TwelveMonths, basis: AveragingConfig) -> PeriodRows:
    """The mean of three valid 12-month means, end to end; provisional, see completeness.toml."""
    means = twelve.total.means(np.maximum(twelve.n, 1))
    numbers = np.where(twelve.valid, means.numbers, 0)
    count = twelve.valid.astype(np.int64)
    size = len(count)
    n, total = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=object)
    for year in range(_YEARS):
        back = year * MONTHS_A_YEAR
        n[back:] += count[: size - back] if back < size else count[:0]
        total[back:] += numbers[: size - back].astype(object) if back < size else numbers[:0].astype(object)
    rule = basis.rule(THREE_YEARS)
    end = _month_starts(twelve.stop)
    start = _month_starts(twelve.stop - _YEARS * MONTHS_A_YEAR)
    value = to_floats(ExactColumn(total, means.denominator), n, basis.averaging)
    over = np.ones(len(end), dtype=np.bool_)
    return period_rows(end, start, end, value, n, rule.of or 0, n >= (rule.needs or 0), over, keep=n > 0)


def _inputs_of_year(months: _Months, counts: NDArray[np.bool_], *, air: bool) -> tuple[Numbers, ExactColumn]:
    """What each month gives to a longer period: all its daily means, or its own mean once."""
    if air:
        return months.n, months.total
    counts = counts & (months.n > 0)
    means = months.total.means(np.maximum(months.n, 1))
    return counts.astype(np.int64), ExactColumn(np.where(counts, means.numbers, 0), means.denominator)


def _sum(values: NDArray[np.generic], first: Numbers, stop: Numbers) -> Numbers:
    running = np.concatenate([[0], np.cumsum(values.astype(np.int64))])
    return np.asarray(running[stop] - running[first])


def _month_starts(month: Numbers) -> Numbers:
    """Epoch milliseconds at which these months begin."""
    return day_starts(np.array([first_day(one) for one in month.tolist()], dtype=np.int64))


def _expected_in_year(first: Numbers, *, air: bool) -> Numbers:
    """What the twelve months from each of these expect: daily means of air, month means of water."""
    if not air:
        return np.full(len(first), MONTHS_A_YEAR)
    return np.array([days_between(one, one + MONTHS_A_YEAR) for one in first.tolist()], dtype=np.int64)
