"""Places on a map."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models.dashboard import ValueMapping
from grafana_foundation_sdk.models.geomap import TooltipMode

from dashboards.grafana.panels import colour_by_thresholds, with_defaults
from dashboards.grafana.query import InfluxQL
from dashboards.grafana.theme import NEUTRAL

if TYPE_CHECKING:
    from grafana_foundation_sdk.cog.builder import Builder


def map_panel(
    title: str,
    query: InfluxQL,
    mappings: Sequence[ValueMapping],
    centre: tuple[int, int] | None,
    *,
    label: str,
    description: str,
) -> geomap.Panel:
    """Points at `lon` and `lat`, coloured by `level`, named by `label`; without a centre all are in view."""
    panel: geomap.Panel = with_defaults(geomap.Panel(), title, [query], description)
    colour_by_thresholds(panel).mappings(list(mappings))
    panel.view(_view(centre))
    panel.basemap(common.MapLayerOptions().type("osm-standard").name("OpenStreetMap"))
    panel.controls(geomap.ControlsOptions().show_zoom(True).show_attribution(True))
    panel.tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    markers: Builder[Any] = (
        common.MapLayerOptions()
        .type("markers")
        .name(title)
        .tooltip(True)
        .location(
            common.FrameGeometrySource()
            .mode(common_model.FrameGeometrySourceMode.COORDS)
            .latitude("lat")
            .longitude("lon")
        )
        .config(
            {
                "showLegend": False,
                "style": {
                    "color": {"field": "level", "fixed": NEUTRAL},
                    "opacity": 0.9,
                    "size": {"fixed": 8, "min": 4, "max": 12},
                    "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
                    "text": {"field": label, "fixed": "", "mode": "field"},
                    "textConfig": {
                        "fontSize": 12,
                        "offsetX": 0,
                        "offsetY": 14,
                        "textAlign": "center",
                        "textBaseline": "top",
                    },
                },
            }
        )
    )
    return panel.layers([markers])


def _view(centre: tuple[int, int] | None) -> geomap.MapViewConfig:
    if centre is None:
        return geomap.MapViewConfig().id("fit").all_layers(True)
    return geomap.MapViewConfig().id("coords").lon(centre[0]).lat(centre[1]).zoom(8)
