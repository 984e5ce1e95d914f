"""What several boards show: targets and sections from the law's rows, alerts, states, and their words."""

from functools import cache

from grafana_foundation_sdk.models.dashboard import ValueMapping

from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel
from dashboards.grafana.query import InfluxQL, select
from dashboards.grafana.theme import BAD, EPISODE, GOOD, SEVERITY, STATE, Translate, texts
from sensors.catalogue.model import Catalogue
from sensors.standards.targets import Target, targets
from sensors.standards.water_limits import quality

OPEN = "\"state\" != 'resolved'"


@cache
def in_force() -> tuple[Target, ...]:
    """The plan's targets that are in force from the start, in the file's order."""
    first = min(target.valid_from for target in targets())
    return tuple(target for target in targets() if target.valid_from == first)


def pm25_target() -> float:
    """The competition zone's target for PM2.5."""
    return next(float(t.limit) for t in in_force() if t.place == "zone-competition" and t.limit is not None)


def sections(catalogue: Catalogue) -> list[tuple[str, int]]:
    """The assessed outflow sections and the class each has to meet."""
    return [
        (target.section, target.water_class)
        for target in in_force()
        if target.section in catalogue.sites and target.section and target.water_class is not None
    ]


def zones(catalogue: Catalogue) -> list[tuple[str, str, str, Target]]:
    """The zones with a target for a pollutant: id, its names, the target."""
    return [
        (
            t.place,
            catalogue.zones[t.place.removeprefix("zone-")].zh,
            catalogue.zones[t.place.removeprefix("zone-")].en,
            t,
        )
        for t in in_force()
        if t.limit is not None
    ]


def class_name(say: Translate, number_: int) -> str:
    """Ⅲ, or III."""
    return say.name(quality(number_).name)


def state_name(say: Translate, state: str) -> str:
    """A site's state in words."""
    words = {
        "heard": say("正常", "heard"),
        "silent": say("失联", "silent"),
        "never_heard": say("从未收到", "never heard"),
    }
    return words[state]


def state_levels(say: Translate) -> list[ValueMapping]:
    """`level` 0, 1, 2 of a site as its state and colour."""
    return texts(
        {str(level): (state_name(say, state), colour) for level, (state, colour) in enumerate(STATE.items())}
    )


def severities(say: Translate) -> list[ValueMapping]:
    """Severities in words and colours."""
    words = {
        "info": say("提示", "info"),
        "watch": say("关注", "watch"),
        "warning": say("警告", "warning"),
        "critical": say("严重", "critical"),
    }
    return texts({name: (words[name], colour) for name, colour in SEVERITY.items()})


def episode_states(say: Translate) -> list[ValueMapping]:
    """An episode's states in words and colours."""
    words = {
        "firing": say("未处理", "firing"),
        "acknowledged": say("已确认", "acknowledged"),
        "resolved": say("已结束", "resolved"),
    }
    return texts({name: (words[name], colour) for name, colour in EPISODE.items()})


def open_alerts(say: Translate) -> AnyPanel:
    """How many episodes are open."""
    last = select('last("state") AS "state"', "alert", by='"episode"')
    return stat_panel(
        say("未结束告警", "Open alerts"),
        InfluxQL(f'SELECT count("state") FROM ({last}) WHERE {OPEN}'),
        levels=[(None, GOOD), (1, BAD)],
        none="0",
        since="400d",
    )


def silent_sites(say: Translate) -> AnyPanel:
    """How many sites are silent."""
    return stat_panel(
        say("失联站点", "Silent sites"),
        InfluxQL(select('last("sites_silent")', "operation")),
        levels=[(None, GOOD), (1, BAD)],
        decimals=0,
        since="1h",
    )


def episodes(say: Translate, since: str = "", *, only_open: bool = False, title: str = "") -> AnyPanel:
    """Episodes by their newest change, those that are not over first."""
    columns = (
        'last("state") AS "state", "severity", "site", "parameter", "rule", "value", "limit", "by", "message"'
    )
    statement = select(columns, "alert", by='"episode"')
    if only_open:
        names = '"state", "severity", "site", "parameter", "rule", "value", "limit", "by", "message"'
        statement = f"SELECT {names} FROM ({statement}) WHERE {OPEN}"
    return table_panel(
        title or say("告警（未结束在前）", "Alerts, open ones first"),
        InfluxQL(statement, table=True),
        event_columns(say),
        sorted_by=say("状态", "State"),
        since=since,
    )


def event_columns(say: Translate) -> list[TableColumn]:
    """The columns of an alert's change."""
    return [
        TableColumn("state", say("状态", "State"), mappings=episode_states(say), coloured=True, width=110),
        TableColumn("severity", say("级别", "Severity"), mappings=severities(say), coloured=True, width=90),
        TableColumn("Time", say("时间", "Time"), width=170),
        TableColumn("site", say("站点", "Site"), width=170),
        TableColumn("parameter", say("项目", "Parameter"), width=90),
        TableColumn("rule", say("规则", "Rule"), width=180),
        TableColumn("value", say("数值", "Value"), decimals=2, width=90),
        TableColumn("limit", say("限值", "Limit"), decimals=2, width=90),
        TableColumn("by", say("处理人", "By"), width=110),
        TableColumn("message", say("内容", "Message")),
        TableColumn("episode"),
    ]
