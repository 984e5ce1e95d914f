"""The report as an Excel workbook, a sheet a table; equal reports give equal bytes."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import xlsxwriter
from msgspec.structs import replace

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.month import PERIODS
from dashboards.reports.rendering import cards
from dashboards.reports.rendering.files.means_sheet import has_many_means, write_means
from dashboards.reports.rendering.files.sheets import SheetWriter, default_format
from dashboards.reports.rendering.files.signed_workbook import open_record
from dashboards.reports.rendering.reviews import review_sentences
from dashboards.reports.rendering.shared_tables import Content, content
from dashboards.reports.rendering.tables import (
    air_tables,
    alarm_tables,
    change_tables,
    exceedance_tables,
    index_tables,
)
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell, figure, text_cell, text_cells
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.words import NOTHING, ReportWords
from sensors.standards.statistics import YEAR_TO_DATE

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into every workbook: the clock must not be in a file that is a function of its inputs."""


def xlsx(
    report: MonthlyReport,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
    whole: Content | None = None,
) -> bytes:
    """The workbook's bytes; equal reports give equal bytes. `whole` are the report's tables, at hand."""
    out = io.BytesIO()
    title = cards.title(report.month, words)
    how = {"in_memory": not has_many_means(report), "default_format_properties": default_format(words)}
    with xlsxwriter.Workbook(out, how) as book:
        book.set_properties({"title": title, "created": CREATED})
        sheets = SheetWriter(book, title, words)
        whole = whole or content(report, words)
        for table in _tables(report, whole, words):
            sheets.add(table)
        sheets.merged(whole.water[1:])
        for one in (
            whole.drinking,
            whole.outlook,
            *(exceedance_tables.summary(report, listing, words) for listing in exceedance_tables.LISTINGS),
            *(exceedance_tables.details(report, listing, words) for listing in exceedance_tables.LISTINGS),
            whole.quality,
            whole.sent,
            whole.marks,
            whole.without,
        ):
            if one is not None and one.rows:
                sheets.add(one)
        sheets.merged(alarm_tables.sheet(report, words), words("sheet_alarms"))
        if changes is not None:
            sheets.add(change_tables.changes(changes, words))
        sheets.texts(words("review_title"), [open_record(words), *review_sentences(report, words)])
        write_means(sheets, report, words)
    return out.getvalue()


def _tables(report: MonthlyReport, whole: Content, words: ReportWords) -> Iterable[ReportTable]:
    yield _summary(report, words)
    for table in whole.air:
        yield index_tables.assessment(report, words, everywhere=True) if table.id == "assessment" else table
    if report.air:
        yield air_tables.daily(report, words)
    if whole.sections.rows:
        yield whole.sections
    yield from whole.water[:1]


def _summary(report: MonthlyReport, words: ReportWords) -> ReportTable:
    rows = tuple(
        (
            *text_cells(card.place, card.target),
            _card_value(card.value),
            *text_cells(card.unit, card.basis, card.text),
        )
        for card in cards.cards(report, words)
    )
    keys = ("place", "target", PERIODS[YEAR_TO_DATE], "unit", "basis", "state")
    head = tuple(words(key) for key in keys)
    return ReportTable("summary", words("at_a_glance"), words("sheet_summary"), head, rows)


def _card_value(text: str) -> TableCell:
    """The number that a card shows as a number; a class or a dash stays a text. A star says it is weak."""
    plain = text.removesuffix("*")
    weak, known = plain != text, plain != NOTHING
    try:
        cell = figure(Decimal(plain))
    except InvalidOperation:
        cell = text_cell(text)
    return replace(cell, text=text, weak=weak, valid=not weak if known else None)
