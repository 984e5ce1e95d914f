"""The quarantine: what was refused, with topic, payload, reason and position, within its own bound.

A message is kept once; each of its refused items is a row. Until half of a bound is used (the quarantine's,
or a tenth of it for one site) payloads are kept whole, until all of it is used their first 4 KiB, and then
only their count. So it never holds up acknowledging, and one bad logger cannot crowd out the others.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, structs

from ingest.journal import accounting, inbox
from ingest.journal.inbox import HEAD, Conflict, InboxMessage
from sensors.calendar import EpochMs, from_ms, to_ms
from sensors.model import RefusalReason, Refused

SITE_SHARE = 10
WHOLE_UNTIL = 0.5
ROW_BYTES = 200  # what a row costs besides its payload, about
WHOLE = 2**31 - 1  # bytes; more than SQLite keeps in a cell


Room = Literal["whole", "cut", "count"]


class QuarantinedItem(Struct, frozen=True):
    """One refused item. `length` is the payload's as it came; `cut` when only its head was kept."""

    id: int
    reason: str
    detail: str
    position: str
    topic: str
    site: str
    received: datetime
    payload: bytes
    length: int
    cut: bool
    sha256: str | None


class QuarantineFilter(Struct, frozen=True):
    """Which items a command selects; None = any. `newest` leaves out what came after the item of this id."""

    reason: str | None = None
    site: str | None = None
    ids: tuple[int, ...] | None = None
    newest: int | None = None

    def where(self) -> tuple[str, list[object]]:
        """The condition on `refusal r JOIN refused_message m`, and its parameters."""
        terms, values = ["1"], list[object]()
        if self.reason is not None:
            terms.append("r.reason = ?")
            values.append(self.reason)
        if self.site is not None:
            terms.append("m.site = ?")
            values.append(self.site)
        if self.ids is not None:
            terms.append(f"r.id IN ({','.join('?' * len(self.ids))})")
            values += self.ids
        if self.newest is not None:
            terms.append("r.id <= ?")
            values.append(self.newest)
        return " AND ".join(terms), values


ANY = QuarantineFilter()


def add(
    connection: sqlite3.Connection, message: InboxMessage, refused: Sequence[Refused], bound: float
) -> Room:
    """Keep a message for its refused items, and count them; returns how much of it is kept.

    `bound` is in bytes; infinity keeps it whole, however full the quarantine is.
    """
    site = _site_of(message.topic)
    room = _room(connection, site, message, bound)
    if room != "count":
        _insert(connection, site, message, refused, whole=room == "whole")
    change = {"quarantined": len(refused)}
    for item in refused:
        name = accounting.REFUSED + item.reason
        change[name] = change.get(name, 0) + 1
    accounting.add(connection, change)
    return room


def _site_of(topic: str) -> str:
    """The topic's last level, known or not; that of a topic that ends in a slash stands before it."""
    return topic.rstrip("/").rpartition("/")[2][:64] or "/"


def _insert(
    connection: sqlite3.Connection,
    site: str,
    message: InboxMessage,
    refused: Sequence[Refused],
    *,
    whole: bool,
) -> None:
    payload, sha256 = message.payload, message.sha256
    if not whole and len(payload) > HEAD:
        payload, sha256 = payload[:HEAD], sha256 or hashlib.sha256(payload).hexdigest()
    length = message.length or len(message.payload)
    inserted = connection.execute(
        "INSERT INTO refused_message (topic, site, payload, cut, length, sha256, received_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (message.topic, site, payload, length > len(payload), length, sha256, to_ms(message.received)),
    )
    connection.executemany(
        "INSERT INTO refusal (message, reason, detail, position) VALUES (?, ?, ?, ?)",
        [(inserted.lastrowid, r.reason, r.detail, r.where) for r in refused],
    )
    size = len(message.topic.encode()) + len(payload)
    _add_bytes(connection, site, size + ROW_BYTES * (1 + len(refused)))


