"""A map of sites without any tile from outside: a frame of degrees, a scale, and each site on its colour."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matplotlib.ticker import MaxNLocator

from dashboards.reports.figures.svg_canvas import (
    GREY,
    INK,
    LINE,
    PALE,
    Anchor,
    Drawing,
    SvgCanvas,
    text_colour_on,
    text_width,
    to_hex,
)

KM_A_DEGREE = 111.195
"""Of latitude, and of longitude at the equator: 2 π 6371 km / 360."""

_WIDTH, _LEFT, _TOP, _RIGHT, _BOTTOM = 186.0, 12.0, 3.0, 2.0, 6.0
_LOWEST, _HIGHEST = 60.0, 95.0
_LEAST_KM, _AIR = 4.0, 0.18
_RADIUS, _LETTERS = 3.4, 2.6
_STEPS = (1, 2, 5)


class MapSite(NamedTuple):
    """A site where it stands, in degrees; what is written in its mark, and its colour, None without data."""

    name: str
    lon: float
    lat: float
    text: str
    rgb: tuple[int, int, int] | None
    is_section: bool = False


class MapFrame(NamedTuple):
    """How degrees become millimetres: a plane that is true to scale along its middle latitude."""

    west: float
    south: float
    east: float
    north: float
    height: float

    @property
    def mm_a_km(self) -> float:
        """Millimetres on the sheet for a kilometre."""
        return (_WIDTH - _LEFT - _RIGHT) / ((self.east - self.west) * self.km_a_lon)

    @property
    def km_a_lon(self) -> float:
        """Kilometres of a degree of longitude on the middle latitude."""
        return KM_A_DEGREE * math.cos(math.radians((self.south + self.north) / 2))

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is on the sheet; north is up."""
        x = _LEFT + (lon - self.west) * self.km_a_lon * self.mm_a_km
        return x, _TOP + (self.north - lat) * KM_A_DEGREE * self.mm_a_km


def map_frame(sites: Sequence[MapSite]) -> MapFrame:
    """Around all sites with some air, never flatter or taller than fits a page."""
    lons, lats = [site.lon for site in sites], [site.lat for site in sites]
    lat = (min(lats) + max(lats)) / 2
    wide = max((max(lons) - min(lons)) * KM_A_DEGREE * math.cos(math.radians(lat)), _LEAST_KM)
    high = max((max(lats) - min(lats)) * KM_A_DEGREE, _LEAST_KM)
    wide, high = wide * (1 + 2 * _AIR), high * (1 + 2 * _AIR)
    across = _WIDTH - _LEFT - _RIGHT
    height = min(max(across * high / wide, _LOWEST), _HIGHEST)
    wide, high = max(wide, across * high / height), max(high, wide * height / across)
    half_lon = wide / KM_A_DEGREE / math.cos(math.radians(lat)) / 2
    lon, half_lat = (min(lons) + max(lons)) / 2, high / KM_A_DEGREE / 2
    return MapFrame(lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat, height)


def sites_map(sites: Sequence[MapSite], title: str, name: str) -> Drawing:
    """Air stations as round marks, sections as square ones, each with what its colour says and its name."""
    frame = map_frame(sites)
    canvas = SvgCanvas(_WIDTH, _TOP + frame.height + _BOTTOM)
    _degrees(canvas, frame)
    _scale(canvas, frame)
    taken = [_mark_box(*frame.point(site.lon, site.lat)) for site in sites]
    for site in sites:
        x, y = frame.point(site.lon, site.lat)
        _mark(canvas, (x, y), site)
        (place, anchor), box = _label_place((x, y), site.name, taken)
        taken.append(box)
        canvas.text(*place, site.name, size=_LETTERS, anchor=anchor, middle=True)
    return canvas.drawing(name, title)


