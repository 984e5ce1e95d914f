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
        prefix_of: Those of a site's own topics; "" if it has none.
    """

    def __init__(
        self, publish: Publish, prefix: str, prefix_of: Callable[[str], str] = lambda _site: ""
    ) -> None:
        self._publish = publish
        self._prefix = prefix
        self._prefix_of = prefix_of

    def send(self, message: ChannelMessage) -> None:
        """Publish the events; fails while the broker is away."""
        events = [
            (self._topic(notification.event), payload(notification.event))
            for notification in message.notifications
        ]
        try:
            self._publish(events)
        except ConnectionError as error:
            raise ChannelError(str(error)) from None

    def _topic(self, event: AlertEvent) -> str:
        return topic(self._prefix_of(event.site) or self._prefix, event)
