"""A table of the report in a Word document: a style, a head on each page, widths by what is in it."""

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Mm

from dashboards.reports.figures.svg_canvas import text_width
from dashboards.reports.rendering.files.word_package import stand_in
from dashboards.reports.rendering.files.word_styles import CELL, TABLE_STYLE
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell

_LETTER = 2.9  # millimetres, of the style CELL with a little air
_PADDING, _LEAST, _MOST = 2.4, 9.0, 46.0
_NAMESPACE, _CELL_STYLE = nsdecls("w"), CELL.replace(" ", "")
_BACKGROUND, _COLOUR = re.compile(r"background:#(\w{6})"), re.compile(r"(?:^|;)color:#(\w{6})")
_MARKED, _MARKS = re.compile(r"([\r\n\t])"), {"\r": "<w:br/>", "\n": "<w:br/>", "\t": "<w:tab/>"}
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


def add_table(document: Any, table: ReportTable, space: float, rows: list[bytes]) -> None:
    """The table, as wide as `space` millimetres.

    Its rows are added to `rows` as text, and an empty one stands for them until the document is saved: an
    element of each cell would take ten times as much.
    """
    made = document.add_table(rows=0, cols=len(table.head))
    made.style, made.alignment, made.autofit = TABLE_STYLE, WD_TABLE_ALIGNMENT.CENTER, False
    natural = natural_widths(table)
    widths = [width * space / sum(natural) for width in natural]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    twips = [Mm(width).twips for width in widths]
    head = [TableCell(text, strong=True) for text in table.head]
    made._tbl.append(parse_xml(stand_in(len(rows), _NAMESPACE)))  # noqa: SLF001 - of rows it only has slow ones
    texts = [_row(head, twips, is_head=True), *(_row(row, twips) for row in table.rows)]
    rows.append("".join(texts).encode())


def _row(cells: Sequence[TableCell], twips: Sequence[int], *, is_head: bool = False) -> str:
    kind = "<w:cantSplit/><w:tblHeader/>" if is_head else "<w:cantSplit/>"
    parts = [
        _cell(cell, width, _alignment(cell, is_first=number == 0, is_head=is_head))
        for number, (cell, width) in enumerate(zip(cells, twips, strict=True))
    ]
    return f"<w:tr><w:trPr>{kind}</w:trPr>{''.join(parts)}</w:tr>"


def _cell(cell: TableCell, width: int, alignment: str) -> str:
    background, colour = _BACKGROUND.search(cell.style), _COLOUR.search(cell.style)
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{background[1].upper()}"/>' if background else ""
    look = "<w:b/>" if cell.strong or "font-weight" in cell.style else ""
    look += "<w:i/>" if cell.weak else ""
    look += f'<w:color w:val="{colour[1].upper()}"/>' if colour else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/>{ground}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{_CELL_STYLE}"/><w:jc w:val="{alignment}"/></w:pPr>'
        f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else '<w:rPr/>'}{_lines(cell.text)}</w:r></w:p></w:tc>"
    )


def _lines(text: str) -> str:
    """A run's text with its breaks and tabs; spaces at the ends of its parts are kept."""
    return "".join(_MARKS.get(part) or _line(part) for part in _MARKED.split(text))


def _line(text: str) -> str:
    kept = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<w:t{kept}>{escape(text)}</w:t>" if text else ""


def _alignment(cell: TableCell, *, is_first: bool, is_head: bool) -> str:
    if is_first:
        return "left"
    if is_head or _BACKGROUND.search(cell.style):
        return "center"
    return "right" if cell.numeric else "left"


def shade(properties: Any, colour: str) -> None:
    """Set the ground of a cell or a run to a colour of six hexadecimal digits."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour.upper())):
        shading.set(qn(f"w:{name}"), value)
    properties.append(shading)
