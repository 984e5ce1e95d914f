"""The panel of a map: each place in the colour of its index or class, with the number on it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models.dashboard import MatcherConfig, ValueMapping
from grafana_foundation_sdk.models.geomap import TooltipMode

from dashboards.grafana import contrast, names
from dashboards.grafana.contrast import readable
from dashboards.grafana.maps import ground
from dashboards.grafana.maps.layout import MapPlace, MapView
from dashboards.grafana.panels import colour_by_thresholds, overrides, with_defaults
from dashboards.grafana.query import CLASSED, NOW, PUBLISHED, InfluxQL, constant, equals, select, union
from dashboards.grafana.theme import CLASSES, MINUTE, Translate, value_mappings
from sensors.catalogue.model import Catalogue
from sensors.model import Medium
from sensors.standards import aqi
from sensors.standards.colour import Colour
from sensors.standards.statistics import ROLLING_1H
from sensors.standards.water_limits import quality

if TYPE_CHECKING:
    from grafana_foundation_sdk.cog.builder import Builder

_NEW = "12h"  # of a section, three cycles
_NEW_AIR = f"time > {NOW}ms - 3h"  # two cycles of an hourly station, and a little
_MARK, _LETTERS = 14, 12
LAYERS: Mapping[Medium, tuple[str, str]] = {"air": ("aqi", ground.CIRCLE), "water": ("class", ground.SQUARE)}
"""The number on a medium's marks, and their shape."""
_CLASS_INK = 10  # what a class adds to be told from a level


def map_panel(title: str, view: MapView, catalogue: Catalogue, tr: Translate) -> geomap.Panel:
    """One map. What is older than three hours (of a section twelve) is grey, as what was never heard is."""
    media = [medium for medium in LAYERS if any(place.medium == medium for place in view.places)]
    queries = {medium: InfluxQL(_rows(view.places, medium), table=True) for medium in media}
    description = _description(view, tr)
    panel: geomap.Panel = with_defaults(geomap.Panel(), title, [*queries.values()], description, _NEW)
    colour_by_thresholds(panel)
    for name, properties in _properties(catalogue, tr).items():
        panel.override_by_name(name, overrides(properties))
    place: Any = geomap.MapViewConfig().id("coords")  # its types say whole degrees, Grafana takes any
    panel.view(place.lon(view.lon).lat(view.lat).zoom(view.zoom))
    base = common.MapLayerOptions().type("geojson").name(tr("底图", "ground")).config(ground.layer(view, tr))
    panel.basemap(base)
    panel.controls(geomap.ControlsOptions().show_zoom(True).show_attribution(False))
    panel.tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    return panel.layers(
        [layer for medium, query in queries.items() for layer in _layers(query, *LAYERS[medium])]
    )


def _description(view: MapView, tr: Translate) -> str:
    left_out = [tr.name(place.name) for place in view.left_out]
    more = tr(
        f"没有坐标、下方也排不下的：{'、'.join(left_out)}。",
        f" Without coordinates, and without room below: {', '.join(left_out)}.",
    )
    return _legend(tr) + (more if left_out else "")


def _legend(tr: Translate) -> str:
    return tr(
        "圆：空气站，小时AQI；方：断面，水质类别；颜色按标准。灰：3小时（断面12小时）内没有结果。"
        "没有坐标的站点排在下方。同片区相距太近的站点合为一点，另有一图。",
        "Round: air stations, hourly AQI; square: sections, water class; official colours. Grey: no result "
        "within 3 h (sections 12 h). Sites without coordinates stand in a row below; stations too close to "
        "each other are one mark of their zone, and have a map of their own.",
    )


def _rows(places: Sequence[MapPlace], medium: Medium) -> str:
    """A row a place: its newest index or class, and where it is drawn."""
    return union(
        (_row(place) for place in places if place.medium == medium),
        f'"site", {_shown(medium)}, "ink", "lon", "lat"',
    )


def _shown(medium: Medium) -> str:
    return '"aqi", "level"' if medium == "air" else '"class"'


