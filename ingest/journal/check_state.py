"""Each series' newest time and check state, kept between batches."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from ingest.checks import CheckState
from ingest.journal.database import batch_insert
from sensors.calendar import EpochMs, shanghai_day, to_ms

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CheckState).decode

Id = tuple[str, str, str]  # site, parameter, kind
NEVER = EpochMs(-1)  # the newest time of a series before its first reading


class SeriesRow(Struct):
    """One series in memory: `last` is its newest checked time, `NEVER` before the first."""

    id: Id
    last: EpochMs
    checks: CheckState


def load(connection: sqlite3.Connection) -> dict[Id, SeriesRow]:
    """All series of the file; at most one for each site, parameter and kind."""
    return {
        (site, parameter, kind): SeriesRow((site, parameter, kind), last, _decode(checks))
        for site, parameter, kind, last, checks in connection.execute(
            "SELECT site, parameter, kind, last_ms, checks FROM series"
        )
    }


def save(connection: sqlite3.Connection, changed: Iterable[SeriesRow]) -> None:
    """Write the series that a batch has changed."""
    batch_insert.insert_rows(
        connection,
        "INSERT INTO series (site, parameter, kind, last_ms, checks)",
        [(*s.id, s.last, _encode(s.checks)) for s in changed],
        "ON CONFLICT (site, parameter, kind) DO UPDATE"
        " SET last_ms = max(last_ms, excluded.last_ms), checks = excluded.checks",
    )


def raise_last(connection: sqlite3.Connection, latest: Mapping[Id, datetime]) -> None:
    """Record that the store holds readings up to these times: older ones are looked up there."""
    fresh = _encode(CheckState())
    connection.executemany(
        "INSERT INTO series (site, parameter, kind, last_ms, checks) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (site, parameter, kind) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)",
        [(*id_, to_ms(time), fresh) for id_, time in latest.items()],
    )


def record_last_seen(connection: sqlite3.Connection, received: Mapping[str, datetime], now: datetime) -> None:
    """Record when each site last sent something; a time ahead of the clock counts as `now`."""
    batch_insert.insert_rows(
        connection,
        "INSERT INTO heard (site, received_ms)",
        [(site, to_ms(min(time, now))) for site, time in received.items()],
        # A replay from quarantine is not newer; a time that a wrong clock wrote must not stay the newest.
        "ON CONFLICT (site) DO UPDATE"
        f" SET received_ms = max(min(received_ms, {to_ms(now)}), excluded.received_ms)",
    )


def cap_times(connection: sqlite3.Connection, now: datetime) -> int:
    """Set times of receipt ahead of the clock to now; returns how many there were."""
    return connection.execute(
        "UPDATE heard SET received_ms = ?1 WHERE received_ms > ?1", (to_ms(now),)
    ).rowcount


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift the times of receipt by a change of the clock."""
    connection.execute("UPDATE heard SET received_ms = received_ms + ?", (by // timedelta(milliseconds=1),))


def last_seen(connection: sqlite3.Connection) -> dict[str, EpochMs]:
    """The newest receipt of each site."""
    return dict(connection.execute("SELECT site, received_ms FROM heard"))


def newest_days(latest: Mapping[Id, datetime]) -> set[tuple[str, str]]:
    """Each site with the newest day that the store holds of it."""
    newest: dict[str, str] = {}
    for (site, _, _), stamp in latest.items():
        newest[site] = max(shanghai_day(stamp), newest.get(site, ""))
    return set(newest.items())
