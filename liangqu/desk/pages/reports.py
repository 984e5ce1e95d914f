"""*Reports*: the months that have one, with their revisions and reviews; making the next."""

from itertools import groupby

from msgspec import Struct

from dashboards.reports.month import Month, MonthError
from dashboards.reports.revisions.approvals import Review, read_reviews
from ingest.journal import audit
from liangqu.desk.jobs import Job
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit
from liangqu.tasks.reports.standing import StandingReport, folder_of, standing_reports
from sensors.calendar import SHANGHAI, month_number
from sensors.model import LANGUAGES, Language

MAKING = "report"


class MonthRow(Struct, frozen=True):
    """A month in the list, with the last step of its review."""

    month: Month
    reports: tuple[StandingReport, ...]
    last_step: Review | None


def show(visit: Visit) -> Answer:
    """The months, the newest first, and what is being made."""
    with visit.desk.snapshot() as connection:
        last_steps = {one.month: one for one in read_reviews(connection)}
    standing = standing_reports(folder_of(visit.desk.files.settings))
    local = visit.now.astimezone(SHANGHAI)
    return {
        "months": [
            MonthRow(month, tuple(found), last_steps.get(str(month)))
            for month, found in groupby(standing, key=lambda one: one.month)
        ],
        "last_month": Month(month_number(local.year, local.month) - 1),
        "languages": LANGUAGES,
        "jobs": visit.desk.jobs.listed(MAKING)[:5],
        "step": lambda review: step_text(visit, review),
    }


def act(visit: Visit, form: SentForm) -> Outcome:
    """Make the next revision of a month, in a process of its own."""
    try:
        month = Month.parse(form["month"])
    except MonthError as error:
        return NotDone(visit.problem(error), "month")
    languages = [each for each in LANGUAGES if each in form.every("language")]
    if not languages:
        return NotDone(visit.words("no_language"), "language")
    started = [language for language in languages if _start(visit, form, month, language)]
    if started:
        with visit.desk.journal.transaction() as connection:
            details = {"languages": started}
            audit.record(connection, "report_made", [str(month)], visit.now, details=details)
    return Done("making") if started == languages else NotDone(visit.words("too_many"))


def _start(visit: Visit, form: SentForm, month: Month, language: Language) -> bool:
    """Whether it begins, or waits for its turn."""
    found = visit.desk.files.found
    arguments = [
        *(["-c", str(found.file)] if found.file else []),
        "report", str(month), "--language", language, "--out", str(folder_of(found.settings)),
        *(["--pdf"] if "pdf" in form else []),
    ]  # fmt: skip
    subject = visit.words("subject", month=month, language=visit.words(language))
    job = Job(0, MAKING, subject, visit.user.name, visit.user.id, visit.now)
    return visit.desk.jobs.start(job, arguments) is not None


def step_text(visit: Visit, review: Review) -> str:
    """`王某 已批准（1/2 级）`: the last step of a review, in words."""
    key = "final" if review.is_final else review.step
    values = {"by": review.by, "level": review.level, "levels": review.levels, "reason": review.reason}
    return visit.words(key, **values)


PAGES = (Page(path="/reports", name="reports", show=show, act=act, change="review", live="jobs.html"),)
