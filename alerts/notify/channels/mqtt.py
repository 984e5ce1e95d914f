"""Events over MQTT: retained, so that a client that connects later knows what is firing."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from alerts.notify.channels import Channel, ChannelError, ChannelMessage
from alerts.notify.event import AlertEvent

Publish = Callable[[Sequence[tuple[str, bytes]]], None]


def topic(prefix: str, event: AlertEvent) -> str:
    """`<prefix>/alerts/<site>/<rule>/<parameter>`."""
    return f"{prefix}/alerts/{event.site}/{event.rule}/{event.parameter}"


def payload(event: AlertEvent) -> bytes:
    """The event as JSON (docs/reference/events.md), with both languages under `text`."""
    return msgspec.json.encode(
        {name: value for name, value in structs.asdict(event).items() if name != "test"}
    )


class MqttEvents(Channel):
    """Publishes events in their order.

    Args:
        publish: Publishes (topic, payload) retained at QoS 1 and returns when the broker has all of them.
        prefix: The topics' first levels.
    """

    def __init__(self, publish: Publish, prefix: str) -> None:
        self._publish = publish
        self._prefix = prefix

    def send(self, message: ChannelMessage) -> None:
        """Publish the events; fails while the broker is away."""
        events = [
            (topic(self._prefix, notification.event), payload(notification.event))
            for notification in message.notifications
        ]
        try:
            self._publish(events)
        except ConnectionError as error:
            raise ChannelError(str(error)) from None
