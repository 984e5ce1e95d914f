"""River section: its class now and over time, the items that decide, each on its class bands, the months."""

from datetime import timedelta

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    stat_panel,
    state_timeline_panel,
    table_panel,
    time_series_panel,
)
from dashboards.grafana.query import (
    CLASSED,
    COUNTED,
    InfluxQL,
    counting_readings,
    equals,
    latest,
    select,
    steps,
)
from dashboards.grafana.theme import Translate, class_bands, class_mappings, target_met_mappings, unit
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards.statistics import DAY, MONTH, TWELVE_MONTHS, YEAR_TO_DATE
from sensors.standards.water_limits import assessed, standards

AT = equals("site", "${section:raw}")
MAX_GAP = timedelta(hours=9)  # two cycles of a section, and a little


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """The board of one section, chosen at the top."""
    board = BoardBuilder(
        "river",
        tr,
        tr("河流断面", "River section"),
        tr(
            "一个断面：水质类别、定类项目、各项目与类别限值、月与 12 个月、目标",
            "One section: class, determining items, months, target",
        ),
        time_from="now-30d",
        refresh="5m",
    )
    first = common.first_site(catalogue, "water")
    board.variable("section", tr("断面", "Section"), 'SHOW TAG VALUES FROM "water" WITH KEY = "site"', first)
    common.add_kind_variable(board, tr, "water", AT)
    board.row(4, *((4, panel) for panel in _current(tr)))
    classes = InfluxQL(_class('"class"', "reading"), tr("类别", "Class"))
    board.row(4, (24, state_timeline_panel(tr("水质类别", "Water class"), [classes], class_mappings(tr))))
    items = catalogue.shown("water")
    for start in range(0, len(items), 3):
        board.row(8, *((8, _item(parameter, tr)) for parameter in items[start : start + 3]))
    board.row(10, (12, _months(tr)), (12, _year(tr)))
    return board.build()


def _class(columns: str, statistic: str) -> str:
    return select(columns, "water_class", AT, equals("statistic", statistic), CLASSED)


def _class_panel(tr: Translate, title: str, statistic: str, time_from: str) -> AnyPanel:
    query = InfluxQL(_class('last("class")', statistic))
    return stat_panel(title, query, mappings=class_mappings(tr), time_from=time_from)


def _current(tr: Translate) -> list[AnyPanel]:
    return [
        common.site_name(tr, tr("断面", "Section"), AT),
        _class_panel(tr, tr("当前类别", "Class now"), "reading", "7d"),
        _class_panel(tr, tr("本月类别", "This month"), MONTH, "62d"),
        _class_panel(tr, tr("年初至今类别", "Year to date"), YEAR_TO_DATE, "366d"),
        _class_panel(tr, tr("12 个月类别", "12 months"), TWELVE_MONTHS, "62d"),
        stat_panel(
            tr("本月达标", "Month meets target"),
            InfluxQL(latest("met", "water_class", AT, equals("statistic", MONTH), CLASSED)),
            mappings=target_met_mappings(tr),
            description=tr("目标见“达标”看板。", "The target is on the board Attainment."),
            time_from="62d",
        ),
    ]


def _item(parameter: Parameter, tr: Translate) -> AnyPanel:
    assessment = assessed(standards()[-1], "river").get(parameter.id)
    series = AT, equals("parameter", parameter.id)
    day = *series, equals("statistic", DAY), COUNTED
    limit, target = tr("Ⅲ类限值", "Limit of class III"), tr("目标类别限值", "Limit of the target class")
    queries = [
        InfluxQL(counting_readings("water", parameter.id, AT, common.OF_KIND), tr("读数", "Reading")),
        InfluxQL(steps("value", "statistic", *day), tr("日均值", "Day mean")),
    ]
    has_limits = assessment is not None and assessment.direction != "range"
    if has_limits:
        queries.append(InfluxQL(steps("limit", "statistic", *day), limit))
        queries.append(InfluxQL(steps("target", "statistic", *day), target))
    return time_series_panel(
        tr.name(parameter.name),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        max_gap=MAX_GAP,
        bands=class_bands(assessment) if assessment is not None else (),
        limits=[limit] if has_limits else (),
        targets=[target] if has_limits else (),
        from_zero=False,
        description=tr(
            "底色为各类别的限值范围（河流）。", "The background shows the classes' ranges (rivers)."
        )
        if assessment is not None
        else tr("不参与类别评价。", "Not part of the class."),
    )


def _months(tr: Translate) -> AnyPanel:
    classes = class_mappings(tr)
    return table_panel(
        tr("各月类别与目标", "Months, class and target"),
        InfluxQL(_class('"class", "target", "met", "determining"', MONTH), table=True),
        [
            TableColumn("Time", tr("月份", "Month"), unit="time:YYYY-MM", width=110),
            TableColumn("class", tr("类别", "Class"), mappings=classes, coloured=True, width=110),
            TableColumn("target", tr("目标", "Target"), mappings=classes, width=110),
            TableColumn("met", tr("达标", "Met"), mappings=target_met_mappings(tr), coloured=True, width=110),
            TableColumn("determining", tr("定类项目", "Determining items")),
        ],
        newest_first=True,
        time_from="400d",
    )


def _year(tr: Translate) -> AnyPanel:
    columns = 'last("value") AS "value", "limit", "target", "n", "expected", "valid"'
    query = select(columns, "statistic", AT, equals("statistic", TWELVE_MONTHS), by='"parameter"')
    return table_panel(
        tr("各项目 12 个月均值", "Items, mean of 12 months"),
        InfluxQL(query, table=True),
        [
            TableColumn("parameter", tr("项目", "Item"), width=140),
            TableColumn("value", tr("均值", "Mean"), decimals=3, width=120),
            TableColumn("limit", tr("Ⅲ类限值", "Class III"), decimals=3, width=120),
            TableColumn("target", tr("目标限值", "Target class"), decimals=3, width=130),
            TableColumn("n", tr("有效月数", "Valid months"), width=120),
            TableColumn("expected", tr("应有月数", "Of"), width=110),
            TableColumn("valid", tr("数据充分", "Complete")),
            TableColumn("Time"),
        ],
        sorted_by=tr("项目", "Item"),
        time_from="62d",
    )
