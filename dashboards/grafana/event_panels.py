"""Events on the boards: how many are open, and a table with a link in each row to the board that shows it."""

from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import ValueMapping

from dashboards.grafana import common
from dashboards.grafana.builder import TAG
from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel
from dashboards.grafana.query import InfluxQL, select
from dashboards.grafana.theme import BAD, GOOD, NEUTRAL, SERIOUS, WARN, Translate, value_mappings

IS_OPEN = "(\"state\" = 'open' OR \"state\" = 'acknowledged')"
_MOST = 500
_BEFORE_MS = timedelta(hours=6) // timedelta(milliseconds=1)  # what a board shows ahead of an event's begin


def open_events(tr: Translate) -> AnyPanel:
    """How many events are open."""
    return stat_panel(
        tr("未结束事件", "Open events"),
        InfluxQL(select('count("state")', "event", IS_OPEN)),
        levels=[(None, GOOD), (1, BAD)],
        no_value="0",
        time_from="400d",
    )


def events(tr: Translate, title: str) -> AnyPanel:
    """Events that began in the board's range, newest first."""
    columns = (
        '"severity", "state", "ended" - "begun" AS "lasted", '
        f'"{tr("title_zh", "title_en")}" AS "title", "peak", "limit", "stations", "by", '
        f'"{tr("message_zh", "message_en")}" AS "message", '
        f'"begun" - {_BEFORE_MS} AS "since", "until", "site", "board"'
    )
    return table_panel(
        title,
        InfluxQL(f"{select(columns, 'event')} ORDER BY time DESC LIMIT {_MOST}", table=True),
        _columns(tr),
        newest_first=True,
        sorted_by=tr("开始", "Begun"),
        description=tr(
            "同一片区或河流、同一事由的告警为一个事件。点击事件，打开该站点的看板，时间从开始前6小时到结束。",
            "Alerts of one zone or river and one cause are one event. A click on it opens the board of its "
            "station, from 6 h before its begin to its end.",
        ),
    )


def _columns(tr: Translate) -> list[TableColumn]:
    link = (tr("打开看板", "Open its board"), _board_address(tr))
    return [
        TableColumn(
            "severity", tr("严重程度", "Severity"), mappings=common.severities(tr), coloured=True, width=90
        ),
        TableColumn("state", tr("状态", "State"), mappings=_states(tr), coloured=True, width=120),
        TableColumn("Time", tr("开始", "Begun"), width=170),
        TableColumn("lasted", tr("持续", "Lasted"), unit="ms", decimals=1, width=110),
        TableColumn("title", tr("事件", "Event"), width=260, link=link),
        TableColumn("peak", tr("峰值", "Peak"), decimals=2, width=90),
        TableColumn("limit", tr("限值", "Limit"), decimals=2, width=90),
        TableColumn("stations", tr("站点数", "Stations"), decimals=0, width=90),
        TableColumn("by", tr("确认人", "By"), width=110),
        TableColumn("message", tr("内容", "Message")),
        *(TableColumn(name, hidden=True) for name in ("since", "until", "site", "board")),
    ]


def _board_address(tr: Translate) -> str:
    """The board that shows an event, with its station, from before its begin to its end."""
    board = f"/d/{TAG}-${{__data.fields.board}}{tr('', '-en')}"
    site = "${__data.fields.site}"
    span = "from=${__data.fields.since.numeric}&to=${__data.fields.until}"
    return f"{board}?{span}&var-site={site}&var-section={site}"


def _states(tr: Translate) -> list[ValueMapping]:
    return value_mappings(
        {
            "open": (tr("未处理", "open"), BAD),
            "acknowledged": (tr("已确认", "acknowledged"), WARN),
            "calm": (tr("已恢复，观察中", "calm for now"), SERIOUS),
            "over": (tr("已结束", "over"), GOOD),
            "withdrawn": (tr("已撤销", "withdrawn"), NEUTRAL),
        }
    )
