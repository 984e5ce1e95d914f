"""A connection for retained messages: opened when first needed, and again after it was lost."""

from collections.abc import Sequence

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.publisher import Publisher

PATIENCE_S = 10.0


class RetainedPublisher:
    """Publishes retained messages at QoS 1; one thread uses it."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._broker = broker
        self._name = name
        self._publisher: Publisher | None = None

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish (topic, payload) in order; returns when the broker has acknowledged all of them.

        Raises:
            BrokerAwayError: it has not, or refuses one of them, which 3.1.1 cannot say; some may have
                arrived all the same.
        """
        try:
            publisher = self._connect()
            before = publisher.refused
            for topic, payload in messages:
                publisher.publish(topic, payload, retain=True)
            publisher.flush()
        except BrokerAwayError:
            self.close()
            raise
        if publisher.refused > before:
            raise BrokerAwayError(
                f"the broker at {self._broker} refuses what we publish: {publisher.refusal}"
            )

    def close(self) -> None:
        """Disconnect, without waiting for acknowledgements that may not come."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.__exit__(BrokerAwayError, None, None)

    def _connect(self) -> Publisher:
        if self._publisher is None:
            self._publisher = Publisher(self._broker, name=self._name, patience=PATIENCE_S).__enter__()
        return self._publisher
