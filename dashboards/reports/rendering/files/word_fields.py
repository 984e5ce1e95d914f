"""What Word counts by itself: numbers of pages, of tables and figures, and the contents."""

from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn


def add_field(paragraph: Any, instruction: str, shown: str, *, stale: bool = False) -> None:
    """A field that shows a text until Word computes it, which it does at once if `stale`."""
    begin = _mark(paragraph, "begin")
    if stale:
        begin.set(qn("w:dirty"), "true")
    code = OxmlElement("w:instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = f" {instruction} "
    paragraph.add_run()._r.append(code)  # noqa: SLF001 - python-docx has no fields
    _mark(paragraph, "separate")
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def add_numbered_caption(paragraph: Any, label: str, number: int, title: str) -> None:
    """`表3 水质类别`, of which Word knows the number and counts on when a table comes in between."""
    prefix = label.removesuffix(str(number))
    paragraph.add_run(prefix)
    add_field(paragraph, f"SEQ {prefix.strip()} \\* ARABIC", str(number))
    paragraph.add_run(f" {title}")


def add_contents(paragraphs: Sequence[Any], instruction: str, lines: Sequence[str]) -> None:
    """A list that Word makes of headings or captions; `lines`, a paragraph each, stand in until then."""
    for position, (paragraph, line) in enumerate(zip(paragraphs, lines, strict=True)):
        if position == 0:
            _mark(paragraph, "begin").set(qn("w:dirty"), "true")
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {instruction} "
            paragraph.add_run()._r.append(code)  # noqa: SLF001 - python-docx has no fields
            _mark(paragraph, "separate")
        paragraph.add_run(line)
        if position == len(lines) - 1:
            _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)  # noqa: SLF001 - python-docx has no fields
    return mark
