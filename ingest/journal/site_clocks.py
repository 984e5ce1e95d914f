"""How far each site's clock is off, as its last messages showed, refused times too; and where they came."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from ingest.journal.database import batch_insert
from sensors.calendar import EpochMs, to_ms


class SiteTimes(Struct):
    """The times of a site in a batch: the last receipt, the newest time, and the newest that was taken.

    `tolerance_ms` is how much two receipts may differ in what they show of the same fault. `prefix` is that
    of the last topic, "" where there is only one.
    """

    received: datetime
    newest: datetime
    taken: datetime | None
    tolerance_ms: int
    prefix: str = ""


class SiteClock(Struct, frozen=True):
    """What is kept of a site: the newest time taken (None: never), and how far its last message was behind.

    `since_ms` is the receipt from which on it has been about as far behind as now, `seen_ms` the last one.
    """

    seen_ms: EpochMs
    newest_ms: EpochMs | None
    behind_ms: int
    since_ms: EpochMs


def record(connection: sqlite3.Connection, times: Mapping[str, SiteTimes]) -> None:
    """Record a batch's times; a message out of the quarantine is not among them."""
    batch_insert.insert_rows(
        connection,
        "INSERT INTO site_clock (site, seen_ms, newest_ms, behind_ms, since_ms, tolerance_ms, prefix)",
        [_row(site, one) for site, one in times.items()],
        "ON CONFLICT (site) DO UPDATE SET"
        " since_ms = iif(abs(behind_ms - excluded.behind_ms) <= excluded.tolerance_ms"
        " AND since_ms <= excluded.seen_ms, since_ms, excluded.seen_ms),"
        " seen_ms = excluded.seen_ms, behind_ms = excluded.behind_ms, tolerance_ms = excluded.tolerance_ms,"
        " prefix = excluded.prefix,"
        # A time that a wrong clock wrote ahead of ours must not stay the newest.
        " newest_ms = ifnull(max(min(newest_ms, excluded.seen_ms), excluded.newest_ms),"
        " ifnull(newest_ms, excluded.newest_ms))",
    )


def read(connection: sqlite3.Connection) -> dict[str, SiteClock]:
    """Every site of which something with a time has come."""
    query = "SELECT site, seen_ms, newest_ms, behind_ms, since_ms FROM site_clock"
    return {site: SiteClock(*row) for site, *row in connection.execute(query)}


def read_prefix(connection: sqlite3.Connection, site: str) -> str:
    """Under which prefix a site sends; "" where there is only one, or nothing has come."""
    found = connection.execute("SELECT prefix FROM site_clock WHERE site = ?", (site,)).fetchone()
    return "" if found is None else str(found[0])


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift the receipts by a change of our own clock, after which every site's offset is another."""
    connection.execute(
        "UPDATE site_clock SET seen_ms = seen_ms + ?1, since_ms = seen_ms + ?1, behind_ms = behind_ms + ?1",
        (by // timedelta(milliseconds=1),),
    )


def _row(site: str, one: SiteTimes) -> tuple[str, EpochMs, EpochMs | None, int, EpochMs, int, str]:
    seen, newest = to_ms(one.received), to_ms(one.newest)
    taken = None if one.taken is None else min(to_ms(one.taken), seen)
    return site, seen, taken, seen - newest, seen, one.tolerance_ms, one.prefix
