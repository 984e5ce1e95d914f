"""The panels of all boards: one function per kind, with shared defaults. No plug-in is needed."""

from collections.abc import Sequence
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

from dashboards.grafana.query import SOURCE, InfluxQL, named
from dashboards.grafana.theme import LIMIT, NEUTRAL, TARGET, Steps, steps

Any_ = TypeVar("Any_", bound=Any)
AnyPanel = Builder[Panel]


class TableColumn(NamedTuple):
    """One column of a table: its name in the answer, its title, how it is shown. No title hides it."""

    name: str
    title: str = ""
    unit: str = ""
    decimals: int | None = None
    width: int = 0
    mappings: Sequence[ValueMapping] = ()
    coloured: bool = False


def with_defaults(panel: Any_, title: str, queries: Sequence[InfluxQL], about: str, since: str) -> Any_:
    """What every panel has; `since` replaces the board's range, such as `400d`."""
    panel.title(title).datasource(SOURCE)
    panel.targets([named(query, position) for position, query in enumerate(queries)])
    if about:
        panel.description(about)
    if since:
        panel.time_from(since).hide_time_override(True)
    return panel


def thresholds(pairs: Steps) -> dashboard.ThresholdsConfig:
    """Steps as colours by value; neutral without any."""
    config = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE)
    return config.steps(steps(pairs or [(None, NEUTRAL)]))


def by_thresholds() -> dashboard.FieldColor:
    """Colours by those steps."""
    return dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS)


def stat_panel(
    title: str,
    query: InfluxQL,
    *,
    unit: str = "",
    decimals: int | None = None,
    levels: Steps = (),
    mappings: Sequence[ValueMapping] = (),
    none: str = "–",
    about: str = "",
    since: str = "",
) -> stat.Panel:
    """The newest value, large, its colour from levels or mappings; `none` is shown where there is none."""
    panel: stat.Panel = with_defaults(stat.Panel(), title, [query], about, since)
    panel.unit(unit).mappings(list(mappings)).thresholds(thresholds(levels)).no_value(none)
    panel.color_scheme(by_thresholds()).color_mode(common_model.BigValueColorMode.BACKGROUND)
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
    decimals: int | None = None,
    bands: Steps = (),
    limits: Sequence[str] = (),
    targets: Sequence[str] = (),
    bars: Sequence[str] = (),
    bridged: timedelta = timedelta(0),
    floor: float | None = None,
    about: str = "",
    since: str = "",
) -> timeseries.Panel:
    """Series over time; those named in `limits` and `targets` are dashed steps, in `bars` bars.

    A gap up to `bridged` is what lies between two readings; a longer one is a gap in the line.
    """
    panel: timeseries.Panel = with_defaults(timeseries.Panel(), title, queries, about, since)
    panel.unit(unit).line_width(1).fill_opacity(0).show_points(common_model.VisibilityMode.AUTO)
    panel.span_nulls(bridged // timedelta(milliseconds=1) or False).axis_border_show(False)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI))
    if decimals is not None:
        panel.decimals(decimals)
    if floor is not None:
        panel.min(floor)
    if bands:
        area = common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.AREA)
        panel.thresholds(thresholds(bands)).thresholds_style(area)
    for names, colour in ((limits, LIMIT), (targets, TARGET)):
        for name in names:
            panel.override_by_name(name, _dashed(colour))
    for name in bars:
        panel.override_by_name(name, _bars())
    return panel


def _dashed(colour: str) -> list[DynamicConfigValue]:
    return [
        DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}),
        DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        DynamicConfigValue(id_val="custom.lineWidth", value=2),
        DynamicConfigValue(id_val="custom.showPoints", value="never"),
        DynamicConfigValue(id_val="custom.spanNulls", value=True),
        DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour}),
    ]


def _bars() -> list[DynamicConfigValue]:
    return [
        DynamicConfigValue(id_val="custom.drawStyle", value="bars"),
        DynamicConfigValue(id_val="custom.fillOpacity", value=40),
        DynamicConfigValue(id_val="custom.barAlignment", value=1),
    ]


