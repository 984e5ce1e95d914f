"""Air site: what it measures, its averages against the limits, its index, its days, what was flagged."""

from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    stat_panel,
    status_history_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import PUBLISHED, InfluxQL, is_, latest, select, statistic
from dashboards.grafana.theme import NEUTRAL, Translate, aqi_steps, levels, texts, unit
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards import aqi
from sensors.standards.statistics import WINDOWS

SITE = "${site:raw}"
EVERY = "time($__interval)"
BRIDGED = timedelta(hours=3)  # two cycles of an hourly station, and a little


def build(catalogue: Catalogue, say: Translate) -> Dashboard:
    """The board of one station or zone, chosen at the top."""
    frame = BoardBuilder(
        "air",
        say("空气站点", "Air site"),
        say(
            "一个站点：各项污染物、滑动均值与限值、AQI、日历、被标记的数据",
            "One station: pollutants, averages, AQI, flagged values",
        ),
        "now-7d",
        refresh="1m",
        say=say,
    )
    first = common.first_site(catalogue, "air")
    frame.variable("site", say("站点", "Site"), 'SHOW TAG VALUES FROM "air" WITH KEY = "site"', first)
    frame.row(4, *((4, panel) for panel in _now(catalogue, say)))
    shown = catalogue.shown("air")
    for start in range(0, len(shown), 2):
        frame.row(9, *((12, _pollutant(parameter, say)) for parameter in shown[start : start + 2]))
    frame.row(8, (12, _index(say)), (12, _days(say)))
    frame.row(8, (24, _flagged(say)))
    return frame.build()


def _now(catalogue: Catalogue, say: Translate) -> list[AnyPanel]:
    shown = catalogue.shown("air")
    main = shown[0]
    at = is_("site", SITE)
    hour = is_("statistic", "1h")
    names = texts({one.id: (say.name(one.name), NEUTRAL) for one in shown}, blank="–")
    return [
        stat_panel(
            say("站点", "Site"), InfluxQL(latest(say("name_zh", "name_en"), "site_state", at)), since="1d"
        ),
        stat_panel(
            say("AQI（小时）", "AQI (hour)"),
            InfluxQL(latest("aqi", "aqi", at, hour, PUBLISHED)),
            decimals=0,
            levels=aqi_steps(),
            since="2d",
        ),
        stat_panel(
            say("空气质量级别", "AQI level"),
            InfluxQL(latest("level", "aqi", at, hour, PUBLISHED)),
            mappings=levels(say),
            since="2d",
        ),
        stat_panel(
            say("首要污染物", "Primary pollutant"),
            InfluxQL(latest("primary", "aqi", at, hour, PUBLISHED)),
            mappings=names,
            about=say("AQI 不超过 50 时没有首要污染物。", "None while the AQI is 50 or less."),
            since="2d",
        ),
        stat_panel(
            say(f"{main.label} 24 小时", f"{main.label}, 24 h"),
            InfluxQL(statistic('last("value")', SITE, main.id, "24h")),
            unit=unit(main),
            decimals=0,
            since="2d",
        ),
        stat_panel(
            say("最近收到", "Last heard"),
            InfluxQL(latest("last_seen", "site_state", at)),
            unit="dateTimeFromNow",
            since="1d",
        ),
    ]


def _window(parameter: Parameter) -> tuple[str, int]:
    """The sliding window that its index looks at, else the longest; with its hours."""
    return next((one for one in WINDOWS if f"{parameter.id}_{one[0]}" in aqi.items()), WINDOWS[-1])


def _pollutant(parameter: Parameter, say: Translate) -> AnyPanel:
    window, hours = _window(parameter)
    reading, hour = say("读数", "Reading"), say("1 小时滑动", "Rolling 1 h")
    mean, limit = (
        say(f"{hours} 小时滑动", f"Rolling {hours} h"),
        say(f"{hours} 小时限值", f"Limit of {hours} h"),
    )
    tags = is_("site", SITE), is_("parameter", parameter.id)
    queries = [
        InfluxQL(
            select('mean("value")', "air", *tags, is_("validity", "valid"), by=EVERY, fill="null"), reading
        ),
        InfluxQL(
            select('mean("value")', "statistic", *tags, is_("statistic", "1h"), by=EVERY, fill="null"), hour
        ),
        InfluxQL(
            select('mean("value")', "statistic", *tags, is_("statistic", window), by=EVERY, fill="null"), mean
        ),
        InfluxQL(
            select('last("limit")', "statistic", *tags, is_("statistic", window), by=EVERY, fill="none"),
            limit,
        ),
    ]
    return time_series_panel(
        say.name(parameter.name),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        limits=[limit],
        bridged=BRIDGED,
        floor=0,
        about=say(
            "只画有效读数；被标记的在最下面一格。限值随标准的生效日期分段。",
            "Valid readings only; flagged ones are at the bottom. The limit steps with the standard's dates.",
        ),
    )


def _index(say: Translate) -> AnyPanel:
    query = select(
        'mean("aqi")', "aqi", is_("site", SITE), is_("statistic", "1h"), PUBLISHED, by=EVERY, fill="null"
    )
    return time_series_panel(
        say("AQI（小时）", "AQI (hour)"),
        [InfluxQL(query, "AQI")],
        decimals=0,
        bands=aqi_steps(),
        bridged=BRIDGED,
        floor=0,
    )


def _days(say: Translate) -> AnyPanel:
    query = select('"level"', "aqi", is_("site", SITE), is_("statistic", "day"))
    return status_history_panel(
        say("日历：每日空气质量级别（90 天）", "Days by AQI level (90 days)"),
        [InfluxQL(query, say("级别", "Level"))],
        levels(say),
        since="90d",
    )


def _flagged(say: Translate) -> AnyPanel:
    columns = '"value", "flag", "failed", "validity", "parameter", "kind"'
    query = (
        select(columns, "air", is_("site", SITE), "\"validity\" != 'valid'") + " ORDER BY time DESC LIMIT 500"
    )
    verdicts = texts(
        {"suspect": (say("存疑", "suspect"), "#e0a526"), "invalid": (say("无效", "invalid"), "#d44a3a")}
    )
    return table_panel(
        say("被标记的数据（90 天，最近 500 条）", "Flagged values (90 days, newest 500)"),
        InfluxQL(query, table=True),
        [
            TableColumn("Time", say("时间", "Time"), width=180),
            TableColumn("parameter", say("项目", "Parameter"), width=140),
            TableColumn("value", say("数值", "Value"), decimals=3, width=140),
            TableColumn("validity", say("判定", "Verdict"), mappings=verdicts, coloured=True, width=120),
            TableColumn("flag", say("设备标记", "Device flag"), width=140),
            TableColumn("failed", say("未通过的检查", "Failed checks")),
            TableColumn("kind", say("数据类型", "Kind"), width=120),
        ],
        newest_first=True,
        about=say(
            "数值按原样保存，从不改动；这里说明它为什么不参与统计。",
            "Values are kept as sent; this is why they count in no average.",
        ),
        since="90d",
    )
