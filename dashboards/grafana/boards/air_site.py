"""Air site: what it measures, its averages against the limits, its index, its days, what was flagged."""

from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common, names, theme
from dashboards.grafana.boards import place_tiles
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    status_history_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import (
    COUNTED,
    PUBLISHED,
    InfluxQL,
    counting_readings,
    equals,
    means,
    select,
    statistic,
    steps,
)
from dashboards.grafana.theme import (
    BAD,
    MINUTE,
    NEUTRAL,
    WARN,
    Translate,
    aqi_steps,
    capture_mappings,
    level_mappings,
    unit,
    value_mappings,
)
from dashboards.grafana.tiles import TileFigure, tile_panel
from sensors.catalogue.model import Catalogue, Parameter
from sensors.model import StatisticName
from sensors.quality_code import COUNTS, COUNTS_WITH_REMARK, INVALID, SUSPECT
from sensors.standards import aqi
from sensors.standards.statistics import DAY, ROLLING_1H, ROLLING_24H, WINDOWS

SITE = "${site:raw}"
AT = equals("site", SITE)
HOUR = equals("statistic", ROLLING_1H)
MAX_GAP = timedelta(hours=3)  # two cycles of an hourly station, and a little


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """The board of one station or zone, chosen at the top."""
    board = BoardBuilder(
        "air",
        tr,
        tr("空气站点", "Air site"),
        tr(
            "一个站点：各项污染物、滑动均值与限值、AQI、日历、被标记的数据",
            "One station: pollutants, averages, AQI, flagged values",
        ),
        time_from="now-7d",
        refresh="1m",
    )
    common.add_places(board, tr, catalogue, "air")
    parameters = catalogue.shown("air")
    board.row(6, *((6, panel) for panel in _current(parameters[0], catalogue, tr)))
    for start in range(0, len(parameters), 2):
        board.row(9, *((12, _pollutant(parameter, tr)) for parameter in parameters[start : start + 2]))
    board.row(8, (12, _index(tr)), (12, _days(tr)))
    board.row(8, (24, _flagged(catalogue, tr)))
    return board.build()


def _current(main: Parameter, catalogue: Catalogue, tr: Translate) -> list[AnyPanel]:
    return [
        place_tiles.index_tile(tr, catalogue, tr("AQI（小时）", "AQI (hour)"), SITE),
        _mean(tr, main, ROLLING_1H, tr(f"{main.label} 1小时", f"{main.label}, 1 h")),
        _mean(tr, main, ROLLING_24H, tr(f"{main.label} 24小时", f"{main.label}, 24 h")),
        place_tiles.heard_tile(tr, SITE),
    ]


def _mean(tr: Translate, parameter: Parameter, name: StatisticName, title: str) -> AnyPanel:
    return tile_panel(
        title,
        InfluxQL(statistic('last("value") AS "value", "valid"', SITE, parameter.id, name)),
        [
            TileFigure("value", unit(parameter), parameter.decimals),
            TileFigure("valid", mappings=capture_mappings(tr)),
        ],
        time_from="2d",
    )


def _pollutant(parameter: Parameter, tr: Translate) -> AnyPanel:
    index_items = aqi.items()  # the window that its index looks at, else the longest
    window, hours = next((one for one in WINDOWS if f"{parameter.id}_{one[0]}" in index_items), WINDOWS[-1])
    limit = tr(f"{hours} 小时限值", f"Limit of {hours} h")
    series = AT, equals("parameter", parameter.id)
    rolling = *series, equals("statistic", window), COUNTED
    queries = [
        InfluxQL(counting_readings("air", parameter.id, AT), "$tag_kind"),
        InfluxQL(means("value", "statistic", *series, HOUR, COUNTED), tr("1 小时滑动", "Rolling 1 h")),
        InfluxQL(means("value", "statistic", *rolling), tr(f"{hours} 小时滑动", f"Rolling {hours} h")),
        InfluxQL(steps("limit", "statistic", *rolling), limit),
    ]
    return time_series_panel(
        tr.name(parameter.name),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        limits=[limit],
        names=common.reading_names(tr),
        max_gap=MAX_GAP,
        description=tr(
            "只画有效读数；被标记的在最下面一格。限值随标准的生效日期分段。",
            "Valid readings only; flagged ones are at the bottom. The limit steps with the standard's dates.",
        ),
    )


def _index(tr: Translate) -> AnyPanel:
    query = InfluxQL(means("aqi", "aqi", AT, HOUR, PUBLISHED), "AQI")
    title = tr("AQI（小时）", "AQI (hour)")
    return time_series_panel(title, [query], decimals=0, bands=aqi_steps(), max_gap=MAX_GAP)


def _days(tr: Translate) -> AnyPanel:
    query = InfluxQL(select('"level"', "aqi", AT, equals("statistic", DAY), PUBLISHED), tr("级别", "Level"))
    title = tr("日历：每日空气质量级别（90 天）", "Days by AQI level (90 days)")
    return status_history_panel(title, query, level_mappings(tr), time_from="90d")


def _flagged(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    columns = '"value", "sent", "flag", "failed", "qc", "parameter", "kind"'
    query = select(columns, "flagged", AT, f'"qc" > {COUNTS}') + " ORDER BY time DESC LIMIT 500"
    verdicts = value_mappings(
        {
            str(COUNTS_WITH_REMARK): (tr("有效，有备注", "valid, with a remark"), NEUTRAL),
            str(SUSPECT): (tr("存疑", "suspect"), WARN),
            str(INVALID): (tr("无效", "invalid"), BAD),
        }
    )
    flags = theme.named(names.worded(tr, "flag"))
    return table_panel(
        tr("被标记的数据（90 天，最近 500 条）", "Flagged values (90 days, newest 500)"),
        InfluxQL(query, table=True),
        [
            TableColumn("Time", tr("时间", "Time"), unit=MINUTE, width=180),
            TableColumn(
                "parameter", tr("参数", "Parameter"), mappings=names.parameters(tr, catalogue), width=180
            ),
            TableColumn("value", tr("数值", "Value"), decimals=3, width=140),
            TableColumn("sent", tr("上报值", "Sent"), width=120),
            TableColumn("qc", tr("判定", "Verdict"), mappings=verdicts, coloured=True, width=180),
            TableColumn("flag", tr("仪器标记", "Device flag"), mappings=flags, width=140),
            TableColumn("failed", tr("未通过的检查", "Failed checks"), mappings=names.checks(tr)),
            TableColumn("kind", tr("数据类型", "Kind"), mappings=names.kinds(tr), width=120),
        ],
        newest_first=True,
        description=tr(
            "数值按原样保存，从不改动；存疑和无效的不参与任何统计。上报值：由数值代其参与统计的原文。",
            "Values are kept as sent; suspect and invalid ones count in no average. Sent: what came where the"
            " value counts in its place.",
        ),
        time_from="90d",
    )
