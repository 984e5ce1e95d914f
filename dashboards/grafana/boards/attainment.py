"""Attainment: the plan's targets, the year to date, means over years, and what the rest may average."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.common import AirTarget
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    stat_panel,
    state_timeline_panel,
    table_panel,
    text_panel,
    time_series_panel,
)
from dashboards.grafana.query import InfluxQL, is_, select, statistic
from dashboards.grafana.theme import BAD, GOOD, Translate, classes, texts, unit, up_to
from sensors.averages.attainment import rounding_bound
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.standards.targets import Target

YEARS = "1100d"  # three years and their twelve months' first


def build(catalogue: Catalogue, say: Translate) -> Dashboard:
    """Targets of air and water, and how far they are met."""
    frame = BoardBuilder(
        "attainment",
        say("达标", "Attainment"),
        say(
            "规划目标、年初至今、12 个月与 36 个月滑动均值、剩余时间的余量",
            "Targets, year to date, rolling years, outlook",
        ),
        "now-3y",
        refresh="15m",
        say=say,
    )
    frame.row(7, (24, text_panel(say("规划目标", "The plan's targets"), _targets(catalogue, say))))
    for aim in common.air_targets(catalogue):
        frame.row(4, *((6, panel) for panel in _standing(say, aim)))
        frame.row(9, (24, _years(say, aim)))
    if sections := [place for place, _ in common.sections(catalogue)]:
        frame.row(6, (24, _months(say, sections)))
        frame.row(8, (24, _rivers(say, sections)))
    return frame.build()


def _targets(catalogue: Catalogue, say: Translate) -> str:
    wording = {"stable": say("稳定达到", "stable"), "striven_for": say("力争", "striven for")}
    head = say(
        "| 对象 | 断面 | 目标 | 要求 | 起 | 期限 |", "| place | section | target | wording | from | due |"
    )
    lines_ = [head, "|---|---|---|---|---|---|"]
    for target in catalogue.targets:
        site = catalogue.sites.get(target.section or "")
        section = say.name(site.name) if site else "–"
        since = target.valid_from
        if target.limit is not None:
            parameter = catalogue.parameters[target.parameter or ""]
            what = say(
                f"{parameter.name.zh} 年均值 ≤ {target.limit} {parameter.unit}",
                f"{parameter.name.en}, year ≤ {target.limit} {parameter.unit}",
            )
        else:
            what = say(
                f"{common.class_name(say, target.water_class or 0)} 类",
                f"class {common.class_name(say, target.water_class or 0)}",
            )
        place = say.name(common.place_name(catalogue, target.place))
        lines_.append(
            f"| {place} | {section} | {what} | {wording[target.wording]} | {since} | {target.due} |"
        )
    return "\n".join(lines_)


def _standing(say: Translate, aim: AirTarget) -> list[AnyPanel]:
    parameter, target, limit = aim.parameter, aim.target, aim.limit
    name, suffix = say.name(aim.place.name), unit(parameter)
    valid = texts(
        {"true": (say("充分", "complete"), GOOD), "false": (say("不足", "incomplete"), BAD)}, blank="–"
    )

    def of(what: str, statistic_: str) -> InfluxQL:
        return InfluxQL(statistic(what, target.place, parameter.id, statistic_))

    return [
        stat_panel(
            say(f"{name}：年初至今", f"{name}: year to date"),
            of('last("value")', "year_to_date"),
            unit=suffix,
            decimals=1,
            levels=up_to(limit),
            since="366d",
        ),
        stat_panel(
            say("数据是否充分", "Data capture"),
            of('last("valid")', "year_to_date"),
            mappings=valid,
            since="366d",
        ),
        stat_panel(
            say("12 个月滑动均值", "12 months"),
            of('last("value")', "12month"),
            unit=suffix,
            decimals=1,
            levels=up_to(limit),
            since="62d",
        ),
        stat_panel(
            say("余下日子的均值最多可为", "The rest of the year may average"),
            InfluxQL(_rest(target, parameter.id)),
            unit=suffix,
            decimals=1,
            levels=[(None, BAD), (0, GOOD)],
            about=say(
                "到年底仍能达标的余下各日的最高均值；低于 0 则今年已不可能达标。缺测日不计。",
                "The highest mean of the days left that still meets the target; below 0 it is out of reach."
                " Days without a valid mean do not count.",
            ),
            since="365d",
        ),
    ]


def _rest(target: Target, parameter: str) -> str:
    """What the remaining days may average, as in `sensors.averages.attainment`.

    It is (edge x (known + left) - sum) / left. `year` and `year_to_date` have the same stamp, mean and n;
    their `expected` are the days of the year and those that are over.
    """
    bound, _ = rounding_bound(target.limit or 0, target.decimals or 0)  # type: ignore[arg-type]
    left = '(max("expected") - min("expected"))'
    rest = f'({float(bound):g} * (max("n") + {left}) - mean("value") * max("n")) / {left}'
    tags = is_("site", target.place), is_("parameter", parameter)
    return select(f'{rest} AS "rest"', "statistic", *tags, '"statistic" =~ /^(year|year_to_date)$/')


def _years(say: Translate, aim: AirTarget) -> AnyPanel:
    parameter, target = aim.parameter, aim.target
    month, twelve, three = (
        say("月均值", "Month"),
        say("12 个月滑动", "12 months"),
        say("36 个月滑动（暂定）", "36 months (provisional)"),
    )
    goal, limit = say("规划目标", "Target"), say("标准年限值", "Standard, year")
    queries = [
        InfluxQL(statistic('"value"', target.place, parameter.id, name), alias)
        for name, alias in (("month", month), ("12month", twelve), ("36month", three))
    ]
    queries += [
        InfluxQL(statistic(f'"{field}"', target.place, parameter.id, "12month"), alias)
        for field, alias in (("target", goal), ("limit", limit))
    ]
    name = say.name(aim.place.name)
    return time_series_panel(
        say(
            f"{name} {parameter.name.zh}：月、12 个月、36 个月",
            f"{name}, {parameter.name.en}: month, 12 and 36 months",
        ),
        queries,
        unit=unit(parameter),
        decimals=1,
        limits=[limit],
        targets=[goal],
        bars=[month],
        floor=0,
        about=say(
            "36 个月为三个有效年均值的平均，暂定。", "36 months: the mean of three valid years, provisional."
        ),
        since=YEARS,
    )


def _months(say: Translate, sections: Sequence[Place]) -> AnyPanel:
    queries = [
        InfluxQL(
            select('"class"', "water_class", is_("site", place.id), is_("statistic", name)),
            f"{say.name(place.name)} {words}",
        )
        for place in sections
        for name, words in (("month", say("月", "month")), ("12month", say("12 个月", "12 months")))
    ]
    return state_timeline_panel(
        say("出境断面：每月与 12 个月类别", "Outflow sections: class by month and 12 months"),
        queries,
        classes(say),
        since=YEARS,
    )


def _rivers(say: Translate, sections: Sequence[Place]) -> AnyPanel:
    sites = "|".join(place.id for place in sections)
    met = texts({"yes": (say("达标", "met"), GOOD), "no": (say("未达标", "not met"), BAD)}, blank="–")
    query = select(
        '"site", "class", "target", "met", "determining"',
        "water_class",
        f'"site" =~ /^({sites})$/',
        is_("statistic", "year_to_date"),
    )
    return table_panel(
        say("出境断面：各年类别与目标（当年至今）", "Outflow sections: years (this one to date)"),
        InfluxQL(query, table=True),
        [
            TableColumn("Time", say("年份", "Year"), unit="time:YYYY", width=110),
            TableColumn("site", say("断面", "Section"), width=200),
            TableColumn("class", say("类别", "Class"), mappings=classes(say), coloured=True, width=120),
            TableColumn("target", say("目标", "Target"), mappings=classes(say), width=120),
            TableColumn("met", say("达标", "Met"), mappings=met, coloured=True, width=120),
            TableColumn("determining", say("定类项目", "Determining items")),
        ],
        newest_first=True,
        since=YEARS,
    )
