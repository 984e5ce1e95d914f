"""Closes by the clock what readings have not closed, every five minutes, once all that came is processed."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from ingest.journal import inbox, outgoing
from ingest.observer import BatchObserver
from ingest.statistics.closing import Closing, closings
from ingest.statistics.live import LiveStatistics
from sensors.calendar import EPOCH
from sensors.catalogue.model import Catalogue

EVERY = timedelta(minutes=5)


class ClockClosing:
    """Used by the pipeline's thread.

    Args:
        catalogue: The sites.
        observer: Is shown what closes.
    """

    def __init__(self, catalogue: Catalogue, observer: BatchObserver | None) -> None:
        self._catalogue = catalogue
        self._observer = observer
        self._closed_at = EPOCH

    def is_due(self, connection: sqlite3.Connection, now: datetime) -> bool:
        """Whether five minutes of the clock are over and no message waits."""
        is_time = not self._closed_at <= now < self._closed_at + EVERY
        return is_time and inbox.oldest_received_ms(connection) is None

    def close(
        self, connection: sqlite3.Connection, live: LiveStatistics, now: datetime, since: datetime | None
    ) -> None:
        """Close what is over, in a transaction; `since` as in `closings`."""
        self._close_all(connection, live, now, closings(connection, self._catalogue, now, since))
        self._closed_at = now - (now - EPOCH) % EVERY

    def close_silent(self, connection: sqlite3.Connection, live: LiveStatistics, now: datetime) -> None:
        """Close what nothing has come of for days, where no service runs; in a transaction."""
        self._close_all(
            connection, live, now, closings(connection, self._catalogue, now, None, silent_only=True)
        )

    def _close_all(
        self, connection: sqlite3.Connection, live: LiveStatistics, now: datetime, which: Iterable[Closing]
    ) -> None:
        found = list(which)
        for one in found:
            live.close(one)
        if found:
            self._write(connection, live, now)

    def _write(self, connection: sqlite3.Connection, live: LiveStatistics, now: datetime) -> None:
        derived = live.collect()
        outgoing.add(connection, derived.entries(live.points))
        derived.save(connection)
        if self._observer is not None:
            points = self._observer.evaluate(connection, (), derived.all_statistics(), now)
            outgoing.add(connection, points)
