"""A board over the figures of /metrics, for those who run Prometheus; it needs no other board and no store.

`python -m dashboards.grafana.prometheus_board deploy/prometheus` writes it in both languages, to be imported.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, GridPos, VariableRefresh

from dashboards.grafana import common
from dashboards.grafana.build import to_json
from dashboards.grafana.builder import COLUMNS, ZONE, uid
from dashboards.grafana.names import worded
from dashboards.grafana.panels import AnyPanel, time_series_panel
from dashboards.grafana.query import PanelQuery
from dashboards.grafana.theme import BAD, GOOD, NEUTRAL, WARN, Steps, Translate, value_mappings
from dashboards.grafana.tiles import stat_panel
from sensors.model import LANGUAGES

BOARD = "prometheus"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
UP: Steps = [(None, BAD), (1, GOOD)]
WAITS: Steps = [(None, GOOD), (60, WARN), (600, BAD)]
SHARE: Steps = [(None, GOOD), (0.5, WARN), (0.8, BAD)]
COUNT: Steps = [(None, NEUTRAL)]


OF_SHARD = '* on(instance) group_left(shard) liangqu_shard_info{shard=~"$shard"}'
"""What leaves the services that are not looked at; the only service there is has no name, and stays."""


class PromQL(PanelQuery):
    """An expression, and what its series are called; `{{label}}` is filled in.

    It is that of the shard that is looked at, of which `within` makes something with `{}` for it.
    """

    def __init__(self, expr: str, legend: str = "__auto", *, within: str = "{}") -> None:
        self.expr = within.replace("{}", f"{expr} {OF_SHARD}")
        self.legend = legend

    def to_json(self) -> dict[str, Any]:
        """The entry under `targets`."""
        return {"refId": self.ref, "expr": self.expr, "legendFormat": self.legend}


def build(tr: Translate) -> Any:
    """The board in one language."""
    board = (
        dashboard.Dashboard(
            tr("两区监测：服务自身（Prometheus）", "liangqu: the service itself (Prometheus)")
        )
        .uid(uid(BOARD, tr.language))
        .description(tr("/metrics 给出的数值", "The figures of /metrics"))
        .tags([f"liangqu-{BOARD}"])
        .timezone(ZONE)
        .week_start("monday")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(
            dashboard.QueryVariable("shard")
            .label(tr("分片", "Shard"))
            .datasource(SOURCE)
            .query("label_values(liangqu_shard_info, shard)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        )
    )
    number = height = top = 0
    for height, panels in _rows(tr):
        left, width = 0, COLUMNS // len(panels)
        for panel in panels:
            number += 1
            placed: Any = panel
            board.with_panel(placed.id(number).grid_pos(GridPos(x=left, y=top, w=width, h=height)))
            left += width
        top += height
    return board.build()


def _rows(tr: Translate) -> Sequence[tuple[int, Sequence[AnyPanel]]]:
    return [
        (4, _parts(tr)),
        (4, _now(tr)),
        (9, _flow(tr)),
        (9, _trouble(tr)),
        (9, _stations(tr)),
        (9, _people(tr)),
    ]


def _parts(tr: Translate) -> Sequence[AnyPanel]:
    """Whether each part can work."""
    names = {
        "broker": tr("消息服务器", "Broker"),
        "store": tr("存储", "Store"),
        "journal": tr("本地账本", "Journal"),
        "parts": tr("服务部件", "Parts"),
        "alerts": tr("定时告警", "Alerts by the clock"),
    }
    words = value_mappings({"1": (tr("正常", "works"), GOOD), "0": (tr("故障", "trouble"), BAD)})
    every = PromQL("", within='up{job="liangqu"}')  # of a service that is down nobody knows the shard
    answer = _stat(tr("服务", "Service"), every, UP, mappings=words)
    others = [
        _stat(name, PromQL(f'liangqu_up{{part="{part}"}}'), UP, mappings=words)
        for part, name in names.items()
    ]
    return [answer, *others]


def _now(tr: Translate) -> Sequence[AnyPanel]:
    used = PromQL("liangqu_journal_bytes / liangqu_journal_limit_bytes")
    return [
        _stat(
            tr("运行时长", "Running for"),
            PromQL("time() - liangqu_start_time_seconds"),
            COUNT,
            unit="dtdurations",
        ),
        _stat(tr("最早待处理", "Oldest to work on"), _oldest("inbox"), WAITS, unit="dtdurations"),
        _stat(tr("最早待写入", "Oldest to store"), _oldest("outgoing"), WAITS, unit="dtdurations"),
        _stat(tr("本地账本占用", "Journal used"), used, SHARE, unit="percentunit", decimals=1),
        _stat(
            tr("严重事件", "Critical events"),
            PromQL('liangqu_open_events{severity="critical"}'),
            [(None, GOOD), (1, BAD)],
        ),
        _stat(
            tr("失联站点", "Silent sites"),
            PromQL('liangqu_sites{state=~"silent|never_heard"}', within="sum({})"),
            [(None, GOOD), (1, WARN)],
        ),
    ]


def _flow(tr: Translate) -> Sequence[AnyPanel]:
    return [
        _series(
            tr("每秒消息", "Messages per second"),
            [PromQL("rate(liangqu_messages_received_total[5m])")],
            decimals=2,
        ),
        _series(
            tr("各站点每小时读数（最多的 20 个）", "Readings per hour, the 20 busiest sites"),
            [PromQL("3600 * rate(liangqu_readings_total[30m])", "{{site}}", within="topk(20, {})")],
        ),
        _series(
            tr("数据项去向（每小时）", "Items by outcome, per hour"),
            [_increase("liangqu_items_total", "outcome")],
            names=worded(tr, "outcome"),
        ),
    ]


def _trouble(tr: Translate) -> Sequence[AnyPanel]:
    restarted = tr("重启", "restarted")
    parts = {f"{restarted} {id_}": f"{restarted} {name}" for id_, name in worded(tr, "part").items()}
    parts |= worded(tr, "store_error")
    return [
        _series(
            tr("最早的已等", "The oldest waits"),
            [PromQL("liangqu_oldest_waiting_seconds", "{{queue}}")],
            names=worded(tr, "queue"),
            unit="dtdurations",
        ),
        _series(
            tr("拒收（每小时，按原因）", "Refused per hour, by reason"),
            [_increase("liangqu_quarantine_total", "reason")],
            names=worded(tr, "refused"),
        ),
        _series(
            tr("存储错误与部件重启（每小时）", "Store errors and restarts per hour"),
            [
                _increase("liangqu_store_errors_total", "kind"),
                _increase("liangqu_part_restarts_total", "part", f"{restarted} {{{{part}}}}"),
            ],
            names=parts,
        ),
    ]


def _stations(tr: Translate) -> Sequence[AnyPanel]:
    silent = "(time() - liangqu_last_message_timestamp_seconds)"
    late = f"{silent} / on(instance, site) liangqu_site_late_after_seconds"
    return [
        _series(
            tr("站点状态", "Sites by state"),
            [PromQL("liangqu_sites", "{{state}}")],
            names=common.site_state_texts(tr),
        ),
        _series(
            tr("距上次数据 / 允许时长（最久的 20 个）", "Silence over what is allowed, the 20 longest"),
            [PromQL(late, "{{site}}", within="topk(20, {})")],
            unit="percentunit",
        ),
        _series(
            tr("站点时钟慢（偏差最大的 20 个）", "Clocks behind, the 20 farthest off"),
            [PromQL("abs(liangqu_site_clock_behind_seconds)", "{{site}}", within="topk(20, {})")],
            unit="dtdurations",
        ),
    ]


def _people(tr: Translate) -> Sequence[AnyPanel]:
    sent = 'liangqu_notifications_total{{result="{}"}}'
    results = [
        _increase(sent.format(id_), "channel", f"{{{{channel}}}} {name}")
        for id_, name in worded(tr, "notification").items()
    ]
    severities = {str(severity): name for severity, (name, _) in common.severity_words(tr).items()}
    return [
        _series(
            tr("未结束事件", "Open events"),
            [PromQL("liangqu_open_events", "{{severity}}")],
            names=severities,
        ),
        _series(tr("通知（每小时）", "Notifications per hour"), results),
        _series(
            tr("待发通知与静默", "Notifications that wait, silences"),
            [
                PromQL("liangqu_notifications_waiting", "{{channel}}"),
                PromQL("liangqu_silences", tr("静默", "silences")),
            ],
        ),
    ]


def _increase(counter: str, by: str, legend: str = "") -> PromQL:
    """What a counter grew by in an hour, by a label."""
    within = f"sum by ({by}) ({{}})"
    return PromQL(f"increase({counter}[1h])", legend or f"{{{{{by}}}}}", within=within)


def _oldest(queue: str) -> PromQL:
    return PromQL(f'liangqu_oldest_waiting_seconds{{queue="{queue}"}}')


def _stat(
    title: str, query: PromQL, levels: Steps, *, unit: str = "", decimals: int = 0, mappings: Any = ()
) -> AnyPanel:
    """The newest value, large, coloured by level."""
    panel = stat_panel(title, query, unit=unit, decimals=decimals, levels=levels, mappings=mappings)
    return panel.datasource(SOURCE)


def _series(
    title: str,
    queries: Sequence[PromQL],
    *,
    unit: str = "",
    decimals: int = 0,
    names: Mapping[str, str] | None = None,
) -> AnyPanel:
    """Curves from zero on; `names` are those of series that a label names by id."""
    panel = time_series_panel(title, queries, unit=unit, decimals=decimals, names=names)
    return panel.datasource(SOURCE)


def to_board_files() -> Mapping[str, str]:
    """Its JSON by the file's name, `board.zh.json`."""
    return {f"board.{language}.json": to_json(build(Translate(language))) for language in LANGUAGES}


def main(folder: str) -> None:
    """Write it."""
    for name, text in to_board_files().items():
        Path(folder, name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
