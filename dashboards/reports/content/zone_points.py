"""On how many of its sites each mean of a zone or river rests, and whether those are enough to count.

A site counts for a period when its own statistic of that period is valid. The rule is `zone_points` of
completeness.toml, as it is for the store's rows of zones, which do not say how many.
"""

import numpy as np

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import OF_POINTS, PERIOD_OF_AREA, POINTS, SeriesNumbers
from sensors.averages.bulk.period_rows import PERIOD, PeriodRows
from sensors.catalogue.model import Catalogue, Site
from sensors.standards import completeness
from sensors.standards.completeness import CompletenessRule
from sensors.standards.statistics import OUTLOOKS


def judge(collected: Collected, catalogue: Catalogue) -> None:
    """Count the points of every row of zones and rivers; one with too few is no longer valid."""
    for (id_, parameter), series in collected.series.items():
        place = collected.places[id_]
        if not place.is_area:
            continue
        waited_for = [
            site for m in place.members if _counts(site := catalogue.sites[m], parameter, collected)
        ]
        rule = completeness.rules()[place.medium, "zone_points"]
        members = [(site.id, parameter) for site in waited_for]
        _count(series, [one for m in members if (one := collected.series.get(m))], rule, len(members))
        without = collected.without.get((id_, parameter))
        if without is not None:
            others = [collected.without.get(m) or collected.series.get(m) for m in members]
            _count(without, [one for one in others if one], rule, len(members))


def _counts(site: Site, parameter: str, collected: Collected) -> bool:
    """Whether the site is one of the points: it has readings, or is waited for and does not lack the item.

    An example is no station, so nobody waits for it.
    """
    waited_for = site.active and site.status != "example"
    declared = not site.parameters or parameter in site.parameters
    return (site.id, parameter) in collected.series or (waited_for and declared)


def _count(series: SeriesNumbers, members: list[SeriesNumbers], rule: CompletenessRule, of: int) -> None:
    for name, rows in series.tables.items():
        if name in OUTLOOKS:  # a site has none; it is as valid as the year to date is
            continue
        series.tables[name] = _counted(rows, [one.tables[name] for one in members], rule, of)
    former = [one.former_year_to_date for one in members]
    series.former_year_to_date = _counted(series.former_year_to_date, former, rule, of)
    if series.maxima is not None:
        _count(series.maxima, [one.maxima for one in members if one.maxima is not None], rule, of)


def _counted(rows: PeriodRows, members: list[PeriodRows], rule: CompletenessRule, of: int) -> PeriodRows:
    """The rows with their points, valid only where they are enough."""
    starts = np.concatenate([rows["start"][:0], *(one["start"][one["valid"]] for one in members)])
    there, count = np.unique(starts, return_counts=True)
    made: PeriodRows = np.empty(len(rows), dtype=PERIOD_OF_AREA)
    for name in PERIOD.names or ():
        made[name] = rows[name]
    made[POINTS], made[OF_POINTS] = 0, of
    known, at = np.isin(rows["start"], there), np.searchsorted(there, rows["start"])
    made[POINTS][known] = count[at[known]]
    enough = np.array([rule.enough_points(n, of) for n in range(of + 1)], dtype=bool)
    made["valid"] &= enough[made[POINTS]]
    return made
