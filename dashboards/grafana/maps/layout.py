"""Where places are drawn on a map: at their coordinates, or in a row below it where none are known.

Stations of a zone that would lie on each other are one mark, that of the zone, and have a map of their own.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.model import Medium, Name

MARK_PX = 34
"""How far apart two marks have to be."""
TILE_PX = 256  # of the whole earth at zoom 0
MOST_ZOOM = 13.0
ROW_PX = 80  # a mark and three lines of its name
_NAME_PX = 150  # what a place without coordinates has for its name
_AIR = 0.72  # of a panel that marks may fill
_LEAST_DEGREES = 0.05


class MapPlace(NamedTuple):
    """A site, or a zone that stands for its stations; `known` where its coordinates are its own."""

    id: str
    name: Name
    medium: Medium
    lon: float
    lat: float
    known: bool = True


class MapView(NamedTuple):
    """A map of a panel's size: its middle in degrees, its zoom, what is drawn on it, and what has no room."""

    lon: float
    lat: float
    zoom: float
    places: tuple[MapPlace, ...]
    left_out: tuple[MapPlace, ...] = ()


class Size(NamedTuple):
    """Of a panel, in pixels."""

    width: float
    height: float


def views(catalogue: Catalogue, size: Size) -> list[MapView]:
    """The map of all places, then one of each zone whose stations are one mark there.

    Rows of places without coordinates fill at most half of the map, all of it where none has any.
    """
    placed = [
        MapPlace(site.id, site.name, site.medium, site.lon, site.lat)
        for site in catalogue.sites.values()
        if site.lon is not None and site.lat is not None
    ]
    lost = [
        MapPlace(site.id, site.name, site.medium, 0.0, 0.0, known=False)
        for site in catalogue.sites.values()
        if site.lon is None or site.lat is None
    ]
    a_row = max(1, int(size.width // _NAME_PX))
    most = int((size.height / 2 if placed else size.height) // ROW_PX)
    rows = [lost[start : start + a_row] for start in range(0, len(lost), a_row)]
    below = ROW_PX * min(len(rows), most)
    room = Size(size.width, max(size.height - below, size.height / 2))
    whole = view_of(placed, room)
    crowds = _crowds(catalogue, placed, whole.zoom)
    crowded = {place.id for members in crowds.values() for place in members}
    marks = [place for place in placed if place.id not in crowded]
    marks += [_standing_for(catalogue, zone, members) for zone, members in crowds.items()]
    view = whole._replace(lat=whole.lat - below / 2 * _degrees_a_px(whole))
    first = view._replace(
        places=(*marks, *_below(rows[:most], view, size)), left_out=(*lost[most * a_row :],)
    )
    return [first, *(view_of(members, size) for members in crowds.values())]


def view_of(places: Sequence[MapPlace], size: Size) -> MapView:
    """The closest view in which all places have some air around them."""
    lons, lats = [p.lon for p in places] or [0.0], [p.lat for p in places] or [0.0]
    lat = (min(lats) + max(lats)) / 2
    wide = max(max(lons) - min(lons), _LEAST_DEGREES)
    high = max(max(lats) - min(lats), _LEAST_DEGREES) / math.cos(math.radians(lat))
    scale = _AIR * min(size.width / wide, size.height / high)  # pixels a degree of longitude
    zoom = min(math.log2(scale * 360 / TILE_PX), MOST_ZOOM)
    return MapView((min(lons) + max(lons)) / 2, lat, round(zoom, 2), tuple(places))


def _degrees_a_px(view: MapView) -> float:
    """Of latitude, in the middle of the view."""
    return 360 / TILE_PX / 2**view.zoom * math.cos(math.radians(view.lat))


def _crowds(catalogue: Catalogue, placed: Iterable[MapPlace], zoom: float) -> dict[str, list[MapPlace]]:
    """The zones of which two stations would lie on each other, with their stations that have coordinates."""
    zones: dict[str, list[MapPlace]] = {}
    for place in placed:
        if place.medium == "air" and (area := area_of(catalogue.sites[place.id])) is not None:
            zones.setdefault(area, []).append(place)
    return {zone: members for zone, members in zones.items() if _too_close(members, zoom)}


def _too_close(places: Sequence[MapPlace], zoom: float) -> bool:
    px = TILE_PX * 2**zoom / 360  # a degree of longitude
    return any(
        math.hypot((one.lon - two.lon) * px, (one.lat - two.lat) * px) < MARK_PX
        for n, one in enumerate(places)
        for two in places[:n]
    )


def _standing_for(catalogue: Catalogue, zone: str, members: Sequence[MapPlace]) -> MapPlace:
    lon, lat = (sum(column) / len(members) for column in zip(*((m.lon, m.lat) for m in members), strict=True))
    return MapPlace(zone, catalogue.places[zone].short, "air", round(lon, 4), round(lat, 4))


def _below(rows: Sequence[Sequence[MapPlace]], view: MapView, size: Size) -> Iterable[MapPlace]:
    """In rows below what is placed, evenly over the panel's width."""
    across = size.width * _AIR * 360 / TILE_PX / 2**view.zoom
    for n, row in enumerate(rows):
        down = size.height / 2 - ROW_PX * (n + 0.9)
        lat = view.lat - down * _degrees_a_px(view)
        for k, place in enumerate(row):
            lon = view.lon + across * ((k + 0.5) / len(row) - 0.5)
            yield place._replace(lon=round(lon, 4), lat=round(lat, 4))
