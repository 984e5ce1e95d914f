"""Reviewing a month's report: submitted, approved by each level, or returned; and what changed since."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dashboards.reports.revisions import approvals
from dashboards.reports.revisions.approvals import ChangeOf, Review
from ingest.journal.review.steps import ReviewError, Step
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from liangqu.tasks.declared.signing import signed_files, write_signed

if TYPE_CHECKING:
    from dashboards.reports.revisions.former import FormerReport
    from ingest.importing.cells import Cells
    from liangqu.config.settings import Settings
    from sensors.model import Language


def review_report(
    settings: "Settings",
    month: str,
    out: Path,
    language: "Language",
    *,
    step: Step,
    by: str,
    reason: str,
    now: datetime,
) -> Review:
    """Take a step of the review of a month's newest report below `out`, and say so in what people read.

    Raises:
        ProblemError: there is no report, its files are not those that it was made with, the step cannot be
            taken, or a file cannot be signed; nothing is recorded then.
    """
    from dashboards.reports.revisions.review import ReviewedReport, next_review

    newest = _newest(out, month, language)
    digest = sha256(newest.text).hexdigest()
    report = ReviewedReport(month, newest.revision, language, digest)
    with closing(open_journal(settings)) as journal:
        with journal.snapshot() as connection:
            record = approvals.read_reviews(connection, month)
        try:
            review = next_review(
                record, report, step, by=by, reason=reason, levels=settings.review.rule, now=now
            )
        except ReviewError as error:
            raise ProblemError(str(error), exit_code=1) from None
        signed = signed_files(newest.folder, _own([*record, review], newest), language)
        with journal.transaction() as connection:
            if approvals.read_reviews(connection, month) != record:
                raise ProblemError(f"somebody else reviewed {month} meanwhile; try again", exit_code=1)
            approvals.add_review(connection, review)
    write_signed(signed)
    return review


def _own(record: Sequence[Review], newest: "FormerReport") -> list[Review]:
    """The steps that were taken over this report, of the month's."""
    return [one for one in record if (one.revision, one.language) == (newest.revision, newest.language)]


def _newest(out: Path, month: str, language: "Language") -> "FormerReport":
    from dashboards.reports.revisions.former import FormerReportError, newest_report

    try:
        newest = newest_report(out, month, language)
    except FormerReportError as error:
        raise ProblemError(f"--out: {error}") from None
    if newest is None:
        raise ProblemError(f"there is no report of {month} in {language} in {out}; liangqu report makes it")
    for name, wanted in newest.content.get("files", {}).items():
        found = sha256((newest.folder / name).read_bytes()).hexdigest()
        if found != wanted:
            raise ProblemError(f"{newest.folder / name} is not what the report was made with", exit_code=1)
    return newest


class SinceApproval(NamedTuple):
    """How much has changed in a month since it was approved, and so waits for a further revision."""

    late: int
    revised: int
    marks: int
    changes: int


def since_approval(settings: "Settings", finals: Iterable[Review]) -> dict[str, SinceApproval]:
    """What the store and the journal have of months since these steps approved them, by month.

    Raises:
        ProblemError: the store cannot be reached.
    """
    from dashboards.reports.content.arrivals import read_arrivals
    from dashboards.reports.month import Month
    from liangqu.config.factories import reading_store
    from liangqu.tasks.declared.marks import recorded_marks

    approved = {final.month: final.made for final in finals}
    if not approved:
        return {}
    with closing(open_journal(settings)) as journal, journal.snapshot() as connection:
        changes = {month: approvals.read_changes(connection, month) for month in approved}
    found = {}
    with reading_store(settings) as store:
        record = recorded_marks(settings, store)
        for month, then in approved.items():
            span = Month.parse(month).start, Month.parse(month).end
            late = [one.late for one in read_arrivals(store, *span) if one.received > then]
            marks = sum(one.known > then and one.overlaps(*span) for one in record)
            later = sum(one.made > then for one in changes[month])
            found[month] = SinceApproval(sum(late), len(late) - sum(late), marks, later)
    return found


def check_approved(
    settings: "Settings", days: Iterable[str], what: ChangeOf, *, reason: str, by: str, now: datetime
) -> None:
    """Let days (`YYYY-MM-DD`) of approved months be changed only with a reason and a name, which are kept.

    Raises:
        ProblemError: there is none.
    """
    months = approvals.months_among(_approved(settings), days)
    if months:
        _check_reason(min(months), reason, by)
        _keep(settings, months, what, reason=reason, by=by, now=now)


def guarded_cells(
    settings: "Settings", files: Mapping[str, "Cells"], *, reason: str, by: str, now: datetime
) -> dict[str, "Cells"]:
    """The cells of files; one of an approved month passes only with a reason and a name, which are kept.

    Raises:
        ProblemError: while they are read: such a cell came without; what stood before it is in.
    """
    approved = _approved(settings)
    if not approved:
        return dict(files)
    guard = _Guard(settings, frozenset(approved), reason, by, now)
    return {name: guard.cells(name, cells) for name, cells in files.items()}


class _Guard:
    """Watches which approved months an import changes."""

    def __init__(
        self, settings: "Settings", approved: frozenset[str], reason: str, by: str, now: datetime
    ) -> None:
        self._settings, self._approved = settings, approved
        self._reason, self._by, self._now = reason, by, now
        self._seen: set[str] = set()

    def cells(self, name: str, cells: "Cells") -> "Cells":
        """The cells of a file."""
        for cell in cells:
            if isinstance(cell.time, datetime):
                month = approvals.month_of(cell.time)
                if month in self._approved and month not in self._seen:
                    self._admit(month, f"{name}, line {cell.line}: ")
            yield cell

    def _admit(self, month: str, where: str) -> None:
        _check_reason(month, self._reason, self._by, where)
        self._seen.add(month)
        _keep(self._settings, {month}, "import", reason=self._reason, by=self._by, now=self._now)


def _approved(settings: "Settings") -> Mapping[str, Review]:
    if not Path(settings.journal.path).exists():
        return {}
    with closing(open_journal(settings)) as journal, journal.snapshot() as connection:
        return approvals.approved_months(connection)


def _check_reason(month: str, reason: str, by: str, where: str = "") -> None:
    if not (reason.strip() and by.strip()):
        raise ProblemError(
            f"{where}{month} is approved; --reason and --by say why it changes, and who says so"
        )


def _keep(
    settings: "Settings", months: Iterable[str], what: ChangeOf, *, reason: str, by: str, now: datetime
) -> None:
    with closing(open_journal(settings)) as journal, journal.transaction() as connection:
        approvals.add_changes(connection, sorted(months), what, reason=reason, by=by, now=now)
