"""Overview: is everything as the plan wants it, is anything wrong, who is silent."""

from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.maps import places
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    stat_panel,
    state_timeline_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import InfluxQL, is_, latest, one_of, select, statistic
from dashboards.grafana.theme import STATE, Translate, classes, texts, unit, up_to
from sensors.catalogue.model import Catalogue

PLACED = '"lon" > -181'  # the others would lie in the Gulf of Guinea
MAP_CENTRE = (115, 41)  # longitude, latitude of Zhangjiakou


def build(catalogue: Catalogue, say: Translate) -> Dashboard:
    """The home board."""
    frame = BoardBuilder(
        "overview",
        say("总览", "Overview"),
        say(
            "赛区 PM2.5、出境断面水质、未结束告警、站点状态",
            "Competition zone, outflow sections, alerts, sites",
        ),
        "now-7d",
        refresh="1m",
        say=say,
    )
    pm25 = catalogue.parameters["pm25"]
    target = common.pm25_target()
    frame.row(
        5,
        (6, _pm25_now(catalogue, say, target)),
        (
            6,
            _pm25(
                say("赛区 PM2.5 24 小时", "Competition zone PM2.5, 24 h"),
                "zone-competition",
                "24h",
                target,
                unit(pm25),
            ),
        ),
        (6, _year_to_date(say, "zone-competition", say("赛区", "Competition zone"), target, unit(pm25))),
        (6, _year_to_date(say, "zone-city", say("全市", "City"), target, unit(pm25))),
    )
    sections = common.sections(catalogue)
    width = 24 // (2 * len(sections) + 2)
    frame.row(
        5,
        *((width, panel) for site, wanted in sections for panel in _section(say, catalogue, site, wanted)),
        (width, common.open_alerts(say)),
        (width, common.silent_sites(say)),
    )
    frame.row(10, (12, _map(say)), (12, _sites(say)))
    frame.row(9, (12, _zones(say, unit(pm25))), (12, _classes(say, catalogue)))
    frame.row(9, (24, common.episodes(say, "90d")))
    return frame.build()


def _pm25_now(catalogue: Catalogue, say: Translate, target: float) -> AnyPanel:
    parameter = catalogue.parameters["pm25"]
    sites = sorted(site.id for site in catalogue.sites.values() if site.zone == "competition")
    newest = latest(
        "value", "statistic", one_of("site", sites), is_("parameter", "pm25"), is_("statistic", "1h")
    )
    inner = newest.replace('last("value")', 'last("value") AS "value"')
    return stat_panel(
        say("赛区 PM2.5 当前（1 小时）", "Competition zone PM2.5 now (1 h)"),
        InfluxQL(f'SELECT mean("value") FROM ({inner} GROUP BY "site")'),
        unit=unit(parameter),
        decimals=0,
        levels=up_to(target),
        about=say(
            "各站最近一次 1 小时滑动均值的平均。一次高于目标值是信号，不是超标：目标管的是年均值。",
            "Mean of each station's newest rolling hour. Above the target value is a sign, no breach:"
            " the target is for the year's mean.",
        ),
        since="1d",
    )


def _pm25(title: str, site: str, name: str, target: float, suffix: str) -> AnyPanel:
    query = InfluxQL(statistic('last("value")', site, "pm25", name))
    return stat_panel(title, query, unit=suffix, decimals=0, levels=up_to(target), since="2d")


def _year_to_date(say: Translate, site: str, name: str, target: float, suffix: str) -> AnyPanel:
    return stat_panel(
        say(f"{name} PM2.5 年初至今（目标 {target:g}）", f"{name} PM2.5, year to date (target {target:g})"),
        InfluxQL(statistic('last("value")', site, "pm25", "year_to_date")),
        unit=suffix,
        decimals=1,
        levels=up_to(target),
        since="366d",
    )


