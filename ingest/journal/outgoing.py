"""Outgoing: what has been decided and still has to reach the store, in order, one batch per row."""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec
import structlog
from msgspec import Struct

from ingest.journal import accounting
from ingest.journal.entries import (
    Entry,
    QueuedEntry,
    ReadingEntry,
    count_entries,
    count_items,
    to_single_entries,
)
from sensors.calendar import EpochMs, to_ms


class OutgoingBatch(Struct, frozen=True):
    """Some rows: the first and the last row's id, how many entries, how many of them items, the rows."""

    first_id: int
    last_id: int
    size: int
    items: int
    rows: list[bytes]


MOST_BYTES = 16 * 1024**2
"""Of the rows that are sent at once: what is handed over of the quarantine may be large."""
LAST_ID = 2**62
"""Ids grow by one a row and never come near; SQLite inserts nothing after one of 2^63 - 1."""

log = structlog.get_logger()

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[QueuedEntry]).decode


def add(connection: sqlite3.Connection, entries: Sequence[QueuedEntry], rows_of: int = 1000) -> int:
    """Append, in rows of at most `rows_of` entries; returns how many of them are items."""
    added = 0
    for start in range(0, len(entries), rows_of):
        part = entries[start : start + rows_of]
        items = count_items(part)
        connection.execute(
            "INSERT INTO outgoing (entry_count, items, body) VALUES (?, ?, ?)",
            (count_entries(part), items, encode_row(part)),
        )
        added += items
    accounting.add(connection, {"outgoing": added})
    return added


def count(connection: sqlite3.Connection) -> int:
    """How many items are on their way to the store, by the accounts."""
    return accounting.read_counts(connection)["outgoing"]


def is_waiting(connection: sqlite3.Connection) -> bool:
    """Whether there is anything at all."""
    return connection.execute("SELECT 1 FROM outgoing LIMIT 1").fetchone() is not None


def first_id(connection: sqlite3.Connection) -> int | None:
    """The oldest row: all before it are in the store, or refused by it; None if nothing waits."""
    row = connection.execute("SELECT id FROM outgoing ORDER BY id LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def last_id(connection: sqlite3.Connection) -> int:
    """The newest row there has ever been."""
    row = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'outgoing'").fetchone()
    return int(row[0] or 0)


def fetch(connection: sqlite3.Connection, limit: int, after: int = 0) -> OutgoingBatch | None:
    """The oldest rows behind row `after`: at most `limit` entries, about `MOST_BYTES`, at least one row."""
    rows: list[bytes] = []
    first_id = last_id = size = items = length = 0
    for id_, count, row_items, body in connection.execute(
        "SELECT id, entry_count, items, body FROM outgoing WHERE id > ? ORDER BY id", (after,)
    ):
        length += len(body)
        if rows and (size + count > limit or length > MOST_BYTES):
            break
        first_id = first_id if rows else id_
        rows.append(body)
        last_id, size, items = id_, size + count, items + row_items
    return OutgoingBatch(first_id, last_id, size, items, rows) if rows else None


def encode_row(entries: Sequence[QueuedEntry]) -> bytes:
    """Entries as one row of the journal keeps them; the inverse is `decode_queued`."""
    return _encode(entries)


def decode_entries(rows: Iterable[bytes]) -> list[Entry]:
    """The entries of rows, in order, each reading by itself."""
    return to_single_entries(decode_queued(rows))


def decode_queued(rows: Iterable[bytes]) -> list[QueuedEntry]:
    """The entries of rows, in order, as they lie in the queue."""
    return [entry for body in rows for entry in _decode(body)]


def oldest_received_ms(connection: sqlite3.Connection) -> EpochMs | None:
    """When the first reading that waits was received; None when none waits."""
    row = connection.execute("SELECT body FROM outgoing WHERE items > 0 ORDER BY id LIMIT 1").fetchone()
    if row is None:
        return None
    try:
        entries = _decode(row[0])
    except ValueError:  # the sender, when it comes to it, puts the row into the quarantine
        return None
    readings = (entry for entry in to_single_entries(entries) if isinstance(entry, ReadingEntry))
    return next((to_ms(entry.checked.reading.received) for entry in readings), None)


def remove(connection: sqlite3.Connection, batch: OutgoingBatch) -> None:
    """Remove what the store has; the caller records the outcomes in the same transaction."""
    _delete(connection, batch)
    accounting.add(connection, {"outgoing": -batch.items})


def replace(connection: sqlite3.Connection, batch: OutgoingBatch, entries: Sequence[QueuedEntry]) -> None:
    """Put what was decided of a batch in its place, so that a crash decides nothing twice.

    Its number is the oldest of the batch: "all up to this one are in the store" may not hold before it does.
    """
    _delete(connection, batch)
    items = count_items(entries)
    if entries:
        connection.execute(
            "INSERT INTO outgoing (id, entry_count, items, body) VALUES (?, ?, ?, ?)",
            (batch.first_id, count_entries(entries), items, encode_row(entries)),
        )
    accounting.add(connection, {"outgoing": items - batch.items})


def renumber_if_exhausted(connection: sqlite3.Connection) -> None:
    """Number the rows from 1 in their order if an id is so high that no more rows may follow.

    Only before anything else uses the queue: a batch that was fetched has the former ids.
    """
    (last,) = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'outgoing'").fetchone()
    if last is None or last < LAST_ID:
        return
    ids = connection.execute("SELECT id FROM outgoing WHERE id > 0 ORDER BY id").fetchall()
    log.warning("the queue to the store is renumbered: its last id was too high", last=last, rows=len(ids))
    connection.executemany(
        "UPDATE outgoing SET id = ? WHERE id = ?", [(id_, former) for id_, (former,) in enumerate(ids, 1)]
    )
    connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'outgoing'", (len(ids),))


def _delete(connection: sqlite3.Connection, batch: OutgoingBatch) -> None:
    """Its own rows alone: what is before it may still be in flight."""
    connection.execute("DELETE FROM outgoing WHERE id BETWEEN ? AND ?", (batch.first_id, batch.last_id))
