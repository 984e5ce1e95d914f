"""Targets at a glance: a card each, with the year so far and its status."""

from typing import Literal

from msgspec import Struct

from dashboards.reports.means import Mean
from dashboards.reports.month import PERIODS, Month
from dashboards.reports.outlooks import place_of, target_status
from dashboards.reports.rendering.water_tables import twelve_months
from dashboards.reports.report import MonthlyReport
from dashboards.reports.water import PeriodClass
from dashboards.reports.words import NOTHING, ReportWords, number, percent
from sensors.catalogue.places import area_names
from sensors.standards.statistics import YEAR_TO_DATE
from sensors.standards.targets import Target

CardState = Literal["met", "missed", "too_little", "not_in_force"]


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
    """A card each target whose place was measured, aspirations left out."""
    cards_ = []
    for target in report.catalogue.targets:
        status = target_status(target, report.collected)
        place = place_of(target, report.collected)
        if place is None or status.aspiration == target:
            continue
        in_force = status.target == target
        if target.parameter is not None:
            cards_.append(_air(report, target, place, words, in_force=in_force))
        else:
            cards_.append(_water(report, target, place, words, in_force=in_force))
    return [card for card in cards_ if card is not None]


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
        place=words.name(report.places[place].name),
        target=words(
            "card_air", limit=target.limit, wording=words(f"wording_{target.wording}"), due=target.due
        ),
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
    river = area_names(report.catalogue).get(target.place)
    figures = (
        (words("this_month"), _class(water.month, words)),
        (words("rolling_12"), _class(twelve_months(report, water), words)),
        (words("met_share"), percent(water.met_share)),
    )
    return Card(
        place=(words.name(river) + " · " if river else "") + words.name(report.places[place].name),
        target=words(
            "card_water", name=words.name(report.places[place].name), due=target.due,
            wording=words(f"wording_{target.wording}"), **{"class": words.water_class(target_class)},
        ),
        value=_class(main, words),
        unit="",
        basis=_basis("of_months", main, words),
        figures=figures,
        state=state,
        text=words(f"state_{state}"),
    )  # fmt: skip


def _basis(key: str, main: Mean | PeriodClass | None, words: ReportWords) -> str:
    """What the large figure is, and what it is based on."""
    rests = words("state_none") if main is None else words(key, n=main.n, expected=main.expected)
    return f"{words(PERIODS[YEAR_TO_DATE])} · {rests}"


def _class(period: PeriodClass | None, words: ReportWords) -> str:
    if period is None or period.result is None:
        return NOTHING
    return words.water_class(period.result.number) + ("" if period.valid else "*")


def title(month: Month, words: ReportWords) -> str:
    """The report's title with its month."""
    return f"{words('title')} {words.month(month)}"
