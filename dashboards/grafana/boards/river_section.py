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
from dashboards.grafana.query import InfluxQL, is_, latest, select
from dashboards.grafana.theme import BAD, GOOD, Translate, class_bands, classes, texts, unit
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards.water_limits import assessed, standards

SECTION = "${section:raw}"
AT = is_("site", SECTION)
EVERY = "time($__interval)"
BRIDGED = timedelta(hours=9)  # two cycles of a section, and a little


def build(catalogue: Catalogue, say: Translate) -> Dashboard:
    """The board of one section, chosen at the top."""
    frame = BoardBuilder(
        "river",
        say("河流断面", "River section"),
        say(
            "一个断面：水质类别、定类项目、各项目与类别限值、月与 12 个月、目标",
            "One section: class, determining items, months, target",
        ),
        "now-30d",
        refresh="5m",
        say=say,
    )
    first = common.first_site(catalogue, "water")
    frame.variable("section", say("断面", "Section"), 'SHOW TAG VALUES FROM "water" WITH KEY = "site"', first)
    frame.row(4, *((4, panel) for panel in _now(say)))
    readings = select('"class"', "water_class", AT, is_("statistic", "reading"))
    frame.row(
        4,
        (
            24,
            state_timeline_panel(
                say("水质类别", "Water class"), [InfluxQL(readings, say("类别", "Class"))], classes(say)
            ),
        ),
    )
    items = catalogue.shown("water")
    for start in range(0, len(items), 3):
        frame.row(8, *((8, _item(parameter, say)) for parameter in items[start : start + 3]))
    frame.row(10, (12, _months(say)), (12, _year(say)))
    return frame.build()


def _class(say: Translate, title: str, name: str, since: str) -> AnyPanel:
    query = latest("class", "water_class", AT, is_("statistic", name))
    return stat_panel(title, InfluxQL(query), mappings=classes(say), since=since)


def _now(say: Translate) -> list[AnyPanel]:
    met = texts({"yes": (say("达标", "met"), GOOD), "no": (say("未达标", "not met"), BAD)}, blank="–")
    month = is_("statistic", "month")
    return [
        stat_panel(
            say("断面", "Section"), InfluxQL(latest(say("name_zh", "name_en"), "site_state", AT)), since="1d"
        ),
        _class(say, say("当前类别", "Class now"), "reading", "7d"),
        _class(say, say("本月类别", "This month"), "month", "62d"),
        _class(say, say("年初至今类别", "Year to date"), "year_to_date", "366d"),
        _class(say, say("12 个月类别", "12 months"), "12month", "62d"),
        stat_panel(
            say("本月达标", "Month meets target"),
            InfluxQL(latest("met", "water_class", AT, month)),
            mappings=met,
            about=say("目标见“达标”看板。", "The target is on the board Attainment."),
            since="62d",
        ),
    ]


def _item(parameter: Parameter, say: Translate) -> AnyPanel:
    limits = assessed(standards()[-1], "river").get(parameter.id)
    tags = AT, is_("parameter", parameter.id)
    reading, day = say("读数", "Reading"), say("日均值", "Day mean")
    queries = [
        InfluxQL(
            select('mean("value")', "water", *tags, is_("validity", "valid"), by=EVERY, fill="null"), reading
        ),
        InfluxQL(
            select('last("value")', "statistic", *tags, is_("statistic", "day"), by=EVERY, fill="none"), day
        ),
    ]
    marks = {
        "limit": say("Ⅲ类限值", "Limit of class III"),
        "target": say("目标类别限值", "Limit of the target class"),
    }
    with_marks = limits is not None and limits.direction != "range"
    if with_marks:
        for field, alias in marks.items():
            query = select(
                f'last("{field}")', "statistic", *tags, is_("statistic", "day"), by=EVERY, fill="none"
            )
            queries.append(InfluxQL(query, alias))
    return time_series_panel(
        say.name(parameter.name),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        bridged=BRIDGED,
        bands=class_bands(limits) if limits is not None else (),
        limits=[marks["limit"]] if with_marks else (),
        targets=[marks["target"]] if with_marks else (),
        about=say("底色为各类别的限值范围（河流）。", "The background shows the classes' ranges (rivers).")
        if limits is not None
        else say("不参与类别评价。", "Not part of the class."),
    )


def _months(say: Translate) -> AnyPanel:
    columns = '"class", "target", "met", "determining"'
    met = texts({"yes": (say("达标", "met"), GOOD), "no": (say("未达标", "not met"), BAD)}, blank="–")
    return table_panel(
        say("各月类别与目标", "Months, class and target"),
        InfluxQL(select(columns, "water_class", AT, is_("statistic", "month")), table=True),
        [
            TableColumn("Time", say("月份", "Month"), unit="time:YYYY-MM", width=110),
            TableColumn("class", say("类别", "Class"), mappings=classes(say), coloured=True, width=110),
            TableColumn("target", say("目标", "Target"), mappings=classes(say), width=110),
            TableColumn("met", say("达标", "Met"), mappings=met, coloured=True, width=110),
            TableColumn("determining", say("定类项目", "Determining items")),
        ],
        newest_first=True,
        since="400d",
    )


def _year(say: Translate) -> AnyPanel:
    columns = 'last("value") AS "value", "limit", "target", "n", "expected", "valid"'
    return table_panel(
        say("各项目 12 个月均值", "Items, mean of 12 months"),
        InfluxQL(select(columns, "statistic", AT, is_("statistic", "12month"), by='"parameter"'), table=True),
        [
            TableColumn("parameter", say("项目", "Item"), width=140),
            TableColumn("value", say("均值", "Mean"), decimals=3, width=120),
            TableColumn("limit", say("Ⅲ类限值", "Class III"), decimals=3, width=120),
            TableColumn("target", say("目标限值", "Target class"), decimals=3, width=130),
            TableColumn("n", say("有效月数", "Valid months"), width=120),
            TableColumn("expected", say("应有月数", "Of"), width=110),
            TableColumn("valid", say("数据充分", "Complete")),
            TableColumn("Time"),
        ],
        sorted_by=say("项目", "Item"),
        since="62d",
    )
