"""The sites that somebody waits for, and since when: one that has never sent is told after a day."""

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta

from sensors.calendar import from_ms, to_ms


def register(connection: sqlite3.Connection, sites: Collection[str], now: datetime) -> None:
    """Wait for these sites: since now those that are new, for no other any more."""
    known = {site for (site,) in connection.execute("SELECT site FROM expected_site")}
    connection.executemany("DELETE FROM expected_site WHERE site = ?", [(site,) for site in known - {*sites}])
    connection.executemany(
        "INSERT INTO expected_site VALUES (?, ?)", [(site, to_ms(now)) for site in sites if site not in known]
    )


def unheard(connection: sqlite3.Connection) -> dict[str, datetime]:
    """The sites of which nothing has ever come, and since when each is waited for."""
    query = "SELECT site, since_ms FROM expected_site WHERE site NOT IN (SELECT site FROM heard)"
    return {site: from_ms(since) for site, since in connection.execute(query)}


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift all times by a change of our own clock."""
    connection.execute("UPDATE expected_site SET since_ms = since_ms + ?", (by // timedelta(milliseconds=1),))