def _section(say: Translate, catalogue: Catalogue, site: str, wanted: int) -> list[AnyPanel]:
    name = say.name(catalogue.sites[site].name)
    target = common.class_name(say, wanted)
    return [
        stat_panel(
            say(f"{name} 当前水质类别", f"{name}, class now"),
            InfluxQL(latest("class", "water_class", is_("site", site), is_("statistic", "reading"))),
            mappings=classes(say),
        ),
        stat_panel(
            say(f"{name} 本月（目标 {target} 类）", f"{name}, this month (target {target})"),
            InfluxQL(latest("class", "water_class", is_("site", site), is_("statistic", "month"))),
            mappings=classes(say),
            since="62d",
        ),
    ]


def _map(say: Translate) -> AnyPanel:
    name = say("name_zh", "name_en")
    columns = f'last("level") AS "level", "lon", "lat", "state", "{name}", "last_seen"'
    query = InfluxQL(select(columns, "site_state", PLACED, by='"site"'), table=True)
    return places(
        say("站点地图", "Sites on the map"),
        query,
        common.state_levels(say),
        MAP_CENTRE,
        label=name,
        about=say(
            "绿：按时；红：失联；灰：从未收到。没有坐标的站点不在图上。",
            "Green: heard in time; red: silent; grey: never heard. Sites without coordinates are not shown.",
        ),
    )


def _sites(say: Translate) -> AnyPanel:
    name = say("name_zh", "name_en")
    columns = f'last("state") AS "state", "{name}", "last_seen", "silent_seconds"'
    states = texts(
        {state: (common.state_name(say, state), colour) for state, colour in STATE.items()}, blank="–"
    )
    return table_panel(
        say("谁失联了", "Who is silent"),
        InfluxQL(select(columns, "site_state", by='"site"'), table=True),
        [
            TableColumn("state", say("状态", "State"), mappings=states, coloured=True, width=140),
            TableColumn("site", say("编号", "Id"), width=200),
            TableColumn(name, say("站点", "Site")),
            TableColumn("last_seen", say("最近收到", "Last heard"), unit="dateTimeFromNow", width=180),
            TableColumn(
                "silent_seconds", say("已静默", "Silent for"), unit="dtdurations", decimals=0, width=180
            ),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=say("状态", "State"),
    )


def _zones(say: Translate, suffix: str) -> AnyPanel:
    by = "time($__interval)"
    queries = [
        InfluxQL(
            select(
                'mean("value")',
                "statistic",
                is_("site", site),
                is_("parameter", "pm25"),
                is_("statistic", "24h"),
                by=by,
                fill="null",
            ),
            name,
        )
        for site, name in (
            ("zone-competition", say("赛区", "Competition zone")),
            ("zone-city", say("全市", "City")),
        )
    ]
    target, limit = say("目标", "Target"), say("标准限值", "Standard")
    for field, alias in (("target", target), ("limit", limit)):
        marks = select(
            f'last("{field}")',
            "statistic",
            is_("site", "zone-competition"),
            is_("parameter", "pm25"),
            is_("statistic", "24h"),
            by=by,
            fill="none",
        )
        queries.append(InfluxQL(marks, alias))
    return time_series_panel(
        say("PM2.5 24 小时滑动均值", "PM2.5, rolling 24 h"),
        queries,
        unit=suffix,
        decimals=0,
        limits=[limit],
        targets=[target],
        bridged=timedelta(hours=3),
        floor=0,
    )


def _classes(say: Translate, catalogue: Catalogue) -> AnyPanel:
    queries = [
        InfluxQL(
            select(
                'last("class")',
                "water_class",
                is_("site", site),
                is_("statistic", "reading"),
                by="time($__interval)",
                fill="none",
            ),
            say.name(catalogue.sites[site].name),
        )
        for site, _ in common.sections(catalogue)
    ]
    return state_timeline_panel(
        say("出境断面水质类别", "Outflow sections, water class"), queries, classes(say)
    )
