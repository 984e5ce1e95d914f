"""The subscribing session: durable, each message acknowledged once it is on disk."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from ingest.journal.sessions import SessionCounts
from ingest.mqtt.broker import Broker, Dialler, describe_refusal, make_client
from ingest.mqtt.lease.watch import LeaseWatch
from ingest.mqtt.message import MqttMessage, from_frame
from ingest.mqtt.network import ConnectionGivenUpError, NetworkThread
from ingest.mqtt.publish_frame import PublishFrame, from_paho
from ingest.mqtt.publish_reader import PublishReader
from ingest.mqtt.session_monitor import SessionMonitor
from ingest.mqtt.subscriptions import DROPPED_TOPIC, SubscriptionMarks, Subscriptions

DROPPED = DROPPED_TOPIC.encode()
OVERRUN = 4  # windows
DISAGREED = "our reader and paho disagreed on a message on {}: paho now reads everything, more slowly"

log = structlog.get_logger()


class Session:
    """A session with the broker that outlives connections.

    Packet ids start over with each connection: an acknowledgement carries its connection's number and is
    dropped when that is over. Maximum Packet Size is never set: what is larger would be dropped in silence.

    Args:
        broker: Where and as whom; the client id names the session and must stay the same.
        topics: Filters, subscribed at every connection; with `fallback`, see `Subscriptions`.
        deliver: Called in the network thread for each message; must return at once.
        fallback: What is subscribed instead of each of `topics` that the broker refuses.
        passed_over: Beginnings of topics whose messages are acknowledged and not kept.
        marks: A topic among these for messages by which we see whether a session was kept whole; "" for none.
        window: How many unacknowledged messages the broker may send (MQTT 5; on 3.1.1 it decides itself). Of
            one that has sent four times as many nothing is read until some are acknowledged.
        expiry: Seconds the broker keeps the session while we are away (3.1.1: for ever).
        known: Whether there has been a session of this client id before: then it should be there still.
        max_payload: Bytes above which only the head of a payload is delivered, with its length and SHA-256.
        clock: The time of day, read for each message: no reading is of a time after it was received.
        silence: Seconds without a message after which a connection is given up for a new one; None = never.
        is_full: Whether nothing more should be read now.
        on_resumed: Called in the network thread when the session is resumed: what is open comes again.
        lease: Says whether we may connect, and stay; None: always.
    """

    def __init__(
        self,
        broker: Broker,
        topics: Sequence[str],
        deliver: Callable[[MqttMessage], None],
        *,
        window: int,
        expiry: int,
        fallback: Mapping[str, Sequence[str]] = MappingProxyType({}),
        passed_over: Sequence[str] = (),
        marks: str = "",
        known: bool = False,
        max_payload: int = 8 * 1024**2,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        silence: float | None = None,
        is_full: Callable[[], bool] = lambda: False,
        on_resumed: Callable[[], None] = lambda: None,
        lease: LeaseWatch | None = None,
    ) -> None:
        self._broker = broker
        self._subscriptions = Subscriptions(topics, fallback, five=broker.protocol == "5")
        self._marks = SubscriptionMarks(marks)
        self._passed_over = tuple(topic.encode() for topic in passed_over)
        self._deliver = deliver
        self._window = window
        self._expiry = expiry
        self._max_payload = max_payload
        self._clock, self._silence, self._lease = clock, silence, lease
        self._is_full, self._on_resumed = is_full, on_resumed
        self._reader: PublishReader | None = None
        self._reader_fault = ""
        self._since: datetime | None = None  # when it was connected; None while it is not
        self._lost_at: float | None = None  # by the monotonic clock; None until it was connected once
        self._stopping = self._resumed = False
        self._connection = 0
        self._unacknowledged = set[int]()  # packet ids of this connection
        self._last_message = 0.0  # by the monotonic clock
        self._trouble = "not connected yet"
        self._silent = ""
        self._monitor = SessionMonitor(broker, known=known, persistent=expiry > 0)
        self._history = self._monitor.history
        self._client = self._make_client()
        self._network = NetworkThread(
            Dialler(self._client, broker, session_expiry=expiry, receive_maximum=window),
            self._history,
            on_lost=self._on_lost,
            on_tick=self._on_tick,
            is_overrun=self._is_overrun,
            may_dial=self._may_dial,
        )

    def give_up(self, filters: Sequence[str]) -> None:
        """Have these unsubscribed wherever the session still has them; call it before the start."""
        self._subscriptions.former = filters

    def start(self) -> None:
        """Connect in the background, and again with growing, jittered pauses whenever that is lost."""
        self._network.start()

    def stop(self) -> None:
        """Disconnect orderly; the broker keeps the session and what is not acknowledged."""
        self._stopping = True
        self._network.stop()

    def acknowledge(self, messages: Sequence[MqttMessage]) -> None:
        """Tell the broker that these are safe, in the order in which they came.

        Of one that was too large only the head is: over MQTT 5 it is told that the rest was refused.
        """
        self._network.call(partial(self._send_acknowledgements, messages))

    def trouble(self) -> str:
        """Why no messages can come; "" when all is well."""
        return self._trouble

    def connected_since(self) -> datetime | None:
        """Since when the broker has been there; None while it is not."""
        return self._since

    def warnings(self) -> list[str]:
        """What needs attention though messages come: session, broker, silence, our reader, our rights."""
        unseen = self._subscriptions.unseen
        found = [
            *self._monitor.warnings(self._clock()),
            self._silent,
            self._reader_fault,
            unseen and f"the broker does not let us read {unseen}: mistyped topics stay unnoticed",
        ]
        return [words for words in found if words]

    def network_trouble(self) -> str:
        """Why the network thread does not work; "" while it does."""
        if not self._network.is_alive():
            return "the network thread is dead"
        why = self._network.failure
        return why and f"the network thread failed and was restarted: {why}"

    @property
    def counts(self) -> SessionCounts:
        """How often it was connected, lost and taken since it was created."""
        return self._monitor.counts

    def _make_client(self) -> Client:
        client = make_client(
            self._broker,
            session_expiry=self._expiry,
            manual_ack=True,
            make_reader=self._make_reader,
            last_words=self._lease.last_words if self._lease else None,
        )
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    # From here on everything runs in the network thread.

    def _send_acknowledgements(self, messages: Sequence[MqttMessage]) -> None:
        connection = self._network.connection()
        own = [m for m in messages if m.connection == self._connection] if self._since else []
        if connection is not None:
            cut = {message.packet for message in own if message.sha256 is not None}
            refused = cut if self._broker.protocol == "5" else ()
            connection.acknowledge([message.packet for message in own if message.qos == 1], refused)
        for message in own:
            if message.qos > 1:
                self._client.ack(message.packet, message.qos)
        self._unacknowledged.difference_update(message.packet for message in own if message.qos)

    def set_silence(self, silence: float | None) -> None:
        """Trust a connection without a message for so many seconds from now on; from any thread."""
        self._silence = silence

    def _is_overrun(self) -> bool:
        # mosquitto 2.0.11 sends on at each acknowledgement, window or not (its issue 2301).
        overrun = len(self._unacknowledged) > OVERRUN * self._window
        return self._since is not None and (overrun or self._is_full())

    def _may_dial(self) -> bool:
        why = self._lease.refusal() if self._lease else ""
        self._trouble = why or self._trouble
        return not why

    def _on_tick(self) -> None:
        self._monitor.log_contested()
        if self._lease is not None and self._lease.eviction():
            self._client.disconnect()  # an orderly end: the broker is not to speak in our name
        silent = time.monotonic() - self._last_message
        if self._silence is None or not self._since or self._unacknowledged or silent < self._silence:
            return  # while anything is unacknowledged the broker may be waiting for us
        self._last_message = time.monotonic()
        self._silent = f"no message for {silent:.0f} s, reconnected"
        raise ConnectionGivenUpError(f"no message for {silent:.0f} s")

    def _on_lost(self, words: str) -> None:
        if self._since:
            self._since, self._lost_at = None, time.monotonic()
        self._monitor.log_contested()
        trouble = f"no connection to {self._network.node}: {words}"
        if trouble != self._trouble and not self._stopping and not self._history.is_flapping():
            log.warning("no connection", broker=str(self._network.node), why=words)
        self._trouble = trouble

    def _on_connect(
        self, client: Client, _data: Any, flags: ConnectFlags, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            self._history.record_refused()
            trouble = f"the broker refuses us: {describe_refusal(code)}"
            if trouble != self._trouble:
                log.warning("broker refused", broker=str(self._network.node), code=describe_refusal(code))
            self._trouble = trouble
            return
        self._connection += 1
        self._unacknowledged.clear()
        self._since = self._clock()
        self._resumed = flags.session_present
        self._last_message = time.monotonic()
        self._trouble = "not subscribed yet"
        self._monitor.record_connected(self._since, self._network.node, resumed=self._resumed)
        connection = self._network.connection()
        self._monitor.record_certificate(connection.certificate_ends if connection else None)
        if self._resumed:
            self._on_resumed()
        self._marks.send_first(client, resumed=self._resumed and self._monitor.is_known)
        self._subscriptions.ask(client)

    def _on_subscribe(
        self, client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        refused = self._subscriptions.judge(client, codes, resumed=self._resumed)
        if refused is None:
            return
        self._trouble = f"the broker refuses the subscription of {', '.join(refused)}" if refused else ""
        self._monitor.record_subscribed()
        self._marks.send_second(client)
        if not self._history.is_flapping():
            away = None if self._lost_at is None else round(time.monotonic() - self._lost_at, 1)
            node = str(self._network.node)
            log.info("connected", broker=node, resumed=self._resumed, refused=refused, away_s=away)

    def _on_disconnect(
        self, _client: Client, _data: Any, flags: DisconnectFlags, code: ReasonCode, _properties: Any
    ) -> None:
        if not self._since:
            return  # it refused us, and has said why
        self._monitor.record_disconnected(flags, code)
        self._on_lost(f"connection lost: {code}")

    def _make_reader(self) -> PublishReader | None:
        if self._reader_fault:
            return None
        self._reader = PublishReader(
            self._on_frames, five=self._broker.protocol == "5", max_payload=self._max_payload
        )
        return self._reader

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        frame = from_paho(message, self._max_payload)
        if self._reader is not None and (shared := self._reader.shared) is not None:
            self._reader.shared = None
            if shared != frame:
                self._reader.turn_off()
                self._reader_fault = DISAGREED.format(frame.topic.decode("utf-8", "replace"))
                log.error("MQTT reader turned off", why=self._reader_fault)
        self._on_frames([frame])

    def _on_frames(self, frames: Sequence[PublishFrame]) -> None:
        for frame in frames:
            if frame.topic == DROPPED:
                self._monitor.record_drops(frame.payload, self._network.node)
                continue
            if frame.topic == self._marks.topic and self._marks.shows_loss(frame.payload):
                self._monitor.record_subscriptions_lost(self._clock(), self._network.node)
            self._last_message, self._silent = time.monotonic(), ""
            if frame.dup and frame.packet in self._unacknowledged:
                continue  # sent again by a broker that does not wait long (NATS): we have it
            # 3.1.1 sends retained copies at every subscription; one sent again (dup) we may never have kept.
            copy = frame.retain and self._resumed and not frame.dup
            if frame.qos:
                self._unacknowledged.add(frame.packet)
            not_ours = frame.topic.startswith(self._passed_over)
            self._deliver(from_frame(frame, self._clock(), self._connection, passed_over=copy or not_ours))
