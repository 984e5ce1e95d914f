"""The queue between the network thread and the inbox."""

import queue
from contextlib import suppress

import structlog

from ingest.mqtt.delivery import MqttMessage

MOST_ONCE = 32 * 1024**2
WITH_IT = 256  # bytes that a message takes beside its payload, roughly

log = structlog.get_logger()


class DeliveryQueue:
    """Messages in the order in which they came; the network thread puts, the `InboxWriter` takes.

    What is to be acknowledged is bounded by the broker's window. Nothing holds back what is sent once at most
    (QoS 0): while the journal is full, what goes beyond `most` bytes of it is lost and counted in `lost`.

    Args:
        most: Bytes of QoS 0 messages that may wait; exactly so many still may.
    """

    def __init__(self, most: int = MOST_ONCE) -> None:
        self.lost = 0
        self._most = most
        self._queue: queue.SimpleQueue[MqttMessage] = queue.SimpleQueue()
        self._in = self._out = 0  # bytes of QoS 0; each is counted by one thread alone

    def put(self, delivery: MqttMessage) -> None:
        """Called by the network thread; returns at once."""
        if not delivery.qos:
            size = _size(delivery)
            if self._in - self._out + size > self._most:
                if not self.lost:
                    log.warning("messages of QoS 0 are lost: nothing holds them back", topic=delivery.topic)
                self.lost += 1
                return
            self._in += size
        self._queue.put(delivery)

    def take(self, patience: float) -> MqttMessage | None:
        """The next, waited for up to so many seconds; None when there is none."""
        try:
            delivery = self._queue.get(timeout=patience) if patience else self._queue.get_nowait()
        except queue.Empty:
            return None
        if not delivery.qos:
            self._out += _size(delivery)
        return delivery

    def forget(self) -> None:
        """Called by the network thread: what is unacknowledged comes again, on a new connection.

        Otherwise every reconnect would add the broker's whole window to what waits while the journal is full.
        What is sent once at most is kept.
        """
        once = []
        with suppress(queue.Empty):
            while True:
                delivery = self._queue.get_nowait()
                if not delivery.qos:
                    once.append(delivery)
        for delivery in once:
            self._queue.put(delivery)

    def __len__(self) -> int:
        return self._queue.qsize()


def _size(delivery: MqttMessage) -> int:
    return len(delivery.payload) + len(delivery.topic) + WITH_IT
