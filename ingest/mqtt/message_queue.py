"""The queue between the network thread and the inbox."""

import queue
from contextlib import suppress

import structlog

from ingest.mqtt.message import MqttMessage

MAX_QOS_0_BYTES = 32 * 1024**2
MAX_BYTES = 64 * 1024**2
OVERHEAD = 256  # bytes that a message takes in addition to topic and payload, roughly

log = structlog.get_logger()


class MessageQueue:
    """Messages in order of arrival; the network thread puts, the `InboxWriter` gets.

    What has to be acknowledged is bounded by the broker's window, and by `is_full`: then nothing more is read
    from the broker. Nothing holds back QoS 0 (at most once): while the journal is full, what goes beyond
    `max_qos_0_bytes` of it is lost and counted in `lost`.

    Args:
        max_qos_0_bytes: Bytes of QoS 0 messages that may wait; exactly so many still may.
        max_bytes: Bytes of all messages from which on it is full.
    """

    def __init__(self, max_qos_0_bytes: int = MAX_QOS_0_BYTES, max_bytes: int = MAX_BYTES) -> None:
        self.lost = 0
        self._max_qos_0_bytes = max_qos_0_bytes
        self._max_bytes = max_bytes
        self._queue: queue.SimpleQueue[MqttMessage] = queue.SimpleQueue()
        # Bytes of QoS 0, and of all; each is counted by one thread alone.
        self._in = self._out = self._all_in = self._all_out = 0

    def put(self, message: MqttMessage) -> None:
        """Called by the network thread; returns at once."""
        size = _size(message)
        if not message.qos:
            if self._in - self._out + size > self._max_qos_0_bytes:
                if not self.lost:
                    log.warning("messages of QoS 0 are lost: nothing holds them back", topic=message.topic)
                self.lost += 1
                return
            self._in += size
        self._all_in += size
        self._queue.put(message)

    def is_full(self) -> bool:
        """Whether so much waits that nothing more should be read."""
        return self._all_in - self._all_out >= self._max_bytes

    def get(self, timeout: float) -> MqttMessage | None:
        """The next, waited for up to `timeout` seconds; None when there is none."""
        try:
            message = self._queue.get(timeout=timeout) if timeout else self._queue.get_nowait()
        except queue.Empty:
            return None
        size = _size(message)
        self._all_out += size
        if not message.qos:
            self._out += size
        return message

    def drop_unacknowledged(self) -> None:
        """Called by the network thread when a new connection resumes the session: these come again.

        Otherwise every reconnect would add the broker's whole window to what waits while the journal is full.
        QoS 0 is kept: it does not come again.
        """
        kept = []
        with suppress(queue.Empty):
            while True:
                message = self._queue.get_nowait()
                if message.qos:
                    self._all_in -= _size(message)
                else:
                    kept.append(message)
        for message in kept:
            self._queue.put(message)

    def __len__(self) -> int:
        return self._queue.qsize()


def _size(message: MqttMessage) -> int:
    return len(message.payload) + len(message.topic) + OVERHEAD
