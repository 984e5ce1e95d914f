"""The places that a report covers: those with measurements."""

from msgspec.structs import replace

from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place


def measured_places(catalogue: Catalogue, measured: set[str]) -> dict[str, Place]:
    """Zones and rivers first, then the sites; only what was measured, with the members that were."""
    areas = {
        id_: replace(place, members=members)
        for id_, place in catalogue.places.items()
        if place.is_area and (members := tuple(site for site in place.members if site in measured))
    }
    return areas | {id_: place for id_, place in catalogue.places.items() if id_ in measured}
