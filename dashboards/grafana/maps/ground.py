"""What lies below the marks of a map, as GeoJSON inside the board: nothing is fetched from anywhere.

A frame in the board's own dark, the degrees, and a grey mark with its name for each place: what has no figure
keeps it.
"""

import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from dashboards.grafana.maps.layout import MapPlace, MapView
from dashboards.grafana.theme import Translate

GROUND, GRID, MARK = "#1c2127", "#38414b", "#a9b4bf"
_MARGIN = 3.0  # degrees around the view: whoever moves the map stays on it
_STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_MOST_LINES = 6
CIRCLE, SQUARE = "img/icons/marker/circle.svg", "img/icons/marker/square.svg"


def layer(view: MapView, tr: Translate) -> dict[str, Any]:
    """The base layer of a geomap."""
    text = json.dumps(geojson(view, tr), ensure_ascii=False, separators=(",", ":"))
    source = f"data:application/geo+json,{quote(text, safe='{}[]:,')}"
    rules = [
        _rule("frame", GROUND),
        _rule("grid", GRID),
        _mark_rule("air", CIRCLE),
        _mark_rule("water", SQUARE),
    ]
    return {"src": source, "rules": rules, "style": _style(MARK)}


def geojson(view: MapView, tr: Translate) -> dict[str, Any]:
    """Frame, degrees and places, each with its `what`."""
    return {"type": "FeatureCollection", "features": [*_frame(view), *_grid(view), *_marks(view, tr)]}


def _frame(view: MapView) -> Iterator[dict[str, Any]]:
    west, east, south, north = _edges(view)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    yield _feature("frame", "Polygon", [ring])


def _grid(view: MapView) -> Iterator[dict[str, Any]]:
    west, east, south, north = _edges(view)
    seen = 360 / 2**view.zoom  # degrees that 256 px show
    step = next((each for each in _STEPS if 4 * seen / each <= _MOST_LINES), _STEPS[-1])
    for lon in _multiples(west, east, step):
        yield _feature("grid", "LineString", [[lon, south], [lon, north]])
    for lat in _multiples(south, north, step):
        yield _feature("grid", "LineString", [[west, lat], [east, lat]])


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [round(n * step, 4) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _edges(view: MapView) -> tuple[float, float, float, float]:
    west, east = round(view.lon - _MARGIN, 1), round(view.lon + _MARGIN, 1)
    return west, east, round(view.lat - _MARGIN, 1), round(view.lat + _MARGIN, 1)


def _marks(view: MapView, tr: Translate) -> Iterator[dict[str, Any]]:
    for place in view.places:
        yield _feature(place.medium, "Point", [place.lon, place.lat], name=_label(place, tr))


def _label(place: MapPlace, tr: Translate) -> str:
    name = tr.name(place.name).replace("（", "\n（").replace(" (", "\n(")
    return name + ("" if place.known else tr("\n（无坐标）", "\n(no coordinates)"))


def _feature(what: str, kind: str, coordinates: Any, **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"what": what, **properties},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _rule(what: str, colour: str) -> dict[str, Any]:
    return {"check": {"property": "what", "operation": "eq", "value": what}, "style": _style(colour)}


def _mark_rule(what: str, symbol: str) -> dict[str, Any]:
    rule = _rule(what, MARK)
    rule["style"] |= {
        "symbol": {"fixed": symbol, "mode": "fixed"},
        "size": {"fixed": 5, "min": 2, "max": 15},
        "text": {"mode": "field", "field": "name", "fixed": ""},
        "textConfig": {
            "fontSize": 11,
            "offsetX": 0,
            "offsetY": 19,
            "textAlign": "center",
            "textBaseline": "top",
        },
    }
    return rule


def _style(colour: str) -> dict[str, Any]:
    return {"color": {"fixed": colour}, "opacity": 1, "lineWidth": 1}
