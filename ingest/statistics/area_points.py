"""The points of zones and rivers: which sites are waited for, and whether enough of them are there."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from ingest.journal.statistics_state import Id
from ingest.statistics.series_config import members_of
from sensors.averages.live.changes import Changes
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.zone_points import ZonePoints
from sensors.calendar import DAY_MS, DayNumber, EpochMs
from sensors.catalogue.model import Catalogue, Site
from sensors.model import StatisticName
from sensors.standards.statistics import THREE_YEARS, statistic_kind

_LONGEST_MS = (statistic_kind(THREE_YEARS).months or 0) * 31 * DAY_MS


class AreaPoints:
    """Judges what is computed of zones and rivers by the sites behind it.

    Args:
        catalogue: The sites, and which zone or river each belongs to.
        find: A place's series of a parameter, if it has begun.
    """

    def __init__(self, catalogue: Catalogue, find: Callable[[str, str], LiveSeries | None]) -> None:
        self._catalogue = catalogue
        self._find = find

    def judge(self, id_: Id, series: LiveSeries, changes: Changes) -> Changes:
        """The changes of a zone or river, valid only where enough of its points are; a site's as they are."""
        if self._catalogue.places[id_[0]].is_site or not changes.statistics:
            return changes
        points = self._of(id_, series)
        made = list(points.judge(changes.statistics))
        return replace(changes, statistics=made, stored=made, recompute=[*changes.recompute, *points.unknown])

    def are_enough(self, id_: Id, series: LiveSeries, name: StatisticName, first: DayNumber) -> bool:
        """Whether a period of a place that begins with this day has enough points; that of a site always."""
        place = self._catalogue.places[id_[0]]
        return place.is_site or self._of(id_, series).are_enough(name, first)

    def _of(self, id_: Id, series: LiveSeries) -> ZonePoints:
        sites = members_of(self._catalogue, self._catalogue.places[id_[0]], id_[1])
        begun = {site.id: one for site in sites if (one := self._find(site.id, id_[1])) is not None}
        heard = {site: one.until for site, one in begun.items()}
        of = count_points(sites, heard, series.until)
        return ZonePoints(series, [*begun.values()], of)


def count_points(sites: Iterable[Site], heard: Mapping[str, EpochMs], until: EpochMs) -> int:
    """How many of an area's sites are its points: those waited for, and those heard of in 36 months.

    An example is no station, so nobody waits for it.
    """
    since = until - _LONGEST_MS
    return sum(
        (site.active and site.status != "example") or (site.id in heard and heard[site.id] > since)
        for site in sites
    )
