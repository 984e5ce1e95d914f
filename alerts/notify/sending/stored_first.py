"""Nobody is told what a next machine would not know of: notifications wait until the store has their rows."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from ingest.journal import outgoing
from ingest.journal.file import Journal

PATIENCE_S = 5.0
"""After which people are told all the same: the store may be away for hours."""
ALL = 2**62


class StoredFirst:
    """Which notifications may be sent; all, where the journal hands nothing over. One thread asks.

    Args:
        journal: Where they are.
        clock: Seconds that only grow.
    """

    def __init__(self, journal: Journal, clock: Callable[[], float] = monotonic) -> None:
        self._journal = journal
        self._clock = clock
        self._on_their_way = deque[tuple[int, int, float]]()  # the newest, the last row behind it, since when
        self._allowed = 0

    def newest(self) -> int:
        """The number of the newest that may be sent; what is older may be sent too."""
        if self._journal.before_commit is None:
            return ALL
        connection, now = self._journal.connection(), self._clock()
        first = outgoing.first_id(connection)
        while self._on_their_way:
            number, last, since = self._on_their_way[0]
            if first is not None and last >= first and now - since < PATIENCE_S:
                break
            self._allowed = number
            self._on_their_way.popleft()
        known = self._on_their_way[-1][0] if self._on_their_way else self._allowed
        (number,) = connection.execute("SELECT ifnull(max(id), 0) FROM notification").fetchone()
        if number > known:  # read before the rows behind it: those are of it, or later
            self._on_their_way.append((number, outgoing.last_id(connection), now))
        return self._allowed
