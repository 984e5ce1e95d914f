"""The steps of a review in what people read of a report that stands: page, Word document, workbook, PDF."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError
from liangqu.tasks.editing.files import possible_owner, put

if TYPE_CHECKING:
    from dashboards.reports.revisions.approvals import Review
    from sensors.model import Language


def signed_files(folder: Path, reviews: "Sequence[Review]", language: "Language") -> dict[Path, bytes]:
    """What the files of a report are with the steps of its review in them; nothing is written.

    The page and, if they are still there, document and workbook have them in a place of their own, and
    nothing else in them changes. A PDF that is there is printed anew from that page.

    Raises:
        ProblemError: one cannot be read, or the PDF not be printed here.
    """
    from dashboards.reports.rendering.files import signed_document, signed_workbook
    from dashboards.reports.rendering.reviews import sign_page

    page, document, workbook, printed = (
        folder / f"report.{kind}" for kind in ("html", "docx", "xlsx", "pdf")
    )
    try:
        html = sign_page(page.read_text(encoding="utf-8"), reviews, language)
        made = {page: html.encode()}
        if document.exists():
            made[document] = signed_document.sign_document(document.read_bytes(), reviews, language)
        if workbook.exists():
            made[workbook] = signed_workbook.sign_workbook(workbook.read_bytes(), reviews, language)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}", exit_code=1) from None
    except signed_document.NoDocumentError as error:
        raise ProblemError(f"{document}: {error}; put it right or take it away", exit_code=1) from None
    except signed_workbook.NoWorkbookError as error:
        raise ProblemError(f"{workbook}: {error}; put it right or take it away", exit_code=1) from None
    if printed.exists():
        made[printed] = _printed(html, printed)
    return made


def _printed(html: str, file: Path) -> bytes:
    from dashboards.reports.rendering.files import pdf

    try:
        return pdf.pdf(html)
    except (pdf.NoPdfError, pdf.NoFontError) as error:
        raise ProblemError(
            f"{file} cannot be printed anew with the review in it, nothing was recorded: {error}", exit_code=1
        ) from None


def write_signed(files: Mapping[Path, bytes]) -> None:
    """Put each in the place of what stands, whole.

    Raises:
        ProblemError: one cannot be written; the step that they tell of is recorded, and the next one writes
            all of them.
    """
    for file, content in files.items():
        try:
            put(file, content, owner=possible_owner(file))
        except OSError as error:
            raise ProblemError(
                f"{file}: {error.strerror}; the step is recorded, but not in this file", exit_code=1
            ) from None
