"""*Import*: a file of history is looked at first, and taken in by whoever has seen what would come of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from dashboards.reports.revisions.approvals import approved_months
from ingest.importing.cells import Cells
from ingest.importing.csv_rows import RowOptions
from ingest.importing.tables.table import TableOptions
from ingest.journal.review.locks import locked_among
from liangqu.config.errors import ProblemError
from liangqu.desk.jobs import Job
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit, when_sent
from liangqu.desk.uploads import Upload
from liangqu.service.wording.reasons import describe_reason
from liangqu.tasks.importing.feed_cells import feed_cells
from liangqu.tasks.importing.preview import BOUNDS, ImportPreview, SeriesPreview, preview_import
from liangqu.tasks.importing.tables import table_cells
from sensors.excerpt import escaped

TAKING = "import"
Form = Literal["csv", "cnemc-air", "cnemc-water"]
FORMS: tuple[Form, ...] = ("csv", "cnemc-air", "cnemc-water")
CONFLICTS = ("keep", "revise")
MOST_SERIES = 200
MOST_DAYS = 10


class ShownSeries(Struct, frozen=True):
    """A series of the file with the names of its place and parameter; ids where nobody knows them."""

    place: str
    parameter: str
    unit: str
    found: SeriesPreview


def show(visit: Visit) -> Answer:
    """The form, and what is being taken in."""
    return {
        "forms": FORMS,
        "jobs": visit.desk.jobs.listed(TAKING)[:5],
        "preview": None,
        "asked": {"format": "csv", "conflict": "keep"},
    }


def act(visit: Visit, form: SentForm) -> Outcome:
    """Look at a file, or take one in that was looked at."""
    try:
        if form["do"] == "look":
            return _look(visit, form)
        if form["do"] == "take":
            return _take(visit, form)
    except ProblemError as error:
        return NotDone(visit.problem(error), "file")
    return NotDone(visit.words("bad_request", why=form["do"]))


def _look(visit: Visit, form: SentForm) -> Outcome:
    sent = form.files.get("file")
    if sent is None or not sent.filename:
        return NotDone(visit.words("no_file"), "file")
    wanted = _format(form)
    try:
        upload = visit.desk.uploads.add(sent.filename, sent.file, visit.user.id)
    except OSError as error:
        raise ProblemError(f"{sent.filename}: {error.strerror}") from None
    notes: list[str] = []
    with visit.desk.snapshot() as connection:
        approved = [*approved_months(connection)]
    try:
        cells = _cells(visit, upload, wanted, notes)
        with visit.desk.store() as store:
            preview = preview_import(cells, visit.desk.files.catalogue, store, approved)
    except (ProblemError, ValueError) as error:  # it names where the file is kept, which is no name of theirs
        raise ProblemError(str(error).replace(str(upload.path), upload.name)) from None
    sites = visit.desk.files.catalogue.sites
    with visit.desk.snapshot() as connection:
        locked = locked_among(connection, preview.changed)
    shown = [_shown(one, visit) for one in preview.series[:MOST_SERIES]]
    return {
        "preview": preview,
        "locked": [f"{visit.words.name(sites[site].name)} {day}" for site, day in locked[:MOST_DAYS]],
        "locked_more": len(locked) - MOST_DAYS,
        "series": shown,
        "left_out": len(preview.series) - len(shown),
        "refused": _refused(preview, visit),
        "notes": [visit.problem(line) for line in notes],
        "upload": upload,
        "asked": {"format": wanted, "conflict": "keep"},
    }


def _take(visit: Visit, form: SentForm) -> Outcome:
    upload = visit.desk.uploads.find(form["upload"], visit.user.id)
    if upload is None:
        return NotDone(visit.words("no_upload"), "file")
    conflict = form["conflict"] if form["conflict"] in CONFLICTS else "keep"
    file, wanted = visit.desk.files.found.file, _format(form)
    arguments = [
        *(["-c", str(file)] if file else []),
        "import", "--format", wanted, "--on-conflict", conflict,
        *(["--reason", form["reason"], "--by", visit.user.name] if form["reason"] else []),
        "--", str(upload.path),
    ]  # fmt: skip
    job = Job(0, TAKING, upload.name, visit.user.name, visit.user.id, visit.now)
    uploads = visit.desk.uploads
    if visit.desk.jobs.start(job, arguments, partial(uploads.remove, upload)) is None:
        return NotDone(visit.words("too_many"))
    uploads.take(upload)
    return Done("taking")


def _format(form: SentForm) -> Form:
    return next((each for each in FORMS if each == form["format"]), "csv")


def _cells(visit: Visit, upload: Upload, wanted: Form, notes: list[str]) -> Mapping[str, Cells]:
    catalogue = visit.desk.files.catalogue
    if wanted == "csv":
        options = RowOptions(table=TableOptions(bounds=BOUNDS))
        return table_cells([upload.path], catalogue, options, None, notes.append)
    passed_over = Counter[str]()
    return feed_cells([upload.path], catalogue, wanted, last=None, published=False, passed_over=passed_over)


def _shown(found: SeriesPreview, visit: Visit) -> ShownSeries:
    catalogue = visit.desk.files.catalogue
    site, parameter = catalogue.sites.get(found.site), catalogue.parameters.get(found.parameter)
    return ShownSeries(
        escaped(found.site) if site is None else visit.words.name(site.name),
        escaped(found.parameter) if parameter is None else parameter.label,
        "" if parameter is None else parameter.unit,
        found,
    )


def _refused(preview: ImportPreview, visit: Visit) -> Sequence[tuple[str, int, Any]]:
    """Each reason in words, how many, and its first cells."""
    return [
        (
            visit.words.name(describe_reason(one.reason)),
            one.number,
            [(cell, escaped(cell.text)) for cell in one.examples],
        )
        for one in preview.refused
    ]


PAGES = (
    Page(
        path="/import", name="import", show=show, act=act, look="review", change="review",
        live="jobs.html", is_expensive=when_sent,
    ),
)  # fmt: skip
