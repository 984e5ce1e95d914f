"""The table of sections as monthly reports of water have it: target, class, what exceeds, samples."""

from collections.abc import Iterator

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import WaterPlace
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import or_absence, place_cell
from dashboards.reports.rendering.tables.water_tables import class_cell, sample_share, water_places
from dashboards.reports.words import NOTHING, ReportWords
from sensors.catalogue.places import Place
from sensors.standards.statistics import MONTH
from sensors.standards.verdicts import section_verdict
from sensors.standards.water_class import WaterClass
from sensors.standards.water_limits import assessment, quality


def sections(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """One row a section, by river."""
    rows = [
        tuple(_section_cells(report, place, words)) for place in water_places(report) if not place.is_area
    ]
    keys = (
        "river", "section_name", "target", "this_month", "year_ago", "verdict", "exceeding_items",
        "water_quality", "met_share", "items_assessed",
    )  # fmt: skip
    return ReportTable(
        "sections", words("sections_title"), words("sheet_sections"), tuple(map(words, keys)), tuple(rows),
        _note(report, words),
    )  # fmt: skip


def _section_cells(report: MonthlyReport, place: Place, words: ReportWords) -> Iterator[TableCell]:
    water = report.water[place.id]
    result = water.month.result if water.month is not None else None
    yield cells.text_cell(_river(report, place, words))
    yield place_cell(place, words, None)
    yield cells.text_cell(words.water_class(water.target) if water.target else words("no_target"))
    yield or_absence(class_cell(water.month, words), report, place, words)
    yield class_cell(water.month_year_ago, words)
    yield _verdict(water, words)
    yield cells.text_cell(exceeding(report, result, water.reference_class, words))
    yield _quality_cell(result, words)
    yield sample_share(water, words)
    yield _assessed_cell(water, result)


def _river(report: MonthlyReport, place: Place, words: ReportWords) -> str:
    river = next((one for one in report.places.values() if place.id in one.members), None)
    return words.name(river.name) if river is not None else NOTHING


def _verdict(water: WaterPlace, words: ReportWords) -> TableCell:
    if not water.target:
        return cells.text_cell(NOTHING)
    within = None
    if water.month is not None and water.month.result is not None and water.month.valid:
        within = water.month.result.number <= water.target
    return cells.standing(section_verdict(MONTH, within=within), words)


def exceeding(report: MonthlyReport, result: WaterClass | None, reference: int, words: ReportWords) -> str:
    """The main items worse than a class, with their times over it: `氨氮(0.35)、溶解氧`; a dash without any.

    DO and pH have no times over. As many as 环办〔2011〕22号 names main indicators, the worst first.
    """
    if result is None:
        return NOTHING
    over = {one.item: f"({one.times:f})" for one in result.times_over}
    worse = [grade.limits.item for grade in result.grades if grade.number > reference]
    items = list(dict.fromkeys((*over, *worse)))[: assessment().main_indicators]
    return cells.joined(
        [words.parameter(item, report.catalogue) + over.get(item, "") for item in items], words("comma")
    )


def _quality_cell(result: WaterClass | None, words: ReportWords) -> TableCell:
    if result is None:
        return TableCell(NOTHING)
    kind = quality(result.number)
    return cells.coloured_cell(words.name(kind.quality), kind.colour.rgb)


def _assessed_cell(water: WaterPlace, result: WaterClass | None) -> TableCell:
    if result is None:
        return TableCell(NOTHING)
    return TableCell(f"{len(result.grades)}/{len(water.limits)}", float(len(result.grades)), "0")


def _note(report: MonthlyReport, words: ReportWords) -> str:
    """Which items were assessed and which were measured beside them; what the scope of the method is."""
    assessed: dict[str, None] = {}
    beside: dict[str, None] = {}
    for place in water_places(report):
        water = report.water[place.id]
        for parameter in report.collected.parameters.get(place.id, ()):
            (assessed if parameter in water.limits else beside)[parameter] = None
    named = [
        words("comma").join(words.parameter(p, report.catalogue) for p in one) for one in (assessed, beside)
    ]
    of = max((len(water.limits) for water in report.water.values()), default=0)
    items = words("items_note", items=named[0] or NOTHING, n=len(assessed), of=of)
    others = words("items_beside_note", items=named[1]) if beside else ""
    return items + others + words("sections_note", standard=words.standard(assessment().standard))
