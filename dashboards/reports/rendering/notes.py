"""A report's notes: what could not be computed and why, and how its figures are made."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables.cells import joined
from dashboards.reports.words import ReportWords
from sensors.model import StatisticName
from sensors.standards import aqi, completeness
from sensors.standards.statistics import MONTH, THREE_YEARS, TWELVE_MONTHS, statistic_kind
from sensors.standards.targets import Load
from sensors.standards.versions import NoStandard

_MAIN = {"air": "pm25", "water": "water_class"}


def notes(report: MonthlyReport, words: ReportWords) -> list[str]:
    """First what is missing, then the method."""
    return [*missing(report, words), *_method(report, words)]


def missing(report: MonthlyReport, words: ReportWords) -> Iterator[str]:
    """Which figures could not be computed, for which places, and why."""
    month = report.month
    for key, places in (
        ("missing_12", _places_without(report, TWELVE_MONTHS)),
        ("missing_36", _places_without(report, THREE_YEARS)),
    ):
        if places:
            first = min(report.collected.first[site] for place in places for site in _sites(report, place))
            yield words(key, places=_names(report, places, words), first=words.day(first))
    for key, back in (("missing_year_ago", 12), ("missing_month_before", 1)):
        start = month.back(back).start
        places = [
            p.id
            for p in report.places.values()
            if report.mean(p.id, _MAIN[p.medium], MONTH, start) is None and any(_sites(report, p.id))
        ]
        if places:
            yield words(key, places=_names(report, places, words))
    if report.silent_sites:
        names = [words.name(site.name) for site in report.silent_sites]
        yield words("not_measured", places=words("comma").join(names))
    silent = {site.id for site in report.silent_sites}
    examples = [
        words.name(site.name)
        for site in report.catalogue.sites.values()
        if site.status == "example" and site.id not in silent
    ]
    if examples:
        yield words("note_examples", places=words("comma").join(examples))


def _places_without(report: MonthlyReport, statistic: StatisticName) -> list[str]:
    start, media = report.month.start_of(statistic), statistic_kind(statistic).media
    found = []
    for place in report.places.values():
        row = report.mean(place.id, _MAIN[place.medium], statistic, start)
        if place.medium in media and (row is None or not row.valid) and any(_sites(report, place.id)):
            found.append(place.id)
    return found


def _sites(report: MonthlyReport, place: str) -> Iterator[str]:
    members = report.places[place].members or (place,)
    return (site for site in members if site in report.collected.first)


def _names(report: MonthlyReport, places: list[str], words: ReportWords) -> str:
    name: Callable[[str], str] = lambda id_: words.name(report.places[id_].name)  # noqa: E731 - one use, one line
    return joined([name(id_) for id_ in places], words("comma"))


def _method(report: MonthlyReport, words: ReportWords) -> Iterator[str]:
    yield words("note_means")
    yield words("note_ours")
    yield from _preliminary(report, words)
    rule = completeness.rules()["air", "zone_points"]
    share, few_share = (f"{value or 0:.0%}" for value in (rule.share, rule.few_share))
    yield words("note_points", share=share, few=rule.few, few_share=few_share)
    noted = (target.note for target in report.catalogue.targets if target.note is not None)
    yield from dict.fromkeys(map(words.name, noted))
    if loads := report.catalogue.loads:
        yield words("note_loads", loads=words("comma").join(_load(load, words) for load in loads))
    yield words("note_files", sha256=report.collected.digest[:16])


def _preliminary(report: MonthlyReport, words: ReportWords) -> Iterator[str]:
    """That published values of the month were preliminary, where the standard of the index says so."""
    if not report.air:
        return
    with suppress(NoStandard):
        if clause := aqi.preliminary_clause(report.month.first):
            yield words("note_preliminary", clause=clause)


def _load(load: Load, words: ReportWords) -> str:
    return words(
        "load", name=words.name(load.name), due=load.due, amount=load.amount, unit=words.name(load.unit)
    )
