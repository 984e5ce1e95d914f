"""On how many of its sites each mean of a zone or river rests, and whether those are enough to count.

A site counts for a period when its own statistic of that period is valid. The rule is `zone_points` of
completeness.toml; the store's rows of zones do not know it (docs/decisions/0127).
"""

import pandas as pd

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import OF_POINTS, POINTS, SeriesNumbers
from sensors.catalogue.model import Catalogue, Site
from sensors.standards import completeness
from sensors.standards.completeness import CompletenessRule
from sensors.standards.statistics import OUTLOOKS, YEAR_TO_DATE


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
    for name, table in series.tables.items():
        if name in OUTLOOKS:  # a site has none; it is as valid as the year to date is
            continue
        series.tables[name] = _counted(table, [one.tables[name] for one in members], rule, of)
    former = [one.former_year_to_date for one in members]
    series.former[YEAR_TO_DATE] = _counted(series.former_year_to_date, former, rule, of)
    if series.maxima is not None:
        _count(series.maxima, [one.maxima for one in members if one.maxima is not None], rule, of)


def _counted(
    table: pd.DataFrame, members: list[pd.DataFrame], rule: CompletenessRule, of: int
) -> pd.DataFrame:
    """The table with its column of points, valid only where they are enough."""
    starts = pd.concat([one.loc[one["valid"], "start"] for one in members]) if members else pd.Series()
    points = table["start"].map(starts.value_counts()).fillna(0).astype("int64")
    enough = [rule.enough_points(n, of) for n in points.tolist()]
    valid = table["valid"] & pd.Series(enough, index=table.index, dtype=bool)
    made = table.assign(valid=valid)
    made[POINTS], made[OF_POINTS] = points, of
    return made
