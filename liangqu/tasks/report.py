"""A month's report: read, computed, and written as pages, workbook and rows."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError
from liangqu.tasks.progress import Progress, silent

if TYPE_CHECKING:
    import sqlite3

    from dashboards.reports.content.report import MonthlyReport
    from dashboards.reports.export import Identity
    from dashboards.reports.month import Month
    from dashboards.reports.revisions import ChangedFigure, FormerReport
    from liangqu.config.settings import Settings
    from sensors.model import Language


def make_report(
    settings: "Settings",
    month: "Month",
    folder: Path,
    language: "Language",
    now: datetime,
    *,
    former: "FormerReport | None" = None,
    pdf: bool = False,
    progress: Progress = silent,
) -> "tuple[Path, list[ChangedFigure] | None]":
    """Compile a month and write its files; the page, and what changed since `former`, None without one.

    Raises:
        ProblemError: as `compile_month` and `write_files`.
    """
    from dashboards.reports import export
    from dashboards.reports.revisions import changes
    from liangqu import __version__

    report = compile_month(settings, month, now, progress)
    identity = export.Identity(
        number=former.number if former else f"LQ-{month}",
        revision=former.revision + 1 if former else 1,
        language=language,
        version=__version__,
        supersedes=f"{former.number} revision {former.revision}" if former else "",
    )
    changed = changes(former, report) if former else None
    write_files(report, identity, folder, changed, pdf=pdf)
    return folder / "report.html", changed


def compile_month(
    settings: "Settings", month: "Month", now: datetime, progress: Progress = silent
) -> "MonthlyReport":
    """Read and compute a report's content.

    Raises:
        ProblemError: the month is empty or has not begun, or the store cannot be reached.
    """
    from dashboards.reports.content import journal_facts
    from dashboards.reports.content.collection import Sources, measured_series
    from dashboards.reports.content.report import EmptyMonthError, compile_report
    from dashboards.reports.month import HISTORY
    from ingest.marks import all_marks
    from liangqu.config.factories import open_catalogue, open_rules, reading_store
    from sensors.marks import effective_marks

    catalogue = open_catalogue(settings)
    if month.start > now:
        raise ProblemError(f"{month} has not begun", exit_code=1)
    rules = open_rules(settings, catalogue)
    names = {rule.id: rule.name for rule in rules.rules.values()}
    with reading_store(settings) as store:
        with _journal(settings) as journal:
            marks = effective_marks(all_marks(store, journal))
            known = None
            if journal is not None:
                known = journal_facts.read_facts(
                    journal, month.start, month.end, now, people=_people(settings), rules=names
                )
        sources = Sources(store, catalogue, rules, marks)
        try:
            with progress("series", len(measured_series(sources, month.back(HISTORY - 1).start))) as advance:
                return compile_report(sources, month, now, known, advance)
        except EmptyMonthError as empty:
            raise ProblemError(str(empty), exit_code=1) from None


def _people(settings: "Settings") -> dict[str, str]:
    """What people are called; nobody without a notify file that can be read: they go by their ids then."""
    from liangqu.config.factories import open_notify

    with suppress(ProblemError):
        return {person.id: person.name for person in open_notify(settings).people.values()}
    return {}


@contextmanager
def _journal(settings: "Settings") -> Iterator["sqlite3.Connection | None"]:
    """The journal file as it stands at this moment; None where there is none, and none is made."""
    from liangqu.config.factories import open_journal

    if not Path(settings.journal.path).exists():
        yield None
        return
    with closing(open_journal(settings)) as journal, journal.snapshot() as connection:
        yield connection


def write_files(
    report: "MonthlyReport",
    identity: "Identity",
    folder: Path,
    changed: "Sequence[ChangedFigure] | None" = None,
    *,
    pdf: bool = False,
) -> None:
    """Write all files of a report into its folder, made when missing.

    Raises:
        ProblemError: the folder cannot be written, or the extra or a font for PDF is not there.
    """
    import msgspec

    from dashboards.reports import export
    from dashboards.reports.rendering import page
    from dashboards.reports.rendering.files import pdf as printing
    from dashboards.reports.rendering.files.workbook import xlsx
    from dashboards.reports.words import ReportWords

    words = ReportWords(identity.language)
    html = page.html(report, identity, words, changed)
    listed = None if changed is None else [msgspec.to_builtins(one) for one in changed]
    made = {
        "report.html": html.encode(),
        "report.xlsx": xlsx(report, words, changed),
        "means.csv": export.means_csv(report).encode(),
        "exceedances.csv": export.exceedances_csv(report).encode(),
        "report.json": export.report_json(report, identity, listed).encode(),
    }
    if pdf:
        try:
            made["report.pdf"] = printing.pdf(html)
        except printing.NoPdfError as error:
            raise ProblemError(str(error)) from None
        except printing.NoFontError as error:
            raise ProblemError(str(error), exit_code=1) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}", exit_code=1) from None
