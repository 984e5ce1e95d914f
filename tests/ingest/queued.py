"""Entries as they lie in the queue, and how a database of one's own is reached."""

from datetime import UTC, datetime, timedelta

from ingest.journal.outgoing import Lane, Raw
from ingest.stores.influxdb import Options
from sensors.seams import Checked, Reading
from tests.servers import PATIENCE

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def options(url: str, database: str = "liangqu", password: str = "") -> Options:
    """As the settings would give them."""
    return Options(
        url=url,
        database=database,
        username="u",
        password=password,
        token="",
        org="",
        timeout=PATIENCE,
        compress="auto",
    )


def raw(minute: int, value: float, lane: Lane = "new") -> Raw:
    """A reading so many minutes after `NOW`."""
    time = NOW + timedelta(minutes=minute)
    return Raw("air", Checked(Reading("wujinku", "pm25", "rtd", time, value, "N", time)), lane)
