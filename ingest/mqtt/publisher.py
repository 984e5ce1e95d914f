"""A publisher that knows what the broker has accepted: QoS 1, a bounded window, nothing dropped.

`publish` returns when the message is in flight and blocks while the window is full, so that memory stays
flat however long the caller's input is. A message counts as published when the broker has acknowledged it.
What was not acknowledged when a connection broke is sent again on the next one: at least once, in order.
"""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from msgspec.structs import replace
from paho.mqtt.client import MQTT_ERR_QUEUE_SIZE, Client, ConnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.broker import (
    Broker,
    BrokerAwayError,
    Dialler,
    check_certificates,
    describe_refusal,
    make_client,
)
from ingest.mqtt.connection_history import ConnectionHistory
from ingest.mqtt.network import NetworkThread
from ingest.mqtt.publishing.broker_drops import BrokerDrops

TICK = 0.1
NO_SUBSCRIBERS = 0x10  # a reason of success: MQTT 5, 3.4.2.1
EXPIRY_S = 60  # of our session: long enough for a connection to come back
DOUBT = "over MQTT 3.1.1 a broker acknowledges what it refuses too"
FORCED = (
    "its listener makes user names client ids (use_username_as_clientid), so that two clients of one user"
    " throw each other out; connect through another listener (docs/guide.md, chapter 6)"
)


