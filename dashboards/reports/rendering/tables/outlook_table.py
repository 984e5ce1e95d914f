"""The table of outlooks: what the rest of the year may average, and what it averaged in earlier years."""

from collections.abc import Iterator
from fractions import Fraction

from dashboards.reports.content.outlooks import TargetOutlook, target_status
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import CLASS, last_day
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import absence
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.rendering.tables.water_tables import decimals
from dashboards.reports.words import NOTHING, ReportWords, number
from sensors.averages.season import SEASONS
from sensors.standards.statistics import YEAR
from sensors.standards.targets import Target
from sensors.standards.verdicts import plan_verdict

_STRICT = {"≤": "<", "≥": ">"}
_BAD = {"at_risk", "out_of_reach"}


def outlooks(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """Each target in force or aspired to, and of a class each item; one without data says so."""
    years = [report.month.year - back for back in range(1, SEASONS + 1)]
    head = (
        *map(words, ("where", "item", "unit", "target", "so_far", "rest")),
        *(words("same_rest", year=year) for year in years),
        *map(words, ("projected", "open_share", "state")),
    )
    rows = []
    for target in report.catalogue.targets:
        found = [one for one in report.outlooks if one.target == target]
        rows += [tuple(outlook_cells(report, one, words)) for one in found]
        status = target_status(target, report.collected)
        if not found and target in {status.target, status.aspiration}:
            absent = [*_absent_cells(report, target, words, aspired=target == status.aspiration)]
            rows.append((*absent, *[TableCell(NOTHING)] * (len(head) - len(absent))))
    title, sheet, note = words("outlook"), words("sheet_outlook"), words("outlook_note")
    return ReportTable("outlooks", title, sheet, head, tuple(rows), note, compact=True)


def _absent_cells(
    report: MonthlyReport, target: Target, words: ReportWords, *, aspired: bool
) -> Iterator[TableCell]:
    """A target of whose place nothing was read this year."""
    place = report.places.get(target.section or target.place)
    parameter = target.parameter or CLASS
    yield cells.text_cell(site_name(report, target.section or target.place, words))
    yield cells.text_cell(words.parameter(parameter, report.catalogue))
    yield cells.unit_cell(parameter, report.catalogue)
    if target.limit is not None:
        limit, value = f"≤ {number(target.limit)}", float(target.limit)
        yield TableCell(words("aspired", limit=limit) if aspired else limit, value, "General")
    else:
        limit = words.water_class(target.water_class or 0)
        yield cells.text_cell(words("aspired", limit=limit) if aspired else limit)
    said = absence(report, place, words) if place is not None else words("state_none")
    yield cells.text_cell(words("state_none") if said == NOTHING else said, weak=True)


def outlook_cells(report: MonthlyReport, one: TargetOutlook, words: ReportWords) -> Iterator[TableCell]:
    """The row of one target and parameter."""
    result = one.result
    places = decimals(one.parameter) + 1
    yield cells.text_cell(site_name(report, one.place, words))
    yield cells.text_cell(words.parameter(one.parameter, report.catalogue))
    yield cells.unit_cell(one.parameter, report.catalogue)
    sign = "≥" if result.direction == "at_least" else "≤"
    limit = f"{sign} {number(one.limit)}"
    text = words("aspired", limit=limit) if one.aspiration else limit
    yield TableCell(text, float(one.limit), "General")
    yield _figure(result.so_far, places)
    yield rest_cell(one, words)
    for year in one.season.former:
        yield _figure(year.rest if result.open_share else None, places)
    yield _figure(one.season.projected if result.open_share else None, places)
    yield cells.share(float(result.open_share))
    yield _state(report, one, words)


def _figure(value: Fraction | None, places: int) -> TableCell:
    return cells.figure(None if value is None else float(value), places)


def _state(report: MonthlyReport, one: TargetOutlook, words: ReportWords) -> TableCell:
    """The prospect; once the year is over the verdict on it."""
    if one.prospect in {"met", "missed"}:
        year = report.mean(one.place, one.parameter, YEAR, report.month.january.start)
        within = one.prospect == "met" if year is not None and year.valid else None
        return cells.standing(plan_verdict(one.target, YEAR, last_day(report.month), within=within), words)
    text = prospect_text(one, words)
    bad = one.prospect in _BAD and not one.aspiration
    return TableCell(text, text, style="color:#b3261e;font-weight:600" if bad else "")


def prospect_text(one: TargetOutlook, words: ReportWords) -> str:
    """`有风险`, `at risk`."""
    return words(f"outlook_{one.prospect}")


def rest_cell(one: TargetOutlook, words: ReportWords) -> TableCell:
    """What the rest of the year has to be: `< 28.9`."""
    rest, places = one.result.rest, decimals(one.parameter) + 1
    at_least = one.result.direction == "at_least"
    if rest is None:
        return TableCell(NOTHING)
    if at_least and rest <= 0:
        return cells.text_cell(words("any"))
    sign = "≥" if at_least else "≤"
    if not one.result.attained:
        sign = _STRICT[sign]
    return TableCell(f"{sign} {number(float(rest), places)}", float(rest), "0." + "0" * places)
