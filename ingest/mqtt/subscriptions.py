"""What a session subscribes, what instead where the broker does not allow it, and whether it was kept."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

DROPPED_TOPIC = "$SYS/broker/publish/messages/dropped"


class Subscriptions:
    """The filters of one session at QoS 1, and the broker's own figure of what it dropped.

    Attributes:
        former: What the session may still have and is to have no more, as of a prefix that was ours.

    Args:
        topics: Filters; no two match the same topic.
        fallback: What is subscribed instead of one of `topics` that the broker refuses. Those that are not
            among it the broker may refuse; without any fallback none.
        five: MQTT 5; otherwise 3.1.1.
    """

    def __init__(self, topics: Sequence[str], fallback: Mapping[str, Sequence[str]], *, five: bool) -> None:
        self._topics = self._asked = tuple(topics)
        self._fallback = fallback
        self.former: Sequence[str] = ()
        self._unseen: list[str] = []
        self._five = five

    @property
    def unseen(self) -> str:
        """What the broker does not let us read, so that something else is subscribed; "" for nothing."""
        return ", ".join(self._unseen)

    def ask(self, client: Client) -> None:
        """Ask for all of it, on a new connection."""
        self._asked, self._unseen = self._topics, []
        client.subscribe(self._requests())

    def judge(self, client: Client, codes: Sequence[ReasonCode], *, resumed: bool) -> list[str] | None:
        """The filters that are refused and needed; None: others were asked for, whose answer is to come."""
        # The last one is $SYS, which a broker may well keep to itself.
        refused = [t for t, code in zip(self._asked, codes, strict=False) if code.is_failure]
        if not self._fallback or self._asked != self._topics:
            return refused
        self._unseen = [topic for topic in self._fallback if topic in refused]
        seen = [topic for topic in self._fallback if topic not in refused]
        # Of a build or a right that was: what matches both would come twice.
        given_up = [*self._narrow(seen), *self.former]
        if resumed and given_up:
            client.unsubscribe(given_up)
        if not self._unseen:
            return []
        self._asked = tuple(self._narrow(self._unseen))
        client.subscribe(self._requests())
        return None

    def _narrow(self, topics: Sequence[str]) -> list[str]:
        return [narrow for topic in topics for narrow in self._fallback[topic]]

    def _requests(self) -> list[Any]:
        if not self._five:
            return [*((topic, 1) for topic in self._asked), (DROPPED_TOPIC, 0)]
        # Retained copies only for a new subscription: an old value must not look new at each reconnect.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return [*((topic, options) for topic in self._asked), (DROPPED_TOPIC, SubscribeOptions(qos=0))]


class SubscriptionMarks:
    """Whether a broker that resumes our session had kept its subscriptions, shown by two messages of ours.

    One is published before we subscribe again, one after. If the second comes back and the first does not,
    nothing was subscribed in between: what was published meanwhile is lost. If neither comes back, as we may
    not publish or read there, nothing is known.

    Args:
        topic: Where they are published; "" for no marks.
    """

    def __init__(self, topic: str) -> None:
        self.topic = topic.encode()
        self._own, self._round = secrets.token_hex(8), 0
        self._awaits_first = False

    def send_first(self, client: Client, *, resumed: bool) -> None:
        """Before anything is subscribed on a new connection; nothing if it does not resume the session."""
        self._round += 1
        self._awaits_first = resumed
        self._send(client, "before")

    def send_second(self, client: Client) -> None:
        """After the broker has granted the subscriptions."""
        self._send(client, "after")

    def shows_loss(self, payload: bytes) -> bool:
        """Whether this message on our topic shows that nothing was subscribed; once a connection."""
        if not self._awaits_first or payload not in {self._text("before"), self._text("after")}:
            return False
        self._awaits_first = False
        return payload == self._text("after")

    def _send(self, client: Client, which: str) -> None:
        if self.topic and self._awaits_first:
            client.publish(self.topic.decode(), self._text(which), qos=1)

    def _text(self, which: str) -> bytes:
        return f"{self._own} {self._round} {which}".encode()
