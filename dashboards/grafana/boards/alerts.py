"""Alerts: open and past events and their episodes, who acknowledged them, and every single exceedance."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from alerts.rules.definition import Rule, load
from dashboards.grafana import common, names
from dashboards.grafana.boards import event_panels
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import AnyPanel, TableColumn, table_panel, time_series_panel
from dashboards.grafana.query import STANDING, InfluxQL, latest, select, union
from dashboards.grafana.theme import NEUTRAL, Translate, class_mappings
from dashboards.grafana.tiles import TileFigure, stat_panel, tile_panel
from sensors.catalogue.model import Catalogue

_MOST = 1000


def build(
    catalogue: Catalogue, tr: Translate, rules: Sequence[Rule] | None = None, desk: str = ""
) -> Dashboard:
    """Events, their episodes and changes, the exceedances behind them; without `rules` the shipped ones.

    `desk` is the address of the desk, for links of rows; "" for none.
    """
    known = load(catalogue) if rules is None else rules
    board = BoardBuilder(
        "alerts",
        tr,
        tr("告警", "Alerts"),
        tr(
            "未结束与已结束的事件及其告警、由谁确认、每一次超限",
            "Events open and past with their episodes, who acknowledged them, every exceedance",
        ),
        time_from="now-30d",
        refresh="1m",
    )
    board.row(5, *((6, panel) for panel in _current(tr)))
    board.row(10, (24, event_panels.open_list(tr, desk=desk)))
    board.row(10, (24, event_panels.past_list(tr, desk=desk)))
    episodes = tr("告警过程：每次一行，未结束在前", "Episodes, open ones first")
    board.row(10, (24, common.episodes(tr, episodes, catalogue, known)))
    board.row(9, (7, _days(tr)), (17, _by_rule(catalogue, known, tr)))
    every = tr("每一次变化：触发、确认、结束", "Every change: fired, acknowledged, resolved")
    board.row(10, (24, common.changes(tr, every, catalogue, known, most=_MOST)))
    return board.build()


def _current(tr: Translate) -> list[AnyPanel]:
    return [
        event_panels.open_events(tr),
        stat_panel(
            tr("时段内的告警过程", "Episodes in this range"),
            InfluxQL(f'SELECT count("state") FROM ({common.EPISODE_STATES})'),
            levels=[(None, NEUTRAL)],
            no_value="0",
        ),
        stat_panel(
            tr("时段内的超限", "Exceedances in this range"),
            InfluxQL(select('count("value")', "exceedance", STANDING)),
            levels=[(None, NEUTRAL)],
            no_value="0",
            description=tr(
                "每个高于限值的读数或统计值各算一次；导入的历史数据也算，但不产生事件。",
                "Each reading or statistic above its limit counts once; those of imported history too, which"
                " makes no events.",
            ),
        ),
        tile_panel(
            tr("最近一次变化", "Newest change"),
            InfluxQL(latest("state", "alert")),
            [TileFigure("last", mappings=common.episode_states(tr))],
            time_from="400d",
        ),
    ]


def _days(tr: Translate) -> AnyPanel:
    query = select('count("value")', "exceedance", STANDING, by='time(1d, -8h), "statistic"', fill="0")
    statistics = names.statistic_texts(tr)
    return time_series_panel(
        tr("每日超限次数（按统计）", "Exceedances a day, by statistic"),
        [InfluxQL(query, "$tag_statistic")],
        decimals=0,
        bars=list(statistics),
        names=statistics,
        description=tr(
            "按上海日历日计；没有超限的日子为 0。", "By days of Asia/Shanghai; 0 on days without."
        ),
    )


def _by_rule(catalogue: Catalogue, rules: Sequence[Rule], tr: Translate) -> AnyPanel:
    counted, by = 'count("value") AS "times"', '"rule", "site", "parameter"'
    values = f'{counted}, max("value") AS "largest", last("limit") AS "limit"'
    of_class = f'{counted}, max("value") AS "class", last("limit") AS "target"'
    rows = (
        select(values, "exceedance", STANDING, common.NOT_OF_CLASS, by=by),
        select(of_class, "exceedance", STANDING, common.OF_CLASS, by=by),
    )
    columns = '"rule", "site", "parameter", "times", "largest", "limit", "class", "target"'
    classes = class_mappings(tr, blank=" ")
    return table_panel(
        tr("哪条规则、哪个站点", "Which rule, which site"),
        InfluxQL(union(rows, columns), table=True),
        [
            TableColumn("rule", tr("规则", "Rule"), mappings=names.rules(tr, rules)),
            TableColumn("site", tr("站点", "Site"), mappings=names.places(tr, catalogue), width=285),
            TableColumn(
                "parameter", tr("参数", "Parameter"), mappings=names.parameters(tr, catalogue), width=110
            ),
            TableColumn("times", tr("次数", "Times"), decimals=0, width=65),
            TableColumn("largest", tr("最大值", "Largest"), decimals=1, width=75),
            TableColumn("limit", tr("限值", "Limit"), decimals=1, width=65),
            TableColumn("class", tr("最差", "Worst"), mappings=classes, coloured=True, width=65),
            TableColumn("target", tr("目标", "Target"), mappings=classes, width=65),
            TableColumn("Time"),
        ],
        newest_first=True,
        sorted_by=(tr("次数", "Times"),),
    )
