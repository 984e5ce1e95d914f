"""Tables as sheets of a workbook: numbers and dates as such, what is weak with its star, pages that print."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from dashboards.reports.figures.svg_canvas import FIRST_CJK
from dashboards.reports.rendering.files import charts
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell, text_cell
from dashboards.reports.words import NOTHING, ReportWords

Value = float | str | date | datetime | None
Row = Sequence[Value]

_WIDEST, _NARROWEST, _WIDE = 60, 9, 1.9
_NOTE_HEIGHT, _TEXT_WIDTH = 15.0, 110
_A4 = 9
_AT_HAND = 4096
_MARGINS = {"left": 0.4, "right": 0.4, "top": 0.7, "bottom": 0.6}
_COLOURS = re.compile(r"(?:background:(#\w{6});)?color:(#\w{6})\b.*")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_LEFT, _RIGHT = {"align": "left", "indent": 1}, {"align": "right"}
_FONTS = {"zh": "Microsoft YaHei", "en": "Calibri"}


def default_format(words: ReportWords) -> dict[str, Any]:
    """What a workbook in this language is set in; another font stands in where a machine lacks it."""
    return {"font_name": _FONTS[words.language], "font_size": 10}


def with_validity(table: ReportTable, words: ReportWords) -> ReportTable:
    """The table with a column that says whether each row's figures rest on enough, and which do not."""
    if not any(cell.valid is not None for row in table.rows for cell in row):
        return table
    rows = tuple((*row, _validity(table, row, words)) for row in table.rows)
    return ReportTable(
        table.id, table.title, table.sheet, (*table.head, words("valid_column")), rows, table.note,
        table.compact, table.cut,
    )  # fmt: skip


def _validity(table: ReportTable, row: Sequence[TableCell], words: ReportWords) -> TableCell:
    weak = [head for head, cell in zip(table.head, row, strict=True) if cell.valid is False]
    if weak:
        return text_cell(words("not_valid", columns=words("comma").join(weak)), weak=True)
    return text_cell(words("yes") if any(cell.valid for cell in row) else NOTHING)