def _degrees(canvas: SvgCanvas, frame: MapFrame) -> None:
    right, bottom = _WIDTH - _RIGHT, _TOP + frame.height
    for lon in _between(frame.west, frame.east, 5):
        x, _ = frame.point(lon, frame.north)
        canvas.line([x, x], [_TOP, bottom], colour=LINE, width=0.15)
        side = "E" if lon >= 0 else "W"
        canvas.text(x, bottom + 3.6, f"{abs(lon):g}°{side}", size=2.2, colour=GREY, anchor="center")
    for lat in _between(frame.south, frame.north, 4):
        _, y = frame.point(frame.west, lat)
        canvas.line([_LEFT, right], [y, y], colour=LINE, width=0.15)
        side = "N" if lat >= 0 else "S"
        canvas.text(_LEFT - 1, y, f"{abs(lat):g}°{side}", size=2.2, colour=GREY, anchor="right", middle=True)
    canvas.line([_LEFT, right, right, _LEFT, _LEFT], [_TOP, _TOP, bottom, bottom, _TOP], colour=GREY)


def _between(low: float, high: float, most: int) -> list[float]:
    ticks = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [round(float(tick), 6) for tick in ticks if low < tick < high]


def _scale(canvas: SvgCanvas, frame: MapFrame) -> None:
    """A bar of a round number of kilometres, at most a quarter of the map, lower right."""
    length = scale_length(frame)
    right, y = _WIDTH - _RIGHT - 4, _TOP + frame.height - 4
    left = right - length * frame.mm_a_km
    canvas.line([left, left, right, right], [y - 1.2, y, y, y - 1.2], colour=INK, width=0.4)
    canvas.text((left + right) / 2, y - 1.8, f"{length:g} km", size=2.4, anchor="center")


def scale_length(frame: MapFrame) -> float:
    """The longest of 1, 2, 5, 10 … km that takes at most a quarter of the map's width."""
    room = (_WIDTH - _LEFT - _RIGHT) / 4 / frame.mm_a_km
    power = 10.0 ** math.floor(math.log10(room))
    return power * max(step for step in _STEPS if step * power <= room)


def _mark(canvas: SvgCanvas, at: tuple[float, float], site: MapSite) -> None:
    x, y = at
    fill, ink = (to_hex(site.rgb), text_colour_on(site.rgb)) if site.rgb else (PALE, GREY)
    if site.is_section:
        canvas.box(x - _RADIUS, y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS, fill=fill, edge=INK)
    else:
        canvas.dots([x], [y], fill=fill, edge=INK, size=2 * _RADIUS)
    canvas.text(x, y, site.text, size=2.5, colour=ink, anchor="center", bold=True, middle=True)


_Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


def _mark_box(x: float, y: float) -> _Rectangle:
    return x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS


def _label_place(
    at: tuple[float, float], name: str, taken: Sequence[_Rectangle]
) -> tuple[tuple[tuple[float, float], Anchor], _Rectangle]:
    """Where a name stands: the first place beside its mark that is free and on the sheet, else right."""
    places = list(_places(at, text_width(name, _LETTERS)))
    for place, box in places:
        on_sheet = box[0] > _LEFT and box[2] < _WIDTH - _RIGHT
        if on_sheet and not any(_overlap(box, other) for other in taken):
            return place, box
    return places[0]


def _places(
    at: tuple[float, float], width: float
) -> Iterator[tuple[tuple[tuple[float, float], Anchor], _Rectangle]]:
    (x, y), away, half = at, _RADIUS + 1.2, _LETTERS / 2 + 0.3
    for dy in (0.0, -2.5, 2.5):
        yield ((x + away, y + dy), "left"), (x + away, y + dy - half, x + away + width, y + dy + half)
        yield ((x - away, y + dy), "right"), (x - away - width, y + dy - half, x - away, y + dy + half)
    for dy in (-away - half, away + half):
        yield ((x, y + dy), "center"), (x - width / 2, y + dy - half, x + width / 2, y + dy + half)


def _overlap(one: _Rectangle, other: _Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
