"""The Word document: the page's outline in Word's own styles, read back from its bytes."""

import io
import re
import zipfile
from collections.abc import Mapping
from itertools import pairwise

import docx as word
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.figures import fonts
from dashboards.reports.rendering.chapters import DraftReport, report_outline
from dashboards.reports.rendering.files.document import docx
from dashboards.reports.rendering.files.word_package import document_bytes
from dashboards.reports.rendering.files.word_styles import TABLE_STYLE, styled_document
from dashboards.reports.rendering.files.word_tables import add_table
from dashboards.reports.rendering.outline import Outline
from dashboards.reports.rendering.report_figures import Figure
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES, Language

Opened = tuple[ReportWords, Outline, "word.document.Document"]


def made(report: MonthlyReport, language: Language, draft: DraftReport | None = None) -> bytes:
    identity = Identity("LQ-2026-10", 1, language, "0.1.0")
    return docx(report, identity, ReportWords(language), draft=draft)


@pytest.fixture(scope="module", params=LANGUAGES)
def opened(
    request: pytest.FixtureRequest, month_report: MonthlyReport, drafts: Mapping[Language, DraftReport]
) -> Opened:
    words: ReportWords = ReportWords(request.param)
    draft = drafts[words.language]
    file = io.BytesIO(made(month_report, words.language, draft))
    return words, report_outline(month_report, words, draft=draft), word.Document(file)


