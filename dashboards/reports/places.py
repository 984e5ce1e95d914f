"""What is reported on: sites, and the zones and rivers that are sites of their own."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from sensors.catalogue.model import Catalogue, Name, Site
from sensors.model import Medium

Waterbody = Literal["river", "lake"]


class Place(Struct, frozen=True):
    """A site, zone or river; `members` are the ids of the sites whose mean it is, none for a site."""

    id: str
    medium: Medium
    name: Name
    members: tuple[str, ...] = ()
    area_class: Literal[1, 2] = 2
    waterbody: Waterbody = "river"

    @property
    def is_area(self) -> bool:
        """Whether it is a zone or river."""
        return bool(self.members)


def places(catalogue: Catalogue, measured: set[str]) -> dict[str, Place]:
    """Zones and rivers first, then the sites, each in the catalogue's order; only what was measured."""
    areas = _areas(catalogue, measured)
    sites = {site.id: _of_site(site) for site in catalogue.sites.values() if site.id in measured}
    return areas | sites


def _of_site(site: Site) -> Place:
    return Place(site.id, site.medium, site.name, (), site.area_class, site.waterbody)


def _areas(catalogue: Catalogue, measured: set[str]) -> dict[str, Place]:
    """Zones and rivers with at least one measured site. A class 1 area is one whose sites all are."""
    members: dict[str, list[Site]] = {}
    for site in catalogue.sites.values():
        area = area_of(site)
        if area and site.id in measured:
            members.setdefault(area, []).append(site)
    names = _names(catalogue)
    made = {}
    for id_ in (*names, *(area for area in members if area not in names)):
        sites = members.get(id_)
        if sites:
            made[id_] = Place(
                id=id_,
                medium=sites[0].medium,
                name=names.get(id_, Name(id_, id_)),
                members=tuple(site.id for site in sites),
                area_class=1 if all(site.area_class == 1 for site in sites) else 2,
                waterbody=sites[0].waterbody,
            )
    return made


def area_of(site: Site) -> str | None:
    """The id of the zone or river that the site counts in."""
    if site.medium == "air":
        return f"zone-{site.zone}" if site.zone else None
    return f"river-{site.river}" if site.river else None


def _names(catalogue: Catalogue) -> Mapping[str, Name]:
    return {f"zone-{id_}": name for id_, name in catalogue.zones.items()} | {
        f"river-{id_}": name for id_, name in catalogue.rivers.items()
    }
