"""Overview: is everything on target, is anything wrong, which sites are silent."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.boards import air_site, event_panels, place_tiles, river_section
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.common import AirTarget
from dashboards.grafana.maps import layout
from dashboards.grafana.maps.panel import map_panel
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    state_timeline_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import CLASSED, COUNTED, NOW, InfluxQL, equals, means, select, steps
from dashboards.grafana.theme import Translate, class_mappings, unit
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.standards.statistics import ROLLING_24H

MAP_SIZE = layout.Size(500, 390)  # a third of a board that is 1600 px wide, 12 rows high

_SITE_ID = ', "site"'


def build(catalogue: Catalogue, tr: Translate, desk: str = "") -> Dashboard:
    """The home board; `desk` is the address of the desk, for links of rows, "" for none."""
    air_targets, sections = common.air_targets(catalogue), common.sections(catalogue)
    board = BoardBuilder(
        "overview",
        tr,
        tr("总览", "Overview"),
        _description(tr, air_targets),
        time_from="now-7d",
        refresh="1m",
    )
    for air_target in air_targets:
        board.row(5, *((6, panel) for panel in air_tiles(tr, catalogue, air_target)))
    water = [
        tile for place, target in sections for tile in place_tiles.section_tiles(tr, catalogue, place, target)
    ]
    for row in common.in_rows([*water, event_panels.open_events(tr), common.silent_sites(tr)], 6):
        board.row(5, *row)
    board.row(9, (24, event_panels.open_list(tr, desk=desk)))
    maps = [map_panel(title, view, catalogue, tr) for title, view in named_views(tr, catalogue)]
    for row in common.in_rows([*maps, _silent(tr, desk)], 3):
        board.row(12, *row)
    trends = ([_zones(tr, air_targets)] if air_targets else []) + (
        [_classes(tr, sections)] if sections else []
    )
    for row in common.in_rows(trends, 2):
        board.row(9, *row)
    return board.build()


def air_tiles(tr: Translate, catalogue: Catalogue, air_target: AirTarget) -> list[AnyPanel]:
    """A zone's index, and its mean of an hour, of 24 hours and of the year so far."""
    name, symbol = tr.name(air_target.place.short), air_target.parameter.label
    goal = air_target.goal(tr)
    return [
        air_index_tile(tr, catalogue, air_target),
        place_tiles.hour_tile(tr, air_target, tr(f"{name} {symbol} 1小时", f"{name} {symbol}, 1 h")),
        air_day_tile(tr, air_target),
        place_tiles.year_tile(
            tr,
            air_target,
            tr(f"{name} {symbol} 年初至今（{goal}）", f"{name} {symbol}, year to date ({goal})"),
        ),
    ]


def air_index_tile(tr: Translate, catalogue: Catalogue, air_target: AirTarget) -> AnyPanel:
    """A zone's index."""
    name = tr.name(air_target.place.short)
    return place_tiles.index_tile(tr, catalogue, tr(f"{name} AQI", f"{name}, AQI"), air_target.place.id)


def air_day_tile(tr: Translate, air_target: AirTarget) -> AnyPanel:
    """A zone's mean of 24 hours."""
    name, symbol = tr.name(air_target.place.short), air_target.parameter.label
    return place_tiles.day_tile(tr, air_target, tr(f"{name} {symbol} 24小时", f"{name} {symbol}, 24 h"))


def named_views(
    tr: Translate, catalogue: Catalogue, size: layout.Size = MAP_SIZE
) -> list[tuple[str, layout.MapView]]:
    """The maps of the catalogue with their titles: all of it first, then crowded zones."""
    whole, *zones = layout.views(catalogue, size)
    titled = [(tr("站点地图", "Sites on the map"), whole)]
    for view in zones:
        zone = common.area_name(tr, catalogue, view.places[0].id)
        titled.append((tr(f"站点地图：{zone}", f"Sites on the map: {zone}"), view))
    return titled


def _description(tr: Translate, air_targets: Sequence[AirTarget]) -> str:
    if not air_targets:
        return tr("水质、未结束事件、站点状态", "Water, open events, sites")
    short, symbol = air_targets[0].place.short, air_targets[0].parameter.label
    return tr(
        f"{short.zh} {symbol}、出境断面水质、未结束事件、站点状态",
        f"{short.en}, outflow sections, open events, sites",
    )


def _to_desk(tr: Translate, desk: str) -> list[tuple[str, str]]:
    shown = tr("在工作台查看", "See it at the desk"), f"{desk}/?name=${{__data.fields.site}}"
    return [shown] if desk else []


def _silent(tr: Translate, desk: str) -> AnyPanel:
    name = tr("name_zh", "name_en")
    newest = f'last("state") AS "state", "{name}" AS "name", "last_seen", "clock_behind_seconds"'
    columns = (
        f'"state", "name", ({NOW} - "last_seen") / 3600000 AS "heard", '
        f'"clock_behind_seconds" / 60 AS "behind"{_SITE_ID if desk else ""}'
    )
    inner = select(newest, "site_state", by='"site"')
    hours, minutes = tr("suffix:小时", "suffix:h"), tr("suffix:分钟", "suffix:min")
    states, clock = common.site_states(tr, blank="–"), tr("时钟偏差（慢为正）", "Clock (+ is late)")
    return table_panel(
        tr("站点状态", "Sites by state"),
        InfluxQL(f"SELECT {columns} FROM ({inner})", table=True),
        [
            TableColumn("state", tr("状态", "State"), mappings=states, coloured=True, width=100),
            TableColumn("name", tr("站点", "Site"), links=_to_desk(tr, desk)),
            *([TableColumn("site", hidden=True)] if desk else []),
            TableColumn("heard", tr("距上次收到", "Last heard"), unit=hours, decimals=1, width=95),
            TableColumn("behind", clock, unit=minutes, decimals=0, width=150),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=(tr("状态", "State"),),
        time_from="1d",
    )  # fmt: skip


def _zones(tr: Translate, air_targets: Sequence[AirTarget]) -> AnyPanel:
    parameter = air_targets[0].parameter
    rolling = equals("parameter", parameter.id), equals("statistic", ROLLING_24H), COUNTED
    queries = [
        InfluxQL(
            means("value", "statistic", equals("site", air_target.place.id), *rolling),
            tr.name(air_target.place.short),
        )
        for air_target in air_targets
        if air_target.parameter == parameter
    ]
    target, limit = tr("目标值（年均）", "Target value (year)"), tr("标准限值（24小时）", "Standard (24 h)")
    for field, alias in (("target", target), ("limit", limit)):
        query = steps(field, "statistic", equals("site", air_targets[0].place.id), *rolling)
        queries.append(InfluxQL(query, alias))
    return time_series_panel(
        tr(f"{parameter.label} 24小时滑动均值", f"{parameter.label}, rolling 24 h"),
        queries,
        unit=unit(parameter),
        decimals=0,
        limits=[limit],
        targets=[target],
        max_gap=air_site.MAX_GAP,
    )


def _classes(tr: Translate, sections: Sequence[tuple[Place, int]]) -> AnyPanel:
    queries = [
        InfluxQL(
            steps("class", "water_class", equals("site", place.id), equals("statistic", "reading"), CLASSED),
            tr.name(place.name),
        )
        for place, _ in sections
    ]
    title = tr("出境断面水质类别", "Outflow sections, water class")
    return state_timeline_panel(title, queries, class_mappings(tr), max_gap=river_section.MAX_GAP)
