"""Silences and their ends, in the journal file."""

import sqlite3
from datetime import datetime

from msgspec import Struct

from alerts.rules.index import WatchId
from sensors.calendar import from_ms, to_ms


class Silence(Struct, frozen=True):
    """No notifications of this site until `until` (`rule`, `parameter`: None = every one); episodes go on."""

    id: int
    site: str
    rule: str | None
    parameter: str | None
    until: datetime
    reason: str
    by: str

    def covers(self, key: WatchId) -> bool:
        """Whether it silences this machine."""
        rule, site, parameter = key
        return (
            self.site in {site, "all"} and self.rule in {None, rule} and self.parameter in {None, parameter}
        )


def add(connection: sqlite3.Connection, silence: Silence, now: datetime) -> None:
    """Add a silence; its number is given by the journal."""
    connection.execute(
        "INSERT INTO silence (site, rule, parameter, until_ms, reason, by, made_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            silence.site, silence.rule, silence.parameter, to_ms(silence.until), silence.reason, silence.by,
            to_ms(now),
        ),
    )  # fmt: skip


def end(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    """End a silence now; it stays in the register."""
    connection.execute(
        "UPDATE silence SET until_ms = ? WHERE id = ? AND until_ms > ?", (to_ms(now), number, to_ms(now))
    )


def in_force(connection: sqlite3.Connection, now: datetime) -> list[Silence]:
    """Those in force."""
    rows = connection.execute(
        "SELECT id, site, rule, parameter, until_ms, reason, by FROM silence WHERE until_ms > ? ORDER BY id",
        (to_ms(now),),
    )
    return [
        Silence(id_, site, rule, parameter, from_ms(until), *rest)
        for id_, site, rule, parameter, until, *rest in rows
    ]
