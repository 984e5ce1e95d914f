"""A site's month under review: curves, hints, marks, and the approval of its days."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from dashboards.reports.month import Month, MonthError
from dashboards.review.curves import Floats, SiteMonth
from dashboards.review.hints.hint import Hint
from dashboards.review.hints.registry import hints_of
from dashboards.review.words import HintWords
from ingest.journal.review.days import ReviewedDay
from ingest.journal.review.locks import LockedDayError
from ingest.marks import submit
from liangqu.config.errors import ProblemError
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit, always
from liangqu.desk.pages.review import STEPS
from liangqu.desk.templates import address
from liangqu.tasks.declared.day_approval import review_days, reviewed_days
from liangqu.tasks.declared.marks import check_withdrawal, find_misfit, recorded_marks
from liangqu.tasks.site_month import reviewed_month
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Site
from sensors.marks import EVERY, Mark, What, effective_marks

WHATS: tuple[What, ...] = ("invalid", "maintenance", "exceptional")
LONGEST = timedelta(days=366)
_MS = timedelta(milliseconds=1)


class ShownHint(Struct, frozen=True):
    """A hint in words, and its intervals as the form of a mark takes them."""

    title: str
    parameter: str
    reason: str
    intervals: tuple[tuple[str, str, str], ...]


def show(visit: Visit) -> Answer:
    """The site's month of the address."""
    site, month = _site(visit), _month(visit)
    settings = visit.desk.files.settings
    read, marks = reviewed_month(settings, visit.desk.files.catalogue, site.id, month, visit.now)
    asked = visit.query.get("parameter", "")
    days = {one.day: one for one in reviewed_days(settings, site.id, str(month))}
    return {
        "site": site,
        "month": month,
        "before": month.back(1),
        "after": month.back(-1),
        "parameters": [visit.desk.files.catalogue.parameters[id_] for id_ in read.curves],
        "chosen": asked if asked in read.curves else next(iter(read.curves), ""),
        "hints": [_shown(hint, visit) for hint in hints_of(read)],
        "marks": [one for one in marks if one.site == site.id and one.overlaps(month.start, month.end)],
        "labels": {id_: one.label for id_, one in visit.desk.files.catalogue.parameters.items()},
        "every": EVERY,
        "whats": WHATS,
        "days": _days(month, days, visit.now),
        "levels": settings.review.levels,
        "interval": (visit.query.get("from", ""), visit.query.get("to", "")),
    }


def act(visit: Visit, form: SentForm) -> Outcome:
    """Mark an interval, take a mark back, or take a step of the review."""
    _site(visit)
    _month(visit)
    try:
        match form["do"]:
            case "mark":
                return _mark(visit, form, next((each for each in WHATS if each == form["what"]), "invalid"))
            case "unmark":
                return _mark(visit, form, "withdrawn")
            case "submit" | "approve" | "return":
                return _review(visit, form)
    except (ProblemError, LockedDayError) as error:
        return NotDone(visit.problem(error))
    return NotDone(visit.words("bad_request", why=form["do"]))


def give_curves(visit: Visit) -> Answer:
    """What the script draws: each parameter's curves of the month as JSON."""
    site, month, catalogue = _site(visit), _month(visit), visit.desk.files.catalogue
    reviewed = reviewed_month(visit.desk.files.settings, catalogue, site.id, month, visit.now)
    return JSONResponse(_drawn(reviewed.read, visit))


def _site(visit: Visit) -> Site:
    """Of the address; 404 where nobody knows it."""
    site = visit.desk.files.catalogue.sites.get(visit.path["site"])
    if site is None:
        raise HTTPException(404)
    return site


def _month(visit: Visit) -> Month:
    """Of the address; 404 where it is none: nothing is done to another one."""
    try:
        return Month.parse(visit.path["month"])
    except MonthError:
        raise HTTPException(404) from None


