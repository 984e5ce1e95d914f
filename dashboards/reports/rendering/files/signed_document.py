"""The steps of a report's review in its Word document, which somebody may have edited since it was made."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.exceptions import OpcError

from dashboards.reports.rendering.files.word_package import document_bytes
from dashboards.reports.rendering.files.word_styles import REVIEWS
from dashboards.reports.rendering.reviews import review_sentence
from dashboards.reports.revisions.approvals import Review
from dashboards.reports.words import ReportWords
from sensors.model import Language


class NoDocumentError(ValueError):
    """The file is no Word document that can be read."""


def sign_document(document: bytes, reviews: Sequence[Review], language: Language) -> bytes:
    """The document with these steps in its paragraph of the style `REVIEWS`; all else stays as it is.

    Where somebody has removed that paragraph it comes back at the end.

    Raises:
        NoDocumentError: it cannot be read.
    """
    try:
        opened = docx.Document(io.BytesIO(document))
    except (OpcError, zipfile.BadZipFile, SyntaxError, KeyError, ValueError) as error:
        raise NoDocumentError(f"no Word document that can be read: {error}") from None
    words = ReportWords(language)
    _place(opened).text = "\n".join(review_sentence(one, words) for one in reviews)
    return document_bytes(opened)


def _place(document: Any) -> Any:
    own = (paragraph for paragraph in document.paragraphs if paragraph.style.name == REVIEWS)
    found = next(own, None)
    if found is not None:
        return found
    if REVIEWS not in document.styles:
        document.styles.add_style(REVIEWS, WD_STYLE_TYPE.PARAGRAPH)
    return document.add_paragraph(style=REVIEWS)
