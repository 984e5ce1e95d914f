"""The report as an Excel workbook: real numbers with formats, a sheet a table, headers that stay in sight."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import MEANS, mean_cells
from dashboards.reports.figures.svg_canvas import FIRST_CJK
from dashboards.reports.month import PERIODS
from dashboards.reports.rendering import cards
from dashboards.reports.rendering.chapters import Content, content
from dashboards.reports.rendering.tables import air_tables, alarm_tables, record_tables
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell, text_cells
from dashboards.reports.revisions.changes import ChangedFigure
from dashboards.reports.words import ReportWords
from sensors.standards.statistics import YEAR_TO_DATE

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into every workbook: the clock must not be in a file that is a function of its inputs."""

_WIDEST, _NARROWEST, _WIDE = 60, 9, 1.9
_COLOURS = re.compile(r"background:(#\w{6});color:(#\w{6})")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_NUMBERS = {"value", "unrounded", "n", "expected", "capture", "target"}


def xlsx(report: MonthlyReport, words: ReportWords, changes: Sequence[ChangedFigure] | None = None) -> bytes:
    """The workbook's bytes; equal reports give equal bytes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"title": cards.title(report.month, words), "created": CREATED})
        sheets = _Sheets(book)
        whole = content(report, words)
        for table in _tables(report, whole, words):
            sheets.add(table)
        sheets.merged(whole.water[1:])
        for one in (
            whole.outlook,
            record_tables.exceedances(report, words),
            whole.quality,
            whole.sent,
            whole.marks,
            whole.without,
        ):
            if one is not None and one.rows:
                sheets.add(one)
        sheets.merged(alarm_tables.sheet(report, words), words("sheet_alarms"))
        if changes is not None:
            sheets.add(record_tables.changes(report, changes, words))
        sheets.rows(words("sheet_means"), MEANS, map(mean_cells, report.rows.values()))
    return out.getvalue()


def _tables(report: MonthlyReport, whole: Content, words: ReportWords) -> Iterable[ReportTable]:
    yield _summary(report, words)
    yield from whole.air
    if report.air:
        yield air_tables.daily(report, words)
    yield from whole.water[:1]


def _summary(report: MonthlyReport, words: ReportWords) -> ReportTable:
    rows = tuple(
        text_cells(card.place, card.target, card.value, card.unit, card.basis, card.text)
        for card in cards.cards(report, words)
    )
    keys = ("place", "target", PERIODS[YEAR_TO_DATE], "unit", "valid", "state")
    head = tuple(words(key) for key in keys)
    return ReportTable("summary", words("at_a_glance"), words("sheet_summary"), head, rows)


class _Sheets:
    """Puts tables on sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[tuple[str, str, bool, bool], Any] = {}
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True, "font_size": 13})

    def add(self, table: ReportTable) -> None:
        """A table on a sheet of its own."""
        self.merged([table], table.sheet)

    def merged(self, tables: Sequence[ReportTable], name: str = "") -> None:
        """Tables below each other on one sheet; one alone has its header frozen."""
        if not tables:
            return
        sheet = self._book.add_worksheet(_FORBIDDEN.sub(" ", name or tables[0].sheet)[:31])
        line = 0
        for table in tables:
            sheet.write_string(line, 0, table.title, self._title)
            for column, text in enumerate(table.head):
                sheet.write_string(line + 1, column, text, self._head)
            for number, row in enumerate(table.rows, line + 2):
                for column, cell in enumerate(row):
                    self._write(sheet, number, column, cell)
            line += len(table.rows) + 3
        sheet.freeze_panes(2, 1)
        for column, width in enumerate(_widths(tables)):
            sheet.set_column(column, column, width)

    def rows(self, name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A sheet of plain rows, numbers as numbers."""
        sheet = self._book.add_worksheet(name)
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, self._head)
            sheet.set_column(column, column, 26 if text in {"start", "end"} else 16)
        sheet.freeze_panes(1, 3)
        numbers = [text in _NUMBERS for text in head]
        last = 0
        for last, row in enumerate(rows, 1):
            for column, text in enumerate(row):
                if text and numbers[column]:
                    sheet.write_number(last, column, float(text))
                elif text:
                    sheet.write_string(last, column, text)
        sheet.autofilter(0, 0, max(last, 1), len(head) - 1)

    def _write(self, sheet: Any, row: int, column: int, cell: TableCell) -> None:
        kind = self._format(cell)
        if isinstance(cell.value, float | int):
            sheet.write_number(row, column, cell.value, kind)
        elif cell.value is not None:
            sheet.write_string(row, column, str(cell.value), kind)
        elif cell.text:
            sheet.write_string(row, column, cell.text, kind)

    def _format(self, cell: TableCell) -> Any:
        key = (cell.format, cell.style, cell.weak, cell.strong)
        if key not in self._formats:
            wanted: dict[str, Any] = {"num_format": cell.format or "General"}
            if found := _COLOURS.fullmatch(cell.style):
                wanted |= {"bg_color": found[1], "font_color": found[2]}
            if cell.weak:
                wanted |= {"italic": True}
            if cell.strong:
                wanted |= {"bold": True}
            self._formats[key] = self._book.add_format(wanted)
        return self._formats[key]


def _widths(tables: Sequence[ReportTable]) -> list[float]:
    """Wide enough for every text; a Chinese sign takes nearly two places."""
    columns: dict[int, float] = {}
    for table in tables:
        for row in [*table.rows, tuple(TableCell(text) for text in table.head)]:
            for number, cell in enumerate(row):
                columns[number] = max(columns.get(number, _NARROWEST), _width(cell.text) + 2)
    return [min(columns[number], _WIDEST) for number in sorted(columns)]


def _width(text: str) -> float:
    return sum(_WIDE if ord(sign) > FIRST_CJK else 1.0 for sign in text)
