"""The report as a Word document for those who must edit it: the page's outline in Word's own styles."""

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from docx.enum.section import WD_SECTION
from docx.shared import Mm, RGBColor
from msgspec import Struct
from msgspec.structs import replace

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity, standards
from dashboards.reports.figures.fonts import NoLettersError, picture_fonts
from dashboards.reports.rendering import cards
from dashboards.reports.rendering.chapters import DraftReport, report_outline
from dashboards.reports.rendering.files.word_fields import add_contents, add_field, add_numbered_caption
from dashboards.reports.rendering.files.word_package import document_bytes
from dashboards.reports.rendering.files.word_styles import (
    NOTE,
    PICTURE,
    REVIEWS,
    set_page,
    styled_document,
    text_space,
)
from dashboards.reports.rendering.files.word_tables import add_table, natural_widths, shade
from dashboards.reports.rendering.outline import (
    BulletList,
    CardGrid,
    Legend,
    Outline,
    Part,
    Prose,
    Sentence,
)
from dashboards.reports.rendering.report_figures import Figure
from dashboards.reports.rendering.tables.air_tables import until_text
from dashboards.reports.rendering.tables.cells import ReportTable, text_cells
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.words import ReportWords

MOST_ROWS = 400
"""So many rows of a table a document has; more nobody edits, and each takes memory."""

_SQUEEZED = 1.15
"""How much wider than the page a table may be to be pressed into it: cells wrap a little."""


def docx(
    report: MonthlyReport,
    identity: Identity,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
    draft: DraftReport | None = None,
) -> bytes:
    """The document's bytes; equal reports give equal bytes on a machine. `draft` is the report's, at hand.

    Text in a picture cannot ask the reader for a font: where none here has its signs, a line says so and
    names the package that has one.
    """
    outline = report_outline(report, words, changes, identity.text, draft)
    writer = _Writer(styled_document(words), words, {}, [])
    writer.head(report, identity)
    writer.contents(outline)
    for chapter in outline.chapters:
        for number, run in enumerate(_runs(chapter.parts)):
            writer.turn(landscape=_is_across(run, now=writer.landscape))
            if number == 0:
                writer.document.add_heading(chapter.heading, 1)
            for part in run:
                writer.part(part)
    writer.signatures(identity)
    return document_bytes(writer.document, writer.rows)


def shortened(table: ReportTable, words: ReportWords) -> ReportTable:
    """The table, or of a longer one its first `MOST_ROWS` rows and a line that says where all are."""
    if len(table.rows) <= MOST_ROWS:
        return table
    rest = words("document_cut", shown=MOST_ROWS, n=len(table.rows), sheet=table.sheet)
    return replace(table, rows=table.rows[:MOST_ROWS], cut=f"{table.cut} {rest}".strip())


def _runs(parts: Sequence[Part]) -> list[list[Part]]:
    """Figures, and what stands between them: a page is not turned within, so that few are half empty."""
    return [list(run) for _, run in groupby(parts, lambda part: part.kind == "figure")]


def _is_across(run: Sequence[Part], *, now: bool) -> bool:
    """Whether a run stands across: wide tables do, figures do not, all else stays on the page it is on."""
    if any(part.kind == "figure" for part in run):
        return False
    return now or any(map(_is_wide, run))


def _is_wide(part: Part) -> bool:
    content = part.content
    wide = text_space(landscape=False) * _SQUEEZED
    return isinstance(content, ReportTable) and sum(natural_widths(content)) > wide


