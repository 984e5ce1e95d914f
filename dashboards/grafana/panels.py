"""The panels of all boards: one function per kind, with shared defaults. No plug-in is needed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    stat,
    statetimeline,
    statushistory,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
    ThresholdsMode,
    ValueMapping,
)
from grafana_foundation_sdk.models.text import TextMode

from dashboards.grafana.query import SOURCE, InfluxQL
from dashboards.grafana.theme import LIMIT, NEUTRAL, TARGET, Steps, to_thresholds

PanelBuilder = TypeVar("PanelBuilder", bound=Any)
AnyPanel = Builder[Panel]


class TableColumn(NamedTuple):
    """One column of a table: its name in the answer, its title, how it is shown. No title leaves it out.

    `link` is an address with a title, which may name other columns; those that only links name are `hidden`.
    """

    name: str
    title: str = ""
    unit: str = ""
    decimals: int | None = None
    width: int | None = None
    mappings: Sequence[ValueMapping] = ()
    coloured: bool = False
    link: tuple[str, str] | None = None
    hidden: bool = False


def with_defaults(
    panel: PanelBuilder, title: str, queries: Sequence[InfluxQL], description: str = "", time_from: str = ""
) -> PanelBuilder:
    """What every panel has; `time_from` replaces the board's range, such as `400d`."""
    for position, query in enumerate(queries):
        query.ref = chr(ord("A") + position)
    panel.title(title).datasource(SOURCE).targets(list(queries))
    if description:
        panel.description(description)
    if time_from:
        panel.time_from(time_from).hide_time_override(True)
    return panel


def colour_by_thresholds(panel: PanelBuilder, steps: Steps = ()) -> PanelBuilder:
    """A panel coloured by value; neutral without steps."""
    panel.thresholds(_thresholds(steps or [(None, NEUTRAL)]))
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    return panel


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(to_thresholds(steps))


