"""Overview: is everything on target, is anything wrong, which sites are silent."""

from collections.abc import Sequence
from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common, event_panels
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.common import AirTarget
from dashboards.grafana.maps import map_panel
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    stat_panel,
    state_timeline_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import (
    CLASSED,
    COUNTED,
    InfluxQL,
    equals,
    latest,
    means,
    one_of,
    select,
    statistic,
    steps,
)
from dashboards.grafana.theme import Translate, class_mappings, limit_steps, unit
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.standards.statistics import MONTH, ROLLING_1H, ROLLING_24H, YEAR_TO_DATE

PLACED = '"lon" > -181'  # the others would be drawn in the Gulf of Guinea


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """The home board."""
    air_targets, sections = common.air_targets(catalogue), common.sections(catalogue)
    board = BoardBuilder(
        "overview",
        tr,
        tr("总览", "Overview"),
        _description(tr, air_targets),
        time_from="now-7d",
        refresh="1m",
    )
    air = [_current(tr, air_targets[0]), _last_day(tr, air_targets[0])] if air_targets else []
    air += [_year_to_date(tr, air_target) for air_target in air_targets]
    water = [panel for place, target_class in sections for panel in _section(tr, place, target_class)]
    others = [*water, event_panels.open_events(tr), common.silent_sites(tr)]
    for row in (*common.in_rows(air, 4), *common.in_rows(others, 6)):
        board.row(5, *row)
    board.row(10, (12, _map(tr, catalogue)), (12, _sites(tr)))
    trends = ([_zones(tr, air_targets)] if air_targets else []) + (
        [_classes(tr, sections)] if sections else []
    )
    for row in common.in_rows(trends, 2):
        board.row(9, *row)
    board.row(9, (24, common.episodes(tr, tr("告警（未结束在前）", "Alerts, open ones first"), "90d")))
    return board.build()


def _description(tr: Translate, air_targets: Sequence[AirTarget]) -> str:
    if not air_targets:
        return tr("水质、未结束告警、站点状态", "Water, alerts, sites")
    short, symbol = air_targets[0].place.short, air_targets[0].parameter.label
    return tr(
        f"{short.zh} {symbol}、出境断面水质、未结束告警、站点状态",
        f"{short.en}, outflow sections, alerts, sites",
    )


def _titled(tr: Translate, air_target: AirTarget, zh: str, en: str) -> str:
    name = f"{tr.name(air_target.place.short)} {air_target.parameter.label}"
    return tr(f"{name} {zh}", f"{name}{en}")


def _current(tr: Translate, air_target: AirTarget) -> AnyPanel:
    sites = sorted(air_target.place.members or (air_target.place.id,))
    hour = equals("parameter", air_target.parameter.id), equals("statistic", ROLLING_1H)
    latest_of_each = select(
        'last("value") AS "value"', "statistic", one_of("site", sites), *hour, COUNTED, by='"site"'
    )
    return stat_panel(
        _titled(tr, air_target, "当前（1 小时）", " now (1 h)"),
        InfluxQL(f'SELECT mean("value") FROM ({latest_of_each})'),
        unit=unit(air_target.parameter),
        decimals=0,
        levels=limit_steps(air_target.limit),
        description=tr(
            "各站最近一次 1 小时滑动均值的平均。一次高于目标值是信号，不是超标：目标管的是年均值。",
            "Mean of each station's newest rolling hour. Above the target value is a signal, not a breach:"
            " the target is for the year's mean.",
        ),
        time_from="1d",
    )


def _last_day(tr: Translate, air_target: AirTarget) -> AnyPanel:
    query = InfluxQL(statistic('last("value")', air_target.place.id, air_target.parameter.id, ROLLING_24H))
    title = _titled(tr, air_target, "24 小时", ", 24 h")
    return stat_panel(
        title,
        query,
        unit=unit(air_target.parameter),
        decimals=0,
        levels=limit_steps(air_target.limit),
        time_from="2d",
    )


def _year_to_date(tr: Translate, air_target: AirTarget) -> AnyPanel:
    return stat_panel(
        _titled(
            tr,
            air_target,
            f"年初至今（目标 {air_target.limit:g}）",
            f", year to date (target {air_target.limit:g})",
        ),
        InfluxQL(statistic('last("value")', air_target.place.id, air_target.parameter.id, YEAR_TO_DATE)),
        unit=unit(air_target.parameter),
        decimals=1,
        levels=limit_steps(air_target.limit),
        time_from="366d",
    )


