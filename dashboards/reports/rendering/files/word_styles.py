"""A Word document in the report's styles: fonts of both scripts, headings, captions, tables, pages."""

from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from dashboards.reports.words import ReportWords
from sensors.model import Language

TABLE_STYLE, NOTE, PICTURE, CELL = "Report Table", "Report Note", "Report Picture", "Report Cell"
REVIEWS = "Report Reviews"
"""Of the one paragraph that says who approved the report."""

A4 = (210, 297)
MARGIN = 17
"""Millimetres."""

_BODY = {"zh": ("Times New Roman", "SimSun"), "en": ("Calibri", "SimSun")}
_HEADINGS = {"zh": ("Arial", "SimHei"), "en": ("Calibri", "SimHei")}
_LOCALE = {"zh": "zh-CN", "en": "en-GB"}
_ACCENT, _GREY = RGBColor(0x0B, 0x4F, 0x8A), RGBColor(0x66, 0x71, 0x7D)
_THEME = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")

# Three lines and light ones between the rows, as reports in China set tables.
_TABLE_XML = """
<w:style {ns} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="{name}"/>
<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/><w:qFormat/><w:tblPr><w:tblBorders>
<w:top w:val="single" w:sz="12" w:space="0" w:color="1D2733"/>
<w:bottom w:val="single" w:sz="12" w:space="0" w:color="1D2733"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="D5DBE1"/></w:tblBorders>
<w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="6" w:space="0" w:color="1D2733"/></w:tcBorders></w:tcPr></w:tblStylePr>
</w:style>"""


def styled_document(words: ReportWords) -> Any:
    """An empty document, A4 upright, whose styles speak the language."""
    made = docx.Document()
    styles, language = made.styles, words.language
    defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_fonts(defaults, _BODY[language])
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    defaults.find(qn("w:lang")).set(qn("w:val"), _LOCALE[language])
    _restyle(styles["Normal"], language, size=10.5, after=4, line=1.25)
    _restyle(styles["Title"], language, size=20, after=8, heads=True, colour=_ACCENT)
    _restyle(styles["Heading 1"], language, size=15, before=14, after=6, heads=True, colour=_ACCENT)
    _restyle(styles["Heading 2"], language, size=12, before=8, after=4, heads=True)
    _restyle(styles["Caption"], language, size=9.5, before=8, after=3, heads=True, colour=RGBColor(0, 0, 0))
    _restyle(styles["List Bullet"], language, size=9.5, after=2)
    for name, size, after in ((NOTE, 8.5, 6), (PICTURE, 9, 0), (CELL, 8, 0), (REVIEWS, 9, 0)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _restyle(style, language, size=size, after=after, line=1.0)
    styles[NOTE].font.color.rgb = _GREY
    styles[PICTURE].paragraph_format.keep_with_next = True
    for name in ("Caption", PICTURE):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    styles.element.append(parse_xml(_TABLE_XML.format(ns=nsdecls("w"), name=TABLE_STYLE)))
    set_page(made.sections[0], landscape=False)
    return made


def set_page(section: Any, *, landscape: bool) -> None:
    """A4 upright or across, with the margins of the report."""
    short, long = A4
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(long), Mm(short)) if landscape else (Mm(short), Mm(long))
    section.left_margin = section.right_margin = Mm(MARGIN)
    section.top_margin = section.bottom_margin = Mm(MARGIN)


def text_space(*, landscape: bool) -> float:
    """How wide text may be, in millimetres."""
    return A4[1 if landscape else 0] - 2 * MARGIN


def _restyle(
    style: Any,
    language: Language,
    *,
    size: float,
    before: float = 0,
    after: float = 0,
    line: float = 1.15,
    heads: bool = False,
    colour: RGBColor | None = None,
) -> None:
    style.font.size, style.font.italic = Pt(size), False
    style.font.bold = True if heads else None
    if colour is not None:
        style.font.color.rgb = colour
    space = style.paragraph_format
    space.space_before, space.space_after, space.line_spacing = Pt(before), Pt(after), line
    if heads:
        space.keep_with_next = True
    _set_fonts(style.element.get_or_add_rPr(), (_HEADINGS if heads else _BODY)[language])


def _set_fonts(properties: Any, families: tuple[str, str]) -> None:
    """Latin and Chinese family in place of the theme's, which differ from machine to machine."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = properties.get_or_add_rFonts()
    for name in _THEME:
        fonts.attrib.pop(qn(f"w:{name}"), None)
    latin, chinese = families
    names = {"ascii": latin, "hAnsi": latin, "eastAsia": chinese, "cs": latin}
    for name, family in names.items():
        fonts.set(qn(f"w:{name}"), family)
