"""Attainment: the plan's targets, the year to date, means over years, and what the rest may average."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common, names
from dashboards.grafana.boards import place_tiles
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.common import AirTarget
from dashboards.grafana.panels import (
    AnyPanel,
    TableColumn,
    state_timeline_panel,
    table_panel,
    text_panel,
    time_series_panel,
)
from dashboards.grafana.query import CLASSED, COUNTED, InfluxQL, equals, one_of, select, statistic
from dashboards.grafana.theme import (
    BAD,
    GOOD,
    Translate,
    class_mappings,
    target_met_mappings,
    unit,
)
from dashboards.grafana.tiles import stat_panel
from sensors.averages.attainment import rounding_bound
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place, place_name
from sensors.standards.statistics import MONTH, THREE_YEARS, TWELVE_MONTHS, YEAR_TO_DATE
from sensors.standards.targets import Target

if TYPE_CHECKING:
    from sensors.model import StatisticName

YEARS = "1100d"  # three years and their twelve months' first


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """Targets of air and water, and how far they are met."""
    board = BoardBuilder(
        "attainment",
        tr,
        tr("达标", "Attainment"),
        tr(
            "规划目标、年初至今、12 个月与 36 个月滑动均值、达标余量",
            "Targets, year to date, rolling years, outlook",
        ),
        time_from="now-3y",
        refresh="15m",
    )
    board.row(7, (24, text_panel(tr("规划目标", "The plan's targets"), _target_list(catalogue, tr))))
    for air_target in common.air_targets(catalogue, catalogue.wider_zones):
        board.row(5, *((8, panel) for panel in _to_date(tr, air_target)))
        board.row(9, (24, _rolling_means(tr, air_target)))
    if sections := [place for place, _ in common.sections(catalogue)]:
        board.row(6, (24, _classes(tr, sections)))
        board.row(8, (24, _water_years(tr, catalogue, sections)))
    return board.build()


def _target_list(catalogue: Catalogue, tr: Translate) -> str:
    wording = {
        "stable": tr("稳定达到", "stable"),
        "on_average": tr("平均保持", "kept on average"),
        "striven_for": tr("远期目标", "aspiration"),
    }
    head = tr(
        "| 对象 | 断面 | 目标 | 要求 | 起 | 期限 |", "| place | section | target | wording | from | due |"
    )
    lines = [head, "|---|---|---|---|---|---|"]
    for target in catalogue.targets:
        site = catalogue.sites.get(target.section or "")
        section = tr.name(site.name) if site else "–"
        if target.limit is not None:
            parameter = catalogue.parameters[target.parameter or ""]
            goal = tr(
                f"{parameter.name.zh} 年均值 ≤ {target.limit} {parameter.unit}",
                f"{parameter.name.en}, year ≤ {target.limit} {parameter.unit}",
            )
        else:
            name = common.class_name(tr, target.water_class or 0)
            goal = tr(f"{name} 类", f"class {name}")
        place = tr.name(place_name(catalogue, target.place))
        words = wording[target.wording]
        lines.append(f"| {place} | {section} | {goal} | {words} | {target.valid_from} | {target.due} |")
    return "\n".join(lines)


def _to_date(tr: Translate, air_target: AirTarget) -> list[AnyPanel]:
    name = tr.name(air_target.place.short)
    twelve = tr(f"{name}：12个月", f"{name}: 12 months")
    return [
        place_tiles.year_tile(tr, air_target, tr(f"{name}：年初至今", f"{name}: year to date")),
        place_tiles.period_tile(tr, air_target, twelve, TWELVE_MONTHS, "62d"),
        stat_panel(
            tr(f"{name}：余下日子的均值最多可为", f"{name}: the rest may average"),
            InfluxQL(_remaining_mean(air_target.target, air_target.parameter.id)),
            unit=unit(air_target.parameter),
            decimals=1,
            levels=[(None, BAD), (0, GOOD)],
            description=tr(
                "到年底仍能达标的余下各日的最高均值；低于 0 则今年已不可能达标。缺测日不计。",
                "The highest mean of the days left that still meets the target; below 0 it is out of reach."
                " Days without a valid mean do not count.",
            ),
            time_from="365d",
        ),
    ]


def _remaining_mean(target: Target, parameter: str) -> str:
    """What the remaining days may average, as in `sensors.averages.attainment`.

    It is (bound x (known + left) - sum) / left. `year` and `year_to_date` have the same stamp, mean and n;
    their `expected` are the days of the year and those that are over.
    """
    bound, _ = rounding_bound(target.limit or 0, target.decimals or 0)  # type: ignore[arg-type]
    left = '(max("expected") - min("expected"))'
    rest = f'({float(bound):g} * (max("n") + {left}) - mean("value") * max("n")) / {left}'
    tags = equals("site", target.place), equals("parameter", parameter)
    return select(f'{rest} AS "rest"', "statistic", *tags, '"statistic" =~ /^(year|year_to_date)$/', COUNTED)


def _rolling_means(tr: Translate, air_target: AirTarget) -> AnyPanel:
    parameter, target = air_target.parameter, air_target.target
    month, limit = tr("月均值", "Month"), tr("标准年限值", "Standard, year")
    twelve, weak = tr("12个月滑动", "12 months"), tr("12个月（数据不足）", "12 months (too little data)")
    goal, aimed = tr("规划目标", "Target"), '"target"'
    if air_target.is_aspiration:  # no statistic is held against it before it is in force
        goal, aimed = tr("远期目标", "Aspiration"), f'"value" * 0 + {float(target.limit or 0):g} AS "target"'
    lines: tuple[tuple[str, StatisticName, str], ...] = (
        ('"value"', MONTH, month),
        ('"value"', THREE_YEARS, tr("36个月滑动（暂定）", "36 months (provisional)")),
        (aimed, TWELVE_MONTHS, goal),
        ('"limit"', TWELVE_MONTHS, limit),
    )
    queries = [
        InfluxQL(statistic(shown, target.place, parameter.id, name), alias) for shown, name, alias in lines
    ]
    means = statistic('"value"', target.place, parameter.id, TWELVE_MONTHS)
    queries += [
        InfluxQL(f'{means} AND "valid" = {valid}', alias)
        for valid, alias in (("true", twelve), ("false", weak))
    ]
    name = tr.name(air_target.place.name)
    return time_series_panel(
        tr(
            f"{name} {parameter.name.zh}：月、12 个月、36 个月",
            f"{name}, {parameter.name.en}: month, 12 and 36 months",
        ),
        queries,
        unit=unit(parameter),
        decimals=1,
        limits=[limit],
        targets=[goal],
        bars=[month],
        hollow=[weak],
        longest={twelve: timedelta(days=40)},
        description=tr(
            "36个月为三个有效年均值的平均，暂定。没有连线的点：数据不足，不能判定。",
            "36 months: the mean of three valid years, provisional. Points without a line: too little data.",
        ),
        time_from=YEARS,
    )


def _classes(tr: Translate, sections: Sequence[Place]) -> AnyPanel:
    queries = [
        InfluxQL(
            select('"class"', "water_class", equals("site", place.id), equals("statistic", name), CLASSED),
            f"{tr.name(place.name)} {words}",
        )
        for place in sections
        for name, words in ((MONTH, tr("月", "month")), (TWELVE_MONTHS, tr("12 个月", "12 months")))
    ]
    return state_timeline_panel(
        tr("出境断面：每月与 12 个月类别", "Outflow sections: class by month and 12 months"),
        queries,
        class_mappings(tr),
        time_from=YEARS,
    )


def _water_years(tr: Translate, catalogue: Catalogue, sections: Sequence[Place]) -> AnyPanel:
    classes = class_mappings(tr)
    query = select(
        '"site", "class", "target", "met", "determining"',
        "water_class",
        CLASSED,
        one_of("site", [place.id for place in sections]),
        equals("statistic", YEAR_TO_DATE),
    )
    return table_panel(
        tr("出境断面：各年类别与目标（当年至今）", "Outflow sections: years (this one to date)"),
        InfluxQL(query, table=True),
        [
            TableColumn("Time", tr("年份", "Year"), unit="time:YYYY", width=110),
            TableColumn("site", tr("断面", "Section"), mappings=names.places(tr, catalogue), width=200),
            TableColumn("class", tr("类别", "Class"), mappings=classes, coloured=True, width=120),
            TableColumn("target", tr("目标", "Target"), mappings=classes, width=120),
            TableColumn("met", tr("达标", "Met"), mappings=target_met_mappings(tr), coloured=True, width=120),
            TableColumn(
                "determining",
                tr("定类项目", "Determining items"),
                mappings=names.joined_parameters(tr, catalogue, "water"),
            ),
        ],
        newest_first=True,
        time_from=YEARS,
    )
