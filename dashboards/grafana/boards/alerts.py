"""Alerts: open and past episodes, who acknowledged them, and every single exceedance."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel, time_series_panel
from dashboards.grafana.query import InfluxQL, select
from dashboards.grafana.theme import NEUTRAL, Translate
from sensors.catalogue.model import Catalogue


def build(_: Catalogue, say: Translate) -> Dashboard:
    """Episodes, their changes, and the exceedances behind them."""
    frame = BoardBuilder(
        "alerts",
        say("告警", "Alerts"),
        say(
            "未结束与已结束的告警、谁处理了、每一次超限",
            "Episodes open and past, who acknowledged them, every exceedance",
        ),
        "now-30d",
        refresh="1m",
        say=say,
    )
    frame.row(5, (6, common.open_alerts(say)), (6, _episodes(say)), (6, _exceedances(say)), (6, _newest(say)))
    frame.row(
        11, (24, common.episodes(say, title=say("告警：每次一行，未结束在前", "Episodes, open ones first")))
    )
    frame.row(9, (12, _days(say)), (12, _by_rule(say)))
    frame.row(10, (24, _changes(say)))
    return frame.build()


def _episodes(say: Translate) -> AnyPanel:
    last = select('last("state") AS "state"', "alert", by='"episode"')
    query = InfluxQL(f'SELECT count("state") FROM ({last})')
    return stat_panel(
        say("时段内的告警", "Episodes in this range"), query, levels=[(None, NEUTRAL)], none="0"
    )


def _exceedances(say: Translate) -> AnyPanel:
    query = InfluxQL(select('count("value")', "exceedance"))
    return stat_panel(
        say("时段内的超限", "Exceedances in this range"),
        query,
        levels=[(None, NEUTRAL)],
        none="0",
        about=say(
            "每个高于限值的读数或统计值各算一次。", "Each reading or statistic above its limit counts once."
        ),
    )


def _newest(say: Translate) -> AnyPanel:
    query = InfluxQL(select('last("state")', "alert"))
    return stat_panel(
        say("最近一次变化", "Newest change"), query, mappings=common.episode_states(say), none="–"
    )


def _days(say: Translate) -> AnyPanel:
    query = select('count("value")', "exceedance", by='time(1d, -8h), "statistic"', fill="none")
    return time_series_panel(
        say("每日超限次数（按统计）", "Exceedances a day, by statistic"),
        [InfluxQL(query, "$tag_statistic")],
        decimals=0,
        floor=0,
        about=say("按上海日历日计。", "By days of Asia/Shanghai."),
    )


def _by_rule(say: Translate) -> AnyPanel:
    columns = 'count("value") AS "times", max("value") AS "largest", last("limit") AS "limit"'
    return table_panel(
        say("哪条规则、哪个站点", "Which rule, which site"),
        InfluxQL(select(columns, "exceedance", by='"rule", "site", "parameter"'), table=True),
        [
            TableColumn("rule", say("规则", "Rule")),
            TableColumn("site", say("站点", "Site"), width=180),
            TableColumn("parameter", say("项目", "Parameter"), width=110),
            TableColumn("times", say("次数", "Times"), decimals=0, width=90),
            TableColumn("largest", say("最大值", "Largest"), decimals=2, width=100),
            TableColumn("limit", say("限值", "Limit"), decimals=2, width=100),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=say("次数", "Times"),
    )


def _changes(say: Translate) -> AnyPanel:
    columns = '"state", "severity", "site", "parameter", "rule", "value", "limit", "by", "message", "episode"'
    query = select(columns, "alert") + " ORDER BY time DESC LIMIT 1000"
    names = [column for column in common.event_columns(say) if column.name != "Time"]
    time = next(column for column in common.event_columns(say) if column.name == "Time")
    return table_panel(
        say("每一次变化：触发、确认、结束", "Every change: fired, acknowledged, resolved"),
        InfluxQL(query, table=True),
        [time, *names],
        newest_first=True,
        about=say("“处理人”一栏是确认的人。", "The column By says who acknowledged."),
    )
