"""What a batch comes to."""

import sqlite3

from msgspec import Struct, field

from ingest.journal import requests, statistics_state
from ingest.journal.outgoing import DerivedEntry
from ingest.journal.statistics_state import SeriesChanges
from sensors.calendar import calendar_day
from sensors.model import Statistic


class BatchResult(Struct):
    """What a batch came to: every statistic that moved, what to write, what the journal has to keep."""

    statistics: list[Statistic] = field(default_factory=list)
    derived: list[DerivedEntry] = field(default_factory=list)
    rows: list[SeriesChanges] = field(default_factory=list)
    samples: list[tuple[str, bytes]] = field(default_factory=list)
    stale: set[tuple[str, int]] = field(default_factory=set)  # (place, day): too old to be moved here

    def save(self, connection: sqlite3.Connection) -> None:
        """Keep it, in the transaction that takes the batch out of the inbox."""
        statistics_state.save(connection, self.rows)
        statistics_state.save_samples(connection, self.samples)
        if self.stale:
            days = [(place, calendar_day(day).isoformat()) for place, day in sorted(self.stale)]
            requests.queue_recompute(connection, days, "late")
