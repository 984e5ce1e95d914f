"""What several boards show: targets and sections from the standards' rows, alerts, states, their names."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import ValueMapping
from msgspec import Struct

from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel
from dashboards.grafana.query import InfluxQL, select
from dashboards.grafana.theme import BAD, EPISODE, GOOD, SEVERITY, STATE, Translate, texts
from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.places import Place, area_names
from sensors.model import Medium, Name
from sensors.standards.targets import Target
from sensors.standards.water_limits import quality

OPEN = "\"state\" != 'resolved'"


class AirTarget(Struct, frozen=True):
    """A target with a limit on a pollutant at a place that has sites."""

    place: Place
    parameter: Parameter
    limit: float
    target: Target


def first_targets(catalogue: Catalogue) -> list[Target]:
    """The earliest target of each place and parameter, in the catalogue's order."""
    first: dict[tuple[str, str | None], Target] = {}
    for target in sorted(catalogue.targets, key=lambda row: row.valid_from):
        first.setdefault((target.place, target.parameter), target)
    return [target for target in catalogue.targets if target in first.values()]


def air_targets(catalogue: Catalogue) -> list[AirTarget]:
    """The first targets that are limits; the first one is what the boards open with."""
    return [
        AirTarget(catalogue.places[t.place], catalogue.parameters[t.parameter], float(t.limit), t)
        for t in first_targets(catalogue)
        if t.limit is not None and t.parameter is not None and t.place in catalogue.places
    ]


def sections(catalogue: Catalogue) -> list[tuple[Place, int]]:
    """The assessed sections, or the river where none is named, and the class each has to meet."""
    return [
        (catalogue.places[place], t.water_class)
        for t in first_targets(catalogue)
        if t.water_class is not None and (place := t.section or t.place) in catalogue.places
    ]


def first_site(catalogue: Catalogue, medium: Medium) -> str:
    """What a board of one site opens with: the first with a target, else the first; "" without any."""
    if medium == "air":
        targeted = [site for one in air_targets(catalogue) for site in (*one.place.members, one.place.id)]
    else:
        targeted = [place.id for place, _ in sections(catalogue)]
    others = [site.id for site in catalogue.sites.values() if site.medium == medium]
    return next(iter((*targeted, *others)), "")


def place_name(catalogue: Catalogue, id_: str) -> Name:
    """The name of a site, zone or river, of one without sites too."""
    return catalogue.places[id_].name if id_ in catalogue.places else area_names(catalogue)[id_]


def in_rows(panels: Sequence[AnyPanel], most: int) -> list[list[tuple[int, AnyPanel]]]:
    """Panels in rows of at most so many, each row filled, with their widths."""
    rows = [panels[start : start + most] for start in range(0, len(panels), most)]
    return [[(24 // len(row), panel) for panel in row] for row in rows]


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
