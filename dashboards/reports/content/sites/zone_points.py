"""On how many of its sites each mean of a zone or river rests, and whether those are enough to count.

A site counts for a period when its own statistic of that period is valid. The rule is `zone_points` of
completeness.toml, as it is for the store's rows of zones, which do not say how many.
"""

from collections.abc import Mapping

import numpy as np

from dashboards.reports.content.collection import Collected, SeriesId
from dashboards.reports.content.series import OF_POINTS, PERIOD_OF_AREA, POINTS, SeriesNumbers
from dashboards.reports.content.sites.areas import FORMER, AreaSeries, PointCounts
from sensors.averages.bulk.period_rows import PERIOD, PeriodRows
from sensors.averages.bulk.tables import Numbers
from sensors.catalogue.model import Catalogue, Site
from sensors.standards import completeness
from sensors.standards.completeness import CompletenessRule
from sensors.standards.statistics import OUTLOOKS


def judge(collected: Collected, catalogue: Catalogue, areas: Mapping[SeriesId, AreaSeries]) -> None:
    """Say the points of every row of zones and rivers; one with too few is no longer valid."""
    for (id_, parameter), area in areas.items():
        place = collected.places[id_]
        of = sum(_counts(catalogue.sites[m], parameter, collected) for m in place.members)
        rule = completeness.rules()[place.medium, "zone_points"]
        _count(collected.series[id_, parameter], area.all.points, rule, of)
        if area.without is not None:
            _count(collected.without[id_, parameter], area.without.points, rule, of)


def _counts(site: Site, parameter: str, collected: Collected) -> bool:
    """Whether the site is one of the points: it has readings, or is waited for and does not lack the item.

    An example is no station, so nobody waits for it.
    """
    waited_for = site.active and site.status != "example"
    declared = not site.parameters or parameter in site.parameters
    return parameter in collected.parameters.get(site.id, ()) or (waited_for and declared)


def _count(series: SeriesNumbers, points: PointCounts, rule: CompletenessRule, of: int) -> None:
    for name, rows in series.tables.items():
        if name in OUTLOOKS:  # a site has none; it is as valid as the year to date is
            continue
        series.tables[name] = _counted(rows, *points.counted(name), rule, of)
    former = series.former_year_to_date
    series.former_year_to_date = _counted(former, *points.counted(FORMER), rule, of)
    if series.maxima is not None:
        _count(series.maxima, points.maxima or PointCounts(), rule, of)


def _counted(rows: PeriodRows, there: Numbers, count: Numbers, rule: CompletenessRule, of: int) -> PeriodRows:
    """The rows with their points, valid only where they are enough."""
    made: PeriodRows = np.empty(len(rows), dtype=PERIOD_OF_AREA)
    for name in PERIOD.names or ():
        made[name] = rows[name]
    made[POINTS], made[OF_POINTS] = 0, of
    known, at = np.isin(rows["start"], there), np.searchsorted(there, rows["start"])
    made[POINTS][known] = count[at[known]]
    enough = np.array([rule.enough_points(n, of) for n in range(of + 1)], dtype=bool)
    made["valid"] &= enough[made[POINTS]]
    return made
