"""The tables of a report that page, Word document and workbook share."""

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
from dashboards.reports.rendering.tables.cells import ReportTable
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
    return Content(
        air=_air_tables(report, words),
        sections=section_tables.sections(report, words),
        water=_water_tables(report, words),
        drinking=drinking_table.drinking_water(report, words),
        outlook=outlook_table.outlooks(report, words),
        quality=record_tables.quality_table(report, words),
        sent=sent_table.sent_values(report, words),
        marks=record_tables.marks(report, words),
        without=exceptional_table.without(report, words),
    )


def _air_tables(report: MonthlyReport, words: ReportWords) -> tuple[ReportTable, ...]:
    if not report.air:
        return ()
    return (
        air_tables.pollutants(report, words),
        *index_tables.tables(report, words),
        air_tables.averages(report, words),
        air_tables.by_month(report, words),
        air_tables.day_counts(report, words),
    )


def _water_tables(report: MonthlyReport, words: ReportWords) -> tuple[ReportTable, ...]:
    if not report.water:
        return ()
    sections = [p for p in water_tables.water_places(report) if not p.is_area]
    return (
        water_tables.classes(report, words),
        *(water_tables.items(report, place, words) for place in sections),
    )
