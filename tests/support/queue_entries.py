"""Entries as they lie in the queue, and how a database of one's own is reached."""

from datetime import UTC, datetime, timedelta

from ingest.journal.entries import EntryStatus, ReadingEntry
from ingest.stores.influxdb.section import InfluxOptions
from sensors.model import Checked, Reading
from tests.support.servers import PATIENCE

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def options(url: str, database: str = "liangqu", password: str = "") -> InfluxOptions:
    """As the settings would give them; nothing goes ahead, which would take a scripted server's answer."""
    return InfluxOptions(url, database, "u", password, timeout=PATIENCE, settle=0.0)


def raw(minute: int, value: float, status: EntryStatus = "new") -> ReadingEntry:
    """A reading so many minutes after `NOW`."""
    time = NOW + timedelta(minutes=minute)
    return ReadingEntry("air", Checked(Reading("wujinku", "pm25", "rtd", time, value, "N", time)), status)
