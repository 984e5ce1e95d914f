"""Where a map from coordinates alone has its marks and names; without any file from outside. Pure."""

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len

from dashboards.grafana.maps.layout import TILE_PX, MapPlace, MapView, Size, views
from sensors.catalogue.model import Catalogue
from sensors.model import Language

SIZE = Size(480, 340)
RADIUS = 16
MOST_MARKS = 150
"""Maps with more marks are left out: nothing could be told apart on them."""
_LETTER_PX = 8.6
"""The width of a cell of a name; a Chinese character has two."""
_LINE_PX = 18.0

_Box = tuple[float, float, float, float]  # left, top, right, bottom


class MapMark(Struct, frozen=True, kw_only=True):
    """A place on a map, its middle at `x`, `y` in pixels of `SIZE`.

    Its name begins, ends or has its middle at `label_x`, as `anchor` says; "" where it has no room.
    """

    place: MapPlace
    name: str
    x: float
    y: float
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = ""


class SiteMap(Struct, frozen=True):
    """A map's marks; `name` is the zone's that it is of, "" of all places."""

    name: str
    marks: list[MapMark]


def draw_maps(catalogue: Catalogue, language: Language) -> list[SiteMap]:
    """The map of all places, then one of each zone whose stations are one mark there; none without places.

    Sites that are switched off, or of which no coordinates are known, are on none.
    """
    placed = {
        site.id: site
        for site in catalogue.sites.values()
        if site.active and site.lon is not None and site.lat is not None
    }
    if not placed:
        return []
    whole, *crowds = views(replace(catalogue, sites=placed), SIZE)
    zones = [place for place in whole.places if place.id not in placed]  # in the order of their maps
    names = ["", *(getattr(zone.name, language) for zone in zones)]
    return [
        SiteMap(name, _named(_marks(view, language)))
        for name, view in zip(names, [whole, *crowds], strict=True)
        if len(view.places) <= MOST_MARKS
    ]


def _marks(view: MapView, language: Language) -> Iterator[MapMark]:
    """North is up; the middle of the view in the middle."""
    across = TILE_PX * 2**view.zoom / 360
    for place in view.places:
        x = SIZE.width / 2 + (place.lon - view.lon) * across
        y = SIZE.height / 2 - (place.lat - view.lat) * across * _stretch(view.lat)
        yield MapMark(place=place, name=getattr(place.name, language), x=round(x, 1), y=round(y, 1))


def _stretch(lat: float) -> float:
    """Degrees of latitude are longer than those of longitude."""
    return 1 / math.cos(math.radians(lat))


def _named(marks: Iterator[MapMark]) -> list[MapMark]:
    """Names where they cover no mark and no other name, in the order of the marks."""
    found = list(marks)
    taken = [(m.x - RADIUS, m.y - RADIUS, m.x + RADIUS, m.y + RADIUS) for m in found]
    named = []
    for mark in found:
        free = next(((spot, box) for spot, box in _spots(mark) if _is_free(box, taken)), None)
        if free is not None:
            (x, y, anchor), box = free
            taken.append(box)
            mark = replace(mark, label_x=round(x, 1), label_y=round(y, 1), anchor=anchor)  # noqa: PLW2901
        named.append(mark)
    return named


def _spots(mark: MapMark) -> Iterator[tuple[tuple[float, float, str], _Box]]:
    """Right, left, below and above of a mark."""
    width, away = cell_len(mark.name) * _LETTER_PX, RADIUS + 5
    x, y, half = mark.x, mark.y, _LINE_PX / 2
    yield (x + away, y, "start"), (x + away, y - half, x + away + width, y + half)
    yield (x - away, y, "end"), (x - away - width, y - half, x - away, y + half)
    for dy in (away + half, -away - half):
        yield (x, y + dy, "middle"), (x - width / 2, y + dy - half, x + width / 2, y + dy + half)


def _is_free(box: _Box, taken: Sequence[_Box]) -> bool:
    left, top, right, bottom = box
    if left < 0 or right > SIZE.width or top < 0 or bottom > SIZE.height:
        return False
    return not any(left < r and l < right and top < b and t < bottom for l, t, r, b in taken)  # noqa: E741
