"""Paragraphs that people edited: the file they stand in, and what of them is printed.

A file holds a table for each chapter:

    [air]
    text = what is printed, blank for nothing
    generated = what the program had written when the text was last its own
    figures = the figures in that

A text that differs from `generated` is edited and stays. Where the program would now write other figures, it
says that they changed since; without `generated` and `figures` a text is of the present ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from dashboards.reports.text.generated import CHAPTERS
from dashboards.reports.text.paragraph import Paragraph
from dashboards.reports.text.printed import KeptParagraph, PrintedParagraph
from dashboards.reports.words import ReportWords
from sensors.toml_config import parse_toml


class TextFileError(ValueError):
    """The file of the text is damaged; the text says which key, and why."""


def parse_text_file(raw: bytes) -> dict[str, KeptParagraph]:
    """The paragraphs of a file.

    Raises:
        TextFileError: it is no TOML, or holds what is no paragraph.
    """
    try:
        kept = msgspec.convert(parse_toml(raw), dict[str, KeptParagraph])
    except (ValueError, msgspec.ValidationError) as error:
        raise TextFileError(str(error)) from None
    for chapter in kept:
        if chapter not in CHAPTERS:
            raise TextFileError(f"[{chapter}]: no such paragraph; there are {', '.join(CHAPTERS)}")
    return kept


def kept_in_json(content: Mapping[str, Any]) -> dict[str, KeptParagraph]:
    """The paragraphs that a report.json holds; none of one that had none."""
    return {
        chapter: KeptParagraph(one["text"], one["generated"], tuple(one["figures"]))
        for chapter, one in content.get("text", {}).items()
    }


def printed_paragraphs(
    generated: Mapping[str, Paragraph], kept: Mapping[str, KeptParagraph]
) -> tuple[PrintedParagraph, ...]:
    """Of each chapter what people made of it, else what the program writes."""
    return tuple(_printed(chapter, made, kept.get(chapter)) for chapter, made in generated.items())


def _printed(chapter: str, made: Paragraph, kept: KeptParagraph | None) -> PrintedParagraph:
    now = made.text
    if kept is None or _same(kept.text, kept.generated) or _same(kept.text, now):
        return PrintedParagraph(chapter, now, now, made.figures, now)
    text = kept.text.strip()
    if kept.generated is None:
        return PrintedParagraph(chapter, text, now, made.figures, now, is_edited=True)
    return PrintedParagraph(
        chapter, text, kept.generated.strip(), kept.figures, now,
        is_edited=True, is_outdated=kept.figures != made.figures,
    )  # fmt: skip


def _same(text: str, other: str | None) -> bool:
    return other is not None and text.strip() == other.strip()


def text_file(printed: Iterable[PrintedParagraph], words: ReportWords) -> str:
    """The file to edit, with what to know about it at its head."""
    lines = [f"# {line}" for line in words("text_file_head").splitlines()]
    return "\n".join([*lines, *(line for one in printed for line in _table(one, words))]) + "\n"


def _table(one: PrintedParagraph, words: ReportWords) -> Iterator[str]:
    state = "outdated" if one.is_outdated else "edited" if one.is_edited else "own"
    yield ""
    yield f"# {words(one.chapter)}{words('colon')}{words(f'text_file_{state}')}"
    yield f"[{one.chapter}]"
    yield f"text = {_quoted(one.text)}"
    yield f"generated = {_quoted(one.generated)}"
    yield f"figures = {_in_json(one.figures)}"
    if one.is_outdated:
        yield f"now = {_quoted(one.now)}"


def _quoted(text: str) -> str:
    """As it stands between three quotes where TOML allows that, else in JSON's letter, which TOML reads."""
    if "'''" in text or not all(sign.isprintable() or sign == "\n" for sign in text):
        return _in_json(text)
    return f"'''\n{text}\n'''"


def _in_json(value: str | tuple[str, ...]) -> str:
    """JSON that TOML reads too: it forbids a delete sign as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
