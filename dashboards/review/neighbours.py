"""Which sites a site is held against: those of its zone or river, and those near by."""

from math import asin, cos, radians, sin, sqrt

from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import area_of

REACH_KM = 60.0
"""Ours: Beijing's six stations, which do agree, lie up to 60 km apart."""

MOST = 10
"""Ours: more neighbours change no median, and each costs time."""

_EARTH_KM = 6371.0


def neighbours_of(site: Site, catalogue: Catalogue) -> list[tuple[Site, float | None]]:
    """At most `MOST` sites of its medium with the distance in km where both have a place, the nearest first.

    Where nobody has said where a site lies, neither by coordinates nor by zone or river, its neighbours are
    the others of which nobody has.
    """
    found = [
        (other, distance)
        for other in catalogue.sites.values()
        if other.id != site.id and other.medium == site.medium
        for distance in [_distance(site, other)]
        if _shares_area(site, other) or (distance is not None and distance <= REACH_KM)
    ]
    found.sort(key=lambda pair: (pair[1] is None, pair[1] or 0.0, pair[0].id))
    return found[:MOST]


def _shares_area(site: Site, other: Site) -> bool:
    """Whether they count in the same zone or river, or nobody knows where either lies."""
    if area_of(site) is not None or area_of(other) is not None:
        return area_of(site) == area_of(other)
    return not _has_place(site) and not _has_place(other)


def _has_place(site: Site) -> bool:
    return site.lon is not None and site.lat is not None


def _distance(one: Site, other: Site) -> float | None:
    """Along a great circle, in km; None where a place is unknown."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    across, along = radians(other.lat - one.lat) / 2, radians(other.lon - one.lon) / 2
    part = sin(across) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(along) ** 2
    return 2 * _EARTH_KM * asin(sqrt(part))
