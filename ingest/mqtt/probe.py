"""A short test connection to the broker: what the service would find there, its session untouched.

The service's client id is not used. Where the listener puts the user name in its place (mosquitto's
`use_username_as_clientid`), the connection gets the service's own session: so it is never begun clean, what
waits in it is not acknowledged, and it is kept as long as the service has asked for.
"""

import queue
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace
from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.mqtt.broker import Broker, BrokerAwayError, BrokerNode, connect, describe_refusal, make_client

TIMEOUT_S = 10.0
TAKEN_OVER_WITHIN_S = 1.0  # of the second's CONNACK; mosquitto ends the first before it sends that


class ProbeResult(Struct, frozen=True, kw_only=True):
    """What was found.

    `client_id_replaced`: the listener makes user names client ids; nothing else was tried then.
    `refused_filters`: those that may not be subscribed. `refused_topics`: those on which the
    service may not publish, each with the reason. `expiry`: seconds that the broker keeps a session, None =
    as long as asked. `largest_packet`: bytes of the largest packet that the broker takes, as MQTT 5 tells
    every sender; None = it tells none.
    """

    client_id_replaced: bool = False
    refused_filters: tuple[str, ...] = ()
    refused_topics: tuple[tuple[str, str], ...] = ()
    expiry: int | None = None
    largest_packet: int | None = None


def probe(
    broker: Broker,
    filters: Sequence[str],
    fallback: Mapping[str, Sequence[str]],
    topics: Sequence[str],
    *,
    expiry: int,
) -> ProbeResult:
    """Connect to the broker and try what the service would do.

    Args:
        broker: As the service reaches it.
        filters: What the service subscribes.
        fallback: What it subscribes instead of each of these that the broker refuses; tried only then.
        topics: Those that it may publish to and subscribe; their retained messages are deleted.
        expiry: Seconds the service asks its session to be kept.

    Raises:
        BrokerAwayError: nobody answers, or the broker refuses us; one clear line.
    """
    with _ProbeClient(broker, expiry) as first:
        with _ProbeClient(broker, expiry) as second:
            present = first.session_present or second.session_present
            replaced = present or first.disconnected.wait(TAKEN_OVER_WITHIN_S)
            second.discard_session = not replaced
        if replaced:
            return ProbeResult(client_id_replaced=True)
        first.discard_session = True
        refused = first.subscribe(filters)
        if instead := [narrow for each in refused for narrow in fallback.get(each, ())]:
            refused += first.subscribe(instead)
        tried = [(topic, first.try_to_publish(topic)) for topic in topics]
        return ProbeResult(
            refused_filters=tuple(refused),
            refused_topics=tuple((topic, why) for topic, why in tried if why),
            expiry=first.granted_expiry,
            largest_packet=first.largest_packet,
        )


def nodes_apart(broker: Broker, nodes: Sequence[BrokerNode], *, expiry: int) -> list[BrokerNode]:
    """Those of the nodes that do not have the session that the first of them has just kept for us.

    Raises:
        BrokerAwayError: one does not answer, or refuses us.
    """
    first, *others = (at_node(broker, node) for node in nodes)
    name = _random_client_id()
    with _ProbeClient(first, expiry, name):
        pass
    apart = []
    for other, node in zip(others, nodes[1:], strict=True):
        with _ProbeClient(other, expiry, name) as client:
            if not client.session_present:
                apart.append(node)
                client.discard_session = True
    with _ProbeClient(first, expiry, name) as last:
        last.discard_session = True
    return apart


def at_node(broker: Broker, node: BrokerNode) -> Broker:
    """The broker as if that node were all of it."""
    return replace(broker, host=node.host, port=node.port, others=())


def _random_client_id() -> str:
    return f"liangqu-check-{secrets.token_hex(6)}"


class _ProbeClient:
    """One connection, by default under a random client id; `discard_session`: its session ends with it."""

    def __init__(self, broker: Broker, expiry: int, client_id: str = "") -> None:
        self._broker = replace(broker, client_id=client_id or _random_client_id())
        self._expiry = expiry
        self._five = broker.protocol == "5"
        self._answers: queue.SimpleQueue[list[ReasonCode]] = queue.SimpleQueue()
        self._echoed = threading.Event()
        self.disconnected = threading.Event()
        self.session_present = False
        self.granted_expiry: int | None = None
        self.largest_packet: int | None = None
        self.discard_session = False
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_: self.disconnected.set()
        client.on_subscribe = lambda _client, _data, _mid, codes, _properties: self._answers.put(codes)
        client.on_publish = lambda _client, _data, _mid, code, _properties: self._answers.put([code])
        client.on_message = lambda *_: self._echoed.set()
        return client

    def __enter__(self) -> Self:
        connect(self._client, self._broker, session_expiry=self._expiry, receive_maximum=1)
        self._client.loop_start()
        (code,) = self._wait()
        if code.is_failure:
            self._disconnect()
            raise BrokerAwayError(f"the broker at {self._broker} refuses us: {describe_refusal(code)}")
        return self

    def __exit__(self, *_: object) -> None:
        self._disconnect()
        if self.discard_session and not self._five and not self.disconnected.is_set():
            clean = make_client(self._broker)
            connect(clean, self._broker)
            clean.loop_start()
            clean.disconnect()
            clean.loop_stop()

    def subscribe(self, filters: Sequence[str]) -> list[str]:
        """Subscribe; returns the refused filters. With MQTT 5 no retained message is sent for them."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        asked: list[Any] = [(each, options if self._five else 1) for each in filters]
        self._client.subscribe(asked)
        return [each for each, code in zip(filters, self._wait(), strict=False) if code.is_failure]

    def try_to_publish(self, topic: str) -> str:
        """Publish; returns why that is refused. Over 3.1.1 only its return proves acceptance."""
        if not self._five:
            self._echoed.clear()
            self._client.subscribe(topic, qos=1)
            self._wait()
        self._client.publish(topic, b"", qos=1, retain=True)
        (code,) = self._wait()
        if code.is_failure:
            return str(code)
        if not self._five and not self._echoed.wait(TIMEOUT_S):
            return "acknowledged and thrown away"
        return ""

    def _on_connect(
        self, _client: Client, _data: Any, flags: Any, code: ReasonCode, properties: Properties | None
    ) -> None:
        self.session_present = flags.session_present
        self.granted_expiry = getattr(properties, "SessionExpiryInterval", None)
        self.largest_packet = getattr(properties, "MaximumPacketSize", None)
        self._answers.put([code])

    def _wait(self) -> list[ReasonCode]:
        try:
            return self._answers.get(timeout=TIMEOUT_S)
        except queue.Empty:
            words = f"the broker at {self._broker} does not answer within {TIMEOUT_S:g} s"
            raise BrokerAwayError(words) from None

    def _disconnect(self) -> None:
        properties = None
        if self._five and self.discard_session:
            properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        self._client.loop_stop()
        self._client.on_connect = self._client.on_disconnect = self._client.on_subscribe = None
        self._client.on_publish = self._client.on_message = None
