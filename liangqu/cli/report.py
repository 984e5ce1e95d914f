"""`liangqu report`: the month that the analyst signs, as pages, workbook and rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.cli.terminal import say
from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    import sqlite3

    from dashboards.reports.export import Identity
    from dashboards.reports.month import Month
    from dashboards.reports.report import MonthlyReport
    from dashboards.reports.revisions import ChangedFigure, FormerReport
    from liangqu.config.settings import Settings


def command(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The month, YYYY-MM.", metavar="YYYY-MM")],
    *,
    out: Annotated[Path, typer.Option(help="Where reports are kept: OUT/YYYY-MM/<language>/.")] = Path(
        "reports"
    ),
    language: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Otherwise that of the settings.")
    ] = None,
    supersedes: Annotated[
        Path | None,
        typer.Option(help="Folder of the report that this one takes the place of.", show_default=False),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="report.pdf too; needs the extra pdf and a Chinese font.")
    ] = False,
    config: Config = None,
) -> None:
    """Write a month's report: report.html, report.xlsx, means.csv, exceedances.csv, report.json.

    Equal inputs give equal files. With --supersedes it keeps that report's number, counts its revision up,
    and lists every figure that changed and why.
    """
    from dashboards.reports.month import Month

    settings = settings_of(context, config)
    try:
        wanted = Month.parse(month)
    except ValueError as error:
        raise ProblemError(str(error)) from None
    spoken = language or settings.language
    folder = out / str(wanted) / spoken
    former = _former(supersedes, folder, wanted) if supersedes is not None else None
    page, changed = make(settings, wanted, folder, spoken, datetime.now(UTC), former=former, pdf=pdf)
    say(str(page))
    if changed is not None and former is not None:
        say(f"{len(changed)} figures changed since revision {former.revision}")


def make(
    settings: "Settings",
    month: "Month",
    folder: Path,
    language: Literal["zh", "en"],
    now: datetime,
    *,
    former: "FormerReport | None" = None,
    pdf: bool = False,
) -> "tuple[Path, list[ChangedFigure] | None]":
    """Compile a month and write its files; the page, and what changed since `former`, None without one.

    Raises:
        ProblemError: as `compiled` and `write`.
    """
    from dashboards.reports import export
    from dashboards.reports.revisions import changes
    from liangqu import __version__

    report = compiled(settings, month, now)
    identity = export.Identity(
        number=former.number if former else f"LQ-{month}",
        revision=former.revision + 1 if former else 1,
        language=language,
        version=__version__,
        supersedes=f"{former.number} revision {former.revision}" if former else "",
    )
    changed = changes(former, report) if former else None
    write(report, identity, folder, changed, pdf=pdf)
    return folder / "report.html", changed


def compiled(settings: "Settings", month: "Month", now: datetime) -> "MonthlyReport":
    """Read and compute a report's content, with progress.

    Raises:
        ProblemError: the month is empty or has not begun, or the store cannot be reached.
    """
    from alerts.rules.definition import RulesError
    from alerts.rules.definition import load as load_rules
    from alerts.rules.index import RuleIndex
    from dashboards.reports import journal_facts
    from dashboards.reports.collection import Sources, measured_series
    from dashboards.reports.month import HISTORY
    from dashboards.reports.report import EmptyMonthError, compile_report
    from ingest.marks import all_marks
    from ingest.stores.base import StoreAway
    from liangqu.cli.progress import progress
    from liangqu.config.factories import open_catalogue, open_store
    from sensors.marks import effective_marks

    catalogue = open_catalogue(settings)
    if month.start > now:
        raise ProblemError(f"{month} has not begun", exit_code=1)
    store = open_store(settings)
    try:
        rules = load_rules(catalogue, [Path(file) for file in settings.alerts.rules])
        with _journal(settings) as journal:
            marks = effective_marks(all_marks(store, journal))
            known = None if journal is None else journal_facts.read_facts(journal, month.start, month.end)
        sources = Sources(store, catalogue, RuleIndex(rules, catalogue), marks)
        with progress("series", len(measured_series(sources, month.back(HISTORY - 1).start))) as advance:
            return compile_report(sources, month, now, known, advance)
    except EmptyMonthError as empty:
        raise ProblemError(str(empty), exit_code=1) from None
    except RulesError as error:
        raise ProblemError(*error.problems) from None
    except StoreAway as away:
        raise ProblemError(f"store: {away}", exit_code=1) from None
    finally:
        store.close()


@contextmanager
def _journal(settings: "Settings") -> Iterator["sqlite3.Connection | None"]:
    """The journal file as it stands at this moment; None where there is none, and none is made."""
    from liangqu.config.factories import open_journal

    if not Path(settings.journal.path).exists():
        yield None
        return
    journal = open_journal(settings)
    try:
        with journal.snapshot() as connection:
            yield connection
    finally:
        journal.close()


def write(
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
    from dashboards.reports.rendering import pdf as printing
    from dashboards.reports.rendering.workbook import xlsx
    from dashboards.reports.words import ReportWords

    words = ReportWords("zh" if identity.language == "zh" else "en")
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


def _former(folder: Path, target: Path, month: "Month") -> "FormerReport":
    from dashboards.reports.revisions import FormerReportError, read_former

    try:
        former = read_former(folder)
    except FormerReportError as error:
        raise ProblemError(f"--supersedes: {error}") from None
    if former.month != str(month):
        raise ProblemError(f"--supersedes: {folder} is the report of {former.month}, not of {month}")
    if folder.resolve() == target.resolve():
        raise ProblemError(f"--supersedes: {folder} would be overwritten; choose another --out")
    return former
