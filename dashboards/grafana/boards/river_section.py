"""River section: its class now and over time, the items that decide, each on its class bands, the months."""

from datetime import timedelta
from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common, names
from dashboards.grafana.boards import place_tiles
from dashboards.grafana.boards.rain_panels import rain_and_item
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
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
    select,
    steps,
)
from dashboards.grafana.theme import (
    Translate,
    capture_mappings,
    class_bands,
    class_mappings,
    target_met_mappings,
    unit,
)
from dashboards.grafana.tiles import STAMP
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards.statistics import DAY, MONTH, TWELVE_MONTHS, YEAR_TO_DATE
from sensors.standards.water_limits import assessed, standards

if TYPE_CHECKING:
    from sensors.model import StatisticName

SECTION = "${section:raw}"
AT = equals("site", SECTION)
OF_DAY = equals("statistic", DAY)
DAY_GAP = timedelta(hours=36)  # more than between one day and the next
AFTER_RAIN = ("turbidity", "tp")  # what runs off with soil, and what it carries
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
    common.add_places(board, tr, catalogue, "water")
    board.row(6, *common.in_rows(_current(catalogue, tr), 5)[0])
    classes = InfluxQL(
        steps("class", "water_class", AT, equals("statistic", "reading"), CLASSED), tr("类别", "Class")
    )
    title = tr("水质类别", "Water class")
    board.row(4, (24, state_timeline_panel(title, [classes], class_mappings(tr), max_gap=MAX_GAP)))
    items = catalogue.shown("water")
    for start in range(0, len(items), 3):
        board.row(8, *((8, _item(parameter, tr)) for parameter in items[start : start + 3]))
    board.row(8, (8, _flow(catalogue, tr)), *((8, _compared(one, catalogue, tr)) for one in _main(catalogue)))
    after_rain = [catalogue.parameters[id_] for id_ in AFTER_RAIN]
    board.row(8, *((12, rain_and_item(one, catalogue, tr, AT)) for one in after_rain))
    board.row(10, (12, _months(catalogue, tr)), (12, _year(catalogue, tr)))
    return board.build()


def _class(columns: str, statistic: str) -> str:
    return select(columns, "water_class", AT, equals("statistic", statistic), CLASSED)


def _current(catalogue: Catalogue, tr: Translate) -> list[AnyPanel]:
    tiles: tuple[tuple[str, StatisticName, str, str], ...] = (
        (tr("当前类别", "Class now"), "reading", "7d", STAMP.unit),
        (tr("本月类别", "This month"), MONTH, "62d", place_tiles.MONTHLY),
        (tr("年初至今类别", "Year to date"), YEAR_TO_DATE, "366d", place_tiles.YEARLY),
        (tr("12个月类别", "12 months"), TWELVE_MONTHS, "62d", place_tiles.MONTHLY),
    )
    return [
        *(
            place_tiles.class_tile(tr, catalogue, title, SECTION, name, stamp=stamp, time_from=since)
            for title, name, since, stamp in tiles
        ),
        place_tiles.heard_tile(tr, SECTION),
    ]


def _main(catalogue: Catalogue) -> list[Parameter]:
    """The two items of which all sections are shown together."""
    return catalogue.in_brief("water")[:2]


def _flow(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    flow = catalogue.parameters["flow"]
    return time_series_panel(
        tr.name(flow.name),
        [InfluxQL(counting_readings("water", flow.id, AT), "$tag_kind")],
        unit=unit(flow),
        decimals=flow.decimals,
        names=common.reading_names(tr),
        max_gap=MAX_GAP,
        description=tr("断面发送流量后才有。", "There is some once the section sends it."),
    )


def _compared(parameter: Parameter, catalogue: Catalogue, tr: Translate) -> AnyPanel:
    """One line a section, in the order of the catalogue."""
    of_day = equals("parameter", parameter.id), OF_DAY, COUNTED
    names_of = {site.id: tr.name(site.name) for site in catalogue.sites.values() if site.medium == "water"}
    queries = [
        InfluxQL(steps("value", "statistic", equals("site", id_), *of_day), text)
        for id_, text in names_of.items()
    ]
    name = tr.name(parameter.name)
    return time_series_panel(
        tr(f"{name}：各断面日均值", f"{name}: sections, day means"),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        longest=dict.fromkeys(names_of.values(), DAY_GAP),
        description=tr(
            "上下游对照：断面按目录中的顺序。", "Upstream and downstream: sections in the catalogue's order."
        ),
    )


def _item(parameter: Parameter, tr: Translate) -> AnyPanel:
    assessment = assessed(standards()[-1], "river").get(parameter.id)
    series = AT, equals("parameter", parameter.id)
    day, mean = (*series, OF_DAY, COUNTED), tr("日均值", "Day mean")
    limit, target = tr("Ⅲ类限值", "Limit of class III"), tr("目标类别限值", "Limit of the target class")
    queries = [
        InfluxQL(counting_readings("water", parameter.id, AT), "$tag_kind"),
        InfluxQL(steps("value", "statistic", *day), mean),
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
        longest={mean: DAY_GAP},
        names=common.reading_names(tr),
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


def _months(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    classes = class_mappings(tr)
    return table_panel(
        tr("各月类别与目标", "Months, class and target"),
        InfluxQL(_class('"class", "target", "met", "determining"', MONTH), table=True),
        [
            TableColumn("Time", tr("月份", "Month"), unit="time:YYYY-MM", width=110),
            TableColumn("class", tr("类别", "Class"), mappings=classes, coloured=True, width=110),
            TableColumn("target", tr("目标", "Target"), mappings=classes, width=110),
            TableColumn("met", tr("达标", "Met"), mappings=target_met_mappings(tr), coloured=True, width=110),
            TableColumn(
                "determining",
                tr("定类项目", "Determining items"),
                mappings=names.joined_parameters(tr, catalogue, "water"),
            ),
        ],
        newest_first=True,
        time_from="400d",
    )


def _year(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    columns = 'last("value") AS "value", "limit", "target", "n", "expected", "valid"'
    query = select(columns, "statistic", AT, equals("statistic", TWELVE_MONTHS), COUNTED, by='"parameter"')
    return table_panel(
        tr("各项目 12 个月均值", "Items, mean of 12 months"),
        InfluxQL(query, table=True),
        [
            TableColumn("parameter", tr("项目", "Item"), mappings=names.parameters(tr, catalogue), width=150),
            TableColumn("value", tr("均值", "Mean"), decimals=3, width=90),
            TableColumn("limit", tr("Ⅲ类限值", "Class III"), decimals=3, width=90),
            TableColumn("target", tr("目标限值", "Target class"), decimals=3, width=115),
            TableColumn("n", tr("有效月数", "Valid months"), width=115),
            TableColumn("expected", tr("应有月数", "Of"), width=80),
            TableColumn(
                "valid", tr("数据是否充分", "Enough data"), mappings=capture_mappings(tr), coloured=True
            ),
            TableColumn("Time"),
        ],
        sorted_by=(tr("项目", "Item"),),
        time_from="62d",
    )
