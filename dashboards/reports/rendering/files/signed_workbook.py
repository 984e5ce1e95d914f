"""The steps of a report's review in its workbook, which somebody may have worked in since it was made."""

import html
import io
import re
import zipfile
from collections.abc import Sequence

from dashboards.reports.rendering.reviews import review_sentence
from dashboards.reports.revisions.approvals import Review
from dashboards.reports.words import ReportWords
from sensors.model import Language

_TEXTS = "xl/sharedStrings.xml"


class NoWorkbookError(ValueError):
    """The file is no workbook that can be read."""


def open_record(words: ReportWords) -> str:
    """What the cell of the review says before any step; it is known again by how it begins."""
    return words("review_record") + words("review_none")


def sign_workbook(workbook: bytes, reviews: Sequence[Review], language: Language) -> bytes:
    """The workbook with these steps in the cell of its review; all else stays as it is.

    Where somebody has removed that cell nothing changes.

    Raises:
        NoWorkbookError: it cannot be read.
    """
    words, out = ReportWords(language), io.BytesIO()
    head = re.escape(html.escape(words("review_record"), quote=False))
    told = "\n".join((words("review_record"), *(review_sentence(one, words) for one in reviews)))
    cell = f'<t xml:space="preserve">{html.escape(told, quote=False)}</t>'
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as whole, zipfile.ZipFile(out, "w") as made:
            for entry in whole.infolist():
                content = whole.read(entry)
                if entry.filename == _TEXTS:
                    content = re.sub(f"<t[^>]*>{head}[^<]*</t>", lambda _: cell, content.decode()).encode()
                made.writestr(entry, content, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise NoWorkbookError(f"no workbook that can be read: {error}") from None
    return out.getvalue()
