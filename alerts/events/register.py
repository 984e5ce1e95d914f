"""The register of events, and what became of each announcement; tables of the journal."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from alerts.episodes import register as episodes
from alerts.episodes.register import Episode
from alerts.events.decision import Notify, NotifyDecision
from alerts.events.event import Event
from alerts.events.group import EventGroup
from alerts.notify.event import AlertEvent
from alerts.rules.definition import RANK
from sensors.calendar import from_ms, to_ms

TIMES = ("begun", "calm", "ended", "acked_at", "notified_at", "reminded_at")
_COLUMNS = ", ".join(f"{name}_ms" if name in TIMES else name for name in Event.__struct_fields__)
KEPT = timedelta(days=90)  # as notifications
_LONGEST_WAIT = timedelta(days=10)  # until quiet hours and days off are over


def join(connection: sqlite3.Connection, group: EventGroup, document: AlertEvent) -> Event:
    """The open event of a group with the episode in it; it begins with this one if none is open."""
    event = find_open(connection, group)
    if event is None:
        event = _begin(connection, group, document)
    connection.execute("UPDATE episode SET event = ? WHERE id = ?", (event.id, document.episode))
    grown = max(document.severity, event.severity, key=lambda severity: RANK[severity])
    connection.execute("UPDATE event SET calm_ms = NULL, severity = ? WHERE id = ?", (grown, event.id))
    return _get(connection, event.id)


def _begin(connection: sqlite3.Connection, group: EventGroup, document: AlertEvent) -> Event:
    begun = to_ms(document.since)
    for number in count():  # the clock may have gone back
        text = f"{group.area}\0{group.cause}\0{begun}\0{number}"
        id_ = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        made = connection.execute(
            "INSERT OR IGNORE INTO event (id, area, cause, category, severity, begun_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (id_, *group, document.category, document.severity, begun),
        )
        if made.rowcount:
            return _get(connection, id_)
    raise AssertionError("counting has no end")


def find_open(connection: sqlite3.Connection, group: EventGroup) -> Event | None:
    """The open event of a group."""
    rows = _read(connection, "area = ? AND cause = ? AND ended_ms IS NULL", group)
    return next(rows, None)


def open_events(connection: sqlite3.Connection) -> list[Event]:
    """All that are open, oldest first."""
    # The sign keeps SQLite from the index of all beginnings, which knows those of years.
    return list(_read(connection, "ended_ms IS NULL ORDER BY +begun_ms, id"))


def find(connection: sqlite3.Connection, id_: str) -> Event | None:
    """The event with this id, or whose id is the only one with this prefix."""
    found = list(_read(connection, "id >= ? AND id < ? LIMIT 2", (id_, id_ + "g")))
    return found[0] if len(found) == 1 else None


def to_acknowledge(connection: sqlite3.Connection, id_: str) -> tuple[Event | None, list[Episode]]:
    """The open event that an id names, see `open_named`, and its open episodes; nothing if it names several.

    Of an episode without an event, which only old values have shown, that episode alone.
    """
    named = {*open_named(connection, id_).values()}
    if len(named) != 1:
        return None, []
    [one] = named
    event = find(connection, one)
    if event is not None:
        return event, open_episodes(connection, event.id)
    episode = episodes.find(connection, one)
    return None, [] if episode is None else [episode]


def open_named(connection: sqlite3.Connection, id_: str) -> dict[str, str]:
    """What is open and has this id or begins with it: events and episodes, by id, with what is acknowledged.

    Of an episode that is its event; of one without an event itself.
    """
    rows = connection.execute(
        "SELECT id, id FROM event WHERE ended_ms IS NULL AND id >= ?1 AND id < ?2"
        " UNION ALL SELECT id, CASE event WHEN '' THEN id ELSE event END FROM episode"
        " WHERE ended_ms IS NULL AND id >= ?1 AND id < ?2 ORDER BY 1",
        (id_, id_ + "g"),
    )
    return dict(rows)


def is_known(connection: sqlite3.Connection, id_: str) -> bool:
    """Whether an event or episode has this id or begins with it, open or over."""
    named = "SELECT 1 FROM {} WHERE id >= ?1 AND id < ?2"
    query = f"{named.format('event')} UNION ALL {named.format('episode')} LIMIT 1"
    return bool(id_) and connection.execute(query, (id_, id_ + "g")).fetchone() is not None


def history(
    connection: sqlite3.Connection, start: datetime | None = None, end: datetime | None = None
) -> list[Event]:
    """The events that began in `start` until before `end`, oldest first."""
    span = (to_ms(start) if start else -(2**62), to_ms(end) if end else 2**62)
    return list(_read(connection, "begun_ms >= ? AND begun_ms < ? ORDER BY begun_ms, id", span))


def ended_since(connection: sqlite3.Connection, start: datetime) -> list[Event]:
    """Those that ended at `start` or later, the newest first."""
    return list(_read(connection, "ended_ms >= ? ORDER BY ended_ms DESC, id", (to_ms(start),)))


def episodes_of(connection: sqlite3.Connection, event: str) -> list[Episode]:
    """The episodes of an event, oldest first."""
    return episodes.of_event(connection, event)


def open_episodes(connection: sqlite3.Connection, event: str) -> list[Episode]:
    """Those of an event that are open; an event of weeks has hundreds that are over."""
    return episodes.of_event(connection, event, is_open=True)


def is_invalidated(connection: sqlite3.Connection, event: str) -> bool:
    """Whether none of its episodes has ever been, as the data turned out."""
    real = "SELECT 1 FROM episode WHERE event = ? AND event <> '' AND reason <> 'invalidated' LIMIT 1"
    return connection.execute(real, (event,)).fetchone() is None


def record(
    connection: sqlite3.Connection,
    document: AlertEvent,
    occasion: str,
    decision: NotifyDecision,
    now: datetime,
) -> None:
    """Record what became of an announcement; a repeat changes nothing."""
    connection.execute(
        "INSERT OR IGNORE INTO decision (episode, occasion, event, severity, notified, reason, made_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            document.episode, occasion, document.event, document.severity, isinstance(decision, Notify),
            decision.reason, to_ms(now),
        ),
    )  # fmt: skip


def mark_notified(
    connection: sqlite3.Connection, event: str, notify: Notify, places: int, at: datetime
) -> None:
    """Record that people were notified that it began, became more severe or wider; escalation starts over."""
    connection.execute(
        "UPDATE event SET notified_severity = ?, notified_at_ms = ?, places = ?, step = 0 WHERE id = ?",
        (notify.severity, to_ms(at), places, event),
    )
    if notify.reason == "graver":
        connection.execute(
            "UPDATE event SET acked_by = '', acked_at_ms = NULL, note = '' WHERE id = ?", (event,)
        )


def mark_reminded(connection: sqlite3.Connection, event: str, at: datetime) -> None:
    """Record that people were notified that it lasts."""
    connection.execute("UPDATE event SET reminded_at_ms = ? WHERE id = ?", (to_ms(at), event))


def mark_escalated(connection: sqlite3.Connection, event: str, step: int) -> None:
    """Record that the next person was notified."""
    connection.execute("UPDATE event SET step = ? WHERE id = ?", (step, event))


def mark_acknowledged(connection: sqlite3.Connection, event: str, by: str, note: str, now: datetime) -> None:
    """Record who acknowledged it."""
    connection.execute(
        "UPDATE event SET acked_by = ?, acked_at_ms = ?, note = ? WHERE id = ?", (by, to_ms(now), note, event)
    )


def settle(connection: sqlite3.Connection, event: str, at: datetime) -> None:
    """Note that it has been calm since `at`, if none of its episodes is open."""
    connection.execute(
        "UPDATE event SET calm_ms = ? WHERE id = ? AND calm_ms IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM episode WHERE episode.event = event.id AND episode.ended_ms IS NULL)",
        (to_ms(at), event),
    )


def end(connection: sqlite3.Connection, event: str) -> None:
    """End it when it became calm."""
    connection.execute("UPDATE event SET ended_ms = calm_ms WHERE id = ?", (event,))


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift the times of open events by a change of the clock, so that each still waits as long."""
    connection.execute(
        "UPDATE event SET calm_ms = calm_ms + ?1, notified_at_ms = notified_at_ms + ?1,"
        " reminded_at_ms = reminded_at_ms + ?1 WHERE ended_ms IS NULL",
        (by // timedelta(milliseconds=1),),
    )


def cap_times(connection: sqlite3.Connection, now: datetime) -> int:
    """Move back what a clock that was ahead wrote, quiet hours apart; returns how many."""
    changed = connection.execute(
        "UPDATE event SET calm_ms = min(calm_ms, ?1), notified_at_ms = min(notified_at_ms, ?2),"
        " reminded_at_ms = min(reminded_at_ms, ?2) WHERE ended_ms IS NULL"
        " AND (calm_ms > ?1 OR notified_at_ms > ?2 OR reminded_at_ms > ?2)",
        (to_ms(now), to_ms(now + _LONGEST_WAIT)),
    )
    return changed.rowcount


def forget_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete what became of old announcements; the events stay."""
    connection.execute("DELETE FROM decision WHERE made_ms < ?", (to_ms(now - KEPT),))


def parse_row(*row: Any) -> Event:
    """A row of `Event`'s columns; raises `ValueError` where a time is none."""
    fields = dict(zip(Event.__struct_fields__, row, strict=True))
    for name in TIMES:
        fields[name] = None if fields[name] is None else from_ms(fields[name])
    return Event(**fields)


def _read(connection: sqlite3.Connection, terms: str, values: Sequence[Any] = ()) -> Iterator[Event]:
    for row in connection.execute(f"SELECT {_COLUMNS} FROM event WHERE {terms}", tuple(values)):
        yield parse_row(*row)


def _get(connection: sqlite3.Connection, id_: str) -> Event:
    return next(_read(connection, "id = ?", (id_,)))