def _section(tr: Translate, place: Place, target_class: int) -> list[AnyPanel]:
    name, site = tr.name(place.name), equals("site", place.id)
    target = common.class_name(tr, target_class)
    return [
        stat_panel(
            tr(f"{name} 当前水质类别", f"{name}, class now"),
            InfluxQL(latest("class", "water_class", site, equals("statistic", "reading"), CLASSED)),
            mappings=class_mappings(tr),
        ),
        stat_panel(
            tr(f"{name} 本月（目标 {target} 类）", f"{name}, this month (target {target})"),
            InfluxQL(latest("class", "water_class", site, equals("statistic", MONTH), CLASSED)),
            mappings=class_mappings(tr),
            time_from="62d",
        ),
    ]


def _centre(catalogue: Catalogue) -> tuple[int, int] | None:
    """Longitude and latitude in the middle of the sites, whole degrees; None without a placed one."""
    placed = [(site.lon, site.lat) for site in catalogue.sites.values() if site.lon is not None]
    if not placed:
        return None
    lon, lat = (round(sum(filter(None, column)) / len(placed)) for column in zip(*placed, strict=True))
    return lon, lat


def _map(tr: Translate, catalogue: Catalogue) -> AnyPanel:
    name = tr("name_zh", "name_en")
    columns = f'last("level") AS "level", "lon", "lat", "state", "{name}", "last_seen"'
    query = InfluxQL(select(columns, "site_state", PLACED, by='"site"'), table=True)
    return map_panel(
        tr("站点地图", "Sites on the map"),
        query,
        common.site_state_levels(tr),
        _centre(catalogue),
        label=name,
        description=tr(
            "绿：按时；红：失联；灰：从未收到。没有坐标的站点不在图上。",
            "Green: heard in time; red: silent; grey: never heard. Sites without coordinates are not shown.",
        ),
    )


def _sites(tr: Translate) -> AnyPanel:
    name = tr("name_zh", "name_en")
    columns = f'last("state") AS "state", "{name}", "last_seen", "silent_seconds", "clock_behind_seconds"'
    states = common.site_states(tr, blank="–")
    return table_panel(
        tr("谁失联了", "Who is silent"),
        InfluxQL(select(columns, "site_state", by='"site"'), table=True),
        [
            TableColumn("state", tr("状态", "State"), mappings=states, coloured=True, width=130),
            TableColumn("site", tr("编号", "Id"), width=200),
            TableColumn(name, tr("站点", "Site")),
            TableColumn("last_seen", tr("最近收到", "Last heard"), unit="dateTimeFromNow", width=160),
            TableColumn(
                "silent_seconds", tr("无数据时长", "Silent for"), unit="dtdurations", decimals=0, width=150
            ),
            TableColumn(
                "clock_behind_seconds",
                tr("时钟慢（负：快）", "Clock behind (−: ahead)"),
                unit="dtdurations",
                decimals=0,
                width=220,
            ),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=tr("状态", "State"),
    )


def _zones(tr: Translate, air_targets: Sequence[AirTarget]) -> AnyPanel:
    parameter = air_targets[0].parameter
    rolling = equals("parameter", parameter.id), equals("statistic", ROLLING_24H)
    queries = [
        InfluxQL(
            means("value", "statistic", equals("site", air_target.place.id), *rolling),
            tr.name(air_target.place.short),
        )
        for air_target in air_targets
        if air_target.parameter == parameter
    ]
    target, limit = tr("目标", "Target"), tr("标准限值", "Standard")
    for field, alias in (("target", target), ("limit", limit)):
        query = steps(field, "statistic", equals("site", air_targets[0].place.id), *rolling)
        queries.append(InfluxQL(query, alias))
    return time_series_panel(
        tr(f"{parameter.label} 24 小时滑动均值", f"{parameter.label}, rolling 24 h"),
        queries,
        unit=unit(parameter),
        decimals=0,
        limits=[limit],
        targets=[target],
        max_gap=timedelta(hours=3),
    )


def _classes(tr: Translate, sections: Sequence[tuple[Place, int]]) -> AnyPanel:
    queries = [
        InfluxQL(
            steps("class", "water_class", equals("site", place.id), equals("statistic", "reading"), CLASSED),
            tr.name(place.name),
        )
        for place, _ in sections
    ]
    return state_timeline_panel(
        tr("出境断面水质类别", "Outflow sections, water class"), queries, class_mappings(tr)
    )
