"""What a batch comes to."""

import sqlite3

from msgspec import Struct, field

from ingest.journal import requests, windows
from ingest.journal.outgoing import Made
from ingest.journal.windows import Rows
from sensors.averages.periods import calendar_day
from sensors.seams import Statistic


class Step(Struct):
    """What a batch came to: every statistic that moved, what to write, what the journal has to keep."""

    statistics: list[Statistic] = field(default_factory=list)
    derived: list[Made] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    samples: list[tuple[str, bytes]] = field(default_factory=list)
    stale: set[tuple[str, int]] = field(default_factory=set)  # (place, day): too old to be moved here

    def save(self, connection: sqlite3.Connection) -> None:
        """Keep it, in the transaction that takes the batch out of the inbox."""
        windows.save(connection, self.rows)
        windows.save_samples(connection, self.samples)
        if self.stale:
            days = [(place, calendar_day(day).isoformat()) for place, day in sorted(self.stale)]
            requests.recompute(connection, days, "late")
