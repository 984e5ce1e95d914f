"""The simulated stations as a thread: each message goes out when the demonstration's clock says so."""

import threading
from collections.abc import Iterable

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.publisher import Publisher
from liangqu.service.clock import Clock
from liangqu.tasks.simulation.simulate import publish_simulated
from sensors.simulated import Sent


class StationPublisher:
    """Publishes `messages` from `start` until they end or `stop`.

    Attributes:
        published: Messages the broker acknowledged; final once `is_over`.
        trouble: Why they had to give up; "" when all is well.
    """

    def __init__(self, messages: Iterable[Sent], clock: Clock, broker: Broker) -> None:
        self.published = 0
        self.trouble = ""
        self._messages = messages
        self._clock = clock
        self._broker = broker
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stations", daemon=True)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be published."""
        return not self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Publish nothing more; returns when the broker has acknowledged what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            link = Publisher(self._broker, name="stations", progress=self._count)
            publish_simulated(link, self._messages, self._clock, self._stopping)
        except BrokerAwayError as error:
            self.trouble = str(error)

    def _count(self, published: int) -> None:
        self.published = published
