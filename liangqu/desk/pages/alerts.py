"""*Alerts*: open events, those that ended lately, silences; and the page of an event."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace
from starlette.exceptions import HTTPException

from alerts.acknowledge import asked, links
from alerts.acknowledge.content import PageContent, read_content
from alerts.acknowledge.curve import draw
from alerts.acknowledge.description import describe
from alerts.acknowledge.forms import LONGEST_NOTE, LONGEST_REASON, SILENCES
from alerts.acknowledge.words import PAGE_WORDS
from alerts.episodes import register as episodes
from alerts.events import register
from alerts.notify import outbox, silences
from alerts.notify.event import place_name
from alerts.notify.silences import Silence
from alerts.notify.words import KINDS, SEVERITIES, format_duration
from alerts.rules.definition import SEVERITIES as SEVERITY_IDS
from alerts.texts.event_view import EventView
from alerts.texts.headline import headline
from alerts.texts.phrases import phrase
from ingest.journal import requests
from liangqu.config.names import EVERY
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit
from liangqu.service.monitoring.self_report import now_of
from sensors.catalogue.places import area_names
from sensors.durations import parse_duration
from sensors.standards.statistics import CLOCKED

DAYS = (1, 7, 30, 90)
"""For how long an event that is over can be listed."""
MOST_ENDED = 100


class EventRow(Struct, frozen=True):
    """An event as the list has it; `curve` is HTML, `silences` are those that cover it now."""

    view: EventView
    title: str
    lasted: str
    curve: Markup
    silences: Sequence[Silence]

    @property
    def is_to_answer(self) -> bool:
        """Whether it can still be taken over."""
        return self.view.state == "firing"


class SilenceRow(Struct, frozen=True):
    """A silence in words; planned until it starts."""

    silence: Silence
    what: str
    is_planned: bool


def show_list(visit: Visit) -> Answer:
    """Open events, gravest first; those that ended lately; silences in force or planned."""
    files = visit.desk.files
    days = next((each for each in DAYS if str(each) == visit.query.get("days")), DAYS[1])
    with visit.desk.snapshot() as connection:
        now = now_of(connection, visit.now)
        open_ = files.reader.read_open(connection, now)
        ended = register.ended_since(connection, now - timedelta(days=days))
        picked = [event.id for event in ended if _is_picked(event.area, event.severity, visit)]
        over = [files.reader.read(connection, id_, now) for id_ in picked[:MOST_ENDED]]
        silenced = silences.not_over(connection, now)
        rows = [
            _row(connection, view, silenced, now, visit)
            for view in open_
            if _is_picked(view.area, view.severity, visit)
        ]
        past = [_row(connection, view, (), now, visit) for view in over if view is not None]
    return {
        "as_of": now,
        "rows": rows,
        "hidden": len(open_) - len(rows),
        "ended": past,
        "more_ended": max(len(picked) - MOST_ENDED, 0),
        "silences": [_silence_row(each, now, visit) for each in silenced],
        "picked": {key: visit.query.get(key, "") for key in ("area", "severity")} | {"days": days},
        "days": DAYS,
        "areas": _areas(visit),
        "sites": [(site.id, visit.words.name(site.name)) for site in files.catalogue.sites.values()],
        "gravest_first": [(id_, visit.words.name(SEVERITIES[id_])) for id_ in SEVERITY_IDS[::-1]],
        **_shared(visit),
    }


def _shared(visit: Visit) -> Mapping[str, Any]:
    """What both pages fill their templates with."""
    return {
        "severities": SEVERITIES,
        "hours": [(each, _said(visit)("hours", each.removesuffix("h"))) for each in SILENCES],
        "longest_note": LONGEST_NOTE,
        "longest_reason": LONGEST_REASON,
        "said": _said(visit),
        "may_answer": visit.user.has("duty"),
        "recovering": phrase("recovering", visit.language),
    }


def _said(visit: Visit) -> Any:
    return lambda key, *values: visit.words.name(PAGE_WORDS[key]).format(*values)


def _areas(visit: Visit) -> Mapping[str, str]:
    names = area_names(visit.desk.files.catalogue)
    return {id_: visit.words.name(name) for id_, name in names.items()}


def _is_picked(area: str, severity: str, visit: Visit) -> bool:
    return visit.query.get("area", "") in {"", area} and visit.query.get("severity", "") in {"", severity}


def _row(
    connection: sqlite3.Connection,
    view: EventView,
    silenced: Sequence[Silence],
    now: datetime,
    visit: Visit,
) -> EventRow:
    lead, open_ = view.lead, [each for each in view.episodes if each.ended is None]
    keys = [(each.rule, each.site, each.parameter) for each in open_]
    in_force = [each for each in silenced if each.starts is None or each.starts <= now]
    has_curve = lead.statistic not in CLOCKED and lead.statistic not in KINDS
    points = episodes.curve(connection, lead.id) if has_curve else ()
    return EventRow(
        view,
        headline(view, visit.language),
        format_duration(view.lasted.total_seconds(), visit.language),
        Markup(draw(points, lead.limit)),  # noqa: S704 - numbers alone
        silences.covering(in_force, keys, view.id, view.area),
    )


def _silence_row(silence: Silence, now: datetime, visit: Visit) -> SilenceRow:
    files, words = visit.desk.files, visit.words
    if silence.site == EVERY:
        place = words("everywhere")
    else:
        place = words.name(place_name(silence.site, files.catalogue))
    rule, parameter = files.rules.rules.get(silence.rule or ""), silence.parameter
    known = files.catalogue.parameters.get(parameter or "")
    parts = [
        place,
        words("an_event") if silence.event is not None else "",
        words.name(rule.name) if rule is not None else silence.rule or "",
        words.name(known.name) if known is not None else parameter or "",
    ]
    planned = silence.starts is not None and silence.starts > now
    return SilenceRow(silence, words("comma").join(part for part in parts if part), planned)


def act_on_list(visit: Visit, form: SentForm) -> Outcome:
    """Acknowledge what is ticked, silence a place, or end a silence."""
    with visit.desk.journal.transaction() as connection:
        now = now_of(connection, visit.now)
        match form["do"]:
            case "ack":
                found = _acknowledged(connection, visit, form)
            case "silence":
                found = _silenced(visit, form, now)
            case "unsilence":
                numbers = {each.id for each in silences.not_over(connection, now)}
                found = [("unsilence", {"id": each}) for each in numbers if str(each) == form["number"]]
            case _:
                found = NotDone(visit.words("bad_request", why=form["do"]))
        if isinstance(found, NotDone):
            return found
        for what, body in found:
            requests.submit(connection, what, body, visit.now)
    return Done("submitted") if found else NotDone(visit.words("too_late"))


def _acknowledged(
    connection: sqlite3.Connection, visit: Visit, form: SentForm
) -> list[asked.AskedOfService] | NotDone:
    ticked = set(form.every("event"))
    if not ticked:
        return NotDone(visit.words("no_ticks"), "event")
    known = [event.id for event in register.open_events(connection) if event.id in ticked]
    note = form["note"][:LONGEST_NOTE]
    return [asked.acknowledging(each, note, visit.user.name) for each in known]


def _silenced(visit: Visit, form: SentForm, now: datetime) -> list[asked.AskedOfService] | NotDone:
    if form["site"] not in {EVERY, *visit.desk.files.catalogue.places}:
        return NotDone(visit.words("no_place"), "site")
    if form["silence"] not in SILENCES:
        return NotDone(visit.words("bad_request", why=form["silence"]), "silence")
    if not form["reason"]:
        return NotDone(visit.words("needs_reason"), "reason")
    until = now + parse_duration(form["silence"])
    reason = form["reason"][:LONGEST_REASON]
    return [asked.silencing({"site": form["site"]}, until, reason, visit.user.name)]


def show_event(visit: Visit) -> Answer:
    """All that is known of an event.

    Raises:
        HTTPException: there is none (404), or the link that opened it has ended (410).
    """
    with visit.desk.snapshot() as connection:
        now = now_of(connection, visit.now)
        content = _content(connection, visit, now)
    described = describe(content, visit.language, now, "/alerts/{}".format)
    return {
        "as_of": now,
        "content": content,
        "event": described,
        "title": headline(content.view, visit.language),
        "html": Markup,
        **_shared(visit),
    }


def act_on_event(visit: Visit, form: SentForm) -> Outcome:
    """Acknowledge it with a note, silence it, or end its silence."""
    fields = {key: form[key] for key in form.fields}
    if asked.is_reason_missing(fields):
        return NotDone(visit.words("needs_reason"), "reason")
    with visit.desk.journal.transaction() as connection:
        now = now_of(connection, visit.now)
        content = _content(connection, visit, now)
        found = list(asked.requests_of(content, fields, visit.user.name, now))
        for what, body in found:
            requests.submit(connection, what, body, visit.now)
    return Done("submitted") if found else NotDone(visit.words("too_late"))


def _content(connection: sqlite3.Connection, visit: Visit, now: datetime) -> PageContent:
    """Of the event of the path; a guest sees that one alone, for as long as links hold."""
    user = visit.user
    content = read_content(connection, visit.desk.files.reader, visit.path["event"], user.person, now)
    if content is None:
        raise HTTPException(404)
    if not user.only_event:
        return content
    if links.has_expired(content.view.ended, outbox.last_created(connection, content.view.id), now):
        raise HTTPException(410)
    return replace(content, others=())


PAGES = (
    Page(path="/alerts", name="alerts", show=show_list, act=act_on_list),
    Page(path="/alerts/{event}", name="alerts", show=show_event, act=act_on_event, in_menu=False),
)
