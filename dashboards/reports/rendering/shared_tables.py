"""The tables of a report that page, Word document and workbook share."""

from collections.abc import Iterator

from msgspec import Struct

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import (
    air_tables,
    drinking_table,
    exceptional_table,
    index_tables,
    outlook_table,
    record_tables,
    section_tables,
    sent_table,
    water_tables,
)
from dashboards.reports.rendering.tables.cells import CellPool, ReportTable
from dashboards.reports.words import ReportWords


class Content(Struct, frozen=True):
    """The tables of a report that the page and the workbook both show, in their order."""

    air: tuple[ReportTable, ...]
    sections: ReportTable
    water: tuple[ReportTable, ...]
    drinking: ReportTable | None
    outlook: ReportTable
    quality: ReportTable
    sent: ReportTable | None
    marks: ReportTable
    without: ReportTable | None


def content(report: MonthlyReport, words: ReportWords) -> Content:
    """All of them; exceedances, which the page cuts short, apart."""
    share = CellPool().share
    drinking = drinking_table.drinking_water(report, words)
    sent, without = sent_table.sent_values(report, words), exceptional_table.without(report, words)
    return Content(
        air=tuple(map(share, _air_tables(report, words))),
        sections=share(section_tables.sections(report, words)),
        water=tuple(map(share, _water_tables(report, words))),
        drinking=drinking and share(drinking),
        outlook=share(outlook_table.outlooks(report, words)),
        quality=share(record_tables.quality_table(report, words)),
        sent=sent and share(sent),
        marks=share(record_tables.marks(report, words)),
        without=without and share(without),
    )


def _air_tables(report: MonthlyReport, words: ReportWords) -> Iterator[ReportTable]:
    if not report.air:
        return
    yield air_tables.pollutants(report, words)
    yield from index_tables.tables(report, words)
    yield air_tables.averages(report, words)
    yield air_tables.by_month(report, words)
    yield air_tables.day_counts(report, words)


def _water_tables(report: MonthlyReport, words: ReportWords) -> Iterator[ReportTable]:
    if not report.water:
        return
    yield water_tables.classes(report, words)
    for place in water_tables.water_places(report):
        if not place.is_area:
            yield water_tables.items(report, place, words)
