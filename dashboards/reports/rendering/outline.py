"""The report in its order: chapters of parts, each table and each figure with its number.

Page, PDF and every other document are made from this, so that a table has one number in all of them.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Literal

from msgspec import Struct

from dashboards.reports.rendering.cards import Card
from dashboards.reports.rendering.report_figures import Figure
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import ReportWords


class Sentence(Struct, frozen=True):
    """A line of text, of which a `small` one is a remark."""

    text: str
    small: bool = False


class Prose(Struct, frozen=True):
    """A paragraph of text, which may be several, and a remark on it."""

    text: str
    remark: str = ""

    @property
    def paragraphs(self) -> list[str]:
        """Its paragraphs: blank lines lie between them."""
        return [one.strip() for one in self.text.split("\n\n") if one.strip()]


class BulletList(Struct, frozen=True):
    """Sentences below each other."""

    texts: tuple[str, ...]


class Legend(Struct, frozen=True):
    """What colours mean: of each a text, the colour, and the colour of text on it."""

    title: str
    entries: tuple[tuple[str, str, str], ...]


class CardGrid(Struct, frozen=True):
    """Cards beside each other; `sites` are small ones below a heading."""

    cards: tuple[Card, ...]
    title: str = ""
    sites: bool = False


PartContent = ReportTable | Figure | Prose | Sentence | BulletList | Legend | CardGrid
PartKind = Literal["table", "figure", "prose", "sentence", "bullets", "legend", "cards"]

_KINDS: dict[type, PartKind] = {
    ReportTable: "table",
    Figure: "figure",
    Prose: "prose",
    Sentence: "sentence",
    BulletList: "bullets",
    Legend: "legend",
    CardGrid: "cards",
}


class Part(Struct, frozen=True):
    """One thing in a chapter; tables and figures have a `number` and a `label` (`表3`), others 0 and ""."""

    content: PartContent
    number: int = 0
    label: str = ""

    @property
    def kind(self) -> PartKind:
        """What it is."""
        return _KINDS[type(self.content)]

    @property
    def anchor(self) -> str:
        """Where links to it lead: `table-3`."""
        return f"{self.kind}-{self.number}"

    @property
    def caption(self) -> str:
        """`表3 水质类别`: label and title of a table or figure."""
        return f"{self.label} {self.content.title}" if isinstance(self.content, ReportTable | Figure) else ""


class DraftChapter(Struct, frozen=True):
    """A chapter that is not numbered yet."""

    id: str
    title: str
    contents: tuple[PartContent, ...]


class Chapter(Struct, frozen=True):
    """A chapter; its heading is the number as the language writes it, then the title."""

    number: int
    id: str
    heading: str
    parts: tuple[Part, ...]


class Outline(Struct, frozen=True):
    """All chapters in their order."""

    chapters: tuple[Chapter, ...]

    def parts(self, kind: PartKind) -> list[Part]:
        """All parts of a kind in their order."""
        return [part for chapter in self.chapters for part in chapter.parts if part.kind == kind]


def outline(drafts: Iterable[DraftChapter], words: ReportWords) -> Outline:
    """Number what is there: chapters, tables and figures each from 1 through the whole report."""
    numbers = {"table": count(1), "figure": count(1)}
    return Outline(
        tuple(
            Chapter(
                number,
                draft.id,
                words.chapter(number, draft.title),
                tuple(_parts(draft.contents, numbers, words)),
            )
            for number, draft in enumerate(drafts, 1)
        )
    )


def _parts(
    contents: Iterable[PartContent], numbers: dict[str, "count[int]"], words: ReportWords
) -> Iterator[Part]:
    for content in contents:
        part = Part(content)
        if part.kind in numbers:
            number = next(numbers[part.kind])
            part = Part(content, number, words(f"numbered_{part.kind}", n=number))
        yield part
