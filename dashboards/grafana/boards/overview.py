"""Overview: is everything on target, is anything wrong, which sites are silent."""

from collections.abc import Sequence
from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.common import AirTarget
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
from sensors.catalogue.places import Place

PLACED = '"lon" > -181'  # the others would be drawn in the Gulf of Guinea


def build(catalogue: Catalogue, say: Translate) -> Dashboard:
    """The home board."""
    aims, sections = common.air_targets(catalogue), common.sections(catalogue)
    frame = BoardBuilder(
        "overview",
        say("总览", "Overview"),
        _about(say, aims),
        "now-7d",
        refresh="1m",
        say=say,
    )
    of_air = [_now(say, aims[0]), _last_day(say, aims[0])] if aims else []
    of_air += [_year_to_date(say, aim) for aim in aims]
    of_water = [panel for place, wanted in sections for panel in _section(say, place, wanted)]
    for panels, most in ((of_air, 4), ([*of_water, common.open_alerts(say), common.silent_sites(say)], 6)):
        for row in common.in_rows(panels, most):
            frame.row(5, *row)
    frame.row(10, (12, _map(say, catalogue)), (12, _sites(say)))
    courses = ([_zones(say, aims)] if aims else []) + ([_classes(say, sections)] if sections else [])
    for row in common.in_rows(courses, 2):
        frame.row(9, *row)
    frame.row(9, (24, common.episodes(say, "90d")))
    return frame.build()


def _about(say: Translate, aims: Sequence[AirTarget]) -> str:
    if not aims:
        return say("水质、未结束告警、站点状态", "Water, alerts, sites")
    short, symbol = aims[0].place.short, aims[0].parameter.label
    return say(
        f"{short.zh} {symbol}、出境断面水质、未结束告警、站点状态",
        f"{short.en}, outflow sections, alerts, sites",
    )


def _titled(say: Translate, aim: AirTarget, zh: str, en: str) -> str:
    name = f"{say.name(aim.place.short)} {aim.parameter.label}"
    return say(f"{name} {zh}", f"{name}{en}")


def _now(say: Translate, aim: AirTarget) -> AnyPanel:
    sites = sorted(aim.place.members or (aim.place.id,))
    newest = latest(
        "value",
        "statistic",
        one_of("site", sites),
        is_("parameter", aim.parameter.id),
        is_("statistic", "1h"),
    )
    inner = newest.replace('last("value")', 'last("value") AS "value"')
    return stat_panel(
        _titled(say, aim, "当前（1 小时）", " now (1 h)"),
        InfluxQL(f'SELECT mean("value") FROM ({inner} GROUP BY "site")'),
        unit=unit(aim.parameter),
        decimals=0,
        levels=up_to(aim.limit),
        about=say(
            "各站最近一次 1 小时滑动均值的平均。一次高于目标值是信号，不是超标：目标管的是年均值。",
            "Mean of each station's newest rolling hour. Above the target value is a signal, not a breach:"
            " the target is for the year's mean.",
        ),
        since="1d",
    )


def _last_day(say: Translate, aim: AirTarget) -> AnyPanel:
    query = InfluxQL(statistic('last("value")', aim.place.id, aim.parameter.id, "24h"))
    title = _titled(say, aim, "24 小时", ", 24 h")
    return stat_panel(title, query, unit=unit(aim.parameter), decimals=0, levels=up_to(aim.limit), since="2d")


def _year_to_date(say: Translate, aim: AirTarget) -> AnyPanel:
    return stat_panel(
        _titled(say, aim, f"年初至今（目标 {aim.limit:g}）", f", year to date (target {aim.limit:g})"),
        InfluxQL(statistic('last("value")', aim.place.id, aim.parameter.id, "year_to_date")),
        unit=unit(aim.parameter),
        decimals=1,
        levels=up_to(aim.limit),
        since="366d",
    )


def _section(say: Translate, place: Place, wanted: int) -> list[AnyPanel]:
    name, site = say.name(place.name), place.id
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


def _centre(catalogue: Catalogue) -> tuple[int, int] | None:
    """Longitude and latitude in the middle of the sites, whole degrees; None without a placed one."""
    placed = [(site.lon, site.lat) for site in catalogue.sites.values() if site.lon is not None]
    if not placed:
        return None
    lon, lat = (round(sum(filter(None, column)) / len(placed)) for column in zip(*placed, strict=True))
    return lon, lat


def _map(say: Translate, catalogue: Catalogue) -> AnyPanel:
    name = say("name_zh", "name_en")
    columns = f'last("level") AS "level", "lon", "lat", "state", "{name}", "last_seen"'
    query = InfluxQL(select(columns, "site_state", PLACED, by='"site"'), table=True)
    return places(
        say("站点地图", "Sites on the map"),
        query,
        common.state_levels(say),
        _centre(catalogue),
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


def _zones(say: Translate, aims: Sequence[AirTarget]) -> AnyPanel:
    parameter, by = aims[0].parameter, "time($__interval)"
    of_day = is_("parameter", parameter.id), is_("statistic", "24h")
    queries = [
        InfluxQL(
            select('mean("value")', "statistic", is_("site", aim.place.id), *of_day, by=by, fill="null"),
            say.name(aim.place.short),
        )
        for aim in aims
        if aim.parameter == parameter
    ]
    target, limit = say("目标", "Target"), say("标准限值", "Standard")
    for field, alias in (("target", target), ("limit", limit)):
        marks = select(
            f'last("{field}")', "statistic", is_("site", aims[0].place.id), *of_day, by=by, fill="none"
        )
        queries.append(InfluxQL(marks, alias))
    return time_series_panel(
        say(f"{parameter.label} 24 小时滑动均值", f"{parameter.label}, rolling 24 h"),
        queries,
        unit=unit(parameter),
        decimals=0,
        limits=[limit],
        targets=[target],
        bridged=timedelta(hours=3),
        floor=0,
    )


def _classes(say: Translate, sections: Sequence[tuple[Place, int]]) -> AnyPanel:
    queries = [
        InfluxQL(
            select(
                'last("class")',
                "water_class",
                is_("site", place.id),
                is_("statistic", "reading"),
                by="time($__interval)",
                fill="none",
            ),
            say.name(place.name),
        )
        for place, _ in sections
    ]
    return state_timeline_panel(
        say("出境断面水质类别", "Outflow sections, water class"), queries, classes(say)
    )
