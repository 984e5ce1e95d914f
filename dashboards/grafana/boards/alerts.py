"""Alerts: open and past events and their episodes, who acknowledged them, and every single exceedance."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common, event_panels
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel, time_series_panel
from dashboards.grafana.query import STANDING, InfluxQL, latest, select
from dashboards.grafana.theme import NEUTRAL, Translate
from sensors.catalogue.model import Catalogue


def build(_: Catalogue, tr: Translate) -> Dashboard:
    """Events, their episodes and changes, and the exceedances behind them."""
    board = BoardBuilder(
        "alerts",
        tr,
        tr("告警", "Alerts"),
        tr(
            "未结束与已结束的事件及其告警、由谁确认、每一次超限",
            "Events open and past with their episodes, who acknowledged them, every exceedance",
        ),
        time_from="now-30d",
        refresh="1m",
    )
    board.row(5, *((6, panel) for panel in _current(tr)))
    board.row(11, (24, event_panels.events(tr, tr("事件：最新在前", "Events, newest first"))))
    title = tr("告警过程：每次一行，未结束在前", "Episodes, open ones first")
    board.row(11, (24, common.episodes(tr, title)))
    board.row(9, (12, _days(tr)), (12, _by_rule(tr)))
    board.row(10, (24, _changes(tr)))
    return board.build()


def _current(tr: Translate) -> list[AnyPanel]:
    return [
        event_panels.open_events(tr),
        stat_panel(
            tr("时段内的告警过程", "Episodes in this range"),
            InfluxQL(f'SELECT count("state") FROM ({common.EPISODE_STATES})'),
            levels=[(None, NEUTRAL)],
            no_value="0",
        ),
        stat_panel(
            tr("时段内的超限", "Exceedances in this range"),
            InfluxQL(select('count("value")', "exceedance", STANDING)),
            levels=[(None, NEUTRAL)],
            no_value="0",
            description=tr(
                "每个高于限值的读数或统计值各算一次。",
                "Each reading or statistic above its limit counts once.",
            ),
        ),
        stat_panel(
            tr("最近一次变化", "Newest change"),
            InfluxQL(latest("state", "alert")),
            mappings=common.episode_states(tr),
        ),
    ]


def _days(tr: Translate) -> AnyPanel:
    query = select('count("value")', "exceedance", STANDING, by='time(1d, -8h), "statistic"', fill="none")
    return time_series_panel(
        tr("每日超限次数（按统计）", "Exceedances a day, by statistic"),
        [InfluxQL(query, "$tag_statistic")],
        decimals=0,
        description=tr("按上海日历日计。", "By days of Asia/Shanghai."),
    )


def _by_rule(tr: Translate) -> AnyPanel:
    columns = 'count("value") AS "times", max("value") AS "largest", last("limit") AS "limit"'
    return table_panel(
        tr("哪条规则、哪个站点", "Which rule, which site"),
        InfluxQL(select(columns, "exceedance", STANDING, by='"rule", "site", "parameter"'), table=True),
        [
            TableColumn("rule", tr("规则", "Rule")),
            TableColumn("site", tr("站点", "Site"), width=180),
            TableColumn("parameter", tr("参数", "Parameter"), width=110),
            TableColumn("times", tr("次数", "Times"), decimals=0, width=90),
            TableColumn("largest", tr("最大值", "Largest"), decimals=2, width=100),
            TableColumn("limit", tr("限值", "Limit"), decimals=2, width=100),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=tr("次数", "Times"),
    )


def _changes(tr: Translate) -> AnyPanel:
    columns = '"state", "severity", "site", "parameter", "rule", "value", "limit", "by", "message", "episode"'
    query = select(columns, "alert") + " ORDER BY time DESC LIMIT 1000"
    return table_panel(
        tr("每一次变化：触发、确认、结束", "Every change: fired, acknowledged, resolved"),
        InfluxQL(query, table=True),
        sorted(common.event_columns(tr), key=lambda column: column.name != "Time"),
        newest_first=True,
        description=tr("“确认人”一栏是确认告警的人。", "The column By says who acknowledged."),
    )
