"""The subscribing session: durable, acknowledged by hand, and its callback only hands over."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.mqtt.broker import Broker, connect, make_client

log = structlog.get_logger()


class Delivery(Struct, frozen=True):
    """One message as the broker gave it; `packet` is meaningful on `connection` only."""

    topic: str
    payload: bytes
    received: datetime
    packet: int
    qos: int
    connection: int


class Session:
    """A session with the broker that outlives connections.

    Packet ids start anew with each connection, so an acknowledgement carries its connection's number and is
    dropped when that is over: the broker then sends the message again. Maximum Packet Size is never set, the
    broker would drop what is larger without a word.

    Args:
        broker: Where and as whom; the client id names the session and must stay the same.
        topics: Filters, subscribed at QoS 1 in every CONNACK.
        hand_over: Called in the network thread for each message; must return at once and never raise.
        window: How many unacknowledged messages the broker may send (MQTT 5; on 3.1.1 it decides itself).
        expiry: Seconds the broker keeps the session while we are away (3.1.1: for ever).
        clock: The time of day; a message is received when it shows that.
    """

    def __init__(
        self,
        broker: Broker,
        topics: Sequence[str],
        hand_over: Callable[[Delivery], None],
        *,
        window: int,
        expiry: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._broker = broker
        self._topics = tuple(topics)
        self._hand_over = hand_over
        self._window = window
        self._expiry = expiry
        self._clock = clock
        self._state = threading.Lock()  # between a check of the connection's number and the PUBACK
        self._connection = 0
        self._connected = False
        self._since: datetime | None = None
        self._trouble = "not connected yet"
        self._stopping = False
        self._client = self._make_client()

    def start(self) -> None:
        """Connect in the background, and again with growing pauses whenever the connection is lost."""
        connect(
            self._client, self._broker, session_expiry=self._expiry, receive_maximum=self._window, wait=False
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect orderly; the broker keeps the session and what is not acknowledged."""
        self._stopping = True
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are safe, in the order in which they came."""
        for delivery in deliveries:
            with self._state:
                if self._connected and delivery.connection == self._connection:
                    self._client.ack(delivery.packet, delivery.qos)

    def trouble(self) -> str:
        """Why no messages can come; "" when all is well."""
        return self._trouble

    def connected_since(self) -> datetime | None:
        """Since when the broker has been there; None while it is not."""
        return self._since

    def alive(self) -> bool:
        """Whether the network thread runs."""
        thread = self._thread()
        return thread is not None and thread.is_alive()

    def _thread(self) -> threading.Thread | None:
        name = f"paho-mqtt-client-{self._broker.client_id}"
        return next((t for t in threading.enumerate() if t.name == name), None)

    def _make_client(self) -> Client:
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        return client

    def _on_connect(
        self, client: Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._trouble = f"the broker refuses us: {code}"
            log.warning("broker refused", broker=str(self._broker), code=str(code))
            return
        with self._state:
            self._connection += 1
            self._connected = True
            self._since = self._clock()
            self._trouble = "not subscribed yet"
        client.subscribe(self._subscriptions())

    def _subscriptions(self) -> list[Any]:
        if self._broker.protocol == "3.1.1":
            return [(topic, 1) for topic in self._topics]
        # Retained copies only for a new subscription: an old value must not look new at each reconnect.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return [(topic, options) for topic in self._topics]

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [t for t, code in zip(self._topics, codes, strict=False) if code.is_failure]
        with self._state:
            self._trouble = f"the broker refuses the subscription of {', '.join(refused)}" if refused else ""
        log.info("connected", broker=str(self._broker), refused=refused)

    def _on_disconnect(
        self, _client: Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Properties | None
    ) -> None:
        with self._state:
            self._connected = False
            self._since = None
            self._trouble = f"connection lost: {code}"
        if not self._stopping:
            log.warning("connection lost", broker=str(self._broker), code=str(code))

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._hand_over(
            Delivery(
                message.topic,
                bytes(message.payload),
                self._clock(),
                message.mid,
                message.qos,
                self._connection,
            )
        )
