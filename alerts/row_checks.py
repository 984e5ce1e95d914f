"""How the rows of episodes, silences and notifications are read; see ingest/journal/unreadable.py."""

from typing import Any, get_args

from alerts.episodes import register, state_store
from alerts.events import register as events
from alerts.events.event import Event
from alerts.events.group import CAUSES
from alerts.notify import outbox
from ingest.journal.unreadable import RowCheck
from sensors.calendar import EpochMs, from_ms
from sensors.model import Severity

_MOST_STEPS = 10_000  # of an escalation; one more each some minutes
_EVENT = ", ".join(f"{name}_ms" if name in events.TIMES else name for name in Event.__struct_fields__)
_SEVERITIES = {None, *get_args(Severity)}

_TIMES = "begun_ms, ended_ms, peak_at_ms, acked_at_ms, decided_ms"
_SEVERITY_COLUMNS = "severity, announced"


def _moments(*times: EpochMs | None) -> None:
    for ms in times:
        if ms is not None:
            from_ms(ms)


def _episode(*row: Any) -> None:
    *times, severity, announced, event = row
    _moments(*times)
    if not {severity, announced} <= _SEVERITIES:
        raise ValueError("no such severity")
    register.parse_event(event)


def _event(*row: Any) -> None:
    event = events.parse_row(*row)
    if not {event.severity, event.notified_severity} <= _SEVERITIES:
        raise ValueError("no such severity")
    if event.cause not in CAUSES:
        raise ValueError("no such cause")
    if not (0 <= event.step < _MOST_STEPS and event.places >= 0):
        raise ValueError("not a number of notifications")


def _notification(event: str, sent: EpochMs | None, *_: str) -> None:
    outbox.parse_event(event)
    _moments(sent)


CHECKS = (
    RowCheck("machine", "state", lambda state: state_store.parse_state(state, lambda _: None)),
    RowCheck("alert_sample", "body", state_store.parse_sample),
    RowCheck("baseline", "time_ms", _moments),
    RowCheck("episode", f"{_TIMES}, {_SEVERITY_COLUMNS}, document", _episode),
    RowCheck("event", _EVENT, _event),
    RowCheck("decision", "made_ms", _moments),
    RowCheck("curve", "time_ms", _moments, where="time_ms NOT BETWEEN 0 AND 4102444800000"),
    RowCheck(
        "silence",
        "until_ms, made_ms, starts_ms, site, rule, parameter, reason, by, event",
        lambda *row: _moments(*row[:3]),
    ),
    RowCheck("notification", "document, sent_ms, channel, person, address, result", _notification),
)
