"""The numbers of one series: every mean of its days, months and years up to the end of the reported month."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from msgspec import Struct, field

from dashboards.reports.hours.courses import Hours, month_hours
from dashboards.reports.month import Month
from sensors.averages.bulk import frames
from sensors.averages.bulk.exact_column import to_floats
from sensors.averages.bulk.months import period_frames, year_to_date_frame
from sensors.averages.bulk.packed_tables import PackedTables
from sensors.averages.bulk.tables import (
    DayTable,
    HourTable,
    Numbers,
    day_starts,
    day_table,
    days_of,
    frame,
    runs,
)
from sensors.averages.config import AveragingConfig
from sensors.calendar import DAY_MS, HOURS_A_DAY, MONTHS_A_YEAR, day_of_hour, first_day, to_ms
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


class Period(NamedTuple):
    """A row of a frame of statistics; `value` is NaN where nothing could be computed.

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


def periods(table: pd.DataFrame) -> list[Period]:
    """The rows of a frame of statistics."""
    if not len(table):
        return []
    times = (times_of(table[name]) for name in ("start", "end"))
    others = (table[name].tolist() for name in ("value", "n", "expected", "valid", "closed"))
    points = (table[name].tolist() for name in (POINTS, OF_POINTS) if name in table)
    return [Period(*row) for row in zip(*times, *others, *points, strict=True)]


def period_from(table: pd.DataFrame, start: datetime) -> Period | None:
    """The one row of a frame of statistics whose period starts then; None where there is none."""
    found = np.flatnonzero(microseconds(table["start"]) == to_ms(start) * 1000)
    return periods(table.iloc[found[:1]])[0] if len(found) else None


def microseconds(times: "pd.Series | pd.Index") -> Numbers:
    """Times as whole numbers; comparing these takes a fraction of what comparing times takes."""
    return np.asarray(pd.DatetimeIndex(times).as_unit("us").asi8)


def times_of(column: "pd.Series | pd.Index") -> list[datetime]:
    """Times of a column or index as they are used outside of frames."""
    return list(pd.DatetimeIndex(column).to_pydatetime())


class SeriesNumbers(Struct):
    """Frames of statistics by name, as `averages.bulk.frames` makes them, cut to what the data can say.

    `tables` has `day month year_to_date year 12month 36month`, and `o3_8h_max` and `o3_1h_max` for ozone. A
    window is left out where it began before the months that were read. `former` has `year_to_date` of the
    year before, up to the same month. `days` are the days behind all of it, `maxima` the same of the daily
    largest 8 h means of ozone, `hours` the mean of each hour of the month, NaN where there is none.
    """

    basis: AveragingConfig
    tables: PackedTables
    former: PackedTables
    days: DayTable
    maxima: "SeriesNumbers | None" = None
    hours: Hours = field(default_factory=lambda: np.empty(0))

    @property
    def former_year_to_date(self) -> pd.DataFrame:
        """`year_to_date` of the year before, up to the same month."""
        return self.former[YEAR_TO_DATE]

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
    tables: dict[StatisticName, pd.DataFrame] = {DAY: frames.day_frame(days, basis)}
    tables |= _whole_periods(days, basis, read_from)
    if basis.ozone:
        largest = frames.ozone_maxima(hours, days, basis)
        tables[O3_8H_MAX], ranked = largest.frame(basis), largest.ranked(basis)
        tables[O3_1H_MAX] = _largest_hours(hours, basis)
        former = _former(ranked, basis, month)
        maxima = SeriesNumbers(basis, PackedTables(_whole_periods(ranked, basis, read_from)), former, ranked)
    of_month = month_hours(hours, basis, month)
    former = _former(days, basis, month)
    return SeriesNumbers(basis, PackedTables(tables), former, days, maxima, of_month)


def _whole_periods(
    days: DayTable, basis: AveragingConfig, read_from: Month
) -> dict[StatisticName, pd.DataFrame]:
    """The frames of months and longer, of years those that are over."""
    tables = period_frames(days, basis)
    for name in (TWELVE_MONTHS, THREE_YEARS, YEAR, YEAR_TO_DATE):
        if name in tables:
            tables[name] = _whole(tables[name], read_from)
    tables[YEAR] = tables[YEAR][tables[YEAR]["closed"]]
    return tables


def _whole(table: pd.DataFrame, read_from: Month) -> pd.DataFrame:
    """Without the windows that reach back behind what was read."""
    keep = microseconds(table["start"]) >= to_ms(read_from.start) * 1000
    return table if keep.all() else table[keep].reset_index(drop=True)


def _former(days: DayTable, basis: AveragingConfig, month: Month) -> PackedTables:
    """`year_to_date` of the year before as it stood at the end of the same month."""
    year_ago = month.back(MONTHS_A_YEAR)
    until = first_day(year_ago.number + 1)
    wanted = (days.day >= first_day(year_ago.january.number)) & (days.day < until)
    cut = DayTable(days.day[wanted], days.n[wanted], days.total.take(wanted), min(until, days.until))
    return PackedTables({YEAR_TO_DATE: year_to_date_frame(cut, basis)})


def _largest_hours(hours: HourTable, basis: AveragingConfig) -> pd.DataFrame:
    """`o3_1h_max`: the day's largest hourly mean; valid if the day has as many hours as a mean asks for."""
    day = days_of(hours.hour)
    first, n = runs(day)
    value = to_floats(hours.total, hours.n, basis.averaging)
    largest = np.maximum.reduceat(value, first) if len(first) else value
    start = day_starts(day[first])
    needs = basis.rule(DAY).needs or 0
    closed = day[first] < day_of_hour(hours.until)
    return frame(start, start, start + DAY_MS, largest, n, HOURS_A_DAY, n >= needs, closed)
