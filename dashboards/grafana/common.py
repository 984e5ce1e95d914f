"""What several boards show: targets and sections from the standards' rows, alerts, states, their names."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import get_args

from grafana_foundation_sdk.models.dashboard import ValueMapping
from msgspec import Struct

from alerts.notify.words import SEVERITIES
from alerts.rules.definition import Rule
from dashboards.grafana import names
from dashboards.grafana.builder import COLUMNS, BoardBuilder
from dashboards.grafana.names import worded
from dashboards.grafana.panels import AnyPanel, TableColumn, table_panel
from dashboards.grafana.query import InfluxQL, equals, latest, select, union
from dashboards.grafana.theme import (
    BAD,
    GOOD,
    MINUTE,
    NEUTRAL,
    SERIOUS,
    WARN,
    Translate,
    class_mappings,
    value_mappings,
)
from dashboards.grafana.tiles import stat_panel
from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.places import Place, area_of
from sensors.model import Kind, Medium, Severity
from sensors.standards.targets import Target
from sensors.standards.water_limits import quality

REAL_TIME = get_args(Kind)[0]
OF_CLASS = "(\"parameter\" = 'water_class' OR \"parameter\" = '_')"
"""Rows of alerts and exceedances whose value is a class: of periods, and of samples."""
NOT_OF_CLASS = "\"parameter\" <> 'water_class' AND \"parameter\" <> '_'"
EPISODE_STATES = select('last("state") AS "state"', "alert", by='"episode"')


class AirTarget(Struct, frozen=True):
    """A target with a limit on a pollutant at a place that has sites."""

    place: Place
    parameter: Parameter
    limit: float
    target: Target

    @property
    def is_aspiration(self) -> bool:
        """Whether it is shown before it is in force, and no statistic is held against it then."""
        return self.target.aspiration_from is not None

    def goal(self, tr: Translate) -> str:
        """Its limit with what it is: a target, or an aspiration."""
        words = tr("远期目标", "aspiration ") if self.is_aspiration else tr("目标", "target ")
        return f"{words}{self.limit:g}"


def first_targets(catalogue: Catalogue) -> list[Target]:
    """The earliest target of each place and parameter, in the catalogue's order."""
    first: dict[tuple[str, str | None], Target] = {}
    for target in sorted(catalogue.targets, key=lambda row: row.valid_from):
        first.setdefault((target.place, target.parameter), target)
    return [target for target in catalogue.targets if target in first.values()]