def _room(connection: sqlite3.Connection, site: str, message: InboxMessage, bound: float) -> Room:
    topic, length = len(message.topic.encode()), len(message.payload)
    sizes = connection.execute("SELECT site, bytes FROM quarantine_bytes WHERE site IN ('', ?)", (site,))
    used: dict[str, int] = dict(sizes.fetchall())

    def fill(more: int) -> float:
        return max((used.get("", 0) + more) / bound, (used.get(site, 0) + more) * SITE_SHARE / bound)

    if fill(topic + length) <= WHOLE_UNTIL:
        return "whole"
    return "cut" if fill(topic + min(length, HEAD)) <= 1 else "count"


def _add_bytes(connection: sqlite3.Connection, site: str, amount: int) -> None:
    connection.executemany(
        "INSERT INTO quarantine_bytes (site, bytes) VALUES (?, ?)"
        " ON CONFLICT (site) DO UPDATE SET bytes = max(0, bytes + excluded.bytes)",
        [(name, amount) for name in {"", site}],
    )


def summary(
    connection: sqlite3.Connection, which: QuarantineFilter = ANY
) -> list[tuple[str, str, int, EpochMs]]:
    """(reason, site, items, newest receipt), most items first."""
    where, values = which.where()
    return connection.execute(
        "SELECT r.reason, m.site, count(*) AS n, max(m.received_ms) FROM refusal r"
        f" JOIN refused_message m ON m.id = r.message WHERE {where} GROUP BY 1, 2 ORDER BY n DESC, 1, 2",
        values,
    ).fetchall()


def count(connection: sqlite3.Connection, reason: RefusalReason) -> int:
    """How many items are there for this reason."""
    query = "SELECT count(*) FROM refusal WHERE reason = ?"
    return int(connection.execute(query, (reason,)).fetchone()[0])


def used_bytes(connection: sqlite3.Connection) -> int:
    """Bytes that are kept, about."""
    found = connection.execute("SELECT bytes FROM quarantine_bytes WHERE site = ''").fetchone()
    return int(found[0]) if found else 0


def newest_detail(connection: sqlite3.Connection, reason: RefusalReason) -> str:
    """The detail of the newest item with this reason; "" if there is none."""
    query = "SELECT detail FROM refusal WHERE id = (SELECT max(id) FROM refusal WHERE reason = ?)"
    found = connection.execute(query, (reason,)).fetchone()
    return found[0] if found else ""


def numbers(connection: sqlite3.Connection, ids: Sequence[int]) -> set[int]:
    """Those of the numbers that items have."""
    where, values = QuarantineFilter(ids=tuple(ids)).where()
    return {id_ for (id_,) in connection.execute(f"SELECT id FROM refusal r WHERE {where}", values)}


def items(
    connection: sqlite3.Connection, which: QuarantineFilter, limit: int = -1, *, head: int = WHOLE
) -> Iterator[QuarantinedItem]:
    """The items themselves, newest first; of each payload at most the first `head` bytes."""
    where, values = which.where()
    for row in connection.execute(
        "SELECT r.id, r.reason, r.detail, r.position, m.topic, m.site, m.received_ms,"
        " coalesce(substr(m.payload, 1, ?), x''), m.length, m.cut, m.sha256"
        f" FROM refusal r JOIN refused_message m ON m.id = r.message WHERE {where}"
        " ORDER BY r.id DESC LIMIT ?",
        [head, *values, limit],
    ):
        described: tuple[int, str, str, str, str, str] = row[:6]
        received, payload, length, was_cut, sha256 = row[6:]
        yield QuarantinedItem(*described, from_ms(received), payload, length, bool(was_cut), sha256)


def reasons_by_topic(connection: sqlite3.Connection, which: QuarantineFilter) -> dict[str, set[str]]:
    """On which topics the items came, and why those of each were refused."""
    where, values = which.where()
    found: dict[str, set[str]] = {}
    for topic, reason in connection.execute(
        "SELECT DISTINCT m.topic, r.reason FROM refusal r JOIN refused_message m ON m.id = r.message"
        f" WHERE {where} ORDER BY 1, 2",
        values,
    ):
        found.setdefault(topic, set()).add(reason)
    return found


