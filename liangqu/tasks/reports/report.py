"""A month's report: read, computed, and written as pages, workbook and rows."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from liangqu.config.errors import ProblemError
from liangqu.tasks.progress import Progress, silent
from liangqu.tasks.reports.report_files import here, machine_files, write_files
from liangqu.tasks.reports.report_text import TextFile

if TYPE_CHECKING:
    from dashboards.reports.content.report import MonthlyReport
    from dashboards.reports.drinking_water import DrinkingSource
    from dashboards.reports.export import Identity
    from dashboards.reports.imprint import Imprint
    from dashboards.reports.month import Month
    from dashboards.reports.rendering.chapters import DraftReport
    from dashboards.reports.revisions.changed_figure import ChangedFigure
    from dashboards.reports.revisions.former import FormerReport
    from liangqu.config.settings import Settings
    from liangqu.tasks.reports.workers import Elsewhere, Workers
    from sensors.model import Language


class MadeReport(NamedTuple):
    """A report that stands: its page, its revision, what it superseded, and what changed since that.

    `is_new` is False where nothing differs from the revision that stood there already.
    """

    page: Path
    revision: int
    former: "FormerReport | None"
    changes: "list[ChangedFigure] | None"
    is_new: bool


def make_report(
    settings: "Settings",
    month: "Month",
    out: Path,
    language: "Language",
    now: datetime,
    *,
    supersedes: "FormerReport | None" = None,
    drinking_water: "tuple[DrinkingSource, ...]" = (),
    pdf: bool = False,
    progress: Progress = silent,
    workers: "Workers | None" = None,
) -> MadeReport:
    """Compile a month and write it as the next revision below `out`; nothing that stands is written over.

    What it supersedes is the newest in `out` unless `supersedes` is given. Where nothing differs from the
    newest in `out`, only files that it lacks are added. `workers`, if any, read sites and make the workbook.

    Raises:
        ProblemError: as `compile_month`, `write_files`, `TextFile`; the newest report in `out` is unreadable.
    """
    from msgspec.structs import asdict, replace

    from dashboards.reports.imprint import Imprint
    from dashboards.reports.rendering.chapters import draft_report
    from dashboards.reports.revisions.former import FormerReportError, newest_report
    from dashboards.reports.words import ReportWords

    try:
        newest = newest_report(out, str(month), language)
    except FormerReportError as error:
        raise ProblemError(f"--out: {error}") from None
    head = asdict(settings.report)
    imprint = Imprint(**{name: head[name] for name in Imprint.__struct_fields__})
    text_file = TextFile(out, month, language)
    kept = text_file.read(supersedes or newest)
    report = compile_month(settings, month, now, progress, drinking_water=drinking_water, workers=workers)
    text = text_file.printed(report, kept)
    draft = draft_report(report, ReportWords(language))
    if newest is not None and supersedes is None:
        identity, listed = replace(_standing(newest, imprint), text=text), _listed(newest)
        if machine_files(report, draft, identity, listed)["report.json"] == newest.text:
            write_files(report, draft, identity, newest.folder, listed, pdf=pdf, only_missing=True)
            text_file.write(text)
            return MadeReport(newest.folder / "report.html", newest.revision, None, listed, is_new=False)
    identity = replace(_next(supersedes or newest, month, language, imprint), text=text)
    at = here if workers is None else workers.elsewhere
    made = _write_next(report, draft, identity, out, supersedes or newest, pdf=pdf, elsewhere=at)
    text_file.write(text)
    return made


def _write_next(
    report: "MonthlyReport",
    draft: "DraftReport",
    identity: "Identity",
    out: Path,
    former: "FormerReport | None",
    *,
    pdf: bool,
    elsewhere: "Elsewhere",
) -> MadeReport:
    from dashboards.reports.rendering.printed import printed_tables
    from dashboards.reports.revisions.changes import changes
    from dashboards.reports.revisions.former import revision_folder
    from dashboards.reports.words import ReportWords

    folder = revision_folder(out, str(report.month), identity.language, identity.revision)
    if (folder / "report.json").exists():
        raise ProblemError(f"{folder}: a report stands there; choose another --out", exit_code=1)
    words, changed = ReportWords(identity.language), None
    if former is not None:
        changed = changes(former, report, printed_tables(report, words, draft), words, identity.version)
    write_files(report, draft, identity, folder, changed, pdf=pdf, elsewhere=elsewhere)
    return MadeReport(folder / "report.html", identity.revision, former, changed, is_new=True)


def _next(
    former: "FormerReport | None", month: "Month", language: "Language", imprint: "Imprint"
) -> "Identity":
    from dashboards.reports.export import Identity
    from liangqu import __version__

    return Identity(
        number=former.number if former else f"LQ-{month}",
        revision=former.revision + 1 if former else 1,
        language=language,
        version=__version__,
        supersedes=f"{former.number} revision {former.revision}" if former else "",
        imprint=imprint,
    )


def _listed(newest: "FormerReport") -> "list[ChangedFigure] | None":
    """What a report that stands says has changed since the one before it."""
    import msgspec

    from dashboards.reports.revisions.changed_figure import ChangedFigure

    found = newest.content.get("changes")
    return None if found is None else msgspec.convert(found, list[ChangedFigure])


def _standing(newest: "FormerReport", imprint: "Imprint") -> "Identity":
    """Who a report would be that took the place of the one that stands, made by this program."""
    from dashboards.reports.export import Identity
    from liangqu import __version__

    supersedes = str(newest.content.get("supersedes", ""))
    language: Language = "en" if newest.language == "en" else "zh"
    return Identity(newest.number, newest.revision, language, __version__, supersedes, imprint)


def compile_month(
    settings: "Settings",
    month: "Month",
    now: datetime,
    progress: Progress = silent,
    *,
    drinking_water: "tuple[DrinkingSource, ...]" = (),
    workers: "Workers | None" = None,
) -> "MonthlyReport":
    """Read and compute a report's content.

    Raises:
        ProblemError: the month is empty or has not begun, or the store cannot be reached.
    """
    from dashboards.reports.content import journal_facts
    from dashboards.reports.content.collection import Sources, measured_series
    from dashboards.reports.content.report import EmptyMonthError, compile_report
    from dashboards.reports.content.sites.gathering import gather
    from dashboards.reports.month import HISTORY
    from ingest.marks import all_marks
    from liangqu.config.factories import open_catalogue, open_rules, reading_store
    from liangqu.tasks.declared.marks import open_journal_as_it_stands
    from sensors.marks import effective_marks

    catalogue = open_catalogue(settings)
    if month.start > now:
        raise ProblemError(f"{month} has not begun", exit_code=1)
    rules = open_rules(settings, catalogue)
    names = {rule.id: rule.name for rule in rules.rules.values()}
    with reading_store(settings) as store:
        with open_journal_as_it_stands(settings) as journal:
            record = all_marks(store, journal)
            known = None
            if journal is not None:
                known = journal_facts.read_facts(
                    journal, month.start, month.end, now, people=_people(settings), rules=names
                )
        sources = Sources(store, catalogue, rules, effective_marks(record), record, drinking_water)
        try:
            with progress("series", len(measured_series(sources, month.back(HISTORY - 1).start))) as advance:
                read = gather if workers is None else workers.gather
                return compile_report(sources, month, now, known, advance, gather=read)
        except EmptyMonthError as empty:
            raise ProblemError(str(empty), exit_code=1) from None


def _people(settings: "Settings") -> dict[str, str]:
    """What people are called; nobody without a notify file that can be read: they go by their ids then."""
    from liangqu.config.factories import open_notify

    with suppress(ProblemError):
        return {person.id: person.name for person in open_notify(settings).people.values()}
    return {}
