"""Events on the boards: how many are open, those that are, and those of the past, with a link in each row."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import ValueMapping

from alerts.rules.definition import RANK
from dashboards.grafana import common
from dashboards.grafana.builder import TAG
from dashboards.grafana.panels import AnyPanel, TableColumn, table_panel
from dashboards.grafana.query import EVER, NOW, InfluxQL, equals, select, union
from dashboards.grafana.theme import BAD, GOOD, MINUTE, NEUTRAL, SERIOUS, WARN, Translate, value_mappings
from dashboards.grafana.tiles import counts_panel
from sensors.calendar import HOUR_MS

IS_OPEN = "(\"state\" = 'open' OR \"state\" = 'acknowledged' OR \"state\" = 'calm')"
IS_PAST = "(\"state\" = 'over' OR \"state\" = 'withdrawn')"
GRAVEST_FIRST = sorted(RANK, key=RANK.__getitem__, reverse=True)
_MOST = 500
_EVENT_ID = ', "event"'
_BEFORE_MS = 6 * HOUR_MS  # what a board shows ahead of an event's begin


def open_events(tr: Translate) -> AnyPanel:
    """How many events are open, by severity; they are counted however long ago they began."""
    queries = [
        InfluxQL(select('count("state")', "event", IS_OPEN, equals("severity", severity)), severity)
        for severity in GRAVEST_FIRST
    ]
    names = common.severity_words(tr)
    return counts_panel(
        tr("未结束事件（按严重程度）", "Open events by severity"),
        queries,
        {severity: names[severity] for severity in GRAVEST_FIRST},
        time_from=EVER,
    )


def open_list(tr: Translate, *, brief: bool = False, desk: str = "") -> AnyPanel:
    """Every event that is open, gravest first, however long ago it began; in `brief` what and since when.

    `desk` is the address of the desk, for a link to the event's page there; "" for none.
    """
    return _events(
        tr,
        tr("未结束事件：最严重在前", "Open events, gravest first"),
        which=IS_OPEN,
        hours=f'({NOW} - "begun") / {HOUR_MS}',
        sorted_by=(tr("严重程度", "Severity"), tr("开始", "Begun")),
        time_from=EVER,
        without=("state", "hours", "title", "stations", "by") if brief else (),
        desk=desk,
    )


def past_list(tr: Translate, *, desk: str = "") -> AnyPanel:
    """Events that began in the board's range and are over, newest first; `desk` as of `open_list`."""
    return _events(
        tr,
        tr("已结束事件：最新在前", "Past events, newest first"),
        which=IS_PAST,
        hours=f'("ended" - "begun") / {HOUR_MS}',
        sorted_by=(tr("开始", "Begun"),),
        desk=desk,
    )


def _events(
    tr: Translate,
    title: str,
    *,
    which: str,
    hours: str,
    sorted_by: Sequence[str],
    time_from: str = "",
    without: Sequence[str] = (),
    desk: str = "",
) -> AnyPanel:
    columns = (
        f'"state", {hours} AS "hours", "{tr("title_zh", "title_en")}" AS "title", "stations", "by", '
        f'"{tr("message_zh", "message_en")}" AS "message", "begun" - {_BEFORE_MS} AS "since", '
        f'"until", "site", "board"{_EVENT_ID if desk else ""}'
    )
    ranked = (
        select(
            f'"begun" * 0 + {RANK[severity]} AS "rank", {columns}',
            "event",
            which,
            equals("severity", severity),
        )
        for severity in GRAVEST_FIRST
    )
    shown = (
        '"rank", "state", "hours", "title", "stations", "by", "message", "since", "until", "site", "board"'
        f"{_EVENT_ID if desk else ''}"
    )
    return table_panel(
        title,
        InfluxQL(f"{union(ranked, shown)} ORDER BY time DESC LIMIT {_MOST}", table=True),
        [column._replace(title="") if column.name in without else column for column in _columns(tr, desk)],
        newest_first=True,
        sorted_by=sorted_by,
        description=tr(
            "同一片区或河流、同一事由的告警为一个事件。点击事件，打开该站点的看板，时间从开始前6小时到结束。"
            "导入的历史数据不产生事件，其超限见下。",
            "Alerts of one zone or river and one cause are one event. A click on it opens the board of its "
            "station, from 6 h before its begin to its end. History that is imported makes no events.",
        ),
        time_from=time_from,
    )


def _columns(tr: Translate, desk: str) -> list[TableColumn]:
    links = [(tr("打开看板", "Open its board"), _board_address(tr))]
    hidden = ["since", "until", "site", "board"]
    if desk:
        links.append((tr("在工作台处理", "Answer it at the desk"), f"{desk}/alerts/${{__data.fields.event}}"))
        hidden.append("event")
    names = common.severity_words(tr)
    ranks = value_mappings({str(rank): names[severity] for severity, rank in RANK.items()})
    return [
        TableColumn("rank", tr("严重程度", "Severity"), mappings=ranks, coloured=True, width=100),
        TableColumn("state", tr("状态", "State"), mappings=_states(tr), coloured=True, width=130),
        TableColumn("Time", tr("开始", "Begun"), unit=MINUTE, width=150),
        TableColumn("hours", tr("持续", "Lasted"), unit=tr("suffix:小时", "suffix:h"), decimals=1, width=110),
        TableColumn("title", tr("事件", "Event"), width=240, links=links),
        TableColumn("message", tr("内容", "Message"), wrapped=True),
        TableColumn("stations", tr("站点数", "Stations"), decimals=0, width=90),
        TableColumn("by", tr("确认人", "By"), width=110),
        *(TableColumn(name, hidden=True) for name in hidden),
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
