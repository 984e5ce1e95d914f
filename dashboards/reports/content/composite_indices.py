"""The composite index of each place and its single indices as rows of means.csv, and ranks by them."""

from collections.abc import Iterable, Iterator, Mapping

from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL, Key, Mean
from dashboards.reports.content.percentiles import assessed_statistic
from dashboards.reports.content.water import last_day
from dashboards.reports.month import Month
from sensors.calendar import MONTHS_A_YEAR
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards import aqi
from sensors.standards.composite_index import CompositeIndex, composite_index
from sensors.standards.statistics import MONTH, YEAR_TO_DATE
from sensors.standards.versions import NoStandard

COMPOSITE = "composite_index"
SINGLE = "_single_index"
"""What follows the period in the statistic of a pollutant's single index."""


def periods_compared(month: Month) -> tuple[tuple[StatisticName, Month], ...]:
    """The periods that have an index, each with its first month: now, and what it is compared with."""
    year_ago = month.back(MONTHS_A_YEAR)
    return (
        (MONTH, month),
        (MONTH, month.back(1)),
        (MONTH, year_ago),
        (YEAR_TO_DATE, month.january),
        (YEAR_TO_DATE, year_ago.january),
    )


def composite_rows(month: Month, place: Place, rows: Mapping[Key, Mean]) -> Iterator[Mean]:
    """The rows of a place, of the rows of its means and percentiles; none before HJ 663-2013.

    A former period is computed by the rule of the reported month, so that a change is one of the air and not
    of the rule. Where readings are marked exceptional there are rows without them too.
    """
    for suffix in ("", EXCLUDING_EXCEPTIONAL):
        for period, first in periods_compared(month):
            found = _statistics(rows, place, month, period, first, suffix=suffix)
            if not found or (suffix and not any(row.statistic.endswith(suffix) for row in found.values())):
                continue
            concentrations = {name: row.unrounded for name, row in found.items() if row.unrounded is not None}
            try:
                index = composite_index(concentrations, last_day(month))
            except NoStandard:
                return
            yield from _rows_of(index, place, period, found, suffix)


def _statistics(
    rows: Mapping[Key, Mean], place: Place, month: Month, period: StatisticName, first: Month, *, suffix: str
) -> dict[str, Mean]:
    """Of each pollutant the row that its single index rests on, that with the suffix if there is one."""
    found = {}
    for parameter in aqi.pollutants():
        statistic = assessed_statistic(period, parameter, month)
        row = rows.get((place.id, parameter, statistic + suffix, first.start))
        row = row or rows.get((place.id, parameter, statistic, first.start))
        if row is not None:
            found[parameter] = row
    return found


def _rows_of(
    index: CompositeIndex, place: Place, period: StatisticName, found: Mapping[str, Mean], suffix: str
) -> Iterator[Mean]:
    one = next(iter(found.values()))
    for single in index.singles:
        row = found[single.parameter]
        if not row.statistic.endswith(suffix):
            continue
        yield Mean(
            site=place.id,
            parameter=single.parameter,
            statistic=period + SINGLE + suffix,
            start=row.start,
            end=row.end,
            value=single.value,
            unrounded=float(single.exact),
            n=row.n,
            expected=row.expected,
            valid=row.valid,
            points=row.points,
            of_points=row.of_points,
            standard=index.rule.standard,
        )
    yield Mean(
        site=place.id,
        parameter=COMPOSITE,
        statistic=period + suffix,
        start=one.start,
        end=one.end,
        value=index.value,
        unrounded=None if index.exact is None else float(index.exact),
        n=sum(row.valid for row in found.values()),
        expected=len(index.rule.items),
        valid=index.exact is not None and all(row.valid for row in found.values()),
        standard=index.rule.standard,
    )


def ranks(of: Mapping[str, Mean | None], places: Iterable[Place]) -> dict[str, int]:
    """The rank of each site in its zone by these rows: 1 has the lowest index, equal ones share it.

    Only valid indices are ranked; they are compared as printed, as published rankings are.
    """
    found = {}
    for zone in places:
        values = {
            site: row.value
            for site in zone.members
            if (row := of.get(site)) is not None and row.valid and row.value is not None
        }
        for site, value in values.items():
            found[site] = 1 + sum(other < value for other in values.values())
    return found
