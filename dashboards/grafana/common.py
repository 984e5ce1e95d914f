"""What several boards show: targets and sections from the standards' rows, alerts, states, their names."""

from collections.abc import Sequence
from typing import get_args

from grafana_foundation_sdk.models.dashboard import ValueMapping, VariableSort
from msgspec import Struct

from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import AnyPanel, TableColumn, stat_panel, table_panel
from dashboards.grafana.query import InfluxQL, equals, latest, select
from dashboards.grafana.theme import BAD, GOOD, NEUTRAL, SERIOUS, WARN, Translate, value_mappings
from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.places import Place
from sensors.model import Kind, Medium
from sensors.standards.targets import Target
from sensors.standards.water_limits import quality

OF_KIND = equals("kind", "${kind:raw}")
EPISODE_STATES = select('last("state") AS "state"', "alert", by='"episode"')


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
        targeted = [site for t in air_targets(catalogue) for site in (*t.place.members, t.place.id)]
    else:
        targeted = [place.id for place, _ in sections(catalogue)]
    others = [site.id for site in catalogue.sites.values() if site.medium == medium]
    return next(iter((*targeted, *others)), "")


def in_rows(panels: Sequence[AnyPanel], per_row: int) -> list[list[tuple[int, AnyPanel]]]:
    """Panels in rows of at most so many, each row filled, with their widths."""
    rows = [panels[start : start + per_row] for start in range(0, len(panels), per_row)]
    return [[(24 // len(row), panel) for panel in row] for row in rows]


def class_name(tr: Translate, number: int) -> str:
    """Ⅲ, or III."""
    return tr.name(quality(number).name)


def site_states(tr: Translate, *, blank: str = "") -> list[ValueMapping]:
    """A site's states in words and colours."""
    return value_mappings(_site_states(tr), blank=blank)


def site_state_levels(tr: Translate) -> list[ValueMapping]:
    """`level` 0, 1, 2 of a site as its state and colour."""
    return value_mappings({str(level): shown for level, shown in enumerate(_site_states(tr).values())})


def _site_states(tr: Translate) -> dict[str, tuple[str, str]]:
    return {
        "heard": (tr("正常", "heard"), GOOD),
        "silent": (tr("失联", "silent"), BAD),
        "never_heard": (tr("从未收到", "never heard"), NEUTRAL),
    }


def severities(tr: Translate) -> list[ValueMapping]:
    """Severities in words and colours."""
    return value_mappings(
        {
            "info": (tr("提示", "info"), NEUTRAL),
            "watch": (tr("关注", "watch"), WARN),
            "warning": (tr("警告", "warning"), SERIOUS),
            "critical": (tr("严重", "critical"), BAD),
        }
    )


def episode_states(tr: Translate) -> list[ValueMapping]:
    """An episode's states in words and colours."""
    return value_mappings(
        {
            "firing": (tr("未处理", "firing"), BAD),
            "acknowledged": (tr("已确认", "acknowledged"), WARN),
            "historical": (tr("历史数据", "past data"), NEUTRAL),
            "resolved": (tr("已结束", "resolved"), GOOD),
        }
    )


def add_kind_variable(board: BoardBuilder, tr: Translate, medium: Medium, site: str) -> None:
    """Let people choose among the kinds that the site sends; `rtd` first, `day` last.

    Args:
        board: The board.
        tr: Its language.
        medium: Of the site.
        site: The condition that names it.
    """
    kinds = f'SHOW TAG VALUES FROM "{medium}" WITH KEY = "kind" WHERE {site}'
    board.variable("kind", tr("数据类型", "Kind"), kinds, get_args(Kind)[0], VariableSort.ALPHABETICAL_DESC)


def site_name(tr: Translate, title: str, site: str) -> AnyPanel:
    """The name of the site chosen at the top; `site` is the condition that names it."""
    return stat_panel(title, InfluxQL(latest(tr("name_zh", "name_en"), "site_state", site)), time_from="1d")


def silent_sites(tr: Translate) -> AnyPanel:
    """How many sites are silent."""
    return stat_panel(
        tr("失联站点", "Silent sites"),
        InfluxQL(latest("sites_silent", "operation")),
        levels=[(None, GOOD), (1, BAD)],
        decimals=0,
        time_from="1h",
    )


def episodes(tr: Translate, title: str, time_from: str = "") -> AnyPanel:
    """Episodes by their newest change, those that are not over first."""
    columns = (
        'last("state") AS "state", "severity", "site", "parameter", "rule", "value", "limit", "by", "message"'
    )
    return table_panel(
        title,
        InfluxQL(select(columns, "alert", by='"episode"'), table=True),
        event_columns(tr),
        sorted_by=tr("状态", "State"),
        time_from=time_from,
    )


def event_columns(tr: Translate) -> list[TableColumn]:
    """The columns of an alert's change."""
    return [
        TableColumn("state", tr("状态", "State"), mappings=episode_states(tr), coloured=True, width=110),
        TableColumn("severity", tr("严重程度", "Severity"), mappings=severities(tr), coloured=True, width=90),
        TableColumn("Time", tr("时间", "Time"), width=170),
        TableColumn("site", tr("站点", "Site"), width=170),
        TableColumn("parameter", tr("参数", "Parameter"), width=90),
        TableColumn("rule", tr("规则", "Rule"), width=180),
        TableColumn("value", tr("数值", "Value"), decimals=2, width=90),
        TableColumn("limit", tr("限值", "Limit"), decimals=2, width=90),
        TableColumn("by", tr("确认人", "By"), width=110),
        TableColumn("message", tr("内容", "Message")),
        TableColumn("episode"),
    ]
