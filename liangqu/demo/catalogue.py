"""The catalogue of the demo: stations of a zone or a river, of which there is something to tell."""

from msgspec.structs import replace

from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of


def of_areas(catalogue: Catalogue) -> Catalogue:
    """The same without sites of no zone and no river."""
    sites = {id_: site for id_, site in catalogue.sites.items() if area_of(site) is not None}
    return replace(catalogue, sites=sites)
