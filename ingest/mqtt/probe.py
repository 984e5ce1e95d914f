"""A short test connection to the broker: what the service would find there, its session untouched.

No client id of ours is used. Where the listener puts the user name in its place (mosquitto's
`use_username_as_clientid`), the visit is one to the service's own session: so it is never begun clean, what
waits in it is not acknowledged, and it lasts as long as the service has asked for.
"""

import secrets
import threading
from collections.abc import Sequence
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace
from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.mqtt.broker import Broker, BrokerAwayError, connect, make_client

PATIENCE_S = 10.0
THROWN_OUT_WITHIN_S = 1.0  # of the other's welcome; mosquitto ends the first before it welcomes the second


class Findings(Struct, frozen=True, kw_only=True):
    """What was found.

    `forced`: the listener makes user names client ids; nothing else was looked at then. `unread`: filters
    whose subscription is refused. `unheard`: why what the service publishes is not taken, "" when it is.
    `kept`: seconds that the broker keeps a session, None = as long as asked.
    """

    forced: bool = False
    unread: tuple[str, ...] = ()
    unheard: str = ""
    kept: int | None = None


def probe(broker: Broker, filters: Sequence[str], topic: str, *, expiry: int) -> Findings:
    """Visit the broker.

    Args:
        broker: As the service reaches it.
        filters: What the service subscribes.
        topic: One that it may publish to and read; its retained message is deleted.
        expiry: Seconds the service asks its session to be kept.

    Raises:
        BrokerAwayError: nobody answers, or the broker refuses us; one clear line.
    """
    with _Visitor(broker, expiry) as first:
        with _Visitor(broker, expiry) as second:
            forced = first.met_session or second.met_session or first.left.wait(THROWN_OUT_WITHIN_S)
            second.forget = not forced
        if forced:
            return Findings(forced=True)
        first.forget = True
        unread = tuple(first.subscribe(filters))
        return Findings(unread=unread, unheard=first.try_to_publish(topic), kept=first.kept)


class _Visitor:
    """One connection under a client id drawn by lot; `forget`: its session goes with it."""

    def __init__(self, broker: Broker, expiry: int) -> None:
        self._broker = replace(broker, client_id=f"liangqu-check-{secrets.token_hex(6)}")
        self._expiry = expiry
        self._five = broker.protocol == "5"
        self._answered = threading.Event()
        self._codes: list[ReasonCode] = []
        self._came_back = threading.Event()
        self.left = threading.Event()
        self.met_session = False
        self.kept: int | None = None
        self.forget = False
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_: self.left.set()
        client.on_subscribe = lambda _client, _data, _mid, codes, _properties: self._answer(codes)
        client.on_publish = lambda _client, _data, _mid, code, _properties: self._answer([code])
        client.on_message = lambda *_: self._came_back.set()
        return client

    def __enter__(self) -> Self:
        connect(self._client, self._broker, session_expiry=self._expiry, receive_maximum=1)
        self._client.loop_start()
        (code,) = self._wait()
        if code.is_failure:
            self._leave()
            raise BrokerAwayError(f"the broker at {self._broker} refuses us: {code}")
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        if self.forget and not self._five and not self.left.is_set():
            clean = make_client(self._broker)
            connect(clean, self._broker)
            clean.loop_start()
            clean.disconnect()
            clean.loop_stop()

    def subscribe(self, filters: Sequence[str]) -> list[str]:
        """The filters that the broker refuses; with MQTT 5 no retained message is sent for them."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        asked: list[Any] = [(each, options if self._five else 1) for each in filters]
        self._client.subscribe(asked)
        return [each for each, code in zip(filters, self._wait(), strict=False) if code.is_failure]

    def try_to_publish(self, topic: str) -> str:
        """Why a message is not taken. What 3.1.1 acknowledges may be thrown away: there it must come back."""
        if not self._five:
            self._came_back.clear()
            self._client.subscribe(topic, qos=1)
            self._wait()
        self._client.publish(topic, b"", qos=1, retain=True)
        (code,) = self._wait()
        if code.is_failure:
            return str(code)
        if not self._five and not self._came_back.wait(PATIENCE_S):
            return "acknowledged and thrown away"
        return ""

    def _on_connect(
        self, _client: Client, _data: Any, flags: Any, code: ReasonCode, properties: Properties | None
    ) -> None:
        self.met_session = flags.session_present
        self.kept = getattr(properties, "SessionExpiryInterval", None)
        self._answer([code])

    def _answer(self, codes: list[ReasonCode]) -> None:
        self._codes = codes
        self._answered.set()

    def _wait(self) -> list[ReasonCode]:
        if not self._answered.wait(PATIENCE_S):
            raise BrokerAwayError(f"the broker at {self._broker} does not answer within {PATIENCE_S:g} s")
        self._answered.clear()
        return self._codes

    def _leave(self) -> None:
        goodbye = None
        if self._five and self.forget:
            goodbye = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            goodbye.SessionExpiryInterval = 0
        self._client.disconnect(properties=goodbye)
        self._client.loop_stop()
        self._client.on_connect = self._client.on_disconnect = self._client.on_subscribe = None
        self._client.on_publish = self._client.on_message = None