def replay(
    connection: sqlite3.Connection, which: QuarantineFilter, conflict: Conflict, topic: str | None = None
) -> tuple[int, int]:
    """Move items back into the inbox, oldest first; returns how many, and how many were cut and must stay.

    Other refused items of the same message stay where they are. `topic` takes the place of the one on which
    they came.
    """
    rows = whole_rows(connection, which)
    cut_items = count_cut(connection, which)
    messages = [message for message, _ in to_messages(connection, rows, conflict)]
    inbox.add(connection, messages if topic is None else [structs.replace(m, topic=topic) for m in messages])
    _delete(connection, [(id_, message) for message, id_, _ in rows])
    accounting.add(connection, {"items": -len(rows), "quarantined": -len(rows)})
    return len(rows), cut_items


def count_cut(connection: sqlite3.Connection, which: QuarantineFilter) -> int:
    """How many items cannot be replayed: only the head of their message was kept."""
    where, values = which.where()
    query = f"SELECT count(*) FROM refusal r JOIN refused_message m ON m.id = r.message WHERE {where}"
    return int(connection.execute(f"{query} AND m.cut = 1", values).fetchone()[0])


def whole_rows(connection: sqlite3.Connection, which: QuarantineFilter) -> list[tuple[int, int, str]]:
    """(message, item, position) of what `replay` would move, oldest first."""
    where, values = which.where()
    return connection.execute(
        "SELECT r.message, r.id, r.position FROM refusal r JOIN refused_message m ON m.id = r.message"
        f" WHERE {where} AND m.cut = 0 ORDER BY r.message, r.id",
        values,
    ).fetchall()


def to_messages(
    connection: sqlite3.Connection, rows: Sequence[tuple[int, int, str]], conflict: Conflict
) -> Iterator[tuple[InboxMessage, int]]:
    """The messages of such rows as the inbox would hold them, each with how many items of it."""
    positions: dict[int, list[str]] = {}
    for message, _, position in rows:
        positions.setdefault(message, []).append(position)
    for message, found in positions.items():
        yield _to_inbox_message(connection, message, tuple(found), conflict), len(found)


def _to_inbox_message(
    connection: sqlite3.Connection, message: int, positions: tuple[str, ...], conflict: Conflict
) -> InboxMessage:
    topic, payload, received = connection.execute(
        "SELECT topic, payload, received_ms FROM refused_message WHERE id = ?", (message,)
    ).fetchone()
    # "" is the position of the message itself: all of it.
    return InboxMessage(
        topic, payload, from_ms(received), conflict=conflict, positions=() if "" in positions else positions
    )


def drop(connection: sqlite3.Connection, which: QuarantineFilter) -> int:
    """Delete items for good; they are counted as dropped. Returns how many."""
    where, values = which.where()
    rows = connection.execute(
        f"SELECT r.id, r.message FROM refusal r JOIN refused_message m ON m.id = r.message WHERE {where}",
        values,
    ).fetchall()
    _delete(connection, rows)
    accounting.add(connection, {"quarantined": -len(rows), "dropped": len(rows)})
    return len(rows)


def _delete(connection: sqlite3.Connection, rows: Sequence[tuple[int, int]]) -> None:
    connection.executemany("DELETE FROM refusal WHERE id = ?", [(id_,) for id_, _ in rows])
    for message, taken in Counter(message for _, message in rows).items():
        site, size, left = connection.execute(
            "SELECT site, length(CAST(topic AS BLOB)) + length(payload),"
            " (SELECT count(*) FROM refusal WHERE message = m.id) FROM refused_message m WHERE id = ?",
            (message,),
        ).fetchone()
        freed = ROW_BYTES * taken
        if not left:
            connection.execute("DELETE FROM refused_message WHERE id = ?", (message,))
            freed += ROW_BYTES + size
        _add_bytes(connection, site, -freed)
    connection.execute("DELETE FROM quarantine_bytes WHERE bytes <= 0")
