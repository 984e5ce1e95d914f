"""The rows of means.csv that come of a series: its means, each compared with target or limit.

The rows of percentiles, indices and classes have the same form; `report.py` adds them.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import Period, SeriesNumbers, periods, rows_of_month
from dashboards.reports.month import Month
from sensors.averages.bulk.period_rows import PeriodRows
from sensors.calendar import SHANGHAI, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards.air_limits import air_limit
from sensors.standards.rounding import Number, decimals_of, published, round_half_even
from sensors.standards.statistics import DAILY, DAY, MONTH, TARGETED, YEAR_TO_DATE
from sensors.standards.targets import Target, TargetStatus, target_in_force
from sensors.standards.verdicts import Verdict, plan_verdict, standard_verdict
from sensors.standards.versions import NoStandard

EXCLUDING_EXCEPTIONAL = "_without_exceptional"

_INSTANT = timedelta(milliseconds=1)
_NUMBERS_AT_HAND = 8192


Key = tuple[str, str, str, datetime]
"""Site, parameter, statistic and start: what identifies a row."""


class Mean(Struct, frozen=True):
    """One row. `value` is on the decimals that count; it and `unrounded` are None where nothing was averaged.

    `target` is the plan's number if the plan has one for the place, else the limit that
    `standard` sets for the statistic `limit_of`, else None. `period` is what it covers, of a percentile the
    period of it. `verdict` is None without a target; one that is not decided has no `met`. `points` of the
    `of_points` sites of a zone or river have a valid row of their own; both are None of a site.
    """

    site: str
    parameter: str
    statistic: str
    start: datetime
    end: datetime
    value: Decimal | None
    unrounded: float | None
    n: int
    expected: int
    valid: bool
    limit_of: StatisticName | None = None
    period: StatisticName | None = None
    target: Decimal | None = None
    verdict: Verdict | None = None
    standard: str = ""
    points: int | None = None
    of_points: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target or limit is met; None where nothing is decided."""
        return self.verdict.met if self.verdict is not None else None

    @property
    def capture(self) -> float | None:
        """How much of what was expected is there, 0 to 1; None when nothing was expected."""
        return self.n / self.expected if self.expected else None

    @property
    def key(self) -> Key:
        """What identifies it among all rows."""
        return (self.site, self.parameter, self.statistic, self.start)


def rounded_value(parameter: str, value: Number, catalogue: Catalogue, end: datetime) -> Decimal:
    """The value of a period on the decimals that it is assessed on by the version in force on its last day.

    Parameters that no standard assesses keep the catalogue's.
    """
    decimals = decimals_of(parameter, "assessment", _last_day(end))
    row = catalogue.parameters.get(parameter)
    if decimals is None:
        found = round_half_even(value, row.decimals if row else 2)
    elif row is not None and row.medium == "water":
        found = published(value, decimals)
    else:
        found = round_half_even(value, decimals)
    return _held_once(str(found))


@lru_cache(_NUMBERS_AT_HAND)
def _held_once(number: str) -> Decimal:
    """A number that thousands of rows have; by its text, for 1 and 1.0 are told apart."""
    return Decimal(number)


def _last_day(end: datetime) -> date:
    return (end - _INSTANT).astimezone(SHANGHAI).date()


def standard_on(day: date) -> str:
    """The name of GB 3095's version in force; empty before the first."""
    try:
        limit = air_limit("pm25", DAY, 2, day)
    except NoStandard:
        return ""
    return limit.standard if limit else ""


def plan_status(place: Place, parameter: str, on: date) -> TargetStatus:
    """What the plan asks for of a zone's parameter on a date; a station has nothing of its own."""
    rows = [row for row in place.targets if row.place == place.id]
    return target_in_force(rows, on, parameter)


def series_means(
    collected: Collected,
    place: Place,
    parameter: str,
    series: SeriesNumbers,
    catalogue: Catalogue,
    *,
    suffix: str = "",
) -> Iterator[Mean]:
    """The means of one series: the days of the month, months, rolling years and years."""
    for statistic, table in series.tables.items():
        for row in periods(_wanted(statistic, table, collected.month)):
            mean = mean_from_row(place, parameter, statistic, row, catalogue)
            yield compare_with_limit(mean, place, suffix)
    for row in periods(series.former_year_to_date):
        yield compare_with_limit(mean_from_row(place, parameter, YEAR_TO_DATE, row, catalogue), place, suffix)


def _wanted(statistic: StatisticName, rows: PeriodRows, month: Month) -> PeriodRows:
    """The rows that a report shows: of days those of its month, of years to date its own."""
    if statistic in DAILY:
        return rows_of_month(rows, month)
    if statistic == YEAR_TO_DATE:
        rows = rows[rows["start"] == to_ms(month.january.start)]
    return rows


def mean_from_row(
    place: Place, parameter: str, statistic: StatisticName, row: Period, catalogue: Catalogue
) -> Mean:
    """A row of a frame of statistics as a row of means.csv, not yet compared with anything."""
    computed = row.value == row.value
    return Mean(
        site=place.id,
        parameter=parameter,
        statistic=statistic,
        start=row.start,
        end=row.end,
        value=rounded_value(parameter, row.value, catalogue, row.end) if computed else None,
        unrounded=row.value if computed else None,
        n=row.n,
        expected=row.expected,
        valid=row.valid and computed,
        limit_of=statistic,
        period=statistic,
        points=row.points,
        of_points=row.of_points,
    )


def compare_with_limit(mean: Mean, place: Place, suffix: str = "") -> Mean:
    """The row compared with the plan's target, or with the standard's limit in force on its last day."""
    if place.medium == "water":
        return _renamed(mean, suffix)
    on = _last_day(mean.end)
    target = plan_status(place, mean.parameter, on).target if mean.statistic in TARGETED else None
    limit = target.limit if target is not None else _limit(mean, place, on)
    verdict = None
    if limit is not None:
        within = is_within(mean, limit, target)
        if target is not None:
            verdict = plan_verdict(target, mean.period or MONTH, on, within=within)
        else:
            verdict = standard_verdict(
                mean.period or DAY, within=within, percentile=mean.limit_of != mean.period
            )
    return _renamed(mean, suffix, target=limit, verdict=verdict, standard=standard_on(on))


def is_within(mean: Mean, limit: Decimal, target: Target | None = None) -> bool | None:
    """Whether the mean is at most the limit, on the target's decimals; None where it is not valid."""
    if not mean.valid or mean.value is None:
        return None
    compared = mean.value
    if target is not None and target.decimals is not None and mean.unrounded is not None:
        compared = round_half_even(mean.unrounded, target.decimals)
    return compared <= limit


def _renamed(mean: Mean, suffix: str, **changes: Any) -> Mean:
    return replace(mean, statistic=mean.statistic + suffix, **changes)


def _limit(mean: Mean, place: Place, on: date) -> Decimal | None:
    """The limit of GB 3095; of a percentile the daily limit; hours and months have none here."""
    if mean.limit_of is None:
        return None
    try:
        found = air_limit(mean.parameter, mean.limit_of, place.area_class, on)
    except NoStandard:
        return None
    return found.limit if found else None
