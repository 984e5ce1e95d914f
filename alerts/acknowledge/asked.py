"""What a form of an event's page asks of the service, whichever door the form stands at. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from alerts.acknowledge.content import PageContent
from alerts.acknowledge.forms import LONGEST_NOTE, LONGEST_REASON, SILENCES
from ingest.journal.requests import RequestKind
from sensors.durations import parse_duration

AskedOfService = tuple[RequestKind, dict[str, Any]]
"""A row of the journal's requests: its kind and its body."""


def is_reason_missing(form: Mapping[str, str]) -> bool:
    """Whether a silence is asked for without saying why."""
    return form.get("silence") in SILENCES and not form.get("reason", "").strip()


def requests_of(
    content: PageContent, form: Mapping[str, str], name: str, now: datetime
) -> Iterator[AskedOfService]:
    """What a form asks for in somebody's name; what does not fit the event any more is left out."""
    view = content.view
    if form.get("silence") in SILENCES:
        if view.is_open and not content.is_old:
            until = now + parse_duration(form["silence"])
            reason = form["reason"].strip()[:LONGEST_REASON]
            yield silencing({"site": view.area, "event": view.id}, until, reason, name)
        return
    if "unsilence" in form:
        own = {str(each.id): each.id for each in content.silences if each.event == view.id}
        if form["unsilence"] in own:
            yield "unsilence", {"id": own[form["unsilence"]]}
        return
    note = form.get("note", "").strip()[:LONGEST_NOTE]
    if view.state == "firing" and not content.is_old and form.get("do") != "others":
        yield acknowledging(view.id, note, name)
    if form.get("do") == "others" or form.get("all") == "1":
        for other in content.others:
            yield acknowledging(other.id, note, name)


def acknowledging(event: str, note: str, name: str) -> AskedOfService:
    """That an event, or that of an episode, is acknowledged, with what is being done about it."""
    return "ack", {"episode": event, "by": name, "note": note}


def silencing(
    scope: Mapping[str, str | None],
    until: datetime,
    reason: str,
    name: str,
    *,
    starts: datetime | None = None,
) -> AskedOfService:
    """That nobody is notified from `starts` (None: now) until before `until`.

    `scope` is a `site`, which may be a zone, a river or all; its `event`, `rule` or `parameter` if only that.
    """
    whole = {"site": "", "rule": None, "parameter": None, "event": None}
    times = {"until": until.isoformat(), "starts": None if starts is None else starts.isoformat()}
    return "silence", {"id": 0, **whole, **scope, **times, "reason": reason, "by": name}
