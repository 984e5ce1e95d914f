"""Targets at a glance: a card each, with the year so far and its status."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from dashboards.reports.content.means import Mean, is_within
from dashboards.reports.content.outlooks import place_of, target_status
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import PeriodClass, last_day
from dashboards.reports.month import HISTORY, PERIODS, Month
from dashboards.reports.rendering.tables.outlook_table import prospect_text
from dashboards.reports.rendering.tables.water_tables import twelve_months
from dashboards.reports.words import NOTHING, ReportWords, number, percent
from sensors.catalogue.places import place_name
from sensors.standards.statistics import YEAR, YEAR_TO_DATE
from sensors.standards.targets import Target
from sensors.standards.verdicts import Standing, plan_verdict

CardState = Literal[
    "met", "missed", "progress", "not_due", "aspiration", "too_little", "not_in_force", "none"
]
_STATES: Mapping[Standing, CardState] = {
    "met": "met", "not_met": "missed", "progress": "progress", "not_due": "not_due",
    "too_little": "too_little",
}  # fmt: skip


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
    """A card each target, aspirations too; one whose place was not measured says so."""
    return [_card(report, target, words) for target in report.catalogue.targets]


def _card(report: MonthlyReport, target: Target, words: ReportWords) -> Card:
    place = place_of(target, report.collected)
    made = None
    if place is not None and target.parameter is not None:
        made = _air(report, target, place, words)
    elif place is not None:
        made = _water(report, target, place, words)
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


def _air(report: MonthlyReport, target: Target, place: str, words: ReportWords) -> Card | None:
    start_of, parameter = report.month.start_of, target.parameter or ""
    found = {name: report.mean(place, parameter, name, start_of(name)) for name in PERIODS}
    main = found[YEAR_TO_DATE]
    if not any(found.values()) or target.limit is None:
        return None
    state = _state(report, target, main, report.mean(place, parameter, YEAR, report.month.january.start))
    return Card(
        place=_place_name(report, target, place, words),
        target=_target_text(report, target, place, words),
        value=_value_text(main),
        unit="µg/m³",
        basis=_basis("of_days", main, words) + _outlook(report, target, words),
        figures=tuple(
            (words(PERIODS[name]), _value_text(row)) for name, row in found.items() if name != YEAR_TO_DATE
        ),
        state=state,
        text=_state_text(state, target, report.month, words),
    )


def _outlook(report: MonthlyReport, target: Target, words: ReportWords) -> str:
    """The prospect of the year, of a class that of its hardest item; nothing once the year is over."""
    one = next((one for one in report.outlooks if one.target == target), None)
    if one is None or not one.result.open_share:
        return ""
    item = words.parameter(one.parameter, report.catalogue)
    return " · " + words("outlook_of", item=item, prospect=prospect_text(one, words))


def _state(
    report: MonthlyReport, target: Target, so_far: Mean | PeriodClass | None, year: Mean | PeriodClass | None
) -> CardState:
    """How the target stands: judged on the whole year once that is over, progress before."""
    status = target_status(target, report.collected)
    if status.target != target:
        return "aspiration" if status.aspiration == target else "not_in_force"
    on = last_day(report.month)
    if year is None:
        verdict = plan_verdict(target, YEAR_TO_DATE, on, within=_is_within(so_far, target))
    else:
        verdict = plan_verdict(target, YEAR, on, within=_is_within(year, target))
    return _STATES[verdict.standing]


def _is_within(main: Mean | PeriodClass | None, target: Target) -> bool | None:
    if main is None or not main.valid:
        return None
    if isinstance(main, PeriodClass):
        return main.result.number <= (target.water_class or 0) if main.result else None
    return is_within(main, target.limit or Decimal(0), target)


def _state_text(state: CardState, target: Target, month: Month, words: ReportWords) -> str:
    return words(f"state_{state}", month=words.months[month.month - 1], due=target.due)


def _value_text(row: Mean | None) -> str:
    if row is None or row.value is None:
        return NOTHING
    return number(row.value) + ("" if row.valid else "*")


def _water(report: MonthlyReport, target: Target, place: str, words: ReportWords) -> Card | None:
    water = report.water[place]
    main, twelve = water.year_to_date, twelve_months(report, water)
    if not any((main, water.month, twelve)):
        return None
    over = report.month == report.month.december and not report.open
    state = _state(report, target, main, twelve if over else None)
    figures = (
        (words("this_month"), _class(water.month, words)),
        (words("rolling_12"), _class(twelve, words)),
        (words("met_share"), percent(water.met_share)),
    )
    return Card(
        place=_place_name(report, target, place, words),
        target=_target_text(report, target, place, words),
        value=_class(main, words),
        unit="",
        basis=_basis("of_months", main, words) + _outlook(report, target, words),
        figures=figures,
        state=state,
        text=_state_text(state, target, report.month, words),
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
            text=words("state_none" if site.active else "switched_off"),
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
