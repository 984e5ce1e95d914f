"""A report: its files and preview, what changed since the one before, its text, and its review."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from mimetypes import guess_type
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from dashboards.reports.month import Month
from dashboards.reports.rendering.tables.change_tables import cause_text
from dashboards.reports.revisions.approvals import Review, read_reviews
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.revisions.former import FormerReport
from dashboards.reports.text.edited import kept_in_json
from dashboards.reports.words import ReportWords
from ingest.journal import audit
from liangqu.config.errors import ProblemError
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit
from liangqu.desk.pages.reports import step_text
from liangqu.desk.pages.review import STEPS
from liangqu.desk.templates import address
from liangqu.tasks.declared.approval import review_report, since_approval
from liangqu.tasks.reports.report_text import TextFile
from liangqu.tasks.reports.standing import (
    StandingReport,
    find_report,
    folder_of,
    read_report,
    standing_reports,
)
from sensors.model import LANGUAGES

MOST_CHANGES = 300
PREVIEW = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'self'"
)
"""A report's own page stands alone: its style is in it, and nothing in it runs."""


def show(visit: Visit) -> Answer:
    """What stands there of one revision."""
    report = _asked(visit)
    former = read_report(report)
    settings = visit.desk.files.settings
    out = folder_of(settings)
    revisions = [one for one in standing_reports(out) if one.month == report.month]
    newest = max(one.revision for one in revisions if one.language == report.language)
    with visit.desk.snapshot() as connection:
        reviews = read_reviews(connection, str(report.month))
    own = [one for one in reviews if (one.revision, one.language) == (report.revision, report.language)]
    return {
        "report": report,
        "number": former.number,
        "revisions": revisions,
        "is_newest": report.revision == newest,
        "changes": _changes(former, visit),
        "paragraphs": (paragraphs := _paragraphs(visit, report, former)),
        "shown": _digest(paragraphs),
        "reviews": [(one, step_text(visit, one)) for one in own],
        "may": _next_steps(own),
        "since": _since(visit, [one for one in reviews if one.is_final]),
        "levels": settings.review.levels,
        "chapter": ReportWords(visit.language),
    }


def act(visit: Visit, form: SentForm) -> Outcome:
    """Edit its text, or take a step of its review."""
    report = _asked(visit)
    try:
        if form["do"] == "edit":
            return _edit(visit, form, report)
        if form["do"] in STEPS:
            return _review(visit, form, report)
    except ProblemError as error:
        return NotDone(visit.problem(error))
    return NotDone(visit.words("bad_request", why=form["do"]))


def give_file(visit: Visit) -> Answer:
    """One of its files, as it stands."""
    report = _asked(visit)
    name = visit.path["file"]
    if name not in report.files:
        raise HTTPException(404)
    kind = guess_type(name)[0] or "application/octet-stream"
    if name == "report.html":
        headers = {"Content-Security-Policy": PREVIEW, "X-Frame-Options": "SAMEORIGIN"}
        return FileResponse(report.folder / name, media_type=kind, headers=headers)
    saved = f"{report.month}-{report.language}-r{report.revision}-{name}"
    return FileResponse(report.folder / name, media_type=kind, filename=saved)


def _asked(visit: Visit) -> StandingReport:
    """The report of the address.

    Raises:
        HTTPException: there is none (404).
    """
    language = next((each for each in LANGUAGES if each == visit.path["language"]), None)
    try:
        month, revision = Month.parse(visit.path["month"]), int(visit.path["revision"])
    except ValueError:
        raise HTTPException(404) from None
    out = folder_of(visit.desk.files.settings)
    found = find_report(out, month, language, revision) if language else None
    if found is None:
        raise HTTPException(404)
    return found


def _changes(former: FormerReport, visit: Visit) -> Sequence[tuple[ChangedFigure, Sequence[str]]] | None:
    """Each changed figure with its causes in words; None of a first report."""
    found = former.content.get("changes")
    if found is None:
        return None
    words = ReportWords(visit.language)
    listed = msgspec.convert(found, list[ChangedFigure])[:MOST_CHANGES]
    return [(one, [cause_text(cause, words) for cause in one.causes]) for one in listed]


def _paragraphs(visit: Visit, report: StandingReport, former: FormerReport) -> Mapping[str, Any]:
    """The text as it would be printed next, by chapter."""
    out = folder_of(visit.desk.files.settings)
    kept = TextFile(out, report.month, report.language).read(former)
    return {**kept_in_json(former.content), **kept}


def _digest(paragraphs: Mapping[str, Any]) -> str:
    """Of the texts that a form was made of: somebody else's changes are not undone by it."""
    texts = "\0".join(f"{name}\0{one.text.strip()}" for name, one in paragraphs.items())
    return sha256(texts.encode()).hexdigest()


def _next_steps(own: Sequence[Review]) -> Sequence[str]:
    if own and own[-1].is_final:
        return ()
    is_open = bool(own) and own[-1].step != "returned"
    return ("approve", "return") if is_open else ("submit",)


def _since(visit: Visit, finals: Sequence[Review]) -> str:
    """How much has changed since the month was approved; "" for nothing, and of one that was not."""
    if not finals:
        return ""
    try:
        (since,) = since_approval(visit.desk.files.settings, finals[-1:]).values()
    except ProblemError as error:
        return visit.words("away", why=visit.problem(error))
    values = {"late": since.late, "revised": since.revised, "marks": since.marks, "changes": since.changes}
    return visit.words("since", **values) if any(since) else ""


def _edit(visit: Visit, form: SentForm, report: StandingReport) -> Outcome:
    texts = {name.removeprefix("text-"): form[name] for name in form.fields if name.startswith("text-")}
    texts = {chapter: text.replace("\r\n", "\n") for chapter, text in texts.items()}
    former = read_report(report)
    if form["shown"] != _digest(_paragraphs(visit, report, former)):
        return NotDone(visit.words("text_changed"))
    file = TextFile(folder_of(visit.desk.files.settings), report.month, report.language)
    changed = file.edit(former, texts)
    if not changed:
        return Done("text_same", _own_address(report))
    with visit.desk.journal.transaction() as connection:
        objects = [str(report.month), report.language]
        audit.record(connection, "report_text", objects, visit.now, details={"chapters": changed})
    return Done("text_saved", _own_address(report))


def _review(visit: Visit, form: SentForm, report: StandingReport) -> Outcome:
    step, reason = STEPS[form["do"]], form["reason"]
    if step == "returned" and not reason:
        return NotDone(visit.words("needs_reason"), "reason")
    settings = visit.desk.files.settings
    review_report(
        settings, str(report.month), folder_of(settings), report.language,
        step=step, by=visit.user.name, reason=reason, now=visit.now,
    )  # fmt: skip
    return Done(f"{step}_done", _own_address(report))


def _own_address(report: StandingReport) -> str:
    return address(f"/reports/{report.month}/{report.revision}/{report.language}")


_PATH = "/reports/{month}/{revision}/{language}"
PAGES = (
    Page(path=_PATH, name="report", show=show, act=act, change="review", in_menu=False),
    Page(path=_PATH + "/{file}", name="report", show=give_file, in_menu=False),
)
