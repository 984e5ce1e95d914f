"""From the broker into the inbox: on disk and synced first, acknowledged afterwards."""

import time
from collections.abc import Callable

import structlog

from ingest.journal import inbox
from ingest.journal.file import Journal, give_log_back, log_bytes, used_bytes
from ingest.mqtt.delivery import MqttMessage
from ingest.mqtt.delivery_queue import DeliveryQueue

LONGEST_WAIT_S = 0.05
LOOK_S = 0.05  # or 256 kB: looking for room costs a quarter of what keeping a single message does

log = structlog.get_logger()


class InboxWriter:
    """Takes messages from the session, commits them to the journal in groups, acknowledges each group.

    `full` says why nothing more is taken (no room, or the journal's file is gone), "" while it is; `filled`
    is the used share of the journal's limit.

    A group is closed when nothing more waits, when it is half the broker's window or 256 kB, or after 50 ms.

    Args:
        journal: Where the inbox is.
        waiting: Where the network thread puts what comes.
        acknowledge: Told of each group when it is safe.
        window: How many messages the broker sends ahead.
        limit: Used bytes of the journal, or of its log, above which nothing is taken.
    """

    def __init__(
        self,
        journal: Journal,
        waiting: DeliveryQueue,
        acknowledge: Callable[[list[MqttMessage]], None],
        *,
        window: int,
        limit: int,
    ) -> None:
        self._journal = journal
        self._acknowledge = acknowledge
        self._group = max(1, window // 2)
        self._limit = limit
        self._waiting = waiting
        self._held: list[MqttMessage] = []
        self._looked = -LOOK_S
        self._bytes_since = 0
        self.full = ""
        self.filled = 0.0

    def step(self, patience: float) -> int:
        """Take one group; waits up to `patience` seconds for its first message. Returns its size.

        A group that could not be committed is kept and tried again by the next step.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is locked; nothing was acknowledged.
        """
        if self._is_look_due():
            self._look_for_room()
        if self.full:
            time.sleep(patience)
            return 0
        if not self._held:
            self._gather(patience)
        if not self._held:
            return 0
        group = self._held
        with self._journal.transaction() as connection:
            inbox.add(
                connection,
                [
                    inbox.InboxMessage(d.topic, d.payload, d.received, length=d.length, sha256=d.sha256)
                    for d in group
                    if not d.redelivered
                ],
            )
        if self._journal.gone():
            self._looked = -LOOK_S
            return 0  # it was committed into a file that nobody will find again
        self._held = []
        self._bytes_since += sum(len(each.payload) for each in group)
        self._acknowledge(group)
        return len(group)

    def _is_look_due(self) -> bool:
        if self.full or self._journal.disk_is_full() or self._bytes_since >= inbox.MOST_BYTES:
            return True
        return time.monotonic() - self._looked >= LOOK_S

    def _look_for_room(self) -> None:
        self._looked, self._bytes_since = time.monotonic(), 0
        if gone := self._journal.gone():
            if gone != self.full:
                log.error("journal gone", why=gone)
            self.full = gone
            return
        connection = self._journal.connection()
        written = log_bytes(self._journal.path)
        if written >= self._limit:
            give_log_back(connection)
            written = log_bytes(self._journal.path)
        self.filled = max(used_bytes(connection), written) / self._limit
        if written >= self._limit:
            self.full = "full: its log grows as long as another process reads; nothing more is acknowledged"
        elif self.filled >= 1:
            self.full = "full: nothing more is acknowledged until the store takes what waits"
        elif self._journal.disk_is_full():
            self.full = "the disk is full: nothing more is acknowledged until it has room"
        else:
            self.full = ""

    def _gather(self, patience: float) -> None:
        delivery = self._waiting.take(patience)
        deadline = time.monotonic() + LONGEST_WAIT_S
        size = 0
        while delivery is not None:
            self._held.append(delivery)
            size += len(delivery.payload)
            if len(self._held) == self._group or size >= inbox.MOST_BYTES or time.monotonic() >= deadline:
                return
            delivery = self._waiting.take(0)
