"""How the series of a site, zone or river are averaged."""

from typing import TYPE_CHECKING

from sensors.averages.config import AveragingConfig, config_of_site, config_of_zone
from sensors.calendar import DayNumber, calendar_day
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place, area_of
from sensors.standards.air_limits import AreaClass, air_limit
from sensors.standards.versions import NoStandard

if TYPE_CHECKING:
    from collections.abc import Mapping


class Places:
    """The places of a catalogue, and the basis of each of their series."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.sites: Mapping[str, Site] = catalogue.sites
        self._places = catalogue.places
        self._parameters = catalogue.parameters

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
        id_ = area_of(self.sites[site])
        return None if id_ is None else self._places[id_]

    def members(self, place: Place, parameter: str) -> list[Site]:
        """The sites whose hours make the parameter of a zone or river."""
        sites = [self.sites[id_] for id_ in place.members]
        return [site for site in sites if not site.parameters or parameter in site.parameters]

    def basis(self, id_: str, parameter: str, day: DayNumber) -> AveragingConfig | None:
        """What feeds a series, by the limits of the day; None where it has no mean or no place any more.

        Nor has one of air at a site that is a section of water now, or the other way round.
        """
        place, measured = self._places.get(id_), self._parameters.get(parameter)
        if place is None or measured is None or measured.medium != place.medium:
            return None
        o3_limit = _ozone_limit(place.area_class, day) if parameter == "o3" else None
        if place.is_site:
            return config_of_site(self.sites[id_], parameter, o3_limit=o3_limit)
        members = [config_of_site(site, parameter) for site in self.members(place, parameter)]
        fed = [basis for basis in members if basis is not None]
        return config_of_zone(id_, parameter, fed, o3_limit=o3_limit, targets=place.targets) if fed else None


def _ozone_limit(area_class: AreaClass, day: DayNumber) -> float | None:
    try:
        limit = air_limit("o3", "o3_8h_max", area_class, calendar_day(day))
    except NoStandard:
        return None
    return None if limit is None else float(limit.limit)
