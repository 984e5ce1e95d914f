"""The audit list: who changed what, when, by which door and why; rows are added, never changed or removed."""

import getpass
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sensors.calendar import from_ms, to_ms

Door = Literal["desk", "command", "link", "mqtt"]
"""By which way: the console in the browser, the command line, a message's signed link, a message."""

MOST_ROWS = 1000
ON_BEHALF_OF = "DESK_ON_BEHALF_OF"
"""In the environment of a command that the desk runs: the user who asked for it, whose rows it writes."""


class Actor(Struct, frozen=True):
    """Who acts, and by which door; `who` is a user's name, never only a display name."""

    who: str
    door: Door


class AuditRow(Struct, frozen=True):
    """One change. `what` is a code, `objects` are the ids it concerns, `why` "" where nobody was asked."""

    id: int
    at: datetime
    who: str
    door: str
    what: str
    objects: tuple[str, ...]
    why: str
    details: Mapping[str, Any]


_ACTOR: ContextVar[Actor | None] = ContextVar("audit_actor", default=None)


@contextmanager
def acting(who: str, door: Door) -> Iterator[None]:
    """Whoever acts inside; threads that asyncio starts for a request know it too."""
    token = _ACTOR.set(Actor(who, door))
    try:
        yield
    finally:
        _ACTOR.reset(token)


def record(
    connection: sqlite3.Connection,
    what: str,
    objects: Iterable[str],
    now: datetime,
    *,
    why: str = "",
    by: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a row, in the transaction of the change itself.

    Outside of `acting` it is a command: the row is in the name `by`, and says in its details who ran it; by
    default it is in the name of whoever runs it. One that the desk runs acts for the desk's user.
    """
    said = dict(details or {})
    actor = _ACTOR.get() or _user_of_desk()
    if actor is None:
        login = login_name()
        actor = Actor(by or login, "command")
        if by and by != login:
            said["login"] = login
    elif by and by != actor.who:
        said["by"] = by
    connection.execute(
        "INSERT INTO audit (at_ms, who, door, what, objects, why, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (to_ms(now), actor.who, actor.door, what, _to_json(list(objects)), why, _to_json(said)),
    )


def read_audit(
    connection: sqlite3.Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    who: str | None = None,
    before: int | None = None,
    limit: int = MOST_ROWS,
) -> list[AuditRow]:
    """Rows from `since` on and before `until`, the newest first.

    `before` is the id of the last row of the page before.
    """
    rows = connection.execute(
        "SELECT id, at_ms, who, door, what, objects, why, details FROM audit"
        " WHERE at_ms >= coalesce(:since, at_ms) AND (:until IS NULL OR at_ms < :until)"
        " AND who = coalesce(:who, who) AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit",
        {
            "since": None if since is None else to_ms(since),
            "until": None if until is None else to_ms(until),
            "who": who,
            "before": before,
            "limit": limit,
        },
    )
    return [
        AuditRow(
            id_, from_ms(at), name, door, what, tuple(msgspec.json.decode(objects)), why,
            msgspec.json.decode(details),
        )
        for id_, at, name, door, what, objects, why, details in rows
    ]  # fmt: skip


def _user_of_desk() -> Actor | None:
    user = os.environ.get(ON_BEHALF_OF)
    return Actor(user, "desk") if user else None


def login_name() -> str:
    """Who runs this process; its number where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def last_of(connection: sqlite3.Connection, what: str, *, since: datetime) -> datetime | None:
    """When something was last done, after `since`; None if it was not."""
    row = connection.execute(
        "SELECT max(at_ms) FROM audit WHERE what = ? AND at_ms > ?", (what, to_ms(since))
    ).fetchone()
    return None if row[0] is None else from_ms(row[0])


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
