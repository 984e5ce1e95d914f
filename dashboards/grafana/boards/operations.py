"""Operations: the system's own health: flow, lag, journal, quarantine, data capture, store."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.names import place_texts, worded
from dashboards.grafana.panels import (
    AnyPanel,
    state_timeline_panel,
    time_series_panel,
)
from dashboards.grafana.query import INTERVAL, InfluxQL, equals, latest, select
from dashboards.grafana.theme import BAD, GOOD, WARN, Translate
from dashboards.grafana.tiles import bar_gauge_panel, stat_panel
from sensors.catalogue.model import Catalogue
from sensors.standards.statistics import DAY


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """The service's own figures, as /metrics gives them, every 30 s."""
    board = BoardBuilder(
        "operations",
        tr,
        tr("运行", "Operations"),
        tr(
            "消息、延迟、本地账本、隔离区、数据捕获率、存储错误",
            "Messages, lag, journal, quarantine, capture, store errors",
        ),
        time_from="now-6h",
        refresh="30s",
    )
    board.row(4, *((4, panel) for panel in _current(tr)))
    board.row(8, (8, _messages(tr)), (8, _items(tr)), (8, _lag(tr)))
    board.row(15, (12, _quarantine(tr)), (12, _store_errors(tr)))
    board.row(10, (12, _capture(catalogue, tr)), (12, _sites(catalogue, tr)))
    board.row(6, (24, _unused(tr)))
    board.row(8, (24, _journal(tr)))
    return board.build()


def _current(tr: Translate) -> list[AnyPanel]:
    used = select('100 * last("journal_bytes") / last("journal_limit_bytes")', "operation")
    return [
        stat_panel(
            tr("收件箱中的消息", "Messages in the inbox"),
            InfluxQL(latest("messages_inbox", "operation")),
            decimals=0,
            levels=[(None, GOOD), (1000, WARN), (10000, BAD)],
        ),
        stat_panel(
            tr("待写入存储", "Waiting for the store"),
            InfluxQL(latest("items_outgoing", "operation")),
            decimals=0,
            levels=[(None, GOOD), (10000, WARN), (1000000, BAD)],
        ),
        stat_panel(
            tr("写入延迟", "Lag to the store"),
            InfluxQL(latest("lag_outgoing_seconds", "operation")),
            unit=tr("suffix:秒", "suffix:s"),
            decimals=0,
            levels=[(None, GOOD), (60, WARN), (600, BAD)],
        ),
        stat_panel(
            tr("本地账本占用", "Journal used"),
            InfluxQL(used),
            unit="percent",
            decimals=1,
            levels=[(None, GOOD), (50, WARN), (80, BAD)],
            description=tr(
                "到 100% 就停止确认，由消息服务器排队。",
                "At 100 % acknowledging stops and the broker queues.",
            ),
        ),
        stat_panel(
            tr("时段内的隔离", "Quarantined in this range"),
            InfluxQL(select('spread("items_quarantined")', "operation")),
            decimals=0,
            levels=[(None, GOOD), (1, BAD)],
        ),
        common.silent_sites(tr),
    ]


def _rate(field: str) -> str:
    return select(f'non_negative_derivative(last("{field}"), 1m)', "operation", by=INTERVAL, fill="none")


def _messages(tr: Translate) -> AnyPanel:
    queries = [
        InfluxQL(_rate("messages_received"), tr("收到", "received")),
        InfluxQL(_rate("messages_processed"), tr("处理", "processed")),
    ]
    return time_series_panel(tr("每分钟消息", "Messages a minute"), queries, decimals=1)


def _items(tr: Translate) -> AnyPanel:
    outcomes = worded(tr, "outcome")
    queries = [InfluxQL(_rate(f"items_{outcome}"), words) for outcome, words in outcomes.items()]
    return time_series_panel(tr("每分钟数据项", "Items a minute"), queries, decimals=0)


def _lag(tr: Translate) -> AnyPanel:
    queries = [
        InfluxQL(select(f'max("lag_{queue}_seconds")', "operation", by=INTERVAL, fill="none"), alias)
        for queue, alias in worded(tr, "queue").items()
    ]
    return time_series_panel(
        tr("最老一条等了多久", "Age of the oldest that waits"),
        queries,
        unit=tr("suffix:秒", "suffix:s"),
        decimals=0,
    )


def _quarantine(tr: Translate) -> AnyPanel:
    return bar_gauge_panel(
        tr("隔离原因（时段内）", "Quarantine by reason (this range)"),
        [InfluxQL(select("spread(/^quarantine_/)", "operation"), "$col")],
        levels=[(None, GOOD), (1, WARN)],
        names=_columns(tr, "refused", "spread_quarantine_"),
        description=tr("liangqu quarantine list 列出每一条。", "liangqu quarantine list shows each."),
    )


def _columns(tr: Translate, table: str, before: str) -> dict[str, str]:
    return {f"{before}{id_}": words for id_, words in worded(tr, table).items()}


def _store_errors(tr: Translate) -> AnyPanel:
    return bar_gauge_panel(
        tr("存储错误（时段内）", "Store errors (this range)"),
        [InfluxQL(select("spread(/^store_errors_/)", "operation"), "$col")],
        levels=[(None, GOOD), (1, BAD)],
        names=_columns(tr, "store_error", "spread_store_errors_"),
    )


def _unused(tr: Translate) -> AnyPanel:
    return bar_gauge_panel(
        tr("已入库而未参与任何统计的序列（按原因）", "Stored but used by nothing: series by reason"),
        [InfluxQL(select("last(/^unused_/)", "operation"), "$col")],
        levels=[(None, GOOD), (1, WARN)],
        names=_columns(tr, "unused", "last_unused_"),
        description=tr(
            "同一序列另有数据类型参与统计的，无须处理。其余原因及改法见 /readyz。",
            "Nothing to do where another kind of the series counts; for the others /readyz says what.",
        ),
    )


def _capture(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    where = equals("statistic", DAY), '"site" !~ /^(zone|river)-/', '"closed" = true'
    query = select('100 * sum("n") / sum("expected")', "statistic", *where, by='"site"')
    return bar_gauge_panel(
        tr("各站数据捕获率（30 天）", "Data capture by site (30 days)"),
        [InfluxQL(query, "$tag_site")],
        unit="percent",
        levels=[(None, BAD), (75, WARN), (90, GOOD)],
        max_value=100,
        names=place_texts(tr, catalogue),
        description=tr(
            "有效小时（水：水样）数占应有数的比例。", "Valid hours (water: samples) of those expected."
        ),
        time_from="30d",
    )


def _sites(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    query = select('last("state")', "site_state", by=f'{INTERVAL}, "site"', fill="none")
    title = tr("站点状态", "Sites by state")
    names = place_texts(tr, catalogue)
    return state_timeline_panel(title, [InfluxQL(query, "$tag_site")], common.site_states(tr), names=names)


def _journal(tr: Translate) -> AnyPanel:
    used, limit = tr("占用", "used"), tr("上限", "limit")
    queries = [
        InfluxQL(select('max("journal_bytes")', "operation", by=INTERVAL, fill="none"), used),
        InfluxQL(select('max("journal_limit_bytes")', "operation", by=INTERVAL, fill="none"), limit),
    ]
    return time_series_panel(tr("本地账本", "Journal"), queries, unit="bytes", decimals=1, limits=[limit])