class Publisher:
    """Publishes to one broker from one thread; use as a context manager.

    Leaving the context normally waits for every acknowledgement; leaving it by an exception does not.

    Attributes:
        in_flight: Messages sent and not yet acknowledged; never above the window.
        published: Messages the broker acknowledged.
        refused: Messages the broker answered with an error code (MQTT 5 only; 3.1.1 has no such answer).
        refusal: The broker's words for the last one refused, empty if none.
        unheard: Messages of those published that the broker had no subscriber for (MQTT 5 only).
        doubt: Why `published` may be too high, empty over MQTT 5.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        name: str = "publisher",
        window: int = 512,
        rate: float | None = None,
        patience: float | None = 60.0,
        progress: Callable[[int], None] | None = None,
        drops: BrokerDrops | None = None,
    ) -> None:
        """Nothing is sent before the context is entered; certificates are checked here already.

        Args:
            broker: Its `client_id` is only the beginning of ours: two clients of one id throw each other out.
            name: What this client does, the middle of its client id.
            window: Most messages in flight; a broker that allows fewer is obeyed.
            rate: Most messages a second; None = as fast as the broker acknowledges.
            patience: Seconds without an acknowledgement, while some are due, before BrokerAwayError; None
                waits for ever, for the first connection too.
            progress: Called with `published` in the caller's thread, about every 0.1 s, and at the end.
            drops: Is told the broker's own figures.
        """
        own = f"{broker.client_id or 'liangqu'}-{name}-{secrets.token_hex(4)}"
        self._broker = replace(broker, client_id=own)
        self._max_window = self._window = window
        self._interval = 1 / rate if rate else 0.0
        self._next_due = 0.0
        self._patience = patience
        self._progress = progress
        self._drops = drops
        self._progress_reported = 0.0
        self._changed = threading.Condition()
        self._connected = False
        self._error = ""
        self._last_acknowledged = time.monotonic()
        self.in_flight = self.published = self.refused = self.unheard = 0
        self.refusal = ""
        self.doubt = "" if broker.protocol == "5" else DOUBT
        self._is_first_connection = True
        # Neither clean nor acknowledging: where the listener replaces our client id, this is somebody else's
        # session and what waits in it is theirs. (3.1.1 would keep ours for ever instead.)
        self._expiry = EXPIRY_S if broker.protocol == "5" else 0
        check_certificates(broker)
        self._client = self._make_client()
        self._history = ConnectionHistory(len(broker.nodes))
        self._dialler = Dialler(self._client, self._broker, session_expiry=self._expiry)
        self._network = NetworkThread(self._dialler, self._history, on_lost=self._on_lost)

    def _make_client(self) -> Client:
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        # Our window bounds what is in flight; paho's own would walk all of it at each acknowledgement.
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        if self._drops is not None:
            client.on_message = self._drops.take
        return client

    def __enter__(self) -> Self:
        """Connect and wait until the broker accepts us; with `patience=None` without waiting.

        Raises:
            BrokerAwayError: Nobody answers, or the broker refuses us.
        """
        if self._patience is not None:
            self._dialler.dial_any()
        self._network.start(connected=self._patience is not None)
        self._next_due = time.monotonic()
        if self._patience is not None:
            with ExitStack() as on_failure:
                on_failure.callback(self._network.stop)
                self._wait(self._is_decided)
                if not self._connected:
                    raise BrokerAwayError(f"the broker at {self._broker} refuses: {self._error}")
                on_failure.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._network.stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message; blocks while the window is full, the rate is used up or the broker is away.

        Raises:
            BrokerAwayError: `patience` ran out.
        """
        if self._interval:
            self._pace()
        with self._changed:
            if not self._has_room():
                self._wait(self._has_room)
            self.in_flight += 1
        while self._client.publish(topic, payload, qos=1, retain=retain).rc == MQTT_ERR_QUEUE_SIZE:
            # 65,535 newer ones were acknowledged before the one that had this packet id: wait for it.
            with self._changed:
                self._changed.wait(TICK)
                self._raise_if_overdue()
        self._report_progress()

    def flush(self) -> None:
        """Wait until everything sent is acknowledged; raises as `publish`."""
        self._wait(lambda: self.in_flight == 0)
        if self._progress:
            self._progress(self.published)

    def _is_decided(self) -> bool:
        """Whether a node has accepted us, or none does."""
        refused = self._error == FORCED or self._history.failed >= len(self._broker.nodes)
        return self._connected or (bool(self._error) and refused)

    def _has_room(self) -> bool:
        return self._connected and self.in_flight < self._window

    def _wait(self, until: Callable[[], bool]) -> None:
        with self._changed:
            if not self.in_flight:
                self._last_acknowledged = time.monotonic()
            while not until():
                self._changed.wait(TICK)
                self._raise_if_overdue()
                self._report_progress()

    def _raise_if_overdue(self) -> None:
        if self._patience is None or time.monotonic() - self._last_acknowledged < self._patience:
            return
        why = self._error or ("it acknowledges nothing" if self._connected else "the connection is lost")
        raise BrokerAwayError(
            f"no acknowledgement from the broker at {self._broker} for {self._patience:g} s: {why}"
        )

    def _pace(self) -> None:
        now = time.monotonic()
        # At most one second's worth is caught up after a stall.
        self._next_due = max(self._next_due, now - 1)
        if self._next_due > now:
            time.sleep(self._next_due - now)
        self._next_due += self._interval

    def _report_progress(self) -> None:
        if self._progress and (now := time.monotonic()) - self._progress_reported >= TICK:
            self._progress_reported = now
            self._progress(self.published)

    # The network thread calls these.

    def _on_lost(self, words: str) -> None:
        with self._changed:
            self._connected = False
            self._error = self._error or words
            self._changed.notify_all()

    def _on_connect(
        self, client: Client, _data: Any, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        with self._changed:
            # A session under an id that we have just drawn can only be another's.
            forced = self._is_first_connection and flags.session_present
            self._is_first_connection = False
            self._error = FORCED if forced else describe_refusal(code) if code.is_failure else ""
            self._connected = not self._error
            if self._connected:
                self._history.record_connected(time.monotonic())
                if self._drops is not None:
                    self._drops.subscribe(client)
            else:
                self._history.record_refused()
            self._window = min(self._max_window, getattr(properties, "ReceiveMaximum", self._max_window))
            self._changed.notify_all()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _: Any) -> None:
        self._on_lost(str(code) if code.is_failure else "")

    def _on_publish(self, _client: Any, _data: Any, _mid: int, code: ReasonCode, _: Any) -> None:
        with self._changed:
            self.in_flight -= 1
            self._last_acknowledged = time.monotonic()
            if code.is_failure:
                self.refused += 1
                self.refusal = str(code)
            else:
                self.published += 1
                self.unheard += code.value == NO_SUBSCRIBERS
            # At each one: refilling in bursts waits for the other side's delayed TCP acknowledgement.
            self._changed.notify_all()
