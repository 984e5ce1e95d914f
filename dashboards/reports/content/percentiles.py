"""The percentiles that HJ 663 assesses a year on, of the month, the year to date and the twelve months."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dashboards.reports.content.means import Mean, compare_with_limit, rounded_value
from dashboards.reports.content.series import Period, SeriesNumbers, period_from
from dashboards.reports.month import Month
from sensors.averages import exact_sum
from sensors.averages.bulk.tables import DayTable
from sensors.averages.config import AveragingConfig
from sensors.calendar import day_of, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards.air_limits import annual_percentile, has_annual_mean, percentile_of_ordered
from sensors.standards.statistics import DAY, MONTH, O3_8H_MAX, TWELVE_MONTHS, YEAR, YEAR_TO_DATE
from sensors.standards.versions import NoStandard

if TYPE_CHECKING:
    from sensors.averages.bulk.period_rows import PeriodRows


class Percentile(NamedTuple):
    """A percentile: the daily statistic `of` which, and how its rows are named.

    `instead` where it stands for the mean of a year, which then has no limit.
    """

    of: StatisticName
    percent: int
    name: str
    instead: bool


def percentile_of(parameter: str, month: Month) -> Percentile | None:
    """A pollutant's percentile by the standard in force; None where no standard has one."""
    try:
        rule = annual_percentile(parameter, month.first)
    except NoStandard:
        return None
    if rule is None:
        return None
    of, percent = rule
    name = f"8h_p{percent}" if of == O3_8H_MAX else f"p{percent}"
    return Percentile(of, percent, name, not has_annual_mean(parameter, month.first))


def assessed_statistic(period: StatisticName, parameter: str, month: Month) -> str:
    """The statistic that a period is told by: its mean, or the percentile that stands for one."""
    rule = percentile_of(parameter, month)
    return f"{period}_{rule.name}" if rule is not None and rule.instead else period


def percentiles(
    month: Month,
    place: Place,
    parameter: str,
    series: SeriesNumbers,
    catalogue: Catalogue,
    *,
    suffix: str = "",
) -> Iterator[Mean]:
    """The rows of a series' percentile, held against the daily limit; none of water and weather.

    Each is as valid as its period is complete: of ozone in daily maxima, which are what it ranks, of the
    others in daily means. Of the month also a month and a year before, of the year to date a year before, of
    years this one and the last if they are over.
    """
    rule = percentile_of(parameter, month)
    if place.medium != "air" or rule is None:
        return
    ranked = series.maxima or series
    for period, row in _rows(ranked, month):
        values, denominator = _ordered(ranked.days, row, series.basis)
        exact = percentile_of_ordered(values, rule.percent) / denominator if len(values) else None
        mean = Mean(
            site=place.id,
            parameter=parameter,
            statistic=f"{period}_{rule.name}",
            start=row.start,
            end=row.end,
            value=None if exact is None else rounded_value(parameter, exact, catalogue, row.end),
            unrounded=None if exact is None else exact_sum.mean(exact * exact_sum.UNIT, 1),
            n=len(values),
            expected=(row.end - row.start).days,
            valid=row.valid and exact is not None,
            limit_of=rule.of,
            period=period,
            points=row.points,
            of_points=row.of_points,
        )
        yield compare_with_limit(mean, place, suffix)


def _rows(ranked: SeriesNumbers, month: Month) -> Iterator[tuple[StatisticName, Period]]:
    """The periods that have a percentile, each as complete as what is ranked."""
    tables, former = ranked.tables, ranked.former_year_to_date
    wanted: tuple[tuple[StatisticName, PeriodRows, Month], ...] = (
        (MONTH, tables[MONTH], month),
        (MONTH, tables[MONTH], month.back(1)),
        (MONTH, tables[MONTH], month.back(12)),
        (YEAR_TO_DATE, tables[YEAR_TO_DATE], month.january),
        (YEAR_TO_DATE, former, month.back(12).january),
        (TWELVE_MONTHS, tables[TWELVE_MONTHS], month.back(11)),
        (YEAR, tables[YEAR], month.january),
        (YEAR, tables[YEAR], month.january.back(12)),
    )
    for period, table, first in wanted:
        row = period_from(table, first.start)
        if row is not None:
            yield period, row


def _ordered(ranked: DayTable, row: Period, basis: AveragingConfig) -> tuple[Sequence[int], int]:
    """The valid daily values of a period, the smallest first, as whole numbers over one denominator."""
    first, stop = day_of(to_ms(row.start)), min(day_of(to_ms(row.end)), ranked.until)
    inside = (ranked.day >= first) & (ranked.day < stop) & (ranked.n >= (basis.rule(DAY).needs or 0))
    means = ranked.total.take(inside).means(ranked.n[inside])
    return sorted(means.numbers.tolist()), means.denominator * exact_sum.UNIT
