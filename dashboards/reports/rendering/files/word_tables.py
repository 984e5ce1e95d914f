"""A table of the report in a Word document: a style, a head on each page, widths by what is in it."""

import re
from collections.abc import Sequence
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, RGBColor

from dashboards.reports.figures.svg_canvas import text_width
from dashboards.reports.rendering.files.word_styles import CELL, TABLE_STYLE
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell

_LETTER = 2.9  # millimetres, of the style CELL with a little air
_PADDING, _LEAST, _MOST = 2.4, 9.0, 46.0
_BACKGROUND, _COLOUR = re.compile(r"background:#(\w{6})"), re.compile(r"(?:^|;)color:#(\w{6})")
_BREAKS = re.compile(r"[\s／、/]+")


def natural_widths(table: ReportTable) -> list[float]:
    """How wide each column would be, in millimetres: numbers on a line, words at most `_MOST`."""
    widths = []
    for column, head in enumerate(table.head):
        longest = max((text_width(row[column].text, _LETTER) for row in table.rows), default=0.0)
        word = max((text_width(word, _LETTER) for word in _BREAKS.split(head)), default=0.0)
        half = text_width(head, _LETTER) / 2
        widths.append(min(max(longest, half, min(word, _MOST / 2), _LEAST) + _PADDING, _MOST))
    return widths


def add_table(document: Any, table: ReportTable, space: float) -> None:
    """The table, as wide as `space` millimetres."""
    made = document.add_table(rows=0, cols=len(table.head))
    made.style, made.alignment, made.autofit = TABLE_STYLE, WD_TABLE_ALIGNMENT.CENTER, False
    natural = natural_widths(table)
    widths = [width * space / sum(natural) for width in natural]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    head = [TableCell(text, strong=True) for text in table.head]
    _add_row(made, head, widths, is_head=True)
    for row in table.rows:
        _add_row(made, row, widths)


def _add_row(
    made: Any, cells: Sequence[TableCell], widths: Sequence[float], *, is_head: bool = False
) -> None:
    row = made.add_row()
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no such properties
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    for number, (place, cell, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
        place.width = Mm(width)
        _fill(place, cell, is_first=number == 0, is_head=is_head)


def _fill(place: Any, cell: TableCell, *, is_first: bool, is_head: bool) -> None:
    paragraph = place.paragraphs[0]
    paragraph._p.style = CELL.replace(" ", "")  # noqa: SLF001 - by its name each cell would search all styles
    background = _BACKGROUND.search(cell.style)
    paragraph.alignment = _alignment(cell, is_first=is_first, is_head=is_head, is_coloured=bool(background))
    run = paragraph.add_run(cell.text)
    run.bold = True if cell.strong or "font-weight" in cell.style else None
    run.italic = True if cell.weak else None
    if colour := _COLOUR.search(cell.style):
        run.font.color.rgb = RGBColor.from_string(colour[1].upper())
    if background:
        shade(place._tc.get_or_add_tcPr(), background[1])  # noqa: SLF001 - python-docx has no shading


def _alignment(cell: TableCell, *, is_first: bool, is_head: bool, is_coloured: bool) -> Any:
    if is_first:
        return WD_ALIGN_PARAGRAPH.LEFT
    if is_head or is_coloured:
        return WD_ALIGN_PARAGRAPH.CENTER
    return WD_ALIGN_PARAGRAPH.RIGHT if cell.numeric else WD_ALIGN_PARAGRAPH.LEFT


def shade(properties: Any, colour: str) -> None:
    """Set the ground of a cell or a run to a colour of six hexadecimal digits."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour.upper())):
        shading.set(qn(f"w:{name}"), value)
    properties.append(shading)
