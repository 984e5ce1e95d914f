"""The numbers of one series: every mean of its days, months and years up to the end of the reported month."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from msgspec import Struct, field

from dashboards.reports.hours.courses import Hours, month_hours
from dashboards.reports.month import Month
from sensors.averages.bulk import frames
from sensors.averages.bulk.exact_column import to_floats
from sensors.averages.bulk.months import measured_periods, year_to_date_periods
from sensors.averages.bulk.period_rows import PERIOD, PeriodRows, period_rows
from sensors.averages.bulk.tables import (
    DayTable,
    HourTable,
    day_starts,
    day_table,
    days_of,
    runs,
)
from sensors.averages.config import AveragingConfig
from sensors.calendar import (
    DAY_MS,
    HOURS_A_DAY,
    MONTHS_A_YEAR,
    EpochMs,
    day_of_hour,
    first_day,
    from_ms,
    to_ms,
)
from sensors.model import StatisticName
from sensors.standards.statistics import (
    DAY,
    O3_1H_MAX,
    O3_8H_MAX,
    THREE_YEARS,
    TWELVE_MONTHS,
    YEAR,
    YEAR_TO_DATE,
)

POINTS, OF_POINTS = "points", "of_points"
"""The columns of zones and rivers that `zone_points` adds."""

_POINTS = ((POINTS, "i4"), (OF_POINTS, "i4"))
_TIMES_AT_HAND = 4096
PERIOD_OF_AREA = np.dtype([*((name, PERIOD[name]) for name in PERIOD.names or ()), *_POINTS])
"""A row of a zone or river, with what `zone_points` counts."""


class Period(NamedTuple):
    """A row of a statistic; `value` is NaN where nothing could be computed.

    `points` is how many of the `of_points` sites of a zone or river have a valid row of that period; both are
    None of a site.
    """

    start: datetime
    end: datetime
    value: float
    n: int
    expected: int
    valid: bool
    closed: bool
    points: int | None = None
    of_points: int | None = None


def periods(rows: PeriodRows) -> list[Period]:
    """Packed rows as they are used one by one."""
    return [Period(_time(start), _time(end), *others) for _, start, end, *others in rows.tolist()]


def period_from(rows: PeriodRows, start: datetime) -> Period | None:
    """The one row whose period starts then; None where there is none."""
    found = np.flatnonzero(rows["start"] == to_ms(start))
    return periods(rows[found[:1]])[0] if len(found) else None


def rows_of_month(rows: PeriodRows, month: Month) -> PeriodRows:
    """The rows of a month's days."""
    return rows[(rows["start"] >= to_ms(month.start)) & (rows["start"] < to_ms(month.end))]


@lru_cache(_TIMES_AT_HAND)
def _time(ms: EpochMs) -> datetime:
    """A time that thousands of rows have."""
    return from_ms(ms)


def times_of(column: "pd.Series | pd.Index") -> list[datetime]:
    """Times of a column or index as they are used outside of frames."""
    return list(pd.DatetimeIndex(column).to_pydatetime())


class SeriesNumbers(Struct):
    """Rows of statistics by name, as `averages.bulk` makes them, cut to what the data can say.

    `tables` has `day month year_to_date year 12month 36month`, and `o3_8h_max` and `o3_1h_max` for ozone. A
    window is left out where it began before the months that were read. `former_year_to_date` is that of
    the year before, up to the same month. `days` are the days behind all of it, `maxima` the same of the
    daily largest 8 h means of ozone, `hours` the mean of each hour of the month, NaN where there is none.
    """

    basis: AveragingConfig
    tables: dict[StatisticName, PeriodRows]
    former_year_to_date: PeriodRows
    days: DayTable
    maxima: "SeriesNumbers | None" = None
    hours: Hours = field(default_factory=lambda: np.empty(0))

    def row(self, statistic: StatisticName, start: datetime) -> Period | None:
        """The one row of a statistic whose period starts then; None where there is none."""
        return period_from(self.tables[statistic], start)


def numbers(hours: HourTable, basis: AveragingConfig, month: Month, read_from: Month) -> SeriesNumbers:
    """Everything above the hour.

    Args:
        hours: The series' hours from the first moment of `read_from` to the end of `month`.
        basis: What they stand for.
        month: The reported month.
        read_from: The first month that was read; what reaches further back is not told.
    """
    days, maxima = day_table(hours), None
    tables = _whole_periods(days, basis, read_from)
    tables = {DAY: frames.day_periods(days, basis), **tables}
    if basis.ozone:
        largest = frames.ozone_maxima(hours, days, basis)
        tables[O3_8H_MAX], ranked = largest.periods(basis), largest.ranked(basis)
        tables[O3_1H_MAX] = _largest_hours(hours, basis)
        former = _former(ranked, basis, month)
        maxima = SeriesNumbers(basis, _whole_periods(ranked, basis, read_from), former, ranked)
    of_month = month_hours(hours, basis, month)
    return SeriesNumbers(basis, tables, _former(days, basis, month), days, maxima, of_month)


def _whole_periods(
    days: DayTable, basis: AveragingConfig, read_from: Month
) -> dict[StatisticName, PeriodRows]:
    """The rows of months and longer, of years those that are over."""
    tables = measured_periods(days, basis)
    for name in (TWELVE_MONTHS, THREE_YEARS, YEAR, YEAR_TO_DATE):
        if name in tables:
            tables[name] = _whole(tables[name], read_from)
    tables[YEAR] = tables[YEAR][tables[YEAR]["closed"]]
    return tables


def _whole(rows: PeriodRows, read_from: Month) -> PeriodRows:
    """Without the windows that reach back behind what was read."""
    return rows[rows["start"] >= to_ms(read_from.start)]


def _former(days: DayTable, basis: AveragingConfig, month: Month) -> PeriodRows:
    """`year_to_date` of the year before as it stood at the end of the same month."""
    year_ago = month.back(MONTHS_A_YEAR)
    until = first_day(year_ago.number + 1)
    wanted = (days.day >= first_day(year_ago.january.number)) & (days.day < until)
    cut = DayTable(days.day[wanted], days.n[wanted], days.total.take(wanted), min(until, days.until))
    return year_to_date_periods(cut, basis)


def _largest_hours(hours: HourTable, basis: AveragingConfig) -> PeriodRows:
    """`o3_1h_max`: the day's largest hourly mean; valid if the day has as many hours as a mean asks for."""
    day = days_of(hours.hour)
    first, n = runs(day)
    value = to_floats(hours.total, hours.n, basis.averaging)
    largest = np.maximum.reduceat(value, first) if len(first) else value
    start = day_starts(day[first])
    needs = basis.rule(DAY).needs or 0
    closed = day[first] < day_of_hour(hours.until)
    return period_rows(start, start, start + DAY_MS, largest, n, HOURS_A_DAY, n >= needs, closed)