def stat_panel(
    title: str,
    query: InfluxQL,
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
    panel.color_mode(common_model.BigValueColorMode.BACKGROUND)
    panel.graph_mode(common_model.BigValueGraphMode.NONE).text_mode(common_model.BigValueTextMode.VALUE)
    panel.justify_mode(common_model.BigValueJustifyMode.CENTER)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^(?!Time$).*/"))
    if decimals is not None:
        panel.decimals(decimals)
    return panel


def time_series_panel(
    title: str,
    queries: Sequence[InfluxQL],
    *,
    unit: str = "",
    decimals: int,
    bands: Steps = (),
    limits: Sequence[str] = (),
    targets: Sequence[str] = (),
    bars: Sequence[str] = (),
    max_gap: timedelta = timedelta(0),
    from_zero: bool = True,
    description: str = "",
    time_from: str = "",
) -> timeseries.Panel:
    """Series over time; those named in `limits` and `targets` are dashed steps, in `bars` bars.

    A gap up to `max_gap` is what lies between two readings; a longer one is a gap in the line.
    """
    panel: timeseries.Panel = with_defaults(timeseries.Panel(), title, queries, description, time_from)
    panel.unit(unit).decimals(decimals).line_width(1).fill_opacity(0)
    panel.show_points(common_model.VisibilityMode.AUTO)
    panel.span_nulls(max_gap // timedelta(milliseconds=1) or False).axis_border_show(False)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI))
    if from_zero:
        panel.min(0)
    if bands:
        area = common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.AREA)
        panel.thresholds(_thresholds(bands)).thresholds_style(area)
    for names, colour in ((limits, LIMIT), (targets, TARGET)):
        for name in names:
            panel.override_by_name(name, _dashed(colour))
    for name in bars:
        panel.override_by_name(name, _bars())
    return panel


def _dashed(colour: str) -> list[DynamicConfigValue]:
    return _overrides(
        {
            "custom.lineStyle": {"fill": "dash", "dash": [8, 6]},
            "custom.lineInterpolation": "stepAfter",
            "custom.lineWidth": 2,
            "custom.showPoints": "never",
            "custom.spanNulls": True,
            "color": {"mode": "fixed", "fixedColor": colour},
        }
    )


def _bars() -> list[DynamicConfigValue]:
    return _overrides({"custom.drawStyle": "bars", "custom.fillOpacity": 40, "custom.barAlignment": 1})


def _overrides(properties: Mapping[str, Any]) -> list[DynamicConfigValue]:
    return [DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()]


def table_panel(
    title: str,
    query: InfluxQL,
    columns: Sequence[TableColumn],
    *,
    newest_first: bool = False,
    sorted_by: str = "",
    description: str = "",
    time_from: str = "",
) -> table.Panel:
    """A table of the answer's columns in the order given; `sorted_by` is a column's title."""
    panel: table.Panel = with_defaults(table.Panel(), title, [query], description, time_from)
    titles = {column.name: column.title for column in columns if column.title}
    options = {
        "indexByName": {column.name: position for position, column in enumerate(columns)},
        "excludeByName": {column.name: True for column in columns if not (column.title or column.hidden)},
        "renameByName": titles,
    }
    panel.with_transformation(DataTransformerConfig(id_val="organize", options=options))
    for column in columns:
        if column.title:
            panel.override_by_name(column.title, _column_overrides(column))
        elif column.hidden:
            panel.override_by_name(column.name, _overrides({"custom.hidden": True}))
    if newest_first or sorted_by:
        by = sorted_by or columns[0].title
        panel.sort_by([common.TableSortByFieldState().display_name(by).desc(newest_first)])
    return panel


def _column_overrides(column: TableColumn) -> list[DynamicConfigValue]:
    properties = {
        "unit": column.unit,
        "decimals": column.decimals,
        "custom.width": column.width,
        "mappings": list(column.mappings),
        "custom.cellOptions": {"type": "color-background"} if column.coloured else None,
        "links": [{"title": column.link[0], "url": column.link[1]}] if column.link else None,
    }
    return _overrides({name: value for name, value in properties.items() if value not in (None, "", [])})


def state_timeline_panel(
    title: str, queries: Sequence[InfluxQL], mappings: Sequence[ValueMapping], *, time_from: str = ""
) -> statetimeline.Panel:
    """States over time as coloured strips, one a series."""
    panel: statetimeline.Panel = with_defaults(statetimeline.Panel(), title, queries, time_from=time_from)
    colour_by_thresholds(panel).mappings(list(mappings)).fill_opacity(85).line_width(0)
    panel.merge_values(True).show_value(common_model.VisibilityMode.AUTO)
    return panel.legend(common.VizLegendOptions().show_legend(False))


def status_history_panel(
    title: str, query: InfluxQL, mappings: Sequence[ValueMapping], *, time_from: str
) -> statushistory.Panel:
    """One square a value, by its colour: a calendar of days."""
    panel: statushistory.Panel = with_defaults(statushistory.Panel(), title, [query], time_from=time_from)
    colour_by_thresholds(panel).mappings(list(mappings)).fill_opacity(90).row_height(0.9)
    panel.show_value(common_model.VisibilityMode.NEVER)
    return panel.legend(common.VizLegendOptions().show_legend(False))


def bar_gauge_panel(
    title: str,
    query: InfluxQL,
    *,
    unit: str = "",
    levels: Steps,
    max_value: float | None = None,
    rename: tuple[str, str] | None = None,
    description: str = "",
    time_from: str = "",
) -> bargauge.Panel:
    """The newest value of each series as a bar; `rename` is a regular expression and what it becomes."""
    panel: bargauge.Panel = with_defaults(bargauge.Panel(), title, [query], description, time_from)
    colour_by_thresholds(panel, levels).unit(unit).decimals(0).min(0)
    panel.orientation(common_model.VizOrientation.HORIZONTAL)
    panel.display_mode(common_model.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if max_value is not None:
        panel.max(max_value)
    if rename:
        options = {"regex": rename[0], "renamePattern": rename[1]}
        panel.with_transformation(DataTransformerConfig(id_val="renameByRegex", options=options))
    return panel


def text_panel(title: str, markdown: str) -> text.Panel:
    """Text in Markdown."""
    panel: text.Panel = with_defaults(text.Panel(), title, [])
    return panel.mode(TextMode.MARKDOWN).content(markdown)
