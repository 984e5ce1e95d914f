"""A board over the figures of /metrics, for those who run Prometheus; it needs no other board and no store.

`python -m dashboards.grafana.prometheus_board deploy/prometheus` writes it in both languages, to be imported.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    FieldColorModeId,
    GridPos,
    ThresholdsMode,
)

from dashboards.grafana.builder import COLUMNS, ZONE, uid
from dashboards.grafana.panels import AnyPanel
from dashboards.grafana.theme import BAD, GOOD, NEUTRAL, WARN, Steps, Translate, to_thresholds, value_mappings
from sensors.model import LANGUAGES

BOARD = "prometheus"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
UP: Steps = [(None, BAD), (1, GOOD)]
WAITS: Steps = [(None, GOOD), (60, WARN), (600, BAD)]
SHARE: Steps = [(None, GOOD), (0.5, WARN), (0.8, BAD)]
COUNT: Steps = [(None, NEUTRAL)]


class PromQL(NamedTuple):
    """An expression and what its series are called; `{{label}}` is filled in."""

    expr: str
    legend: str = ""


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
    answer = _stat(tr("服务", "Service"), PromQL('up{job="liangqu"}'), UP, mappings=words)
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
            tr("严重告警", "Critical events"),
            PromQL('liangqu_open_events{severity="critical"}'),
            [(None, GOOD), (1, BAD)],
        ),
        _stat(
            tr("无数据站点", "Silent stations"),
            PromQL('sum(liangqu_sites{state=~"silent|never_heard"})'),
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
            [PromQL("topk(20, 3600 * rate(liangqu_readings_total[30m]))", "{{site}}")],
        ),
        _series(
            tr("数据项去向（每小时）", "Items by outcome, per hour"),
            [PromQL("sum by (outcome) (increase(liangqu_items_total[1h]))", "{{outcome}}")],
        ),
    ]


def _trouble(tr: Translate) -> Sequence[AnyPanel]:
    return [
        _series(
            tr("最早的已等", "The oldest waits"),
            [PromQL("liangqu_oldest_waiting_seconds", "{{queue}}")],
            unit="dtdurations",
        ),
        _series(
            tr("拒收（每小时，按原因）", "Refused per hour, by reason"),
            [PromQL("sum by (reason) (increase(liangqu_quarantine_total[1h]))", "{{reason}}")],
        ),
        _series(
            tr("存储错误与部件重启（每小时）", "Store errors and restarts per hour"),
            [
                PromQL("sum by (kind) (increase(liangqu_store_errors_total[1h]))", "{{kind}}"),
                PromQL("sum by (part) (increase(liangqu_part_restarts_total[1h]))", "{{part}}"),
            ],
        ),
    ]


def _stations(tr: Translate) -> Sequence[AnyPanel]:
    silent = "(time() - liangqu_last_message_timestamp_seconds)"
    late = f"{silent} / on(instance, site) liangqu_site_late_after_seconds"
    return [
        _series(tr("站点状态", "Stations by state"), [PromQL("liangqu_sites", "{{state}}")]),
        _series(
            tr("距上次数据 / 允许时长（最久的 20 个）", "Silence over what is allowed, the 20 longest"),
            [PromQL(f"topk(20, {late})", "{{site}}")],
            unit="percentunit",
        ),
        _series(
            tr("站点时钟慢（偏差最大的 20 个）", "Clocks behind, the 20 farthest off"),
            [PromQL("topk(20, abs(liangqu_site_clock_behind_seconds))", "{{site}}")],
            unit="dtdurations",
        ),
    ]


def _people(tr: Translate) -> Sequence[AnyPanel]:
    sent = "sum by (channel, result) (increase(liangqu_notifications_total[1h]))"
    return [
        _series(tr("未结束的告警事件", "Open events"), [PromQL("liangqu_open_events", "{{severity}}")]),
        _series(tr("通知（每小时）", "Notifications per hour"), [PromQL(sent, "{{channel}} {{result}}")]),
        _series(
            tr("待发通知与静默", "Notifications that wait, silences"),
            [
                PromQL("liangqu_notifications_waiting", "{{channel}}"),
                PromQL("liangqu_silences", tr("静默", "silences")),
            ],
        ),
    ]


def _oldest(queue: str) -> PromQL:
    return PromQL(f'liangqu_oldest_waiting_seconds{{queue="{queue}"}}')


def _stat(
    title: str, query: PromQL, levels: Steps, *, unit: str = "", decimals: int = 0, mappings: Any = ()
) -> AnyPanel:
    """The newest value, large, coloured by level."""
    panel: Any = _with_queries(stat.Panel(), title, [query], levels)
    panel.mappings(list(mappings)).unit(unit).decimals(decimals).no_value("–")
    panel.color_mode(common_model.BigValueColorMode.BACKGROUND)
    panel.graph_mode(common_model.BigValueGraphMode.NONE).text_mode(common_model.BigValueTextMode.VALUE)
    panel.justify_mode(common_model.BigValueJustifyMode.CENTER)
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    return panel  # type: ignore[no-any-return]


def _series(title: str, queries: Sequence[PromQL], *, unit: str = "", decimals: int = 0) -> AnyPanel:
    """Curves from zero on."""
    panel: Any = _with_queries(timeseries.Panel(), title, queries, COUNT)
    panel.unit(unit).decimals(decimals).min(0).line_width(1).fill_opacity(0)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI))
    return panel  # type: ignore[no-any-return]


def _with_queries(panel: Any, title: str, queries: Sequence[PromQL], levels: Steps) -> Any:
    targets = [
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend or "__auto")
        .ref_id(chr(ord("A") + n))
        for n, query in enumerate(queries)
    ]
    panel.title(title).datasource(SOURCE).targets(targets)
    return panel.thresholds(
        dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(to_thresholds(levels))
    )


def to_board_files() -> Mapping[str, str]:
    """Its JSON by the file's name, `board.zh.json`."""
    boards = {language: json.dumps(build(Translate(language)), cls=JSONEncoder) for language in LANGUAGES}
    return {f"board.{language}.json": _sorted(text) for language, text in boards.items()}


def _sorted(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def main(folder: str) -> None:
    """Write it."""
    for name, text in to_board_files().items():
        Path(folder, name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
