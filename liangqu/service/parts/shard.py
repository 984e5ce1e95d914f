"""Whether this service has its shard's turn: only then it works, the others wait and send nothing."""

import socket
from collections.abc import Callable
from datetime import datetime

from ingest.journal.file import Journal
from ingest.journal.sessions import note_filters, note_prefixes, run_id
from ingest.mqtt.lease.watch import LeaseWatch, ShardIdentity
from ingest.stores.sender import mark_store_unknown
from liangqu.config.settings import Settings
from liangqu.config.topics import SERVICE, topic_filters


class ServedShard:
    """The shard of one service; without a name it is the only one, and always has its turn.

    What a journal remembers of its places is old once another has served them, and nothing at all of a place
    under a prefix that it did not have before: then the store is read as for a new journal.

    Attributes:
        lease: At the broker; None without a name.
        former: What the session at the broker may still have subscribed of prefixes that were ours.

    Args:
        settings: Already checked.
        journal: Owned by the service.
        clock: The time of day.
    """

    def __init__(self, settings: Settings, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._is_started = False
        self.lease: LeaseWatch | None = None
        name, served = settings.shard.name, settings.mqtt.served
        filters = topic_filters(settings)
        with journal.transaction(frees=True) as connection:
            run = run_id(connection)
            self.former = note_filters(connection, [*filters.wide, *filters.narrow])
            if note_prefixes(connection, served):
                mark_store_unknown(connection)
        if name:
            topics = [f"{prefix}/{SERVICE}/{name}" for prefix in served]
            identity = ShardIdentity(name, run, socket.gethostname())
            self.lease = LeaseWatch(settings.broker(), topics, identity, clock)

    def is_served(self) -> bool:
        """Whether we are to write to the store and to tell people."""
        return self.lease is None or self.lease.is_held

    def waits_for(self) -> str:
        """Why it is not our turn; "" while it is."""
        return self.lease.eviction() if self.lease is not None and not self.lease.is_held else ""

    def while_served(self, step: Callable[[], int]) -> Callable[[], int]:
        """The step of a part that has nothing to do while another serves."""
        return lambda: step() if self.is_served() else 0

    def begins_anew(self) -> bool:
        """Whether the store is to be read again, as another has written it; once for each time."""
        if self.lease is None or not self.lease.take_others_served():
            return False
        with self._journal.transaction(frees=True) as connection:
            mark_store_unknown(connection)
        return True

    def start(self) -> None:
        """Begin to look for its turn; once, whoever asks."""
        if self.lease is not None and not self._is_started:
            self._is_started = True
            self.lease.start()

    def stop(self) -> None:
        """Leave it to others."""
        if self.lease is not None and self._is_started:
            self.lease.stop()
