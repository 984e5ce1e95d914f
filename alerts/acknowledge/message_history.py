"""Who was sent which message of an event, when and why; out of the outbox."""

import sqlite3
from datetime import datetime

from msgspec import Struct

from alerts.events.decision import NotifyReason, SuppressReason
from alerts.notify import outbox
from sensors.calendar import from_ms
from sensors.model import Severity

SHOWN = 50
"""How many of an event a page shows, the newest."""


class MessageRecord(Struct, frozen=True):
    """One message to one recipient; `sent` None while it waits. `lost` is why it was not or not yet taken."""

    made: datetime
    sent: datetime | None
    person: str
    channel: str
    reason: NotifyReason | None
    severity: Severity
    lost: str


def read_messages(connection: sqlite3.Connection, thread: str) -> tuple[list[MessageRecord], int]:
    """The newest messages of an event, the newest first, and how many there are."""
    rows = connection.execute(
        "SELECT made_ms, sent_ms, person, channel, json_extract(document, '$.told'),"
        " json_extract(document, '$.severity'), result FROM notification WHERE thread = ? AND channel <> ?"
        " ORDER BY coalesce(sent_ms, 9e18) DESC, id DESC LIMIT ?",
        (thread, outbox.MQTT, SHOWN),
    ).fetchall()
    (count,) = connection.execute(
        "SELECT count(*) FROM notification WHERE thread = ? AND channel <> ?", (thread, outbox.MQTT)
    ).fetchone()
    return [
        MessageRecord(
            from_ms(made), None if sent is None else from_ms(sent), person, channel, told, severity,
            "" if result in {None, "", "sent"} else result,
        )
        for made, sent, person, channel, told, severity, result in rows
    ], count  # fmt: skip


class SuppressedCount(Struct, frozen=True):
    """How many announcements of an event made no message for a reason, and the newest of them."""

    reason: SuppressReason
    count: int
    newest: datetime


def count_suppressed(connection: sqlite3.Connection, event: str) -> list[SuppressedCount]:
    """Why announcements of an event made no message, the most frequent reason first."""
    rows = connection.execute(
        "SELECT reason, count(*), max(made_ms) FROM decision WHERE event = ? AND NOT notified"
        " GROUP BY reason ORDER BY 2 DESC, 1",
        (event,),
    )
    return [SuppressedCount(reason, count, from_ms(newest)) for reason, count, newest in rows]


def events_of(connection: sqlite3.Connection, person: str) -> set[str]:
    """The threads of which a person was sent a message that arrived or waits."""
    rows = connection.execute(
        "SELECT DISTINCT thread FROM notification WHERE person = ? AND channel <> ?"
        " AND (sent_ms IS NULL OR result = 'sent')",
        (person, outbox.MQTT),
    )
    return {thread for (thread,) in rows}
