"""The sessions at the broker that this file knows, and what happened to them: counters that only grow."""

from msgspec import Struct

from ingest.journal import accounting
from ingest.journal.file import Journal

CONNECTIONS = "connections:"  # connections:<client id>
LOST = "sessions_lost"
TAKEN = "sessions_taken"


class SessionCounts(Struct):
    """How often, since it was made: connected, session lost, session taken by another client."""

    connections: int = 0
    lost: int = 0
    taken: int = 0


class Sessions:
    """The account of the session that one client id names; one thread writes it."""

    def __init__(self, journal: Journal, client_id: str) -> None:
        self._journal = journal
        self._name = CONNECTIONS + client_id
        self._written = SessionCounts()

    def known(self) -> bool:
        """Whether the broker has ever had this session."""
        return accounting.read_counts(self._journal.connection()).get(self._name, 0) > 0

    def count(self, counts: SessionCounts) -> None:
        """Write what was counted since the last time; `counts` are since the start of this process."""
        if counts == self._written:
            return
        before = self._written
        with self._journal.transaction(frees=True) as connection:
            accounting.add(
                connection,
                {
                    self._name: counts.connections - before.connections,
                    LOST: counts.lost - before.lost,
                    TAKEN: counts.taken - before.taken,
                },
            )
        self._written = counts
