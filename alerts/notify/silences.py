"""Silences and their ends, in the journal file."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from alerts.rules.index import WatchId
from sensors.calendar import from_ms, to_ms


class Silence(Struct, frozen=True):
    """No notifications of a place, or of an event (`event`, its id), until before `until`; episodes go on.

    A zone's or river's is that of its stations and sections too. `rule` and `parameter` None are every one.
    It holds at `starts` already (None: at once), at `until` no more. Of an event `site` is its place, for
    people to read.
    """

    id: int
    site: str
    rule: str | None
    parameter: str | None
    until: datetime
    reason: str
    by: str
    event: str | None = None
    starts: datetime | None = None

    def covers(self, key: WatchId, event: str, area: str = "") -> bool:
        """Whether it silences this machine, of a place in that area, whose episode belongs to that event.

        "" is no area, and no event.
        """
        if self.event is not None:
            return self.event == event
        rule, site, parameter = key
        return (
            self.site in {site, area or site, "all"}
            and self.rule in {None, rule}
            and self.parameter in {None, parameter}
        )


def covering(silenced: Iterable[Silence], keys: Iterable[WatchId], event: str, area: str) -> list[Silence]:
    """Those that silence one of these machines of one area, whose episodes belong to that event.

    "" is no area, and no event.
    """
    watched = list(keys)
    return [silence for silence in silenced if any(silence.covers(key, event, area) for key in watched)]


def add(connection: sqlite3.Connection, silence: Silence, now: datetime) -> None:
    """Add a silence; its number is given by the journal."""
    connection.execute(
        "INSERT INTO silence (site, rule, parameter, until_ms, reason, by, made_ms, event, starts_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            silence.site, silence.rule, silence.parameter, to_ms(silence.until), silence.reason, silence.by,
            to_ms(now), silence.event, None if silence.starts is None else to_ms(silence.starts),
        ),
    )  # fmt: skip


def end(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    """End a silence now; it stays in the register."""
    connection.execute(
        "UPDATE silence SET until_ms = ? WHERE id = ? AND until_ms > ?", (to_ms(now), number, to_ms(now))
    )


def in_force(connection: sqlite3.Connection, now: datetime) -> list[Silence]:
    """Those in force: from when they start until before they end."""
    return [
        silence for silence in not_over(connection, now) if silence.starts is None or silence.starts <= now
    ]


def not_over(connection: sqlite3.Connection, now: datetime) -> list[Silence]:
    """Those in force and those planned for later, in the order they were requested."""
    rows = connection.execute(
        "SELECT id, site, rule, parameter, until_ms, reason, by, event, starts_ms FROM silence"
        " WHERE until_ms > ? ORDER BY id",
        (to_ms(now),),
    )
    return [
        Silence(
            id_,
            site,
            rule,
            parameter,
            from_ms(until),
            reason,
            by,
            event,
            None if starts is None else from_ms(starts),
        )
        for id_, site, rule, parameter, until, reason, by, event, starts in rows
    ]