class _Writer(Struct):
    """Puts the report's parts into a document, turning the page where a table is wide."""

    document: Any
    words: ReportWords
    fonts: dict[frozenset[str], list[str]]
    rows: list[bytes]
    landscape: bool = False

    def head(self, report: MonthlyReport, identity: Identity) -> None:
        """Title, whose report it is, of when, and the running head and foot of every page."""
        words, imprint = self.words, identity.imprint
        title = cards.title(report.month, words, imprint.title)
        self.document.core_properties.title = title
        self.document.core_properties.author = imprint.organisation
        self.document.core_properties.comments = f"liangqu {identity.version}"
        self.document.add_heading(title, 0)
        number = f"{identity.number} · {words('revision', n=identity.revision)}"
        facts = [
            (words("organisation"), imprint.organisation),
            (words("report_number"), number),
            (words("period"), words.days(report.month)),
            (words("standards"), words("comma").join(row["standard"] for row in standards(report))),
        ]
        for label, text in facts:
            if text:
                paragraph = self.document.add_paragraph()
                paragraph.add_run(label + words("colon")).bold = True
                paragraph.add_run(text)
        if report.open:
            self.document.add_paragraph(words("open_month", time=until_text(report)))
        section = self.document.sections[0]
        section.header.paragraphs[0].text = f"{title} · {number}"
        foot = section.footer.paragraphs[0]
        foot.alignment = 1
        add_field(foot, "PAGE", "1")
        foot.add_run(" / ")
        add_field(foot, "NUMPAGES", "1")

    def contents(self, outline: Outline) -> None:
        """The chapters; Word adds their pages."""
        self.document.add_paragraph(self.words("contents"), style="TOC Heading")
        lines = [chapter.heading for chapter in outline.chapters]
        paragraphs = [self.document.add_paragraph() for _ in lines]
        add_contents(paragraphs, 'TOC \\o "1-1" \\h \\z \\u', lines)

    def part(self, part: Part) -> None:
        """One thing of a chapter."""
        content = part.content
        if isinstance(content, ReportTable):
            self.table(part, content)
        elif isinstance(content, Figure):
            self.figure(part, content)
        elif isinstance(content, CardGrid):
            self.cards(content)
        elif isinstance(content, Legend):
            self.legend(content)
        elif isinstance(content, Prose):
            for text in content.paragraphs:
                self.document.add_paragraph(text)
            if content.remark:
                self.sentence(Sentence(content.remark, small=True))
        elif isinstance(content, BulletList):
            for text in content.texts:
                self.document.add_paragraph(text, style="List Bullet")
        else:
            self.sentence(content)

    def sentence(self, content: Sentence) -> None:
        """A line of text."""
        self.document.add_paragraph(content.text, style=NOTE if content.small else "Normal")

    def table(self, part: Part, content: ReportTable) -> None:
        """A table below its caption, as wide as the page allows."""
        caption = self.document.add_paragraph(style="Caption")
        add_numbered_caption(caption, part.label, part.number, content.title)
        content = shortened(content, self.words)
        add_table(self.document, content, text_space(landscape=self.landscape), self.rows)
        for note in (content.cut, content.note):
            if note:
                self.document.add_paragraph(note, style=NOTE)

    def figure(self, part: Part, content: Figure) -> None:
        """A picture above its caption; where there is none, what is missing instead."""
        paragraph = self.document.add_paragraph(style=PICTURE)
        if content.drawing is None:
            paragraph.add_run(content.state)
        else:
            try:
                picture = content.drawing.png(self._fonts(content.drawing.letters))
                width = min(content.drawing.size[0], text_space(landscape=False))
                shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Mm(width))
                shape._inline.docPr.set("descr", part.caption)  # noqa: SLF001 - python-docx has no such text
            except NoLettersError:
                paragraph.add_run(self.words("picture_missing"))
        caption = self.document.add_paragraph(style="Caption")
        caption.paragraph_format.keep_with_next = False  # of a table it belongs to what follows
        add_numbered_caption(caption, part.label, part.number, content.title)
        if content.note:
            self.document.add_paragraph(content.note, style=NOTE)

    def _fonts(self, letters: set[str]) -> list[str]:
        key = frozenset(letters)
        if key not in self.fonts:
            self.fonts[key] = picture_fonts(letters)
        return self.fonts[key]

    def cards(self, grid: CardGrid) -> None:
        """Cards as a table: place, target, value, what it rests on, state."""
        if grid.title:
            self.document.add_heading(grid.title, 2)
        rows = tuple(
            text_cells(
                card.place,
                card.target,
                " ".join(filter(None, (card.value, card.unit))),
                self.words("comma").join(
                    filter(None, (card.basis, *(f"{label} {figure}" for label, figure in card.figures)))
                ),
                card.text,
            )
            for card in grid.cards
        )
        head = tuple(map(self.words, ("place", "target", "means_value", "basis", "state")))
        filled = [n for n in range(len(head)) if any(row[n].text for row in rows)]
        shown = ReportTable(
            "cards", "", "", tuple(head[n] for n in filled), tuple(tuple(r[n] for n in filled) for r in rows)
        )
        add_table(self.document, shown, text_space(landscape=self.landscape), self.rows)

    def legend(self, legend: Legend) -> None:
        """What colours mean, each word on its colour."""
        paragraph = self.document.add_paragraph(style=NOTE)
        paragraph.add_run(legend.title + self.words("colon"))
        for text, ground, ink in legend.entries:
            run = paragraph.add_run(f" {text} ")
            run.font.color.rgb = RGBColor.from_string(ink.removeprefix("#").upper())
            shade(run._r.get_or_add_rPr(), ground.removeprefix("#"))  # noqa: SLF001 - no shading there
            paragraph.add_run(" ")

    def signatures(self, identity: Identity) -> None:
        """Lines for those who sign, with the names of the settings, and room for the steps of the review."""
        self.document.add_paragraph()
        for key, name in identity.imprint.signatures:
            paragraph = self.document.add_paragraph()
            paragraph.add_run(self.words(key) + self.words("colon")).bold = True
            paragraph.add_run(name or "_" * 24)
        self.document.add_paragraph(style=REVIEWS)

    def turn(self, *, landscape: bool) -> None:
        """Go on upright or across, on a new page if that is a change."""
        if landscape is not self.landscape:
            set_page(self.document.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)
            self.landscape = landscape