def table_panel(
    title: str,
    query: InfluxQL,
    columns: Sequence[TableColumn],
    *,
    newest_first: bool = False,
    sorted_by: str = "",
    about: str = "",
    since: str = "",
) -> table.Panel:
    """A table of the answer's columns in the order given; `sorted_by` is a column's title."""
    panel: table.Panel = with_defaults(table.Panel(), title, [query], about, since)
    order = {column.name: position for position, column in enumerate(columns)}
    hidden = {column.name: True for column in columns if not column.title}
    titles = {column.name: column.title for column in columns if column.title}
    options = {"indexByName": order, "excludeByName": hidden, "renameByName": titles}
    panel.with_transformation(DataTransformerConfig(id_val="organize", options=options))
    for column in columns:
        if column.title:
            panel.override_by_name(column.title, _shown(column))
    if newest_first or sorted_by:
        by = sorted_by or columns[0].title
        panel.sort_by([common.TableSortByFieldState().display_name(by).desc(newest_first)])
    return panel


def _shown(column: TableColumn) -> list[DynamicConfigValue]:
    found = [
        DynamicConfigValue(id_val="unit", value=column.unit) if column.unit else None,
        DynamicConfigValue(id_val="decimals", value=column.decimals) if column.decimals is not None else None,
        DynamicConfigValue(id_val="custom.width", value=column.width) if column.width else None,
        DynamicConfigValue(id_val="mappings", value=list(column.mappings)) if column.mappings else None,
    ]
    if column.coloured:
        found.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-background"}))
    return [value for value in found if value is not None]


def state_timeline_panel(
    title: str,
    queries: Sequence[InfluxQL],
    mappings: Sequence[ValueMapping],
    *,
    about: str = "",
    since: str = "",
) -> statetimeline.Panel:
    """States over time as coloured strips, one a series."""
    panel: statetimeline.Panel = with_defaults(statetimeline.Panel(), title, queries, about, since)
    panel.mappings(list(mappings)).thresholds(thresholds(())).color_scheme(by_thresholds())
    panel.merge_values(True).show_value(common_model.VisibilityMode.AUTO).fill_opacity(85).line_width(0)
    return panel.legend(common.VizLegendOptions().show_legend(False))


def status_history_panel(
    title: str,
    queries: Sequence[InfluxQL],
    mappings: Sequence[ValueMapping],
    *,
    about: str = "",
    since: str = "",
) -> statushistory.Panel:
    """One square a value, by its colour: a calendar of days."""
    panel: statushistory.Panel = with_defaults(statushistory.Panel(), title, queries, about, since)
    panel.mappings(list(mappings)).thresholds(thresholds(())).color_scheme(by_thresholds())
    panel.show_value(common_model.VisibilityMode.NEVER).fill_opacity(90).row_height(0.9)
    return panel.legend(common.VizLegendOptions().show_legend(False))


def bar_gauge_panel(
    title: str,
    queries: Sequence[InfluxQL],
    *,
    unit: str = "",
    decimals: int = 0,
    levels: Steps = (),
    highest: float | None = None,
    rename: tuple[str, str] | None = None,
    about: str = "",
    since: str = "",
) -> bargauge.Panel:
    """The newest value of each series as a bar; `rename` is a regular expression and what it becomes."""
    panel: bargauge.Panel = with_defaults(bargauge.Panel(), title, queries, about, since)
    panel.unit(unit).decimals(decimals).thresholds(thresholds(levels)).min(0).color_scheme(by_thresholds())
    panel.orientation(common_model.VizOrientation.HORIZONTAL)
    panel.display_mode(common_model.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if highest is not None:
        panel.max(highest)
    if rename:
        options = {"regex": rename[0], "renamePattern": rename[1]}
        panel.with_transformation(DataTransformerConfig(id_val="renameByRegex", options=options))
    return panel


def text_panel(title: str, markdown: str) -> text.Panel:
    """Text in Markdown."""
    panel: text.Panel = with_defaults(text.Panel(), title, [], "", "")
    return panel.mode(TextMode.MARKDOWN).content(markdown)
