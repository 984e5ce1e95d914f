"""When the service looks for rows of its journal that nobody can read: at its start, and after a failure."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from alerts import row_checks as alert_checks
from ingest import row_checks as ingest_checks
from ingest.journal import outgoing, unreadable
from ingest.journal.file import Journal
from ingest.journal.unreadable import RowCheck
from ingest.stores import sender
from liangqu.config.settings import Settings
from sensors.section import parse_size

LOOK_S = 2.0

_CHECKS = (*ingest_checks.CHECKS, *alert_checks.CHECKS)
_NOT_DERIVED = tuple(check for check in _CHECKS if not check.derived)


class UnreadableRows:
    """Sets them aside, into the quarantine; one thread at a time uses it.

    Args:
        journal: Owned by the service.
        settings: Already checked.
    """

    def __init__(self, journal: Journal, settings: Settings) -> None:
        self._journal = journal
        self._prefix = settings.mqtt.served[0]
        self._limit = parse_size(settings.journal.quarantine_limit)
        self._looked = 0.0

    def set_aside(self) -> None:
        """Before any part reads them; what the store can give back is then read from it again."""
        with self._journal.transaction(frees=True) as connection:
            outgoing.renumber_if_exhausted(connection)
        if self._set_aside(_CHECKS):
            with self._journal.transaction(frees=True) as connection:
                sender.mark_store_unknown(connection)

    def look_again(self) -> None:
        """After a failure, every `LOOK_S` at most; what the store can bring back waits for the next start."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._set_aside(_NOT_DERIVED)

    def _set_aside(self, checks: Sequence[RowCheck]) -> bool:
        found = unreadable.set_aside(self._journal, checks, self._prefix, self._limit, datetime.now(UTC))
        self._looked = time.monotonic()
        return found