def _row(place: MapPlace) -> str:
    site = equals("site", place.id)
    if place.medium == "air":
        hour = equals("statistic", ROLLING_1H)
        newest = select('last("level") AS "level", "aqi", "site"', "aqi", site, hour, PUBLISHED, _NEW_AIR)
    else:
        sample = equals("statistic", "reading")
        newest = select('last("class") AS "class", "site"', "water_class", site, sample, CLASSED)
    number = "level" if place.medium == "air" else "class"
    ink = '"level"' if place.medium == "air" else f'"class" + {_CLASS_INK}'
    where = f'{constant(number, place.lon)} AS "lon", {constant(number, place.lat)} AS "lat"'
    return f'SELECT "site", {_shown(place.medium)}, {ink} AS "ink", {where} FROM ({newest})'


def _layers(query: InfluxQL, field: str, symbol: str) -> list["Builder[Any]"]:
    """The marks, and above them their rims and numbers in what can be read on the mark."""
    colour = "level" if field == "aqi" else "class"
    mark = {"color": {"field": colour, "fixed": ground.MARK}, "opacity": 1, **_shape(symbol)}
    letters = {
        "color": {"field": "ink", "fixed": "#202226"},
        "opacity": 0,
        **_shape(symbol),
        "text": {"field": field, "fixed": "", "mode": "field"},
        "textConfig": {
            "fontSize": _LETTERS, "offsetX": 0, "offsetY": 1, "textAlign": "center", "textBaseline": "middle",
        },
    }  # fmt: skip
    return [_layer(query, field, mark, tooltip=True), _layer(query, f"{field} ", letters, tooltip=False)]


def _shape(symbol: str) -> dict[str, Any]:
    size = _MARK if symbol == ground.CIRCLE else _MARK + 3
    return {
        "size": {"fixed": size, "min": 2, "max": 20},
        "symbol": {"fixed": symbol, "mode": "fixed"},
        "lineWidth": 1,
    }


def _layer(query: InfluxQL, name: str, style: Mapping[str, Any], *, tooltip: bool) -> "Builder[Any]":
    place = common.FrameGeometrySource().mode(common_model.FrameGeometrySourceMode.COORDS)
    return (
        common.MapLayerOptions()
        .type("markers")
        .name(name)
        .tooltip(tooltip)
        .location(place.latitude("lat").longitude("lon"))
        .filter_data(MatcherConfig(id_val="byRefId", options=query.ref))
        .config({"showLegend": False, "style": style})
    )


def _properties(catalogue: Catalogue, tr: Translate) -> dict[str, dict[str, Any]]:
    """How each column is shown, by its name."""
    levels = {str(each.level): (tr.name(each.category), readable(each.colour)) for each in aqi.levels()}
    classes = {str(n): (tr.name(quality(n).name), readable(quality(n).colour)) for n in CLASSES}
    hidden = {"custom.hideFrom": {"tooltip": True, "legend": True, "viz": False}}
    return {
        "site": {"displayName": tr("站点", "Site"), "mappings": names.places(tr, catalogue)},
        "aqi": {"displayName": "AQI", "decimals": 0},
        "level": {"displayName": tr("级别", "Level"), "mappings": value_mappings(levels)},
        "class": {"displayName": tr("水质类别", "Water class"), "mappings": value_mappings(classes)},
        "ink": {"mappings": _ink(), **hidden},
        "lon": hidden,
        "lat": hidden,
        "Time": {"displayName": tr("时间", "Time"), "unit": MINUTE},
    }


def _ink() -> Sequence[ValueMapping]:
    """In which letters a level (from 1) and a class (from 11) are written on their colour."""
    on_air = {str(level.level): level.colour for level in aqi.levels()}
    on_water = {str(n + _CLASS_INK): quality(n).colour for n in CLASSES}
    return value_mappings(
        {value: (value, _letters_on(colour)) for value, colour in (on_air | on_water).items()}
    )


def _letters_on(colour: Colour) -> str:
    return contrast.to_hex(contrast.letters_on(contrast.readable_rgb(colour)))