def air_targets(catalogue: Catalogue, wider: Mapping[str, Place] = MappingProxyType({})) -> list[AirTarget]:
    """The first targets that are limits; the first one is what the boards open with.

    Those of `wider` zones are among them, if given: they have days and longer periods, and nothing live.
    """
    places = {**catalogue.places, **wider}
    return [
        AirTarget(places[t.place], catalogue.parameters[t.parameter], float(t.limit), t)
        for t in first_targets(catalogue)
        if t.limit is not None and t.parameter is not None and t.place in places
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


def area_name(tr: Translate, catalogue: Catalogue, site: str) -> str:
    """The short name of the zone or river that a site counts in; of the site where there is none."""
    return tr.name(catalogue.places[area_of(catalogue.sites[site]) or site].short)


def in_rows(panels: Sequence[AnyPanel], per_row: int) -> list[list[tuple[int, AnyPanel]]]:
    """Panels in rows of at most so many, each row filled, with their widths; the first are the wider ones."""
    rows = [panels[start : start + per_row] for start in range(0, len(panels), per_row)]
    return [
        [(COLUMNS // len(row) + (n < COLUMNS % len(row)), panel) for n, panel in enumerate(row)]
        for row in rows
    ]


def class_name(tr: Translate, number: int) -> str:
    """Ⅲ, or III."""
    return tr.name(quality(number).name)


def site_states(tr: Translate, *, blank: str = "") -> list[ValueMapping]:
    """A site's states in words and colours."""
    return value_mappings(_site_states(tr), blank=blank)


def site_state_texts(tr: Translate) -> dict[str, str]:
    """What each state of a site is called."""
    return {state: text for state, (text, _) in _site_states(tr).items()}


def _site_states(tr: Translate) -> dict[str, tuple[str, str]]:
    return {
        "heard": (tr("正常", "heard"), GOOD),
        "silent": (tr("失联", "silent"), BAD),
        "never_heard": (tr("从未收到", "never heard"), NEUTRAL),
    }


def severity_words(tr: Translate) -> dict[Severity, tuple[str, str]]:
    """What each severity is called, and its colour; the mildest first."""
    colours: dict[Severity, str] = {"info": NEUTRAL, "watch": WARN, "warning": SERIOUS, "critical": BAD}
    return {severity: (tr.name(SEVERITIES[severity]), colour) for severity, colour in colours.items()}


def severities(tr: Translate) -> list[ValueMapping]:
    """Severities in words and colours."""
    return value_mappings({str(severity): shown for severity, shown in severity_words(tr).items()})


def episode_states(tr: Translate) -> list[ValueMapping]:
    """An episode's states in words and colours."""
    return value_mappings(
        {
            "firing": (tr("未处理", "firing"), BAD),
            "acknowledged": (tr("已确认", "acknowledged"), WARN),
            "historical": (tr("历史数据", "past data"), NEUTRAL),
            "resolved": (tr("已结束", "over"), GOOD),
        }
    )


def add_places(board: BoardBuilder, tr: Translate, catalogue: Catalogue, medium: Medium) -> None:
    """Let people choose among the sites of a medium by their names, active ones first; of air zones too.

    The variable is `site`, of water `section`.
    """
    every = [*catalogue.places.values(), *catalogue.wider_zones.values()]
    of_medium = [place for place in every if place.medium == medium]
    if medium == "water":
        of_medium = [place for place in of_medium if place.is_site]
    order = sorted(of_medium, key=lambda place: (place.is_area, not _is_active(place, catalogue)))
    choices = {place.id: tr.name(place.name) for place in order}
    name, label = ("section", tr("断面", "Section")) if medium == "water" else ("site", tr("站点", "Site"))
    board.choice(name, label, choices, first_site(catalogue, medium))


def _is_active(place: Place, catalogue: Catalogue) -> bool:
    return place.is_area or catalogue.sites[place.id].active


def reading_names(tr: Translate) -> dict[str, str]:
    """What the readings of each kind are called; those that are sent in real time without more."""
    kinds = worded(tr, "kind")
    return {
        kind: tr("读数", "Reading") if kind == REAL_TIME else tr(f"读数（{words}）", f"Reading ({words})")
        for kind, words in kinds.items()
    }


def silent_sites(tr: Translate) -> AnyPanel:
    """How many sites are silent."""
    return stat_panel(
        tr("失联站点", "Silent sites"),
        InfluxQL(latest("sites_silent", "operation")),
        levels=[(None, GOOD), (1, BAD)],
        decimals=0,
        time_from="1h",
    )


def episodes(tr: Translate, title: str, catalogue: Catalogue, rules: Sequence[Rule]) -> AnyPanel:
    """Episodes by their newest change, those that are not over first."""
    columns = 'last("state") AS "state", "severity", "site", "parameter", "rule", {}, "by"'
    return table_panel(
        title,
        InfluxQL(union(_by_values(columns, by='"episode"'), _EPISODE_COLUMNS), table=True),
        event_columns(tr, catalogue, rules),
        sorted_by=(tr("状态", "State"), tr("时间", "Time")),
    )


_EPISODE_COLUMNS = (
    '"state", "severity", "site", "parameter", "rule", "value", "limit", "class", "target", "by"'
)


def changes(tr: Translate, title: str, catalogue: Catalogue, rules: Sequence[Rule], most: int) -> AnyPanel:
    """Every change of an episode, the newest first."""
    columns = '"state", "severity", "site", "parameter", "rule", {}, "by"'
    query = f"{union(_by_values(columns), _EPISODE_COLUMNS)} ORDER BY time DESC LIMIT {most}"
    return table_panel(
        title,
        InfluxQL(query, table=True),
        sorted(event_columns(tr, catalogue, rules), key=lambda column: column.name != "Time"),
        newest_first=True,
        description=tr("“确认人”一栏是确认告警的人。", "The column By says who acknowledged."),
    )


def _by_values(columns: str, by: str = "") -> Iterator[str]:
    """Rows of what has a concentration, of classes, and of what has no value that people read."""
    measured = "(\"category\" = 'exceedance' OR \"category\" = 'attainment')"
    technical = "(\"category\" = 'equipment' OR \"category\" = 'system')"
    yield select(columns.format('"value", "limit"'), "alert", measured, NOT_OF_CLASS, by=by)
    yield select(
        columns.format('"value" AS "class", "limit" AS "target"'), "alert", measured, OF_CLASS, by=by
    )
    without_value = columns.replace(", {}", "")
    yield select(without_value, "alert", technical, "\"parameter\" <> '_'", by=by)
    nothing = without_value.replace(', "parameter"', "")
    yield select(nothing, "alert", technical, equals("parameter", "_"), by=by)


def event_columns(tr: Translate, catalogue: Catalogue, rules: Sequence[Rule]) -> list[TableColumn]:
    """The columns of an alert's change."""
    classes = class_mappings(tr, blank=" ")
    return [
        TableColumn("state", tr("状态", "State"), mappings=episode_states(tr), coloured=True, width=110),
        TableColumn(
            "severity", tr("严重程度", "Severity"), mappings=severities(tr), coloured=True, width=100
        ),
        TableColumn("Time", tr("时间", "Time"), unit=MINUTE, width=150),
        TableColumn("site", tr("站点", "Site"), mappings=names.places(tr, catalogue), width=200),
        TableColumn(
            "parameter", tr("参数", "Parameter"), mappings=names.parameters(tr, catalogue), width=175
        ),
        TableColumn("rule", tr("规则", "Rule"), mappings=names.rules(tr, rules)),
        TableColumn("value", tr("数值", "Value"), decimals=2, width=90),
        TableColumn("limit", tr("限值", "Limit"), decimals=2, width=90),
        TableColumn("class", tr("类别", "Class"), mappings=classes, coloured=True, width=90),
        TableColumn("target", tr("目标", "Target"), mappings=classes, width=90),
        TableColumn("by", tr("确认人", "By"), width=110),
    ]
