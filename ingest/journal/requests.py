"""What commands ask of the service, and what is left to compute again."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from sensors.times import to_ms

RELOAD_SERIES = "reload_series"


class Request(Struct, frozen=True):
    """One row: what is asked, with its JSON body."""

    id: int
    what: str
    body: dict[str, Any]


def ask(connection: sqlite3.Connection, what: str, body: dict[str, Any], now: datetime) -> None:
    """Leave a request; the service takes it within a second, or when it is back."""
    connection.execute(
        "INSERT INTO request (what, body, made) VALUES (?, ?, ?)",
        (what, msgspec.json.encode(body).decode(), to_ms(now)),
    )


def waiting(connection: sqlite3.Connection) -> list[Request]:
    """All requests, oldest first."""
    return [
        Request(id_, what, msgspec.json.decode(body))
        for id_, what, body in connection.execute("SELECT id, what, body FROM request ORDER BY id")
    ]


def done(connection: sqlite3.Connection, requests: Iterable[Request]) -> None:
    """Take them out, in the transaction that carries them out."""
    connection.executemany("DELETE FROM request WHERE id = ?", [(r.id,) for r in requests])


def recompute(connection: sqlite3.Connection, days: Iterable[tuple[str, str]], cause: str) -> None:
    """Queue (site, YYYY-MM-DD) for the derived series; asking twice is asking once."""
    connection.executemany(
        "INSERT OR IGNORE INTO recompute (site, day, cause) VALUES (?, ?, ?)",
        [(site, day, cause) for site, day in days],
    )


def to_recompute(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(site, day, cause), oldest day first."""
    return connection.execute("SELECT site, day, cause FROM recompute ORDER BY day, site, cause").fetchall()
