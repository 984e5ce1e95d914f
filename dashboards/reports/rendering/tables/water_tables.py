"""The tables of the water chapter."""

from collections.abc import Iterator

from msgspec.structs import replace

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import PeriodClass, WaterPlace
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import absent_row, or_absence, place_cell
from dashboards.reports.words import NOTHING, ReportWords
from sensors.catalogue.places import Place
from sensors.standards.rounding import decimals_of
from sensors.standards.statistics import MONTH, TWELVE_MONTHS, YEAR_TO_DATE
from sensors.standards.verdicts import section_verdict
from sensors.standards.water_class import item_class
from sensors.standards.water_limits import quality

_SHOWN_OVER = 5


def water_places(report: MonthlyReport) -> Iterator[Place]:
    """Rivers first, then sections."""
    return (place for place in report.places.values() if place.id in report.water)


def classes(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """The class of the month and longer, the target, and what determines it."""
    rows = [tuple(_class_cells(report, place, words)) for place in water_places(report)]
    head = (
        words("section"), words("this_month"), words("month_before"), words("year_ago"),
        words("year_to_date"), words("rolling_12"), words("target"), words("verdict"), words("met_share"),
        words("determining"),
    )  # fmt: skip
    return ReportTable(
        "classes", words("classes_title"), words("sheet_classes"), head, tuple(rows), words("classes_note")
    )


def _class_cells(report: MonthlyReport, place: Place, words: ReportWords) -> Iterator[TableCell]:
    water = report.water[place.id]
    month = water.month
    yield place_cell(place, words, None)
    yield or_absence(class_cell(month, words), report, place, words)
    for period in (
        water.month_before,
        water.month_year_ago,
        water.year_to_date,
        twelve_months(report, water),
    ):
        yield class_cell(period, words)
    yield cells.text_cell(words.water_class(water.target) if water.target else words("no_target"))
    within = month.result.number <= water.reference_class if month and month.result and month.valid else None
    judged = section_verdict(MONTH, within=within)
    yield cells.standing(judged, words) if water.target else cells.text_cell(NOTHING)
    yield sample_share(water, words)
    yield cells.text_cell(determining(report, month, words) if month else NOTHING)


def sample_share(water: WaterPlace, words: ReportWords) -> TableCell:
    """样次达标率 with its counts, `81.7 %（152/186）`."""
    share = cells.share(water.met_share)
    if water.met_share is None:
        return share
    return replace(
        share, text=words("share_of_samples", share=share.text, met=water.met_samples, of=len(water.samples))
    )


def twelve_months(report: MonthlyReport, water: WaterPlace) -> PeriodClass | None:
    """The twelve months that end with the report's."""
    start = report.month.back(11).start
    return next((one for one in water.twelve_months if one.start == start), None)


def class_cell(period: PeriodClass | None, words: ReportWords) -> TableCell:
    """A class on its colour; with a star where there is too little behind it."""
    if period is None or period.result is None:
        return TableCell(NOTHING)
    return cells.water_class(period.result.number, words, valid=period.valid)


def determining(report: MonthlyReport, period: PeriodClass, words: ReportWords) -> str:
    """The items as bad as the whole, with times over where a limit is exceeded; those over come first."""
    if period.result is None:
        return NOTHING
    over = {one.item: f"{one.times:f}" for one in period.result.times_over}
    named_items = list(dict.fromkeys((*over, *period.result.determining)))[:_SHOWN_OVER]
    if period.result.number == 1:
        return NOTHING
    return cells.joined(
        [
            words.parameter(item, report.catalogue) + (f" ({over[item]})" if item in over else "")
            for item in named_items
        ],
        words("comma"),
    )


def items(report: MonthlyReport, place: Place, words: ReportWords) -> ReportTable:
    """One place's items: their means and classes, and how they changed."""
    water, month = report.water[place.id], report.month
    rows: list[tuple[TableCell, ...]] = []
    for parameter in report.collected.parameters.get(place.id, ()):
        now = report.mean(place.id, parameter, MONTH, month.start)
        if now is None:
            continue
        limits = water.limits.get(parameter)
        number = item_class(limits, now.value) if limits is not None and now.value is not None else None
        unit = report.catalogue.parameters[parameter].unit
        year_ago, month_before = (
            report.mean(place.id, parameter, MONTH, month.back(back).start) for back in (12, 1)
        )
        rows.append(
            (
                cells.text_cell(words.parameter(parameter, report.catalogue)),
                cells.unit_cell(parameter, report.catalogue),
                cells.mean(now),
                _number_cell(number, words),
                cells.figure(now.target) if limits is not None else cells.text_cell(NOTHING),
                cells.compared(now, year_ago, unit),
                cells.compared(now, month_before, unit),
                cells.mean(report.mean(place.id, parameter, YEAR_TO_DATE, month.january.start)),
                cells.mean(report.mean(place.id, parameter, TWELVE_MONTHS, month.back(11).start)),
                TableCell(f"{now.n}/{now.expected}", float(now.n), "0"),
            )
        )
    head = (
        words("item"), words("unit"), words("month_mean"), words("class"), words("limit"),
        words("year_on_year"), words("month_on_month"), words("year_to_date"),
        words("rolling_12"), words("valid_of"),
    )  # fmt: skip
    if not rows:
        _, said, *rest = absent_row(report, place, words, len(head) + 1)
        rows.append((said, *rest))
    title = words.name(place.name) + words("colon") + words("items_of")
    return ReportTable(
        f"items-{place.id}", title, words("sheet_items"), head, tuple(rows), words("item_changes_note")
    )


def _number_cell(number: int | None, words: ReportWords) -> TableCell:
    if number is None:
        return TableCell(NOTHING)
    kind = quality(number)
    return cells.coloured_cell(words.name(kind.name), kind.colour.rgb)


def decimals(parameter: str) -> int:
    """How many decimals an assessment of it keeps."""
    return decimals_of(parameter, "assessment") or 0
