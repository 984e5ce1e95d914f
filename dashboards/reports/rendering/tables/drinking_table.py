"""The table of drinking water sources, where one was given."""

from collections.abc import Iterator

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.drinking_water import DrinkingSource
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.words import NOTHING, ReportWords, percent
from sensors.standards.statistics import MONTH
from sensors.standards.verdicts import section_verdict
from sensors.standards.water_limits import assessment, quality


def drinking_water(report: MonthlyReport, words: ReportWords) -> ReportTable | None:
    """A row a source; None where no table was given."""
    found = report.drinking_water
    if not found:
        return None
    keys = (
        "drinking_source",
        "source_kind",
        "target",
        "class",
        "verdict",
        "exceeding_items",
        "water_quality",
    )
    judged = [one.met for one in found if one.met is not None]
    share = percent(sum(judged) / len(judged)) if judged else NOTHING
    standard = words.standard(assessment().standard)
    return ReportTable(
        "drinking-water", words("drinking_title"), words("sheet_drinking"), tuple(map(words, keys)),
        tuple(tuple(_cells(report, one, words)) for one in found),
        words("drinking_note", share=share, met=sum(judged), of=len(judged), standard=standard),
    )  # fmt: skip


def _cells(report: MonthlyReport, one: DrinkingSource, words: ReportWords) -> Iterator[TableCell]:
    yield cells.text_cell(one.name)
    yield cells.text_cell(one.kind or NOTHING)
    yield cells.text_cell(words.water_class(one.target))
    if one.water_class is None:
        yield cells.text_cell(words("state_none"), weak=True)
    else:
        kind = quality(one.water_class)
        yield cells.coloured_cell(words.water_class(kind.number), kind.colour.rgb)
    yield cells.standing(section_verdict(MONTH, within=one.met), words)
    yield cells.text_cell(_exceeding(report, one, words))
    if one.water_class is None:
        yield TableCell(NOTHING)
    else:
        yield cells.text_cell(words.name(quality(one.water_class).quality))


def _exceeding(report: MonthlyReport, one: DrinkingSource, words: ReportWords) -> str:
    """The items beyond the class to be met, the worst first; DO and pH have no times over."""
    if one.met is not False:
        return NOTHING
    over = dict(item.split(":") for item in one.times_over)
    items = list(dict.fromkeys((*over, *one.determining)))[: assessment().main_indicators]
    times = {item: f"({text})" for item, text in over.items()}
    named = [words.parameter(item, report.catalogue) + times.get(item, "") for item in items]
    return cells.joined(named, words("comma"))
