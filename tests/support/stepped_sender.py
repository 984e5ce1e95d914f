"""A sender that a test steps by hand, between a journal and a database of its own; a row a batch."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from ingest.journal import accounting, outgoing
from ingest.journal.entries import Entry, PointEntry
from ingest.journal.file import Journal
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.influxdb.writer import WriterProcess
from ingest.stores.sender import StoreSender
from sensors.model import Point
from tests.support.queue_entries import NOW, options
from tests.support.servers import Influxd

STATISTIC = {"site": "wujinku", "parameter": "pm25", "statistic": "1h"}


def statistic(value: float) -> PointEntry:
    """The same point whatever its value."""
    fields = {"value": value, "n": 1.0, "expected": 60.0, "valid": False, "closed": False}
    return PointEntry(Point("statistic", STATISTIC, fields, NOW))


class SteppedSender:
    """A journal, a database of its own, and the sender between, a row a batch."""

    def __init__(self, folder: Path, influxd: Influxd) -> None:
        given = options(influxd.url, str(uuid4()))
        self.database = given.database
        self.journal = Journal(folder / "journal.db")
        self.store, self.writer = InfluxDBStore(given), WriterProcess(given)
        self.sender = StoreSender(
            self.journal, self.store, prefix="liangqu", quarantine_limit=10**6, transport=self.writer
        )
        assert self.sender.step(NOW) == 0

    def queue(self, *entries: Entry) -> None:
        """Entries as one row, counted as the pipeline counts them."""
        with self.journal.transaction() as connection:
            accounting.add(connection, {"items": outgoing.add(connection, entries)})

    def send_all(self) -> dict[str, int]:
        """Step until the queue is empty; returns the accounts then."""
        while self.sender.step(NOW):
            pass
        accounts = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
        assert accounts["outgoing"] == 0
        return accounts

    def values(self) -> list[float]:
        """Of all readings, oldest first."""
        frame = self.store.readings("wujinku", "pm25", NOW, NOW + timedelta(days=1))
        return [float(value) for value in frame["value"]]

    def statistic(self) -> float:
        """The value of the one statistic."""
        frame = self.store.statistics("wujinku", "pm25", "1h", NOW, NOW + timedelta(days=1))
        return float(frame["value"].item())
