"""From the broker into the inbox: on disk and synced first, acknowledged afterwards."""

import time
from collections.abc import Callable

import structlog

from ingest.journal import inbox
from ingest.journal.database.write_ahead_log import give_log_back, log_bytes
from ingest.journal.file import Journal, used_bytes
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.message_queue import MessageQueue

LONGEST_WAIT_S = 0.05
ROOM_CHECK_S = 0.05  # or 384 kB: checking for room costs a quarter of what keeping a single message does

log = structlog.get_logger()


class InboxWriter:
    """Takes messages from the session, commits them to the journal in groups, acknowledges each group.

    `full` says why nothing more is taken (no room, or the journal's file is gone), "" while it is; `filled`
    is the used share of the journal's limit.

    A group is closed when nothing more waits, when it is half the broker's window or 384 kB, or after 50 ms.

    Args:
        journal: Where the inbox is.
        queue: Where the network thread puts what comes.
        acknowledge: Called with each group when it is safe.
        window: How many messages the broker sends ahead.
        limit: Used bytes of the journal, or of its log, above which nothing is taken.
    """

    def __init__(
        self,
        journal: Journal,
        queue: MessageQueue,
        acknowledge: Callable[[list[MqttMessage]], None],
        *,
        window: int,
        limit: int,
    ) -> None:
        self._journal = journal
        self._acknowledge = acknowledge
        self._group_size = max(1, window // 2)
        self._limit = limit
        self._queue = queue
        self._group: list[MqttMessage] = []
        self._room_checked = -ROOM_CHECK_S
        self._bytes_since = 0
        self.full = ""
        self._full_since = 0.0
        self.filled = 0.0

    def step(self, timeout: float) -> int:
        """Commit and acknowledge one group; waits up to `timeout` seconds for its first message.

        A group that could not be committed is kept and tried again by the next step. Returns its size.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is locked; nothing was acknowledged.
        """
        if self._is_room_check_due():
            self._check_room()
            self._room_checked, self._bytes_since = time.monotonic(), 0
        if self.full:
            time.sleep(timeout)
            return 0
        if not self._group:
            self._collect(timeout)
        if not self._group:
            return 0
        group = self._group
        with self._journal.transaction() as connection:
            inbox.add(connection, [message for message in group if not message.passed_over])
        if self._journal.gone():
            self._room_checked = -ROOM_CHECK_S
            return 0  # it was committed into a file that nobody will find again
        self._group = []
        self._bytes_since += sum(len(each.payload) for each in group)
        self._acknowledge(group)
        return len(group)

    def _is_room_check_due(self) -> bool:
        if self.full or self._journal.disk_is_full() or self._bytes_since >= inbox.MOST_BYTES:
            return True
        return time.monotonic() - self._room_checked >= ROOM_CHECK_S

    def _check_room(self) -> None:
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
        former = self.full
        if written >= self._limit:
            self.full = "full: its log grows as long as another process reads; nothing more is acknowledged"
        elif self.filled >= 1:
            self.full = "full: nothing more is acknowledged until the store takes what waits"
        elif self._journal.disk_is_full():
            self.full = "the disk is full: nothing more is acknowledged until it has room"
        else:
            self.full = ""
        self._log_change(former)

    def _log_change(self, former: str) -> None:
        """Log that nothing more is acknowledged, and why; and that it is again, after how long."""
        if self.full and self.full != former:
            self._full_since = self._full_since if former else time.monotonic()
            log.error("journal takes nothing", why=self.full)
        elif former and not self.full:
            log.info("journal takes again", seconds=round(time.monotonic() - self._full_since, 1))

    def _collect(self, timeout: float) -> None:
        message = self._queue.get(timeout)
        deadline = time.monotonic() + LONGEST_WAIT_S
        size = 0
        while message is not None:
            self._group.append(message)
            size += len(message.payload)
            full = len(self._group) == self._group_size or size >= inbox.MOST_BYTES
            if full or time.monotonic() >= deadline:
                return
            message = self._queue.get(0)
