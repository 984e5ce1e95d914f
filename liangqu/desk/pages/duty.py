"""*Duty*: who is on duty on which day, swaps, quiet hours, and a test message that is seen to arrive."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import uuid4

from alerts.notify.words import SEVERITIES
from alerts.rules.definition import SEVERITIES as SEVERITY_IDS
from ingest.journal import audit, requests
from liangqu.config.errors import ProblemError
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit
from liangqu.desk.templates import address
from liangqu.tasks.channel_test import ChannelVerdict, read_verdicts
from liangqu.tasks.duty import assign_days, duty_days, set_quiet_hours
from liangqu.terminal.words import CommandWords
from sensors.calendar import SHANGHAI

SHOWN = 14
"""Days from Monday of this week on."""
MOST_DAYS = 31
"""So many days are swapped at once at most."""
TEST: requests.RequestKind = "alerts_test"
TEST_REST = timedelta(minutes=1)
"""Between two test messages, whoever sends them: they reach every telephone."""


def show(visit: Visit) -> Answer:
    """Two weeks, the people with their quiet hours, and what became of a test."""
    files = visit.desk.files
    today = _today(visit)
    return {
        "notify": files.notify,
        "has_file": bool(files.settings.alerts.notify_file),
        "days": duty_days(files.notify, today - timedelta(days=today.weekday()), SHOWN),
        "today": today,
        "weekdays": visit.words("weekdays").split("|"),
        "severities": [(each, visit.words.name(SEVERITIES[each])) for each in SEVERITY_IDS],
        "verdicts": _verdicts(visit),
        "said_of": lambda verdict: verdict.said(CommandWords("channel_test", visit.language)),
    }


def _verdicts(visit: Visit) -> Sequence[ChannelVerdict]:
    episode = visit.query.get("test", "")
    if not episode:
        return ()
    with visit.desk.snapshot() as connection:
        return read_verdicts(connection, episode, visit.desk.files.notify.channels)[0]


def act(visit: Visit, form: SentForm) -> Outcome:
    """Put somebody on duty, set quiet hours, or send a test message."""
    try:
        match form["do"]:
            case "assign":
                return _assign(visit, form)
            case "quiet":
                return _set_quiet(visit, form)
            case "test":
                return _send_test(visit)
    except ProblemError as error:
        return NotDone(visit.problem(error))
    return NotDone(visit.words("bad_request", why=form["do"]))


def _assign(visit: Visit, form: SentForm) -> Outcome:
    try:
        first = date.fromisoformat(form["first"])
        last = date.fromisoformat(form["last"] or form["first"])
    except ValueError:
        return NotDone(visit.words("no_days"), "first")
    if not 0 <= (last - first).days < MOST_DAYS:
        return NotDone(visit.words("too_many_days", most=MOST_DAYS), "last")
    if first < _today(visit):
        return NotDone(visit.words("past"), "first")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assign_days(visit.desk.files.settings, days, form["person"])
    _take_in(visit, "duty_assigned", form["person"], {"days": [day.isoformat() for day in days]})
    return Done("assigned")


def _set_quiet(visit: Visit, form: SentForm) -> Outcome:
    start, end = form["start"], form["end"]
    if bool(start) != bool(end):
        return NotDone(visit.words("half_hours"), f"quiet-{form['person']}")
    below = next((each for each in SEVERITY_IDS if each == form["below"]), SEVERITY_IDS[-1])
    quiet = f"{start}-{end}" if start else ""
    set_quiet_hours(visit.desk.files.settings, form["person"], quiet, below)
    _take_in(visit, "quiet_hours_set", form["person"], {"quiet": quiet, "below": below})
    return Done("quiet_set")


def _send_test(visit: Visit) -> Outcome:
    if not visit.desk.files.notify.channels:
        return NotDone(visit.words("no_channels"))
    episode = f"test-{uuid4().hex[:12]}"
    with visit.desk.journal.transaction() as connection:
        if last := audit.last_of(connection, TEST, since=visit.now - TEST_REST):
            wait = -(-(last + TEST_REST - visit.now) // timedelta(seconds=1))
            return NotDone(visit.words("test_rests", seconds=wait))
        requests.submit(connection, TEST, {"by": visit.user.name, "episode": episode}, visit.now)
    return Done("test_sent", address("/duty", test=episode))


def _today(visit: Visit) -> date:
    return visit.now.astimezone(SHANGHAI).date()


def _take_in(visit: Visit, what: str, person: str, details: Mapping[str, object]) -> None:
    """The service reads the files again; the audit list says what was changed in them."""
    with visit.desk.journal.transaction() as connection:
        requests.ask_reload(connection, visit.now)
        audit.record(connection, what, [person], visit.now, details=details)


PAGES = (Page(path="/duty", name="duty", show=show, act=act, live="duty.html"),)
