"""The part that writes the store: its thread's step, and what it does after a failure and at the end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from ingest.journal.file import Journal
from ingest.stores.sender import StoreSender
from liangqu.config.factories import open_store, open_writer
from liangqu.config.settings import Settings
from liangqu.service.parts.shard import ServedShard


class StorePart:
    """Store, its writer process if it has one, and the sender.

    Attributes:
        sender: What takes the outgoing entries.

    Args:
        settings: In force now; asked again whenever the store is opened anew.
        journal: Owned by the service.
        shard: Whose turn it has to be.
    """

    def __init__(self, settings: Callable[[], Settings], journal: Journal, shard: ServedShard) -> None:
        self._settings = settings
        self._journal = journal
        self._shard = shard
        self._store, self._writer = open_store(settings()), open_writer(settings())
        first = settings().mqtt.served[0]
        self.sender = StoreSender(journal, self._store, prefix=first, transport=self._writer)

    def start(self) -> None:
        """Start the process that writes, if there is one."""
        if self._writer:
            with suppress(OSError):  # its first batch says why
                self._writer.start()

    def step(self) -> int:
        """Send what waits, if it is our turn; returns how much.

        Raises:
            FormerLayoutError: the store cannot be written by this build.
        """
        self._journal.write_log_back()
        if self._shard.begins_anew():
            self.renew()
        return self.sender.step(datetime.now(UTC)) if self._shard.is_served() else 0

    def renew(self) -> None:
        """Go on with a store that is opened anew."""
        if self._writer:
            self._writer.close()
        self._store.close()
        self._store = open_store(self._settings())
        self.sender.renew(self._store)

    def close(self, now: datetime) -> None:
        """Send what is under way, and close it."""
        if self._shard.is_served():
            self.sender.flush(now)
        self._store.close()
        if self._writer:
            self._writer.close()
