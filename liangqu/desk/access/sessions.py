"""Sessions of the desk: rows of the journal, of each cookie only the hash."""

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from sensors.calendar import from_ms, to_ms

IDLE = timedelta(hours=8)
"""Ends after so long without a request."""
AT_MOST = timedelta(days=7)
"""Ends then whatever is done."""
NOTED_EVERY = timedelta(minutes=5)
"""A request is noted only so often: idle time is exact to this."""
LONGEST_BROWSER = 200

_COLUMNS = "token_sha256, user, credential, begun_ms, seen_ms, address, browser"


class LoginSession(Struct, frozen=True):
    """Somebody signed in with a browser. `credential` is the fingerprint of the user's row then."""

    token_sha256: str
    user: str
    credential: str
    begun: datetime
    seen: datetime
    address: str
    browser: str

    def is_alive(self, now: datetime) -> bool:
        """Whether it goes on; exactly at a limit it has ended."""
        return now - self.seen < IDLE and now - self.begun < AT_MOST

    def is_to_note(self, now: datetime) -> bool:
        """Whether this request is to be noted."""
        return now - self.seen >= NOTED_EVERY


def begin(connection: sqlite3.Connection, session: LoginSession) -> None:
    """Keep a new session; those that have ended of themselves are removed."""
    at = to_ms(session.begun)
    connection.execute(
        "DELETE FROM login_session WHERE seen_ms <= ? OR begun_ms <= ?",
        (at - _ms(IDLE), at - _ms(AT_MOST)),
    )
    connection.execute(
        f"INSERT INTO login_session ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            session.token_sha256, session.user, session.credential, at, to_ms(session.seen), session.address,
            session.browser[:LONGEST_BROWSER],
        ),
    )  # fmt: skip


def find(connection: sqlite3.Connection, token_sha256: str, now: datetime) -> LoginSession | None:
    """The session of a cookie; None if there is none that goes on."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM login_session WHERE token_sha256 = ?", (token_sha256,)
    ).fetchone()
    found = _session(row) if row else None
    return found if found and found.is_alive(now) else None


def note(connection: sqlite3.Connection, session: LoginSession, now: datetime) -> None:
    """Note that it was used now."""
    connection.execute(
        "UPDATE login_session SET seen_ms = ? WHERE token_sha256 = ?", (to_ms(now), session.token_sha256)
    )


def end(connection: sqlite3.Connection, token_sha256: str) -> None:
    """End one."""
    connection.execute("DELETE FROM login_session WHERE token_sha256 = ?", (token_sha256,))


def end_all(connection: sqlite3.Connection, user: str, *, but: str = "") -> int:
    """End all of a user, but for that of one hash; how many that were."""
    ended = connection.execute("DELETE FROM login_session WHERE user = ? AND token_sha256 <> ?", (user, but))
    return ended.rowcount


def sessions_of(connection: sqlite3.Connection, user: str, now: datetime) -> list[LoginSession]:
    """Those of a user that go on, the last used first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM login_session WHERE user = ? ORDER BY seen_ms DESC, begun_ms", (user,)
    )
    return [found for found in map(_session, rows) if found.is_alive(now)]


def _session(row: Any) -> LoginSession:
    token, user, credential, begun, seen, address, browser = row
    return LoginSession(token, user, credential, from_ms(begun), from_ms(seen), address, browser)


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
