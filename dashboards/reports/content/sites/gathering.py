"""The reading of a report's sites: each by itself, of which what is printed is kept and nothing else."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct, field
from msgspec.structs import asdict

from dashboards.reports.content.collection import Advance, Collected, SeriesId, Sources, Wanted
from dashboards.reports.content.sites.areas import AreaSeries
from dashboards.reports.content.sites.place_content import PlaceContent, place_content
from dashboards.reports.content.sites.site_reading import SiteReading, add_series, add_without
from sensors.averages.config import config_of_zone
from sensors.catalogue.model import Site
from sensors.catalogue.places import Place
from sensors.model import Kind
from sensors.standards.air_limits import ozone_day_limit

FEW_PLACES = 6
"""Where there are no zones, so many places have figures of their own."""


class GatheredSites(Struct):
    """What is kept of sites that were read: `collected` beside the content of each, and what areas are of.

    `digests` are those of what was read, site by site.
    """

    collected: Collected
    contents: dict[str, PlaceContent] = field(default_factory=dict)
    areas: dict[SeriesId, AreaSeries] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    def take(self, other: "GatheredSites") -> None:
        """Add other sites, after those that are there."""
        self.collected.take(other.collected)
        self.contents.update(other.contents)
        self.digests += other.digests
        for series, area in other.areas.items():
            self.areas.setdefault(series, AreaSeries()).merge(area)


Gather = Callable[[Sources, Collected, Wanted, Advance], GatheredSites]
"""Reads sites of a month; `Advance` is called with the number of series done so far."""


def gather(sources: Sources, month: Collected, wanted: Wanted, advance: Advance) -> GatheredSites:
    """Read sites one after the other, in this process.

    Raises:
        StoreAway: the store does not answer.
    """
    found, done = GatheredSites(month.empty(month.places)), 0
    told, areas = _told_by_figures(month), [place for place in month.places.values() if place.is_area]
    for id_, measured in wanted.items():
        _read_site(found, sources, sources.catalogue.sites[id_], measured, areas, is_told=id_ in told)
        advance(done := done + len(measured))
    return found


def digest_of(sources: Sources, month: Collected, wanted: Iterable[str], digests: Sequence[bytes]) -> str:
    """The SHA-256 of everything that was read: month, sites and marks, and the digest of each site's."""
    sites = [asdict(sources.catalogue.sites[id_]) for id_ in sources.catalogue.sites if id_ in set(wanted)]
    head = msgspec.json.encode([str(month.month), sites, list(sources.marks)])
    return hashlib.sha256(head + b"".join(digests)).hexdigest()


def add_areas(collected: Collected, sources: Sources, areas: Mapping[SeriesId, AreaSeries]) -> None:
    """Compute zones and rivers from their sites' hours; nothing where no site has any."""
    for (id_, parameter), area in areas.items():
        place = collected.places[id_]
        limit = ozone_day_limit(place.area_class, collected.month.first)
        basis = config_of_zone(id_, parameter, area.inputs, o3_limit=limit, targets=place.targets)
        add_series(collected, basis, area.all.hours.table(collected.until), sources.coverage)
        if area.without is not None:
            add_without(collected, basis, area.without.hours.table(collected.until))


def _read_site(
    found: GatheredSites,
    sources: Sources,
    site: Site,
    measured: Mapping[str, Sequence[Kind]],
    areas: Sequence[Place],
    *,
    is_told: bool,
) -> None:
    reading = SiteReading(sources, found.collected, site)
    reading.read(measured)
    one = reading.collected
    found.contents[site.id] = place_content(one, site.id, sources.catalogue)
    found.digests.append(reading.digest())
    for series in reading.series:
        for place in areas:
            if site.id in place.members:
                area = found.areas.setdefault((place.id, series.basis.parameter), AreaSeries())
                area.add(series)
    if not is_told:
        one.series, one.without = {}, {}
    found.collected.take(one)


def _told_by_figures(month: Collected) -> frozenset[str]:
    """The sites whose numbers figures and outlooks ask for: with targets, and where there are no zones."""
    air = [place for place in month.places.values() if place.medium == "air"]
    few = [] if any(place.is_area for place in air) else air[:FEW_PLACES]
    targets = (id_ for one in month.targets for id_ in (one.place, one.section) if id_ is not None)
    return frozenset({*targets, *(place.id for place in few)})