class SheetWriter:
    """Puts tables on sheets of one workbook; `heading` stands above each printed page."""

    def __init__(self, book: Any, heading: str, words: ReportWords) -> None:
        self._book, self._heading, self._words = book, heading, words
        self._formats: dict[tuple[str, str, bool, bool, bool, bool], Any] = {}
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}
        self._head, self._number_head = (self._format(head | aside) for aside in (_LEFT, _RIGHT))
        self._title = self._format({"bold": True, "font_size": 13})
        self._note = self._format({"font_color": "#66717d", "text_wrap": True, "valign": "top"})

    def add(self, table: ReportTable) -> None:
        """A table on a sheet of its own, its head frozen and repeated, its chart and note below."""
        sheet, shown = self._sheet(table.sheet), with_validity(table, self._words)
        line = self._table(sheet, 0, shown)
        sheet.freeze_panes(2, 1)
        sheet.repeat_rows(0, 1)
        if shown.rows:
            sheet.autofilter(1, 0, len(shown.rows) + 1, len(shown.head) - 1)
        line = self._notes(sheet, line, shown)
        chart = charts.chart(self._book, shown, sheet.get_name(), self._words)
        if chart is not None:
            sheet.insert_chart(line + 1, 0, chart)
            line += charts.ROWS + 1
        self._finish(sheet, [shown], line)

    def merged(self, tables: Sequence[ReportTable], name: str = "") -> None:
        """Tables below each other on one sheet; their first column stays in sight."""
        if not tables:
            return
        sheet, line = self._sheet(name or tables[0].sheet), 0
        shown = [with_validity(table, self._words) for table in tables]
        for table in shown:
            line = self._notes(sheet, self._table(sheet, line, table), table) + 1
        sheet.freeze_panes(0, 1)
        self._finish(sheet, shown, line)

    def texts(self, title: str, texts: Sequence[str]) -> None:
        """Texts below each other on a sheet of their own."""
        sheet = self._sheet(title)
        sheet.set_column(0, 0, _TEXT_WIDTH)
        sheet.write_string(0, 0, title, self._title)
        for line, text in enumerate(texts, 1):
            sheet.write_string(line, 0, text, self._format(_LEFT | {"text_wrap": True, "valign": "top"}))
        sheet.freeze_panes(1, 0)
        sheet.print_area(0, 0, len(texts), 0)

    def rows(
        self,
        name: str,
        head: Sequence[str],
        rows: Iterable[Row],
        formats: Mapping[int, str],
        printed: int,
        *,
        streamed: bool = False,
    ) -> None:
        """A long list: a number format by column; the first `printed` rows are what a printer gets.

        Rows of a `streamed` one wait in a temporary file, not in memory; each of its cells has its own text.
        """
        self._book.constant_memory = streamed  # xlsxwriter asks when a sheet is added; charts need the others
        sheet = self._sheet(name)
        self._book.constant_memory = False
        kinds = [self._format({"num_format": formats.get(column, "General")}) for column in range(len(head))]
        widths = []
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, self._head)
            widths.append(max(_NARROWEST, _width(text) + 3, 18 if column in formats else 0))
        last = 0
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                _write(sheet, last, column, value, kinds[column])
                if isinstance(value, str) and len(value) * _WIDE + 2 > widths[column]:
                    widths[column] = max(widths[column], _width(value) + 2)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 3)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(last, 1), len(head) - 1)
        sheet.print_area(0, 0, max(min(printed, last), 1), len(head) - 1)

    def _sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(_FORBIDDEN.sub(" ", name)[:_LONGEST_NAME])
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(**_MARGINS)
        sheet.set_header(f"&L{self._heading}&R&A")
        sheet.set_footer("&C&P / &N")
        return sheet

    def _table(self, sheet: Any, line: int, table: ReportTable) -> int:
        """Title, head and rows from a line on; the first line that is free again."""
        sheet.write_string(line, 0, table.title, self._title)
        for column, text in enumerate(table.head):
            of_numbers = any(row[column].numeric for row in table.rows)
            sheet.write_string(line + 1, column, text, self._number_head if of_numbers else self._head)
        for number, row in enumerate(table.rows, line + 2):
            for column, cell in enumerate(row):
                kind = self._cell_format(cell)
                _write(sheet, number, column, _value(cell, drawn=charts.is_drawn(table)), kind)
        return line + len(table.rows) + 2

    def _notes(self, sheet: Any, line: int, table: ReportTable) -> int:
        """What stands under a table, in one cell as wide as the table."""
        if not table.note:
            return line
        across = max(len(table.head), 2)
        sheet.merge_range(line, 0, line, across - 1, table.note, self._note)
        width = sum(_widths([table], across))
        sheet.set_row(line, _NOTE_HEIGHT * (1 + int(_width(table.note) / width)))
        return line + 1

    def _finish(self, sheet: Any, tables: Sequence[ReportTable], line: int) -> None:
        across = max(2, *(len(table.head) for table in tables))
        for column, width in enumerate(_widths(tables, across)):
            sheet.set_column(column, column, width)
        sheet.print_area(0, 0, max(line - 1, 1), across - 1)

    def _cell_format(self, cell: TableCell) -> Any:
        starred = cell.valid is False and cell.text.endswith("*") and bool(cell.format)
        kind = cell.format + '"*"' if starred else cell.format
        wraps = not cell.numeric and _width(cell.text) + 2 > _WIDEST
        key = (kind, cell.style, cell.weak, cell.strong, cell.numeric, wraps)
        if key not in self._formats:
            wanted: dict[str, Any] = {"num_format": kind or "General"} | (_RIGHT if cell.numeric else _LEFT)
            if found := _COLOURS.fullmatch(cell.style):
                wanted |= {"font_color": found[2]} | ({"bg_color": found[1]} if found[1] else {})
            wanted |= {"italic": True} if cell.weak else {}
            wanted |= {"text_wrap": True, "valign": "top"} if wraps else {}
            wanted |= {"bold": True} if cell.strong or "font-weight" in cell.style else {}
            self._formats[key] = self._format(wanted)
        return self._formats[key]

    def _format(self, wanted: Mapping[str, Any]) -> Any:
        return self._book.add_format(default_format(self._words) | dict(wanted))


def _value(cell: TableCell, *, drawn: bool) -> Value:
    if cell.value is not None:
        return cell.value
    return None if drawn and cell.text == NOTHING else cell.text or None


def _write(sheet: Any, row: int, column: int, value: Value, kind: Any) -> None:
    if value is None:
        return
    write: Callable[..., Any] = sheet.write_string
    if isinstance(value, date):
        write = sheet.write_datetime
    elif isinstance(value, float | int):
        write = sheet.write_number
    write(row, column, value, kind)


def _widths(tables: Sequence[ReportTable], across: int) -> list[float]:
    """Wide enough for every text, of that many columns; a Chinese sign takes nearly two places."""
    columns = dict.fromkeys(range(across), float(_NARROWEST))
    for table in tables:
        for row in [*table.rows, tuple(map(TableCell, table.head))]:
            for number, cell in enumerate(row):
                shown = cell.format if isinstance(cell.value, date) else cell.text
                columns[number] = max(columns[number], _width(shown) + 2)
    return [min(columns[number], _WIDEST) for number in range(across)]


@lru_cache(_AT_HAND)
def _width(text: str) -> float:
    return sum(_WIDE if ord(sign) > FIRST_CJK else 1.0 for sign in text)
