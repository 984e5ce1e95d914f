"""Whose statistics there are: every site's, and those of the zones and rivers that sites belong to."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sensors.averages.config import AveragingConfig, config_of_site, config_of_zone
from sensors.calendar import calendar_day
from sensors.catalogue.model import Catalogue, Site
from sensors.model import Medium
from sensors.standards.air_limits import AreaClass, air_limit
from sensors.standards.versions import NoStandard
from sensors.standards.water_limits import Waterbody

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE, RIVER = "zone-", "river-"


class Place(Struct, frozen=True):
    """A site, zone or river. `targets_of` is whose targets it shows, `members` the sites that feed it.

    A zone has the area class of its sites if they agree, else 2; a river is assessed as a river.
    """

    id: str
    medium: Medium
    area_class: AreaClass
    waterbody: Waterbody
    targets_of: str
    parameters: tuple[str, ...]
    members: tuple[Site, ...] = ()

    @property
    def is_site(self) -> bool:
        """Whether it measures by itself."""
        return not self.members


class Places:
    """The places of a catalogue, and the basis of each of their series."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.sites: Mapping[str, Site] = catalogue.sites
        self._places = {site.id: _of_site(site) for site in catalogue.sites.values()}
        belonging: dict[str, list[Site]] = {}
        for site in catalogue.sites.values():
            if (above := above_of(site)) is not None:
                belonging.setdefault(above, []).append(site)
        for id_, members in belonging.items():
            self._places[id_] = _of_members(id_, members)

    def get(self, id_: str) -> Place | None:
        """The place of that id; None where the catalogue no longer knows it."""
        return self._places.get(id_)

    def of(self, id_: str) -> Place:
        """The place of an id that the catalogue knows."""
        return self._places[id_]

    def is_water(self, id_: str) -> bool:
        """Whether the place is a section or a river."""
        return self._places[id_].medium == "water"

    def all(self) -> list[Place]:
        """Every place, sites before zones and rivers."""
        return list(self._places.values())

    def above(self, site: str) -> Place | None:
        """The zone or river that a site belongs to."""
        id_ = above_of(self.sites[site])
        return None if id_ is None else self._places[id_]

    def members(self, place: Place, parameter: str) -> list[Site]:
        """The sites whose hours make the parameter of a zone or river."""
        return [site for site in place.members if not site.parameters or parameter in site.parameters]

    def basis(self, id_: str, parameter: str, day: int) -> AveragingConfig | None:
        """What feeds a series, by the limits of the day; None where it has no mean or no place any more."""
        place = self._places.get(id_)
        if place is None:
            return None
        o3_limit = _ozone_limit(place.area_class, day) if parameter == "o3" else None
        if place.is_site:
            return config_of_site(self.sites[id_], parameter, o3_limit=o3_limit)
        members = [config_of_site(site, parameter) for site in self.members(place, parameter)]
        fed = [basis for basis in members if basis is not None]
        return config_of_zone(id_, parameter, fed, o3_limit=o3_limit) if fed else None

    def never_measured(self, place: Place, pollutants: tuple[str, ...]) -> tuple[str, ...]:
        """The pollutants that the place leaves out by its declaration."""
        if not place.parameters:
            return ()
        return tuple(pollutant for pollutant in pollutants if pollutant not in place.parameters)


def above_of(site: Site) -> str | None:
    """The id of the zone or river that a site belongs to."""
    if site.medium == "air":
        return None if site.zone is None else ZONE + site.zone
    return None if site.river is None else RIVER + site.river


def _of_site(site: Site) -> Place:
    above = above_of(site)
    of = site.id if site.medium == "water" or above is None else above
    return Place(site.id, site.medium, site.area_class, site.waterbody, of, site.parameters)


def _of_members(id_: str, members: list[Site]) -> Place:
    classes = {site.area_class for site in members}
    every = all(site.parameters for site in members)
    declared = {parameter for site in members for parameter in site.parameters} if every else set[str]()
    waterbody: Literal["river", "lake"] = (
        "lake" if all(site.waterbody == "lake" for site in members) else "river"
    )
    return Place(
        id_,
        members[0].medium,
        classes.pop() if len(classes) == 1 else 2,
        waterbody,
        id_,
        tuple(sorted(declared)),
        tuple(members),
    )


def _ozone_limit(area_class: AreaClass, day: int) -> float | None:
    try:
        limit = air_limit("o3", "o3_8h_max", area_class, calendar_day(day))
    except NoStandard:
        return None
    return None if limit is None else float(limit.limit)
