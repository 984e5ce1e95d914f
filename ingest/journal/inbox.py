"""The inbox: messages on disk before their PUBACK, taken in order."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from ingest.journal import accounting, batch_insert
from sensors.calendar import EPOCH, EpochMs, from_ms, to_ms

Conflict = Literal["keep", "revise"]  # when the store holds another value
_OLDEST = """
SELECT id, CAST(topic AS BLOB), payload, received_ms, length, sha256, conflict, positions FROM inbox
ORDER BY id LIMIT ?
"""
MOST_BYTES = 384 * 1024  # one transaction's work: what a message becomes is many times its size
HEAD = 4096  # what is kept of a payload that is too large


class InboxMessage(Struct, frozen=True):
    """One message as it came. `length` and `sha256` are set when `payload` is only its head."""

    topic: str
    payload: bytes
    received: datetime
    id: int = 0
    length: int | None = None
    sha256: str | None = None
    conflict: Conflict | None = None
    positions: tuple[str, ...] = ()


def to_inbox_message(topic: str, payload: bytes, received: datetime, max_payload: int) -> InboxMessage:
    """The message to keep: whole, or above `max_payload` bytes its head, length and SHA-256."""
    if len(payload) <= max_payload:
        return InboxMessage(topic, payload, received)
    return InboxMessage(
        topic, payload[:HEAD], received, length=len(payload), sha256=hashlib.sha256(payload).hexdigest()
    )


def add(connection: sqlite3.Connection, messages: Iterable[InboxMessage]) -> int:
    """Append messages in order; returns how many."""
    rows = [
        (m.topic, m.payload, to_ms(m.received), m.length, m.sha256, m.conflict, _encode(m.positions))
        for m in messages
    ]
    batch_insert.insert_rows(
        connection,
        "INSERT INTO inbox (topic, payload, received_ms, length, sha256, conflict, positions)",
        rows,
    )
    accounting.add(connection, {"received": len(rows), "inbox": len(rows)})
    return len(rows)


def fetch(connection: sqlite3.Connection, limit: int, most_bytes: int = MOST_BYTES) -> list[InboxMessage]:
    """The oldest messages; they stay in until `remove`.

    At most `limit`, and no further one once their payloads have come to `most_bytes`.
    """
    taken: list[InboxMessage] = []
    size = 0
    for id_, topic, payload, received, length, sha256, conflict, positions in connection.execute(
        _OLDEST, (limit,)
    ):
        try:
            moment = from_ms(received)
            read = msgspec.json.decode(positions, type=tuple[str, ...]) if positions else ()
        except (OverflowError, ValueError):  # no row of ours: refused for its time, and kept
            moment, read = EPOCH, ()
        taken.append(
            InboxMessage(topic.decode(errors="replace"), payload, moment, id_, length, sha256, conflict, read)
        )
        size += len(payload)
        if size >= most_bytes:
            break
    return taken


def oldest_received_ms(connection: sqlite3.Connection) -> EpochMs | None:
    """When the next message was received; None if there is none."""
    row = connection.execute("SELECT received_ms FROM inbox ORDER BY id LIMIT 1").fetchone()
    return None if row is None else EpochMs(row[0])


def remove(connection: sqlite3.Connection, messages: Sequence[InboxMessage]) -> None:
    """Remove what has been processed: the batch that `fetch` returned, whole."""
    if not messages:
        return
    connection.execute("DELETE FROM inbox WHERE id BETWEEN ? AND ?", (messages[0].id, messages[-1].id))
    accounting.add(connection, {"inbox": -len(messages), "processed": len(messages)})


def _encode(positions: tuple[str, ...]) -> str | None:
    return msgspec.json.encode(positions).decode() if positions else None
