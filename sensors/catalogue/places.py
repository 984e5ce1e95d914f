"""Places: sites, zones and rivers alike. Each has series, an index or a class, and targets."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sensors.model import Medium, Name
from sensors.standards.air_limits import AreaClass
from sensors.standards.targets import Target
from sensors.standards.water_limits import Waterbody

if TYPE_CHECKING:
    from sensors.catalogue.model import Catalogue, Site

RESERVED = ("zone-", "river-")
"""How the ids of zones and rivers begin, and no site's id does."""

_ZONE, _RIVER = RESERVED


class Place(Struct, frozen=True):
    """A site, zone or river.

    `members` are the ids of the sites whose mean it is, none for a site. `parameters` are those that it, or
    every member, declares; empty means any. `targets` are the rows that concern it; an air station shows
    those of its zone too. `short` is its name where there is little room. A zone has the area class of its
    sites if they agree, else 2; a river is a lake only if all its sections are.
    """

    id: str
    kind: Literal["site", "zone", "river"]
    medium: Medium
    name: Name
    area_class: AreaClass
    waterbody: Waterbody
    short: Name
    targets: tuple[Target, ...] = ()
    parameters: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def is_site(self) -> bool:
        """Whether it measures by itself."""
        return self.kind == "site"

    @property
    def is_area(self) -> bool:
        """Whether it is a zone or river."""
        return self.kind != "site"

    def never_measured(self, parameters: Iterable[str]) -> tuple[str, ...]:
        """Those of the parameters that the place does not declare."""
        return tuple(p for p in parameters if p not in self.parameters) if self.parameters else ()


def zone_id(zone: str) -> str:
    """The id of the place that a `[[zone]]` is."""
    return _ZONE + zone


def river_id(river: str) -> str:
    """The id of the place that a river is."""
    return _RIVER + river


def area_of(site: "Site") -> str | None:
    """The id of the zone or river that the site counts in."""
    if site.medium == "air":
        return None if site.zone is None else zone_id(site.zone)
    return None if site.river is None else river_id(site.river)


def area_names(catalogue: "Catalogue") -> Mapping[str, Name]:
    """The names of zones and rivers by the id of their place, in the catalogue's order."""
    return {zone_id(id_): name for id_, name in catalogue.zones.items()} | {
        river_id(id_): name for id_, name in catalogue.rivers.items()
    }


def place_name(catalogue: "Catalogue", id_: str) -> Name:
    """The name of a site, zone or river, of one without sites too."""
    return catalogue.places[id_].name if id_ in catalogue.places else area_names(catalogue)[id_]


def places_of(catalogue: "Catalogue") -> dict[str, Place]:
    """Every place by its id: the sites in the catalogue's order, then zones and rivers that have a site."""
    names = area_names(catalogue)
    members: dict[str, list[Site]] = {id_: [] for id_ in names}
    for site in catalogue.sites.values():
        if (area := area_of(site)) is not None:
            members.setdefault(area, []).append(site)
    sites = {site.id: _site_place(site, catalogue) for site in catalogue.sites.values()}
    return sites | {
        id_: _area_place(id_, names.get(id_, Name(id_, id_)), found, catalogue)
        for id_, found in members.items()
        if found
    }


def wider_zones_of(catalogue: "Catalogue") -> dict[str, Place]:
    """The zones of zones and of sites, each after those in it; `members` are the ids of both."""
    made: dict[str, Place] = {}
    waiting = {zone_id(id_): members for id_, members in catalogue.members.items()}
    while waiting:
        ready = [id_ for id_, members in waiting.items() if waiting.keys().isdisjoint(members)]
        for id_ in ready:
            made[id_] = _wider_zone(id_, waiting.pop(id_), catalogue, made)
    return made


def _wider_zone(
    id_: str, members: tuple[str, ...], catalogue: "Catalogue", made: Mapping[str, Place]
) -> Place:
    within = [place for one in members if (place := made.get(one) or catalogue.places.get(one)) is not None]
    name = area_names(catalogue)[id_]
    return Place(
        id_,
        "zone",
        "air",
        name,
        1 if within and all(place.area_class == 1 for place in within) else 2,
        "river",
        catalogue.short_names.get(zone_of(id_) or "", name),
        _targets(id_, catalogue),
        members=members,
    )


def zone_of(place: str) -> str | None:
    """The id of the `[[zone]]` that the place is; None for any other place."""
    return place.removeprefix(_ZONE) if place.startswith(_ZONE) else None


def _targets(id_: str, catalogue: "Catalogue") -> tuple[Target, ...]:
    return tuple(target for target in catalogue.targets if target.concerns(id_))


def _site_place(site: "Site", catalogue: "Catalogue") -> Place:
    area = area_of(site)
    targets = _targets(site.id, catalogue)
    if site.medium == "air" and area is not None:
        own = {target.parameter for target in targets}
        targets += tuple(target for target in _targets(area, catalogue) if target.parameter not in own)
    return Place(
        site.id, "site", site.medium, site.name, site.area_class, site.waterbody, site.name, targets,
        site.parameters,
    )  # fmt: skip


def _area_place(id_: str, name: Name, sites: "list[Site]", catalogue: "Catalogue") -> Place:
    declared = {parameter for site in sites for parameter in site.parameters}
    return Place(
        id_,
        "zone" if id_.startswith(_ZONE) else "river",
        sites[0].medium,
        name,
        1 if all(site.area_class == 1 for site in sites) else 2,
        "lake" if all(site.waterbody == "lake" for site in sites) else "river",
        catalogue.short_names.get(zone_of(id_) or "", name),
        _targets(id_, catalogue),
        tuple(sorted(declared)) if all(site.parameters for site in sites) else (),
        tuple(site.id for site in sites),
    )
