"""The reports that stand in the folder of the settings: months, languages, revisions, files."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from dashboards.reports.month import Month
from dashboards.reports.revisions.former import FormerReport, FormerReportError, read_former, standing_folders
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings
from sensors.model import LANGUAGES, Language

FOLDER = "reports"
"""In the working directory, where the settings name no other."""
FILES = (
    "report.html", "report.pdf", "report.docx", "report.xlsx", "means.csv", "exceedances.csv", "report.json",
)  # fmt: skip
"""What people take of a report, in this order."""


class StandingReport(Struct, frozen=True):
    """A revision of a month's report in one language; `files` are the names of those that are there."""

    month: Month
    language: Language
    revision: int
    folder: Path
    files: tuple[str, ...]


def folder_of(settings: Settings) -> Path:
    """Where reports stand."""
    return Path(settings.report.folder or FOLDER)


def standing_reports(out: Path) -> list[StandingReport]:
    """All of them, the newest month first, of a month the newest revision first."""
    found = [report for month in _months(out) for report in _of_month(out, month)]
    return sorted(found, key=lambda one: (str(one.month), one.revision, one.language), reverse=True)


def find_report(out: Path, month: Month, language: Language, revision: int) -> StandingReport | None:
    """One of them; None where it does not stand there."""
    wanted = language, revision
    return next((one for one in _of_month(out, month) if (one.language, one.revision) == wanted), None)


def read_report(report: StandingReport) -> FormerReport:
    """What it says.

    Raises:
        ProblemError: a file of it is missing or damaged.
    """
    try:
        return read_former(report.folder)
    except FormerReportError as error:
        raise ProblemError(str(error)) from None


def _months(out: Path) -> Iterator[Month]:
    for folder in out.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]"):
        try:
            yield Month.parse(folder.name)
        except ValueError:  # 2026-13 is no month
            continue


def _of_month(out: Path, month: Month) -> Iterator[StandingReport]:
    for language in LANGUAGES:
        for revision, folder in standing_folders(out, str(month), language):
            files = tuple(name for name in FILES if (folder / name).is_file())
            yield StandingReport(month, language, revision, folder, files)
