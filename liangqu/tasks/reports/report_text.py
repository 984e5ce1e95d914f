"""The text of a month's reports where people edit it: OUT/YYYY-MM/text.<language>.toml."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError
from liangqu.tasks.editing.files import possible_owner, put

if TYPE_CHECKING:
    from dashboards.reports.content.report import MonthlyReport
    from dashboards.reports.month import Month
    from dashboards.reports.revisions.former import FormerReport
    from dashboards.reports.text.printed import KeptParagraph, PrintedParagraph
    from sensors.model import Language


class TextFile:
    """The file of one month and language."""

    def __init__(self, out: Path, month: "Month", language: "Language") -> None:
        from dashboards.reports.words import ReportWords

        self.path = out / str(month) / f"text.{language}.toml"
        self._words = ReportWords(language)

    def read(self, former: "FormerReport | None") -> "Mapping[str, KeptParagraph]":
        """What people made of the text; without the file what the superseded report kept of it.

        Raises:
            ProblemError: the file is damaged or cannot be read.
        """
        from dashboards.reports.text.edited import TextFileError, kept_in_json, parse_text_file
        from sensors.text import read_bytes

        try:
            if self.path.exists():
                return parse_text_file(read_bytes(self.path))
        except TextFileError as error:
            raise ProblemError(f"{self.path}: {error}") from None
        except OSError as error:
            raise ProblemError(f"{self.path}: {error.strerror}", exit_code=1) from None
        return kept_in_json(former.content) if former is not None else {}

    def printed(
        self, report: "MonthlyReport", kept: "Mapping[str, KeptParagraph]"
    ) -> "tuple[PrintedParagraph, ...]":
        """The paragraphs that the report prints."""
        from dashboards.reports.text.edited import printed_paragraphs
        from dashboards.reports.text.generated import generated_paragraphs

        return printed_paragraphs(generated_paragraphs(report, self._words), kept)

    def edit(self, former: "FormerReport", texts: "Mapping[str, str]") -> "list[str]":
        """Put other texts into the file; which chapters' differ from what stood there.

        The next revision prints them. A chapter that is not given stays as it is.

        Raises:
            ProblemError: the file is damaged, or cannot be read or written.
        """
        from dashboards.reports.text.edited import kept_in_json
        from dashboards.reports.text.printed import PrintedParagraph

        made, kept = kept_in_json(former.content), self.read(former)
        new, changed = [], []
        for chapter, one in {**made, **kept}.items():
            text = texts.get(chapter, one.text).strip()
            own = made.get(chapter, one) if one.generated is None else one
            generated = own.generated or ""
            if text != one.text.strip():
                changed.append(chapter)
            is_edited = text != generated.strip()
            new.append(
                PrintedParagraph(chapter, text, generated, own.figures, one.now or generated, is_edited)
            )
        if changed:
            self.write(new)
        return changed

    def write(self, text: "Sequence[PrintedParagraph]") -> None:
        """Write it for the next edit; whole or not at all, as it holds what people wrote.

        Raises:
            ProblemError: it cannot be written.
        """
        from dashboards.reports.text.edited import text_file

        content = text_file(text, self._words).encode()
        try:
            if not self.path.exists() or self.path.read_bytes() != content:
                put(self.path, content, owner=possible_owner(self.path))
        except OSError as error:
            raise ProblemError(f"{error.filename}: {error.strerror}", exit_code=1) from None
