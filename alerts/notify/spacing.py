"""How far apart a person's messages are: the more they get in a day, the longer what can wait waits."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from alerts.notify.duty import Recipient
from sensors.calendar import EpochMs, from_ms, to_ms

_DAY = timedelta(days=1)
LONGEST = timedelta(hours=12)
"""No message is put off by more than this for the sake of distance; quiet hours may add to it."""


def space(
    due: datetime, planned: Sequence[datetime], apart: timedelta, *, earlier: timedelta = timedelta()
) -> datetime:
    """When a message that can wait is sent to somebody: apart from their others, or together with one.

    Args:
        due: When it would be sent to somebody who gets no other.
        planned: When their other messages were due, or will be.
        apart: The distance after one message in 24 h; it doubles with each further one, up to `LONGEST`.
        earlier: By how much it may be brought forward to join another one.
    """
    recent = [time for time in planned if due - _DAY < time < due]
    earliest = due
    if recent:
        doubled = apart * 2 ** min(len(recent) - 1, 10)
        earliest = max(due, max(recent) + min(doubled, LONGEST))
    joined = [time for time in planned if due - earlier <= time <= earliest + apart]
    return min(joined, default=earliest)


def planned_for(connection: sqlite3.Connection, to: Recipient) -> list[datetime]:
    """When messages to somebody were due in the last day, and will be."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_name(to),)).fetchone()
    return [from_ms(ms) for ms in msgspec.json.decode(row[0], type=list[EpochMs])] if row else []


def note(connection: sqlite3.Connection, to: Recipient, due: datetime, now: datetime) -> None:
    """Remember that somebody is sent a message then; what is older than a day is forgotten."""
    kept = {time for time in planned_for(connection, to) if now - _DAY < time <= now + 10 * _DAY}
    times = sorted(map(to_ms, kept | {due}))
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(to), msgspec.json.encode(times).decode()),
    )


def _name(to: Recipient) -> str:
    return f"planned_for:{to.channel}/{to.person}"
