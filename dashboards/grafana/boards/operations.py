"""Operations: the system's own health: flow, lag, journal, quarantine, data capture, store."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import (
    AnyPanel,
    bar_gauge_panel,
    stat_panel,
    state_timeline_panel,
    time_series_panel,
)
from dashboards.grafana.query import InfluxQL, is_, select
from dashboards.grafana.theme import BAD, GOOD, STATE, WARN, Translate, texts
from sensors.catalogue.model import Catalogue

EVERY = "time($__interval)"
OUTCOMES = ("stored", "duplicate", "revised", "quarantined", "dropped")


def build(_: Catalogue, say: Translate) -> Dashboard:
    """The service's own figures, as /metrics gives them, every 30 s."""
    frame = BoardBuilder(
        "operations",
        say("运行", "Operations"),
        say(
            "消息、延迟、本地账本、隔离区、数据捕获率、存储错误",
            "Messages, lag, journal, quarantine, capture, store errors",
        ),
        "now-6h",
        refresh="30s",
        say=say,
    )
    frame.row(4, *((4, panel) for panel in _now(say)))
    frame.row(8, (8, _messages(say)), (8, _items(say)), (8, _lag(say)))
    frame.row(9, (12, _quarantine(say)), (12, _store_errors(say)))
    frame.row(10, (12, _capture(say)), (12, _sites(say)))
    frame.row(8, (24, _journal(say)))
    return frame.build()


def _last(field: str) -> InfluxQL:
    return InfluxQL(select(f'last("{field}")', "operation"))


def _now(say: Translate) -> list[AnyPanel]:
    none_bad = [(None, GOOD), (1, BAD)]
    fill = select('100 * last("journal_bytes") / last("journal_limit_bytes")', "operation")
    return [
        stat_panel(
            say("收件箱中的消息", "Messages in the inbox"),
            _last("messages_inbox"),
            decimals=0,
            levels=[(None, GOOD), (1000, WARN), (10000, BAD)],
        ),
        stat_panel(
            say("待写入存储", "Waiting for the store"),
            _last("items_outgoing"),
            decimals=0,
            levels=[(None, GOOD), (10000, WARN), (1000000, BAD)],
        ),
        stat_panel(
            say("写入延迟", "Lag to the store"),
            _last("lag_outgoing_seconds"),
            unit="dtdurations",
            decimals=0,
            levels=[(None, GOOD), (60, WARN), (600, BAD)],
        ),
        stat_panel(
            say("本地账本占用", "Journal used"),
            InfluxQL(fill),
            unit="percent",
            decimals=1,
            levels=[(None, GOOD), (50, WARN), (80, BAD)],
            about=say(
                "到 100% 就停止确认，由消息服务器排队。",
                "At 100 % acknowledging stops and the broker queues.",
            ),
        ),
        stat_panel(
            say("时段内的隔离", "Quarantined in this range"),
            InfluxQL(select('spread("items_quarantined")', "operation")),
            decimals=0,
            levels=none_bad,
        ),
        common.silent_sites(say),
    ]


def _rate(field: str) -> str:
    return select(f'non_negative_derivative(last("{field}"), 1m)', "operation", by=EVERY, fill="none")


def _messages(say: Translate) -> AnyPanel:
    queries = [
        InfluxQL(_rate("messages_received"), say("收到", "received")),
        InfluxQL(_rate("messages_processed"), say("处理", "processed")),
    ]
    return time_series_panel(say("每分钟消息", "Messages a minute"), queries, decimals=1, floor=0)


def _items(say: Translate) -> AnyPanel:
    words = {
        "stored": say("入库", "stored"),
        "duplicate": say("重复", "duplicate"),
        "revised": say("修订", "revised"),
        "quarantined": say("隔离", "quarantined"),
        "dropped": say("丢弃", "dropped"),
    }
    queries = [InfluxQL(_rate(f"items_{outcome}"), words[outcome]) for outcome in OUTCOMES]
    return time_series_panel(say("每分钟数据项", "Items a minute"), queries, decimals=1, floor=0)


def _lag(say: Translate) -> AnyPanel:
    queries = [
        InfluxQL(select(f'max("lag_{queue}_seconds")', "operation", by=EVERY, fill="none"), alias)
        for queue, alias in (("inbox", say("收件箱", "inbox")), ("outgoing", say("待写入", "to the store")))
    ]
    return time_series_panel(
        say("最老一条等了多久", "Age of the oldest that waits"), queries, unit="s", decimals=0, floor=0
    )


def _quarantine(say: Translate) -> AnyPanel:
    return bar_gauge_panel(
        say("隔离原因（时段内）", "Quarantine by reason (this range)"),
        [InfluxQL(select("spread(/^quarantine_/)", "operation"), "$col")],
        levels=[(None, WARN)],
        rename=("^spread_quarantine_(.*)$", "$1"),
        about=say("liangqu quarantine list 列出每一条。", "liangqu quarantine list shows each."),
    )


def _store_errors(say: Translate) -> AnyPanel:
    return bar_gauge_panel(
        say("存储错误（时段内）", "Store errors (this range)"),
        [InfluxQL(select("spread(/^store_errors_/)", "operation"), "$col")],
        levels=[(None, BAD)],
        rename=("^spread_store_errors_(.*)$", "$1"),
    )


def _capture(say: Translate) -> AnyPanel:
    capture = '100 * sum("n") / sum("expected")'
    sites = '"site" !~ /^(zone|river)-/'
    return bar_gauge_panel(
        say("各站数据捕获率（30 天）", "Data capture by site (30 days)"),
        [
            InfluxQL(
                select(capture, "statistic", is_("statistic", "day"), sites, '"closed" = true', by='"site"'),
                "$tag_site",
            )
        ],
        unit="percent",
        levels=[(None, BAD), (75, WARN), (90, GOOD)],
        highest=100,
        about=say(
            "有效小时（水：样品）数占应有数的比例。", "Valid hours (water: samples) of those expected."
        ),
        since="30d",
    )


def _sites(say: Translate) -> AnyPanel:
    query = select('last("state")', "site_state", by=f'{EVERY}, "site"', fill="none")
    states = texts({state: (common.state_name(say, state), colour) for state, colour in STATE.items()})
    return state_timeline_panel(say("站点状态", "Sites by state"), [InfluxQL(query, "$tag_site")], states)


def _journal(say: Translate) -> AnyPanel:
    used, limit = say("占用", "used"), say("上限", "limit")
    queries = [
        InfluxQL(select('max("journal_bytes")', "operation", by=EVERY, fill="none"), used),
        InfluxQL(select('max("journal_limit_bytes")', "operation", by=EVERY, fill="none"), limit),
    ]
    return time_series_panel(
        say("本地账本", "Journal"), queries, unit="bytes", decimals=1, limits=[limit], floor=0
    )
