"""How the series of a site, zone or river are averaged."""

from sensors.averages.config import AveragingConfig, config_of_site, config_of_zone
from sensors.calendar import DayNumber, calendar_day
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place
from sensors.model import Kind
from sensors.standards.air_limits import ozone_day_limit


def members_of(catalogue: Catalogue, place: Place, parameter: str) -> list[Site]:
    """The sites whose hours make the parameter of a zone or river."""
    sites = [catalogue.sites[id_] for id_ in place.members]
    return [site for site in sites if not site.parameters or parameter in site.parameters]


def config_on(
    catalogue: Catalogue, id_: str, parameter: str, day: DayNumber, kind: Kind | None = None
) -> AveragingConfig | None:
    """How a series is averaged, by the limits of the day; None where it has no mean or no place any more.

    Nor has one of air at a site that is a section of water now, or the other way round. Without a kind it is
    that of the finest that may feed a site's statistics.
    """
    place, measured = catalogue.places.get(id_), catalogue.parameters.get(parameter)
    if place is None or measured is None or measured.medium != place.medium:
        return None
    o3_limit = ozone_day_limit(place.area_class, calendar_day(day)) if parameter == "o3" else None
    if place.is_site:
        return config_of_site(catalogue.sites[id_], parameter, kind, o3_limit=o3_limit)
    members = [config_of_site(site, parameter) for site in members_of(catalogue, place, parameter)]
    found = [config for config in members if config is not None]
    return config_of_zone(id_, parameter, found, o3_limit=o3_limit, targets=place.targets) if found else None
