"""What a session subscribes, and what instead where the broker does not allow it."""

from collections.abc import Sequence
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

DROPPED_TOPIC = "$SYS/broker/publish/messages/dropped"


class Subscriptions:
    """The filters of one session at QoS 1, and the broker's own figure of what it dropped.

    Args:
        topics: Filters; no two match the same topic.
        fallback: What is subscribed instead if the broker refuses the first of `topics`. The others it may
            refuse then; without a fallback none.
        five: MQTT 5; otherwise 3.1.1.
    """

    def __init__(self, topics: Sequence[str], fallback: Sequence[str], *, five: bool) -> None:
        self._topics = self._asked = tuple(topics)
        self._fallback = tuple(fallback)
        self._five = five

    @property
    def unseen(self) -> str:
        """What the broker does not let us read, so that something else is subscribed; "" for nothing."""
        return "" if self._asked == self._topics else self._topics[0]

    def ask(self, client: Client) -> None:
        """Ask for all of it, on a new connection."""
        self._asked = self._topics
        client.subscribe(self._requests())

    def judge(self, client: Client, codes: Sequence[ReasonCode], *, resumed: bool) -> list[str] | None:
        """The filters that are refused and needed; None: others were asked for, whose answer is to come."""
        # The last one is $SYS, which a broker may well keep to itself.
        refused = [t for t, code in zip(self._asked, codes, strict=False) if code.is_failure]
        if not self._fallback or self._asked == self._fallback:
            return refused
        if self._topics[0] in refused:
            self._asked = self._fallback
            client.subscribe(self._requests())
            return None
        if resumed:  # of a build or a right that was: what matches both would come twice
            client.unsubscribe(list(self._fallback))
        return []

    def _requests(self) -> list[Any]:
        if not self._five:
            return [*((topic, 1) for topic in self._asked), (DROPPED_TOPIC, 0)]
        # Retained copies only for a new subscription: an old value must not look new at each reconnect.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return [*((topic, options) for topic in self._asked), (DROPPED_TOPIC, SubscribeOptions(qos=0))]
