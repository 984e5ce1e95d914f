"""The panels of all boards: one function per kind, with shared defaults. No plug-in is needed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
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

from dashboards.grafana.query import SOURCE, InfluxQL, PanelQuery
from dashboards.grafana.theme import LIMIT, NEUTRAL, TARGET, Steps, to_thresholds

PanelBuilder = TypeVar("PanelBuilder", bound=Any)
AnyPanel = Builder[Panel]


class TableColumn(NamedTuple):
    """One column of a table: its name in the answer, its title, how it is shown. No title leaves it out.

    `links` are addresses with titles, which may name other columns; those that only links name are `hidden`.
    `wrapped` text goes on in further lines instead of being cut.
    """

    name: str
    title: str = ""
    unit: str = ""
    decimals: int | None = None
    width: int | None = None
    mappings: Sequence[ValueMapping] = ()
    coloured: bool = False
    links: Sequence[tuple[str, str]] = ()
    hidden: bool = False
    wrapped: bool = False


def with_defaults(
    panel: PanelBuilder, title: str, queries: Sequence[PanelQuery], description: str = "", time_from: str = ""
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


def time_series_panel(
    title: str,
    queries: Sequence[PanelQuery],
    *,
    unit: str = "",
    decimals: int,
    bands: Steps = (),
    limits: Sequence[str] = (),
    targets: Sequence[str] = (),
    bars: Sequence[str] = (),
    hollow: Sequence[str] = (),
    right: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    max_gap: timedelta = timedelta(0),
    longest: Mapping[str, timedelta] | None = None,
    from_zero: bool = True,
    description: str = "",
    time_from: str = "",
) -> timeseries.Panel:
    """Series over time; those named in `limits` and `targets` are dashed steps, in `bars` bars.

    Those in `hollow` are points that no line joins: what is not valid yet. `right` has the units of those
    that go by an axis of their own, on the right. `names` are those of series that
    the answer names by id. A gap up to `max_gap` is what lies between two readings; a longer one is a gap in
    the line. `longest` says the same of series whose answer has no row for what is missing.
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
    _draw_lines(panel, limits, targets, bars, hollow)
    for name, suffix in (right or {}).items():
        panel.override_by_name(name, overrides({**_RIGHT, "unit": suffix}))
    for name, gap in (longest or {}).items():
        panel.override_by_name(name, overrides({"custom.insertNulls": gap // timedelta(milliseconds=1)}))
    for id_, name in (names or {}).items():
        panel.override_by_name(id_, overrides({"displayName": name}))
    return panel


_RIGHT = {
    "decimals": 1,
    "custom.axisPlacement": "right",
    "custom.axisSoftMax": 5,
    "color": {"mode": "fixed", "fixedColor": "light-blue"},
}


def _draw_lines(
    panel: timeseries.Panel,
    limits: Sequence[str],
    targets: Sequence[str],
    bars: Sequence[str],
    hollow: Sequence[str],
) -> None:
    """How the named series are drawn, those that are no plain line."""
    for lines, colour in ((limits, LIMIT), (targets, TARGET)):
        for name in lines:
            panel.override_by_name(name, _dashed(colour))
    for name in bars:
        panel.override_by_name(name, _bars())
    for name in hollow:
        panel.override_by_name(name, overrides({"custom.drawStyle": "points", "custom.pointSize": 7}))


def _dashed(colour: str) -> list[DynamicConfigValue]:
    return overrides(
        {
            "custom.lineStyle": {"fill": "dash", "dash": [8, 6]},
            "custom.lineInterpolation": "stepAfter",
            "custom.lineWidth": 2,
            "custom.showPoints": "never",
            "color": {"mode": "fixed", "fixedColor": colour},
        }
    )


def _bars() -> list[DynamicConfigValue]:
    return overrides({"custom.drawStyle": "bars", "custom.fillOpacity": 40, "custom.barAlignment": 1})


def overrides(properties: Mapping[str, Any]) -> list[DynamicConfigValue]:
    """Properties of a series or column by their ids, as an override holds them."""
    return [DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()]


def table_panel(
    title: str,
    query: InfluxQL,
    columns: Sequence[TableColumn],
    *,
    newest_first: bool = False,
    sorted_by: Sequence[str] = (),
    description: str = "",
    time_from: str = "",
) -> table.Panel:
    """A table of the answer's columns in the order given; `sorted_by` are titles of columns."""
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
            panel.override_by_name(column.name, overrides({"custom.hideFrom": _HIDDEN}))
    if newest_first or sorted_by:
        keys = sorted_by or (columns[0].title,)
        panel.sort_by([common.TableSortByFieldState().display_name(key).desc(newest_first) for key in keys])
    return panel


def _column_overrides(column: TableColumn) -> list[DynamicConfigValue]:
    properties = {
        "unit": column.unit,
        "decimals": column.decimals,
        "custom.width": column.width,
        "mappings": list(column.mappings),
        "custom.cellOptions": _cell(column),
        "custom.align": "left" if column.mappings else None,
        "custom.wrapText": column.wrapped or None,
        "links": [{"title": title, "url": url} for title, url in column.links],
    }
    return overrides({name: value for name, value in properties.items() if value not in (None, "", [])})


_HIDDEN = {"viz": True, "legend": False, "tooltip": False}


def _cell(column: TableColumn) -> dict[str, Any] | None:
    if column.coloured:
        return {"type": "color-background", "mode": "basic"}
    return {"type": "auto", "wrapText": True} if column.wrapped else None


def state_timeline_panel(
    title: str,
    queries: Sequence[InfluxQL],
    mappings: Sequence[ValueMapping],
    *,
    max_gap: timedelta = timedelta(0),
    names: Mapping[str, str] | None = None,
    time_from: str = "",
) -> statetimeline.Panel:
    """States over time as coloured strips, one a series; `names` as in `time_series_panel`.

    Between states further apart than `max_gap`, where it is given, there is none.
    """
    panel: statetimeline.Panel = with_defaults(statetimeline.Panel(), title, queries, time_from=time_from)
    for id_, name in (names or {}).items():
        panel.override_by_name(id_, overrides({"displayName": name}))
    colour_by_thresholds(panel).mappings(list(mappings)).fill_opacity(85).line_width(0)
    if max_gap:
        panel.span_nulls(max_gap // timedelta(milliseconds=1))
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


def text_panel(title: str, markdown: str) -> text.Panel:
    """Text in Markdown."""
    panel: text.Panel = with_defaults(text.Panel(), title, [])
    return panel.mode(TextMode.MARKDOWN).content(markdown)
