"""What the broker says that it has dropped while something was published."""

import threading
from contextlib import suppress
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from ingest.mqtt.subscriptions import DROPPED_TOPIC

TICK_TOPIC = (
    "$SYS/broker/bytes/sent"  # mosquitto publishes it behind what it dropped, each time with a new value
)
FIRST_S = 2.0
LONGEST_INTERVAL_S = 25.0  # mosquitto's sys_interval is 10 s


class BrokerDrops:
    """Counts, from the broker's own figures, the messages that it drops for any subscriber.

    A subscriber of our own would not do: the broker drops by subscriber, each has a queue of its own.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first: int | None = None
        self._now = 0
        self._ticks = 0

    def subscribe(self, client: Client) -> None:
        """Ask for the figures, at each connection."""
        client.subscribe([(DROPPED_TOPIC, 0), (TICK_TOPIC, 0)])

    def take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        """Called by the client for each message; others than the figures are none of ours."""
        with self._changed:
            if message.topic == TICK_TOPIC:
                self._ticks += 1
            elif message.topic == DROPPED_TOPIC:
                with suppress(ValueError):
                    self._now = int(message.payload)
                    self._first = self._now if self._first is None else self._first
            self._changed.notify_all()

    def count(self) -> int | None:
        """How many since the first connection, once the broker's next figures are there.

        None: it shows us none. A broker that has begun anew counts from there.
        """
        if not self._wait_for(1, FIRST_S) or self._first is None:
            return None
        if not self._wait_for(self._ticks + 1, LONGEST_INTERVAL_S):
            return None
        return self._now - self._first if self._now >= self._first else self._now

    def _wait_for(self, ticks: int, longest: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._ticks >= ticks, longest)
