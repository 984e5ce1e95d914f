"""Counts of late readings, by site and by the month of their time, for the monthly report."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from sensors.calendar import SHANGHAI, EpochMs, from_ms, shanghai_day

Month = tuple[str, str]
"""A site, and `YYYY-MM` in Asia/Shanghai."""

_SINCE = "late_since"


def month_of(site: str, time: datetime) -> Month:
    """The month in which a reading of this time is counted."""
    return site, shanghai_day(time)[:7]


def add(connection: sqlite3.Connection, readings: Mapping[Month, int]) -> None:
    """Count them, in the transaction that counts them as `late` in the accounts."""
    connection.executemany(
        "INSERT INTO late (site, month, readings) VALUES (?, ?, ?)"
        " ON CONFLICT (site, month) DO UPDATE SET readings = readings + excluded.readings",
        [(*month, number) for month, number in readings.items()],
    )


def read_month(connection: sqlite3.Connection, start: datetime) -> dict[str, int]:
    """Late readings of the month that starts then, by site; a site without any is absent."""
    month = f"{start.astimezone(SHANGHAI):%Y-%m}"
    return dict(connection.execute("SELECT site, readings FROM late WHERE month = ?", (month,)))


def counted_since(connection: sqlite3.Connection) -> datetime:
    """When this file began to count; earlier late readings are unknown to it."""
    (value,) = connection.execute("SELECT value FROM meta WHERE name = ?", (_SINCE,)).fetchone()
    return from_ms(EpochMs(int(value)))
