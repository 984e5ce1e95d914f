"""A publisher that knows what the broker has taken: QoS 1, a bounded window, nothing forgotten.

`publish` returns when the message is on its way and blocks while the window is full, so that memory stays
flat however long the caller's input is. A message counts as published when the broker acknowledged it. What
was not acknowledged when a connection broke is sent again on the next one: at least once, in order.
"""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace
from paho.mqtt.client import MQTT_ERR_QUEUE_SIZE

from ingest.mqtt.broker import Broker, BrokerAwayError, check_certificates, connect, make_client
from ingest.mqtt.endings import Endings
from ingest.mqtt.network import NetworkThread

if TYPE_CHECKING:
    from types import TracebackType

    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

WINDOW = 512
PATIENCE = 60.0
TICK = 0.1
EXPIRY_S = 60  # of our session: long enough for a connection to come back
DOUBT = "over MQTT 3.1.1 a broker acknowledges what it refuses too"
FORCED = (
    "its listener makes user names client ids (use_username_as_clientid), so that two clients of one user"
    " throw each other out; connect through another listener (docs/guide.md, chapter 6)"
)


class Publisher:
    """Publishes to one broker from one thread; use as a context manager.

    Leaving the context orderly waits for every acknowledgement; leaving it by an exception does not.

    Attributes:
        published: Messages the broker acknowledged.
        refused: Messages the broker answered with an error code (MQTT 5 only; 3.1.1 has no such answer).
        refusal: The broker's words for the last one refused, empty if none.
        doubt: Why `published` may be too high, empty over MQTT 5.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        name: str = "publisher",
        window: int = WINDOW,
        rate: float | None = None,
        patience: float | None = PATIENCE,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Nothing is sent before the context is entered; certificates are looked at now already.

        Args:
            broker: Its `client_id` is only the beginning of ours: two clients of one id throw each other off.
            name: What this client does, the middle of its client id.
            window: Most messages on their way unacknowledged; a broker that allows fewer is obeyed.
            rate: Most messages a second; None = as fast as the broker acknowledges.
            patience: Seconds without one acknowledgement, while some are owed, before BrokerAwayError; None
                waits for ever, for the first connection too.
            progress: Called with `published` in the caller's thread, about every 0.1 s, and at the end.
        """
        own = f"{broker.client_id or 'liangqu'}-{name}-{secrets.token_hex(4)}"
        self._broker = replace(broker, client_id=own)
        self._most = self._window = window
        self._interval = 1 / rate if rate else 0.0
        self._due = 0.0
        self._patience = patience
        self._progress = progress
        self._reported = 0.0
        self._changed = threading.Condition()
        self._connected = False
        self._words = ""
        self._owed = 0
        self._alive = time.monotonic()
        self.published = 0
        self.refused = 0
        self.refusal = ""
        self.doubt = "" if broker.protocol == "5" else DOUBT
        self._first = True
        # Neither clean nor acknowledging: under a client id that a listener has put in place of ours it is
        # somebody's session, and what waits in it is his. (3.1.1 would keep ours for ever instead.)
        self._expiry = EXPIRY_S if broker.protocol == "5" else 0
        check_certificates(broker)
        self._client = self._make()
        self._endings = Endings()
        self._network = NetworkThread(self._client, self._endings, lost=self._lose)

    def _make(self) -> "Client":
        client = make_client(self._broker, session_expiry=self._expiry, manual_ack=True)
        # Our window bounds what is in flight; paho's own would walk all of it at each acknowledgement.
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    @property
    def in_flight(self) -> int:
        """Messages handed over and not yet acknowledged; never above the window."""
        return self._owed

    def __enter__(self) -> Self:
        """Connect and wait for the broker's yes; with `patience=None` without waiting.

        Raises:
            BrokerAwayError: Nobody answers, or the broker refuses us.
        """
        connect(self._client, self._broker, session_expiry=self._expiry, wait=self._patience is not None)
        self._network.start(connected=self._patience is not None)
        self._due = time.monotonic()
        if self._patience is not None:
            with ExitStack() as refused:
                refused.callback(self._close)
                self._wait_for_welcome()
                refused.pop_all()
        return self

    def _wait_for_welcome(self) -> None:
        self._wait(lambda: self._connected or bool(self._words))
        if not self._connected:
            raise BrokerAwayError(f"the broker at {self._broker} refuses: {self._words}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._close()

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
            self._owed += 1
        while self._client.publish(topic, payload, qos=1, retain=retain).rc == MQTT_ERR_QUEUE_SIZE:
            # 65,535 newer ones were acknowledged before the one that had this packet id: wait for it.
            with self._changed:
                self._changed.wait(TICK)
                self._check_patience()
        self._report()

    def flush(self) -> None:
        """Wait until everything handed over is acknowledged.

        Raises:
            BrokerAwayError: `patience` ran out.
        """
        self._wait(lambda: self._owed == 0)
        if self._progress:
            self._progress(self.published)

    def _close(self) -> None:
        self._network.stop()
        # Without the circle through our methods paho's sockets are closed when the publisher goes.
        self._client.on_connect = self._client.on_disconnect = self._client.on_publish = None

    def _has_room(self) -> bool:
        return self._connected and self._owed < self._window

    def _wait(self, until: Callable[[], bool]) -> None:
        with self._changed:
            if not self._owed:
                self._alive = time.monotonic()
            while not until():
                self._changed.wait(TICK)
                self._check_patience()
                self._report()

    def _check_patience(self) -> None:
        if self._patience is None or time.monotonic() - self._alive < self._patience:
            return
        why = self._words or ("it acknowledges nothing" if self._connected else "the connection is lost")
        raise BrokerAwayError(
            f"no acknowledgement from the broker at {self._broker} for {self._patience:g} s: {why}"
        )

    def _pace(self) -> None:
        now = time.monotonic()
        # At most one second's worth is caught up after a stall.
        self._due = max(self._due, now - 1)
        if self._due > now:
            time.sleep(self._due - now)
        self._due += self._interval

    def _report(self) -> None:
        if self._progress and (now := time.monotonic()) - self._reported >= TICK:
            self._reported = now
            self._progress(self.published)

    # The network thread calls these.

    def _lose(self, words: str) -> None:
        with self._changed:
            self._connected = False
            self._words = self._words or words
            self._changed.notify_all()

    def _on_connect(
        self,
        _client: "Client",
        _data: object,
        flags: "ConnectFlags",
        code: "ReasonCode",
        properties: "Properties | None",
    ) -> None:
        with self._changed:
            # A session under an id that we have just drawn can only be another's.
            forced, self._first = self._first and flags.session_present, False
            self._words = FORCED if forced else str(code) if code.is_failure else ""
            self._connected = not self._words
            if self._connected:
                self._endings.opened(time.monotonic())
            else:
                self._endings.refused()
            self._window = min(self._most, getattr(properties, "ReceiveMaximum", self._most))
            self._changed.notify_all()

    def _on_disconnect(
        self,
        _client: "Client",
        _data: object,
        _flags: "DisconnectFlags",
        code: "ReasonCode",
        _properties: "Properties | None",
    ) -> None:
        with self._changed:
            self._connected = False
            self._words = self._words or (str(code) if code.is_failure else "")
            self._changed.notify_all()

    def _on_publish(
        self, _client: "Client", _data: object, _mid: int, code: "ReasonCode", _properties: object
    ) -> None:
        with self._changed:
            self._owed -= 1
            self._alive = time.monotonic()
            if code.is_failure:
                self.refused += 1
                self.refusal = str(code)
            else:
                self.published += 1
            # At each one: refilling in bursts waits for the other side's delayed TCP acknowledgement.
            self._changed.notify_all()
