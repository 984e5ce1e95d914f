"""Tiles: single figures in large letters, each on its colour; bars of several."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import barchart, bargauge, common, stat
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue, ValueMapping

from dashboards.grafana.panels import colour_by_thresholds, overrides, with_defaults
from dashboards.grafana.query import InfluxQL, PanelQuery
from dashboards.grafana.theme import GOOD, MINUTE, NEUTRAL, Steps


class TileFigure(NamedTuple):
    """One figure of a tile: its column in the answer, how it is written, its colours; `plain`: none."""

    name: str
    unit: str = ""
    decimals: int | None = None
    levels: Steps = ()
    mappings: Sequence[ValueMapping] = ()
    plain: bool = False


def stat_panel(
    title: str,
    query: PanelQuery,
    *,
    unit: str = "",
    decimals: int | None = None,
    levels: Steps = (),
    mappings: Sequence[ValueMapping] = (),
    no_value: str = "–",
    description: str = "",
    time_from: str = "",
) -> stat.Panel:
    """The newest value, large, its colour from levels or mappings; `no_value` where there is none."""
    panel: stat.Panel = with_defaults(stat.Panel(), title, [query], description, time_from)
    colour_by_thresholds(panel, levels).unit(unit).mappings(list(mappings)).no_value(no_value)
    panel.color_mode(common_model.BigValueColorMode.BACKGROUND_SOLID)
    panel.graph_mode(common_model.BigValueGraphMode.NONE).text_mode(common_model.BigValueTextMode.VALUE)
    panel.justify_mode(common_model.BigValueJustifyMode.CENTER)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^(?!Time$).*/"))
    if decimals is not None:
        panel.decimals(decimals)
    return panel


STAMP = TileFigure("Time", MINUTE)
"""When a tile's figures were measured."""


_LETTERS = {1: 60, 2: 34, 3: 22, 4: 20}
"""In pixels, by how many figures share a tile of five rows."""


def tile_panel(
    title: str,
    query: InfluxQL,
    figures: Sequence[TileFigure],
    *,
    description: str = "",
    time_from: str,
    stamp: TileFigure | None = STAMP,
) -> stat.Panel:
    """Several figures of one answer below each other, each on its colour, then their time by `stamp`.

    Those without levels and mappings, and the time, are on no colour.
    """
    query.table = True
    shown = (*figures, stamp) if stamp else (*figures,)
    panel = stat_panel(title, query, description=description, time_from=time_from)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/"))
    panel.orientation(common_model.VizOrientation.HORIZONTAL)
    panel.text(common.VizTextDisplayOptions().value_size(_LETTERS[len(shown)]))
    order = {figure.name: position for position, figure in enumerate(shown)}
    panel.with_transformation(
        DataTransformerConfig(
            id_val="organize",
            options={
                "indexByName": order,
                "excludeByName": {} if stamp else {STAMP.name: True},
                "renameByName": {},
            },
        )
    )
    for figure in shown:
        panel.override_by_name(figure.name, _tile_overrides(figure))
    return panel


def _tile_overrides(figure: TileFigure) -> list[DynamicConfigValue]:
    if figure.levels:
        colour: dict[str, Any] = {
            "thresholds": {
                "mode": "absolute",
                "steps": [{"value": at, "color": colour} for at, colour in figure.levels],
            }
        }
    elif figure.mappings and not figure.plain:
        colour = {}
    else:
        colour = {"color": {"mode": "fixed", "fixedColor": "transparent"}}
    properties = {
        "unit": figure.unit,
        "decimals": figure.decimals,
        "mappings": list(figure.mappings),
    }
    return overrides(
        {name: value for name, value in properties.items() if value not in (None, "", [])} | colour
    )


def counts_panel(
    title: str,
    queries: Sequence[InfluxQL],
    shown: Mapping[str, tuple[str, str]],
    *,
    description: str = "",
    time_from: str = "",
) -> stat.Panel:
    """Counts side by side, each under its name and on its colour once it is above zero; 0 without any.

    `shown` are names and colours by the alias of the count.
    """
    panel: stat.Panel = with_defaults(stat.Panel(), title, queries, description, time_from)
    colour_by_thresholds(panel, [(None, GOOD)]).no_value("0").unit("").decimals(0)
    panel.color_mode(common_model.BigValueColorMode.BACKGROUND_SOLID)
    panel.graph_mode(common_model.BigValueGraphMode.NONE)
    panel.text_mode(common_model.BigValueTextMode.VALUE_AND_NAME)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    for alias, (name, colour) in shown.items():
        steps = [{"value": None, "color": NEUTRAL}, {"value": 1, "color": colour}]
        changes = {"displayName": name, "thresholds": {"mode": "absolute", "steps": steps}}
        panel.override_by_name(alias, overrides(changes))
    return panel


def bar_gauge_panel(
    title: str,
    queries: Sequence[InfluxQL],
    *,
    unit: str = "",
    levels: Steps,
    max_value: float | None = None,
    names: Mapping[str, str] | None = None,
    description: str = "",
    time_from: str = "",
) -> bargauge.Panel:
    """The newest value of each series as a bar; `names` are what series are called that an id names."""
    panel: bargauge.Panel = with_defaults(bargauge.Panel(), title, queries, description, time_from)
    colour_by_thresholds(panel, levels).unit(unit).decimals(0).min(0)
    panel.orientation(common_model.VizOrientation.HORIZONTAL)
    panel.display_mode(common_model.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if max_value is not None:
        panel.max(max_value)
    for id_, name in (names or {}).items():
        panel.override_by_name(id_, overrides({"displayName": name}))
    return panel


def bar_chart_panel(
    title: str,
    queries: Sequence[InfluxQL],
    *,
    category: str,
    unit: str = "",
    decimals: int = 0,
    transformations: Sequence[tuple[str, dict[str, Any]]] = (),
    names: Mapping[str, str] | None = None,
    description: str = "",
    time_from: str = "",
) -> barchart.Panel:
    """Bars by the column `category`, after the transformations; `names` are what columns are called."""
    panel: barchart.Panel = with_defaults(barchart.Panel(), title, queries, description, time_from)
    panel.unit(unit).decimals(decimals).min(0).x_field(category).fill_opacity(75)
    panel.show_value(common_model.VisibilityMode.NEVER)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    for id_, options in transformations:
        panel.with_transformation(DataTransformerConfig(id_val=id_, options=options))
    for id_, name in (names or {}).items():
        panel.override_by_name(id_, overrides({"displayName": name}))
    return panel