def _drawn(read: SiteMonth, visit: Visit) -> Mapping[str, Any]:
    grid, name = read.grid, visit.words.name
    times = [_local(grid.time(at)) for at in range(grid.first, grid.stop)]
    part = slice(grid.first, grid.stop)
    return {
        "times": times,
        "site": name(read.site.name),
        "words": {
            key: visit.words(key) for key in ("counting", "excluded", "remarked", "neighbour", "limit")
        },
        "parameters": {
            id_: {
                "name": f"{read.parameters[id_].label} ({read.parameters[id_].unit})",
                "counting": _values(curve.counting[part]),
                "sent": _values(curve.sent[part]),
                "remarks": {
                    str(at - grid.first): ", ".join(names)
                    for at, names in curve.remarks.items()
                    if grid.first <= at < grid.stop
                },
                "neighbours": [
                    {"name": name(one.site.name), "values": _values(one.curves[id_][part])}
                    for one in read.neighbours
                    if id_ in one.curves
                ],
                "limits": sorted({one.value for one in read.limits.get(id_, ()) if one.in_force}),
            }
            for id_, curve in read.curves.items()
        },
    }


def _values(found: Floats) -> list[float | None]:
    """Numbers as JSON has them; nothing where there is none."""
    return [None if math.isnan(value) else value for value in found.tolist()]


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def _shown(hint: Hint, visit: Visit) -> ShownHint:
    words = HintWords(visit.language, visit.desk.files.catalogue)
    intervals = tuple((_local(one.start), _local(one.end), one.parameter) for one in hint.intervals)
    return ShownHint(words.title(hint.kind), words.parameter(hint.parameter), words.reason(hint), intervals)


def _days(month: Month, reviewed: Mapping[str, ReviewedDay], now: datetime) -> Sequence[tuple[Any, str, Any]]:
    """Each day that has begun, its state, and its review if it has one."""
    today = now.astimezone(SHANGHAI).date()
    days = (month.first + timedelta(days=n) for n in range(month.days))
    found = [(day, reviewed.get(day.isoformat())) for day in days if day <= today]
    return [(day, "draft" if one is None else one.state, one) for day, one in found]


def _mark(visit: Visit, form: SentForm, what: What) -> Outcome:
    site, now = visit.path["site"], visit.now
    try:
        start, end = (_moment(form[key]) for key in ("from", "to"))
    except (ValueError, OverflowError):
        return NotDone(visit.words("no_interval"), "from")
    settings = visit.desk.files.settings
    if find_misfit(settings, start, end) or end - start > LONGEST:
        return NotDone(visit.words("no_interval"), "to")
    if not form["reason"]:
        return NotDone(visit.words("needs_reason"), "reason")
    parameter = form["parameter"]
    known = visit.desk.files.catalogue.parameters.get(parameter)
    medium = visit.desk.files.catalogue.sites[site].medium
    if parameter != EVERY and (known is None or known.medium != medium):
        return NotDone(visit.words("no_parameter"), "parameter")
    made = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what a store keeps of a time
    mark = Mark(site, parameter, start, end, what, form["reason"], visit.user.name, made)
    if what == "withdrawn":
        with visit.desk.store() as store:
            check_withdrawal(mark, effective_marks(recorded_marks(settings, store)))
    with visit.desk.journal.transaction() as connection:
        submit(connection, mark, now)
    return Done("unmarked" if what == "withdrawn" else "marked", _own_address(visit, form))


def _moment(text: str) -> datetime:
    """In Asia/Shanghai, as the field of the form has it, unless the text has an offset of its own."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)


def _review(visit: Visit, form: SentForm) -> Outcome:
    step, period = STEPS[form["do"]], form["period"] or visit.path["month"]
    if step == "returned" and not form["reason"]:
        return NotDone(visit.words("needs_reason"), "reason")
    review_days(
        visit.desk.files.settings, visit.path["site"], period,
        step=step, by=visit.user.name, reason=form["reason"], now=visit.now,
    )  # fmt: skip
    return Done(f"{step}_done", _own_address(visit, form))


def _own_address(visit: Visit, form: SentForm) -> str:
    path = f"/review/{visit.path['site']}/{visit.path['month']}"
    return address(path, parameter=form["shown"] or None)


_PATH = "/review/{site}/{month}"
PAGES = (
    Page(
        path=_PATH, name="site_month", show=show, act=act, change="review", in_menu=False,
        is_expensive=always,
    ),
    Page(path=_PATH + "/curves", name="site_month", show=give_curves, in_menu=False, is_expensive=always),
)  # fmt: skip
