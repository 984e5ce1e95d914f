"""Targets at a glance: a card each, with the year so far and its status."""

from typing import Literal

from msgspec import Struct

from dashboards.reports.content.means import Mean
from dashboards.reports.content.outlooks import place_of, target_status
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import PeriodClass
from dashboards.reports.month import HISTORY, PERIODS, Month
from dashboards.reports.rendering.tables.water_tables import twelve_months
from dashboards.reports.words import NOTHING, ReportWords, number, percent
from sensors.catalogue.places import place_name
from sensors.standards.statistics import YEAR_TO_DATE
from sensors.standards.targets import Target, TargetStatus

CardState = Literal["met", "missed", "too_little", "not_in_force", "none"]


class Card(Struct, frozen=True):
    """A target, its place, figures with their labels, and state."""

    place: str
    target: str
    value: str
    unit: str
    basis: str
    figures: tuple[tuple[str, str], ...]
    state: CardState
    text: str


def cards(report: MonthlyReport, words: ReportWords) -> list[Card]:
    """A card each target, aspirations left out; one whose place was not measured says so."""
    return [
        _card(report, target, status, words)
        for target in report.catalogue.targets
        if (status := target_status(target, report.collected)).aspiration != target
    ]


def _card(report: MonthlyReport, target: Target, status: TargetStatus, words: ReportWords) -> Card:
    place, in_force = place_of(target, report.collected), status.target == target
    made = None
    if place is not None and target.parameter is not None:
        made = _air(report, target, place, words, in_force=in_force)
    elif place is not None:
        made = _water(report, target, place, words, in_force=in_force)
    return made or _without_data(report, target, words)


def _without_data(report: MonthlyReport, target: Target, words: ReportWords) -> Card:
    place = target.section or target.place
    return Card(
        place=_place_name(report, target, place, words),
        target=_target_text(report, target, place, words),
        value=NOTHING,
        unit="",
        basis="",
        figures=(),
        state="none",
        text=words("state_none"),
    )


def _place_name(report: MonthlyReport, target: Target, place: str, words: ReportWords) -> str:
    """`Baihe · Houcheng`, or the zone's or river's name where that is assessed itself."""
    ids = dict.fromkeys((target.place, place))
    return " · ".join(words.name(place_name(report.catalogue, id_)) for id_ in ids)


def _target_text(report: MonthlyReport, target: Target, place: str, words: ReportWords) -> str:
    wording = words(f"wording_{target.wording}")
    if target.water_class is None:
        return words("card_air", limit=target.limit, wording=wording, due=target.due)
    return words(
        "card_water", name=words.name(place_name(report.catalogue, place)), due=target.due, wording=wording,
        **{"class": words.water_class(target.water_class)},
    )  # fmt: skip


def _air(
    report: MonthlyReport, target: Target, place: str, words: ReportWords, *, in_force: bool
) -> Card | None:
    start_of, parameter = report.month.start_of, target.parameter or ""
    found = {name: report.mean(place, parameter, name, start_of(name)) for name in PERIODS}
    main = found[YEAR_TO_DATE]
    if not any(found.values()) or target.limit is None:
        return None
    met = None if main is None or not main.valid or main.value is None else main.value <= target.limit
    state = _state(met=met, in_force=in_force)
    return Card(
        place=_place_name(report, target, place, words),
        target=_target_text(report, target, place, words),
        value=_value_text(main),
        unit="µg/m³",
        basis=_basis("of_days", main, words),
        figures=tuple(
            (words(PERIODS[name]), _value_text(row)) for name, row in found.items() if name != YEAR_TO_DATE
        ),
        state=state,
        text=words(f"state_{state}"),
    )


def _value_text(row: Mean | None) -> str:
    if row is None or row.value is None:
        return NOTHING
    return number(row.value) + ("" if row.valid else "*")


def _state(*, met: bool | None, in_force: bool) -> CardState:
    if not in_force:
        return "not_in_force"
    if met is None:
        return "too_little"
    return "met" if met else "missed"


def _water(
    report: MonthlyReport, target: Target, place: str, words: ReportWords, *, in_force: bool
) -> Card | None:
    water, target_class = report.water[place], target.water_class
    main = water.year_to_date
    if target_class is None or not any((main, water.month, twelve_months(report, water))):
        return None
    met = main.result.number <= target_class if main and main.result and main.valid else None
    state = _state(met=met, in_force=in_force)
    figures = (
        (words("this_month"), _class(water.month, words)),
        (words("rolling_12"), _class(twelve_months(report, water), words)),
        (words("met_share"), percent(water.met_share)),
    )
    return Card(
        place=_place_name(report, target, place, words),
        target=_target_text(report, target, place, words),
        value=_class(main, words),
        unit="",
        basis=_basis("of_months", main, words),
        figures=figures,
        state=state,
        text=words(f"state_{state}"),
    )


def _basis(key: str, main: Mean | PeriodClass | None, words: ReportWords) -> str:
    """What the large figure is, and what it is based on."""
    rests = words("state_none") if main is None else words(key, n=main.n, expected=main.expected)
    return f"{words(PERIODS[YEAR_TO_DATE])} · {rests}"


def _class(period: PeriodClass | None, words: ReportWords) -> str:
    if period is None or period.result is None:
        return NOTHING
    return words.water_class(period.result.number) + ("" if period.valid else "*")


def silent_sites(report: MonthlyReport, words: ReportWords) -> list[Card]:
    """A card each site without a reading in the month, with the time of its last."""
    return [
        Card(
            place=words.name(site.name),
            target="",
            value="",
            unit="",
            basis=_last_reading(report, site.id, words),
            figures=(),
            state="none",
            text=words("state_none"),
        )
        for site in report.silent_sites
    ]


def _last_reading(report: MonthlyReport, site: str, words: ReportWords) -> str:
    last = report.collected.last.get(site)
    if last is None:
        return words("never_read", months=HISTORY)
    return words("last_reading", time=f"{words.day(last)} {words.moment(last)[6:]}")


def title(month: Month, words: ReportWords, own: str = "") -> str:
    """The report's title with its month; `own` is another than usual."""
    return f"{own or words('title')} {words.month(month)}"
