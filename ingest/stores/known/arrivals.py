"""New readings that do not come on time, as the pipeline takes them."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from ingest.journal import outgoing
from ingest.journal.entries import QueuedEntry
from ingest.journal.review.locks import reopen_late
from ingest.stores.known.record import KnowledgeRecorder, days_of, off_time


class ArrivalRecords:
    """Queues the records of when readings came; used by one thread."""

    def __init__(self) -> None:
        self._recorder = KnowledgeRecorder("mqtt")

    def write(self, connection: sqlite3.Connection, entries: Sequence[QueuedEntry], now: datetime) -> None:
        """Record, in the caller's transaction, those that do not come on time; their days show as changed."""
        if late := off_time(entries, now):
            outgoing.add(connection, self._recorder.points((), now, late))
            reopen_late(connection, days_of(late), now)
