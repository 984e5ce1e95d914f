"""The subscribing session: durable, acknowledged explicitly; its callback only hands messages over."""

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.journal.sessions import Tally
from ingest.mqtt.broker import Broker, connect, make_client
from ingest.mqtt.delivery import MqttMessage, take, topic_of
from ingest.mqtt.network import ConnectionGivenUpError, NetworkThread
from ingest.mqtt.ownership import Ownership

DROPPED = "$SYS/broker/publish/messages/dropped"

log = structlog.get_logger()


class Session:
    """A session with the broker that outlives connections.

    Packet ids start over with each connection, so an acknowledgement carries its connection's number and is
    dropped when that is over: the broker then sends the message again. Maximum Packet Size is never set, the
    broker would drop what is larger without a word.

    Args:
        broker: Where and as whom; the client id names the session and must stay the same.
        topics: Filters, subscribed at QoS 1 in every CONNACK.
        hand_over: Called in the network thread for each message; must return at once.
        window: How many unacknowledged messages the broker may send (MQTT 5; on 3.1.1 it decides itself).
        expiry: Seconds the broker keeps the session while we are away (3.1.1: for ever).
        known: Whether there has been a session of this client id before: then it should be there still.
        most: Bytes above which only the head of a payload is handed over, with its length and SHA-256.
        clock: The time of day, looked at for each message: no reading is of a time after it was received.
        silence: Seconds without a message after which a connection is given up for a new one; None = never.
        resumed: Called in the network thread when a new connection goes on with the old session: what was not
            acknowledged is handed over again.
    """

    def __init__(
        self,
        broker: Broker,
        topics: Sequence[str],
        hand_over: Callable[[MqttMessage], None],
        *,
        window: int,
        expiry: int,
        known: bool = False,
        most: int = 8 * 1024**2,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        silence: float | None = None,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        self._broker = broker
        self._topics = tuple(topics)
        self._hand_over = hand_over
        self._window = window
        self._expiry = expiry
        self._most = most
        self._clock = clock
        self._silence = silence
        self._on_resumed = resumed
        self._since: datetime | None = None
        self._connection = 0
        self._connected = False
        self._resumed = False
        self._heard = 0.0
        self._trouble = "not connected yet"
        self._silent = ""
        self._dropped = 0
        self._ownership = Ownership(broker, known=known, lasts=expiry > 0)
        self._endings = self._ownership.endings
        self._client = self._make_client()
        self._network = NetworkThread(self._client, self._endings, lost=self._lost, tick=self._tick)

    def start(self) -> None:
        """Connect in the background, and again with growing, jittered pauses whenever that is lost."""
        connect(
            self._client, self._broker, session_expiry=self._expiry, receive_maximum=self._window, wait=False
        )
        self._network.start()

    def stop(self) -> None:
        """Disconnect orderly; the broker keeps the session and what is not acknowledged."""
        self._network.stop()

    def acknowledge(self, deliveries: Sequence[MqttMessage]) -> None:
        """Tell the broker that these are safe, in the order in which they came."""
        self._network.call(partial(self._send_acknowledgements, deliveries))

    def trouble(self) -> str:
        """Why no messages can come; "" when all is well."""
        return self._trouble

    def connected_since(self) -> datetime | None:
        """Since when the broker has been there; None while it is not."""
        return self._since

    def warnings(self) -> list[str]:
        """What should be looked at though messages come.

        Another client in our session, a session that was lost (for a day), silence, what the broker dropped.
        """
        full = "its queues were full, see deploy/mosquitto.conf"
        dropped = f"the broker has dropped {self._dropped} messages since its start: {full}"
        found = [*self._ownership.warnings(), self._silent, dropped if self._dropped else ""]
        return [words for words in found if words]

    def network_trouble(self) -> str:
        """Why the network thread does not work; "" while it does."""
        if not self._network.alive():
            return "the network thread is dead"
        why = self._network.collapsed
        return why and f"the network thread failed and was restarted: {why}"

    @property
    def tally(self) -> Tally:
        """How often it was connected, lost and taken since it was made."""
        return self._ownership.tally

    def _make_client(self) -> Client:
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    # From here on everything runs in the network thread.

    def _send_acknowledgements(self, deliveries: Sequence[MqttMessage]) -> None:
        for delivery in deliveries:
            if self._connected and delivery.connection == self._connection:
                self._client.ack(delivery.packet, delivery.qos)

    def _tick(self) -> None:
        self._ownership.look()
        silent = time.monotonic() - self._heard
        if self._silence is None or not self._connected or silent < self._silence:
            return
        self._heard = time.monotonic()
        self._silent = f"no message for {silent:.0f} s, reconnected"
        raise ConnectionGivenUpError(f"no message for {silent:.0f} s")

    def _lost(self, words: str) -> None:
        self._connected = False
        self._since = None
        self._ownership.look()
        trouble = f"no connection to {self._broker}: {words}"
        if trouble != self._trouble and not self._endings.flapping():
            log.warning("no connection", broker=str(self._broker), why=words)
        self._trouble = trouble

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._endings.refused()
            trouble = f"the broker refuses us: {code}"
            if trouble != self._trouble:
                log.warning("broker refused", broker=str(self._broker), code=str(code))
            self._trouble = trouble
            return
        self._connection += 1
        self._connected = True
        self._since = self._clock()
        self._resumed = flags.session_present
        self._heard = time.monotonic()
        self._trouble = "not subscribed yet"
        self._ownership.opened(self._since, resumed=self._resumed)
        if self._resumed:
            self._on_resumed()
        client.subscribe(self._subscriptions())

    def _subscriptions(self) -> list[Any]:
        if self._broker.protocol == "3.1.1":
            return [*((topic, 1) for topic in self._topics), (DROPPED, 0)]
        # Retained copies only for a new subscription: an old value must not look new at each reconnect.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return [*((topic, options) for topic in self._topics), (DROPPED, SubscribeOptions(qos=0))]

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        # The last one is $SYS, which a broker may well keep to itself.
        refused = [t for t, code in zip(self._topics, codes, strict=False) if code.is_failure]
        self._trouble = f"the broker refuses the subscription of {', '.join(refused)}" if refused else ""
        self._ownership.subscribed()
        if not self._endings.flapping():
            log.info("connected", broker=str(self._broker), resumed=self._resumed, refused=refused)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._connected:
            return  # it refused us, and has said why
        self._ownership.ended(flags, code)
        self._lost(f"connection lost: {code}")

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        topic = topic_of(message)
        if topic == DROPPED:
            self._note_drops(bytes(message.payload))
            return
        self._heard = time.monotonic()
        self._silent = ""
        # 3.1.1 sends retained copies at every subscription; one sent again (dup) we may never have kept.
        again = message.retain and self._resumed and not message.dup
        connection, now = self._connection, self._clock()
        self._hand_over(take(message, now, connection, self._most, again=again))

    def _note_drops(self, payload: bytes) -> None:
        with contextlib.suppress(ValueError):
            dropped = int(payload)
            if dropped > self._dropped:
                log.warning("broker drops messages", dropped=dropped, broker=str(self._broker))
            self._dropped = dropped
