"""A paragraph as it is written: sentences filled with figures, of which each is remembered."""

from msgspec import Struct

from dashboards.reports.content.means import Mean
from dashboards.reports.rendering.tables import cells
from dashboards.reports.words import NOTHING, ReportWords, number


class Paragraph(Struct, frozen=True):
    """A text written from figures: numbers, classes, verdicts and names, each as it stands in the text."""

    text: str
    figures: tuple[str, ...]


class Phrase(str):
    """A part of a sentence, whose figures are remembered already."""

    __slots__ = ()


class ParagraphWriter:
    """Puts a paragraph together, sentence by sentence."""

    def __init__(self, words: ReportWords) -> None:
        self.words = words
        self._paragraphs: list[list[str]] = [[]]
        self._figures: list[str] = []

    def phrase(self, key: str, /, **figures: str) -> Phrase:
        """The text of a key with its figures; those that are phrases are not remembered twice."""
        self._figures += [figure for figure in figures.values() if not isinstance(figure, Phrase)]
        return Phrase(self.words(key, **figures))

    def say(self, key: str, /, **figures: str) -> None:
        """A sentence more."""
        self._paragraphs[-1].append(self.phrase(key, **figures))

    def begin_paragraph(self) -> None:
        """What is said from here on stands in a paragraph of its own."""
        if self._paragraphs[-1]:
            self._paragraphs.append([])

    def listed(self, parts: "list[Phrase]") -> Phrase:
        """Phrases in a row."""
        return Phrase(self.words("comma").join(parts))

    @property
    def paragraph(self) -> Paragraph:
        """What was said so far."""
        texts = [self.words.joined_sentences(sentences) for sentences in self._paragraphs if sentences]
        return Paragraph("\n\n".join(texts), tuple(self._figures))


def change_phrase(writer: ParagraphWriter, now: Mean | None, before: Mean | None) -> Phrase:
    """`，同比下降12.0 %（上年同期为25）`, as the table beside it has it; "" unless both can be compared."""
    cell = cells.relative(now, before)
    if cell.value is None or before is None:
        return Phrase("")
    former = number(before.value)
    if cell.text.startswith("0.0"):
        return writer.phrase("text_as_before", before=former)
    return writer.phrase("text_change", way=_way(writer, cell.text), change=_size(cell.text), before=former)


def points_phrase(writer: ParagraphWriter, now: float | None, before: float | None) -> Phrase:
    """`，同比上升3.2个百分点（上年同期为87.1 %）`; "" unless both are known."""
    cell = cells.point_change(now, before)
    if cell.value is None:
        return Phrase("")
    former = cells.share(before).text
    if cell.text == "0.0":
        return writer.phrase("text_as_before", before=former)
    return writer.phrase("text_points", way=_way(writer, cell.text), change=_size(cell.text), before=former)


def _way(writer: ParagraphWriter, text: str) -> str:
    return writer.words("text_up" if text.startswith("+") else "text_down")


def _size(text: str) -> str:
    return text[1:]


def is_told(text: str) -> bool:
    """Whether a cell holds more than a dash."""
    return text not in {"", NOTHING}