def test_equal_reports_give_equal_bytes_without_the_clock(
    month_report: MonthlyReport, drafts: Mapping[Language, DraftReport]
) -> None:
    first, again = made(month_report, "zh", drafts["zh"]), made(month_report, "zh")

    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as whole:
        assert {entry.date_time for entry in whole.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_of_a_longer_table_the_first_rows_are_there_and_where_all_are(
    month_report: MonthlyReport, drafts: Mapping[Language, DraftReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, most = ReportWords("zh"), 5
    monkeypatch.setattr("dashboards.reports.rendering.files.document.MOST_ROWS", most)
    monkeypatch.setattr(fonts, "_installed", lambda _: [])  # no pictures: they are not looked at
    contents = (one for chapter in drafts["zh"].chapters for one in chapter.contents)
    tables = [one for one in contents if isinstance(one, ReportTable)]
    longer = [table for table in tables if len(table.rows) > most]

    file = word.Document(io.BytesIO(made(month_report, "zh", drafts["zh"])))

    lines = [paragraph.text for paragraph in file.paragraphs]
    assert 0 < len(longer) < len(tables)
    for table in longer:
        line = words("document_cut", shown=most, n=len(table.rows), sheet=table.sheet)
        assert any(text.endswith(line) for text in lines)
    heads = {tuple(table.head): table for table in tables}
    listed = [one for one in file.tables if tuple(c.text for c in one.rows[0].cells) in heads]
    assert max(len(one.rows) for one in listed) == most + 1


def test_chapters_are_headings_and_captions_are_those_of_the_page(opened: Opened) -> None:
    _, outline, file = opened
    by_style = {
        style: [p.text for p in file.paragraphs if p.style is not None and p.style.name == style]
        for style in ("Heading 1", "Caption")
    }

    assert by_style["Heading 1"] == [chapter.heading for chapter in outline.chapters]
    wanted = [part.caption for chapter in outline.chapters for part in chapter.parts if part.caption]
    assert by_style["Caption"] == wanted


def test_every_table_of_the_page_is_there_cell_by_cell(opened: Opened) -> None:
    """Tables of cards come between them; ours are found by their heads."""
    _, outline, file = opened
    found = {tuple(cell.text for cell in table.rows[0].cells): table for table in file.tables}

    tables = [part.content for part in outline.parts("table") if isinstance(part.content, ReportTable)]
    heads = [table.head for table in tables]
    for table in tables:
        assert table.head in found
        if heads.count(table.head) == 1:
            texts = [[cell.text for cell in row.cells] for row in found[table.head].rows[1:]]
            assert texts == [[cell.text for cell in row] for row in table.rows]


def test_tables_have_a_style_and_a_head_that_is_repeated(opened: Opened) -> None:
    _, _, file = opened

    for table in file.tables:
        assert table.style is not None
        assert table.style.name == TABLE_STYLE
        first, *_ = rows = [row._tr.xml for row in table.rows]
        assert "<w:tblHeader/>" in first
        assert all("<w:cantSplit/>" in row for row in rows)


def test_numbers_and_contents_are_fields_of_word(opened: Opened) -> None:
    words, outline, file = opened
    codes = [one.text or "" for one in file.element.iter(qn("w:instrText"))]
    label = words("numbered_figure", n="").strip()

    assert sum(f"SEQ {label} " in code for code in codes) == len(outline.parts("figure"))
    assert any(code.startswith(" TOC ") for code in codes)
    foot = file.sections[0].footer._element
    assert [one.text for one in foot.iter(qn("w:instrText"))] == [" PAGE ", " NUMPAGES "]


def test_both_scripts_have_their_font_and_none_is_the_themes(opened: Opened) -> None:
    words, _, file = opened

    for name in ("Normal", "Heading 1", "Caption", "List Bullet"):
        found = file.styles[name].element.rPr.find(qn("w:rFonts"))
        assert found.get(qn("w:eastAsia")) in {"SimSun", "SimHei"}, name
        assert found.get(qn("w:eastAsiaTheme")) is None, name
    defaults = file.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert defaults.get(qn("w:val")) == {"zh": "zh-CN", "en": "en-GB"}[words.language]


def test_a_wide_table_stands_across_and_no_page_is_turned_for_nothing(opened: Opened) -> None:
    """In English the days by quality have heads and lists that no upright page holds."""
    _, _, file = opened
    turns = [section.orientation for section in file.sections]

    assert turns[0] == WD_ORIENT.PORTRAIT
    assert WD_ORIENT.LANDSCAPE in turns
    assert all(one != other for one, other in pairwise(turns))


def test_figures_are_pictures_that_say_what_they_show(opened: Opened) -> None:
    _, outline, file = opened
    shown = [one.get("descr") for one in file.element.iter(qn("wp:docPr"))]
    drawn = [part.caption for part in outline.parts("figure") if getattr(part.content, "drawing", None)]

    assert shown == drawn
    assert all(len(part.blob) > 1000 for part in file.part.package.image_parts)


def test_without_a_font_for_its_signs_a_figure_says_so_and_the_document_is_made(
    month_report: MonthlyReport, drafts: Mapping[Language, DraftReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda _: [])

    file = word.Document(io.BytesIO(made(month_report, "zh", drafts["zh"])))

    missing = [p.text for p in file.paragraphs if "fonts-noto-cjk" in p.text]
    figures = [one for chapter in drafts["zh"].chapters for one in chapter.contents]
    drawn = [one.drawing.letters for one in figures if isinstance(one, Figure) and one.drawing is not None]
    assert len(missing) == sum(max(letters) > "\u2e7f" for letters in drawn) > 0


def test_a_font_of_the_machine_is_asked_only_for_what_matplotlibs_own_lacks() -> None:
    assert fonts.picture_fonts("PM2.5 µg/m³", ()) == []
    with pytest.raises(fonts.NoLettersError, match="月"):
        fonts.picture_fonts("1月", ())


def test_colours_and_weak_figures_are_as_on_the_page(opened: Opened) -> None:
    """Of the day counts each number stands on its level's official colour; a star is in italics."""
    xml = opened[2].element.xml

    assert re.search(r'w:fill="00E400"', xml)
    assert re.search(r"<w:i/>(?:(?!</w:r>).)*\*</w:t>", xml, flags=re.DOTALL)


@pytest.mark.parametrize("text", ["", 'a & <b> "c"', "-3.1 %\n(40.2)", " spaces ", "one\ttwo\n\n three"])
def test_a_cell_has_its_text_sign_by_sign(text: str) -> None:
    document, rows = styled_document(ReportWords("zh")), list[bytes]()
    add_table(document, ReportTable("one", "", "", ("head",), ((TableCell(text),),)), 100, rows)

    [made] = word.Document(io.BytesIO(document_bytes(document, rows))).tables
    assert made.cell(1, 0).text == text
