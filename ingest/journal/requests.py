"""Requests of commands to the service, and the recompute queue."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, cast

import msgspec
from msgspec import Struct

from ingest.journal import audit
from sensors.calendar import to_ms
from sensors.catalogue.places import RESERVED

RequestKind = Literal["mark", "reload_series", "ack", "silence", "unsilence", "alerts_test"]
RecomputeCause = Literal["late", "revision", "mark", "import", "command", "new_journal"]
"""Why days are computed again; `new_journal`: rows are to be rebuilt from the store."""


REMEMBERED = timedelta(days=1)
"""How long the answer to a reload is kept for whoever asked."""


class CommandRequest(Struct, frozen=True):
    """One row: the kind of request, with its JSON body as text; only whoever carries it out parses that.

    A row of another build may be of a kind that is unknown here.
    """

    id: int
    what: RequestKind
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The parsed text.

        Raises:
            ValueError: it is not a JSON object.
        """
        return msgspec.json.decode(self.text, type=dict[str, Any])


_IS_AREA = " OR ".join(f"site LIKE '{prefix}%'" for prefix in RESERVED)


_OBJECTS: Mapping[RequestKind, tuple[str, ...]] = {
    "mark": ("site", "parameter"),
    "ack": ("episode",),
    "silence": ("event", "site", "rule", "parameter"),
    "unsilence": ("id",),
    "alerts_test": ("channel",),
}
"""What a person asks for, each a row of the audit list too, and which ids it concerns."""
_WORDS = ("by", "reason", "note")


def submit(connection: sqlite3.Connection, what: RequestKind, body: dict[str, Any], now: datetime) -> None:
    """Submit a request; the service carries it out within a second, or when it is back.

    What a person asks for stands in the audit list in the same transaction.
    """
    connection.execute(
        "INSERT INTO request (what, body, made_ms) VALUES (?, ?, ?)",
        (what, msgspec.json.encode(body).decode(), to_ms(now)),
    )
    if what in _OBJECTS:
        audit.record(
            connection,
            what,
            [str(body[name]) for name in _OBJECTS[what] if body.get(name)],
            now,
            why=str(body.get("reason") or body.get("note") or ""),
            by=str(body.get("by") or ""),
            details={name: value for name, value in body.items() if name not in {*_OBJECTS[what], *_WORDS}},
        )


def pending(connection: sqlite3.Connection) -> list[CommandRequest]:
    """All requests, oldest first."""
    return [
        CommandRequest(id_, cast("RequestKind", what.decode(errors="replace")), text.decode(errors="replace"))
        for id_, what, text in connection.execute(
            "SELECT id, CAST(what AS BLOB), CAST(body AS BLOB) FROM request ORDER BY id"
        )
    ]


def complete(connection: sqlite3.Connection, requests: Iterable[CommandRequest]) -> None:
    """Remove requests, in the transaction that carries them out."""
    connection.executemany("DELETE FROM request WHERE id = ?", [(r.id,) for r in requests])


def queue_recompute(
    connection: sqlite3.Connection, days: Iterable[tuple[str, str]], cause: RecomputeCause
) -> None:
    """Queue (place, YYYY-MM-DD) to be recomputed; a repeat only matters if the first is under way."""
    connection.executemany(
        "INSERT INTO recompute (site, day, cause) VALUES (?, ?, ?)"
        " ON CONFLICT (site, day, cause) DO UPDATE SET asked = asked + 1",
        [(site, day, cause) for site, day in days],
    )


def recompute_rows(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(site, day, cause), oldest day first."""
    return connection.execute("SELECT site, day, cause FROM recompute ORDER BY day, site, cause").fetchall()


def count_recompute_rows(connection: sqlite3.Connection) -> int:
    """How many rows the recompute queue holds."""
    count: int = connection.execute("SELECT count(*) FROM recompute").fetchone()[0]
    return count


class RecomputeRequest(NamedTuple):
    """One row of the recompute queue; `times_requested` tells whether it was requested again meanwhile."""

    site: str
    day: str
    cause: RecomputeCause
    times_requested: int


def next_requests(connection: sqlite3.Connection, skipped: Collection[str] = ()) -> list[RecomputeRequest]:
    """All requests of the place with the oldest day, by day; zones and rivers come after their sites."""
    first = connection.execute(
        "SELECT site FROM recompute WHERE site NOT IN (SELECT value FROM json_each(?))"
        f" ORDER BY {_IS_AREA}, day, site LIMIT 1",
        (msgspec.json.encode([*skipped]).decode(),),
    ).fetchone()
    if first is None:
        return []
    rows = connection.execute(
        "SELECT site, day, cause, asked FROM recompute WHERE site = ? ORDER BY day, cause", first
    )
    return [RecomputeRequest(*row) for row in rows]


def complete_recompute(connection: sqlite3.Connection, rows: Iterable[RecomputeRequest]) -> None:
    """Remove what was carried out; a row requested again meanwhile stays."""
    connection.executemany(
        "DELETE FROM recompute WHERE site = ? AND day = ? AND cause = ? AND asked = ?", list(rows)
    )


class ReloadAnswer(NamedTuple):
    """What a service said to a request to read its settings again; without problems they are in force."""

    problems: tuple[str, ...]


def ask_reload(connection: sqlite3.Connection, now: datetime) -> int:
    """Ask the service to read its settings again before it does anything else; the number of the request."""
    inserted = connection.execute("INSERT INTO reload (asked_ms) VALUES (?)", (to_ms(now),))
    return inserted.lastrowid or 0


def newest_reload(connection: sqlite3.Connection) -> int | None:
    """The number of the newest request that waits for its answer; None if none does."""
    row = connection.execute("SELECT max(id) FROM reload WHERE answered_ms IS NULL").fetchone()
    return None if row[0] is None else int(row[0])


def answer_reloads(connection: sqlite3.Connection, last: int, answer: ReloadAnswer, now: datetime) -> None:
    """Answer all that wait, up to the request `last`, and forget those that were answered a day ago."""
    problems = msgspec.json.encode(answer.problems).decode()
    connection.execute("DELETE FROM reload WHERE answered_ms < ?", (to_ms(now - REMEMBERED),))
    connection.execute(
        "UPDATE reload SET answered_ms = ?, problems = ? WHERE answered_ms IS NULL AND id <= ?",
        (to_ms(now), problems, last),
    )


def reload_answer(connection: sqlite3.Connection, id_: int) -> ReloadAnswer | None:
    """The answer to a request; None while there is none."""
    query = "SELECT problems FROM reload WHERE id = ? AND answered_ms IS NOT NULL"
    found = connection.execute(query, (id_,)).fetchone()
    return ReloadAnswer(tuple(msgspec.json.decode(found[0], type=list[str]))) if found else None
