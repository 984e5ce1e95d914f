"""The inbox: messages on disk before their PUBACK, taken in order."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from ingest.journal import accounting
from ingest.journal.database import batch_insert
from sensors.calendar import EPOCH, EpochMs, from_ms, to_ms
from sensors.decoding.json_objects import LARGEST_PIECE

Conflict = Literal["keep", "revise"]  # when the store holds another value
MOST_BYTES = LARGEST_PIECE  # one transaction's work: what a message becomes is many times its size
_OLDEST = f"""
SELECT id, CAST(topic AS BLOB), iif(length(payload) <= {MOST_BYTES}, payload, NULL), received_ms,
    coalesce(length, length(payload)), sha256, conflict, positions, progress
FROM inbox ORDER BY id LIMIT ?
"""
HEAD = 4096  # what is kept of a payload that is too large


class PieceStart(Struct, frozen=True, array_like=True):
    """Where a piece of a large message begins: behind `offset` bytes, within an array or not."""

    offset: int = 0
    in_array: bool = False


class InboxMessage(Struct, frozen=True):
    """One message as it came, or a piece of it.

    `length` and `sha256` are set when `payload` is only its head. `rest` is where the next piece begins, None
    if none does. A message too large to be read at once has an empty payload, its `length`, and in `rest`
    where its next piece begins.
    """

    topic: str
    payload: bytes
    received: datetime
    id: int = 0
    length: int | None = None
    sha256: str | None = None
    conflict: Conflict | None = None
    positions: tuple[str, ...] = ()
    rest: PieceStart | None = None


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

    At most `limit`, and no further one once their payloads have come to `most_bytes`. One that is larger than
    `MOST_BYTES` comes alone and without its payload.
    """
    taken: list[InboxMessage] = []
    size = 0
    for row in connection.execute(_OLDEST, (limit,)):
        message = _to_message(_Row(*row))
        if message.rest is None:
            taken.append(message)
            size += len(message.payload)
        elif not taken:
            return [message]
        if message.rest is not None or size >= most_bytes:
            break
    return taken


class _Row(NamedTuple):
    id_: int
    topic: bytes
    payload: bytes | None
    received_ms: EpochMs
    length: int
    sha256: str | None
    conflict: Conflict | None
    positions: str | None
    progress: str | None


def _to_message(row: _Row) -> InboxMessage:
    try:
        moment = from_ms(row.received_ms)
        positions = msgspec.json.decode(row.positions, type=tuple[str, ...]) if row.positions else ()
        rest = msgspec.json.decode(row.progress, type=PieceStart) if row.progress else PieceStart()
    except (OverflowError, ValueError):  # no row of ours: refused for its time, and kept
        moment, positions, rest = EPOCH, (), PieceStart()
    topic = row.topic.decode(errors="replace")
    if row.payload is None:
        return InboxMessage(topic, b"", moment, row.id_, row.length, None, row.conflict, positions, rest)
    length = row.length if row.sha256 else None
    return InboxMessage(topic, row.payload, moment, row.id_, length, row.sha256, row.conflict, positions)


def read_payload(connection: sqlite3.Connection, id_: int, offset: int, size: int) -> bytes:
    """At most `size` bytes of a payload, from `offset` on."""
    with connection.blobopen("inbox", "payload", id_, readonly=True) as payload:
        payload.seek(offset)
        return payload.read(size)


def oldest_received_ms(connection: sqlite3.Connection) -> EpochMs | None:
    """When the next message was received; None if there is none."""
    row = connection.execute("SELECT received_ms FROM inbox ORDER BY id LIMIT 1").fetchone()
    return None if row is None else EpochMs(row[0])


def remove(connection: sqlite3.Connection, messages: Sequence[InboxMessage]) -> None:
    """Remove what has been processed: the batch that `fetch` returned, whole.

    Of a piece that others follow only the progress is kept; its message stays.
    """
    if not messages:
        return
    if (rest := messages[0].rest) is not None:
        progress = msgspec.json.encode(rest).decode()
        connection.execute("UPDATE inbox SET progress = ? WHERE id = ?", (progress, messages[0].id))
        return
    connection.execute("DELETE FROM inbox WHERE id BETWEEN ? AND ?", (messages[0].id, messages[-1].id))
    accounting.add(connection, {"inbox": -len(messages), "processed": len(messages)})


def _encode(positions: tuple[str, ...]) -> str | None:
    return msgspec.json.encode(positions).decode() if positions else None
