"""Whether the session at the broker still exists and is ours alone, as connections and their ends show."""

import time
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from paho.mqtt.client import DisconnectFlags
from paho.mqtt.reasoncodes import ReasonCode

from ingest.journal.sessions import SessionCounts
from ingest.mqtt.broker import Broker, BrokerNode
from ingest.mqtt.connection_history import ConnectionHistory
from sensors.calendar import SHANGHAI

CLOSED = 0x80  # paho's code for a socket that the other side has closed
TAKEN_OVER = 0x8E  # MQTT 5, 3.14.2.1: another connection with the same client id
LOST_WARNING_S = 86_400.0
CERTIFICATE_WARNING = timedelta(days=21)
"""So long before its end the broker's certificate is spoken of; what renews it by itself does so earlier."""

log = structlog.get_logger()


class SessionMonitor:
    """Watches the session that one client id names.

    Args:
        broker: Where, and its client id.
        known: Whether there has been such a session before, so that it should still exist.
        persistent: Whether the broker is asked to keep it while we are away.
    """

    def __init__(self, broker: Broker, *, known: bool, persistent: bool) -> None:
        self.history = ConnectionHistory(len(broker.nodes))
        self._broker = broker
        self._known = known
        self._persistent = persistent
        self._connections = self._lost = self._dropped = 0
        self._logged_contested = False
        self._lost_at, self._lost_words = 0.0, ""  # by the monotonic clock
        self._certificate_ends: datetime | None = None

    @property
    def counts(self) -> SessionCounts:
        """The counts so far."""
        return SessionCounts(self._connections, self._lost, self.history.takeovers)

    @property
    def is_known(self) -> bool:
        """Whether there is a session that can be lost; not one whose subscriptions were never granted."""
        return self._known

    def record_connected(self, at: datetime, node: BrokerNode, *, resumed: bool) -> None:
        """The broker has accepted us there; `resumed`: with the session that it kept."""
        now = time.monotonic()
        self._connections += 1
        self.history.record_connected(now)
        if self._known and self._persistent and not resumed:
            self._record_loss(node, self._describe_loss(at, node))

    def record_subscriptions_lost(self, at: datetime, node: BrokerNode) -> None:
        """The broker has resumed the session, but not what was subscribed in it."""
        self._record_loss(
            node,
            f"the broker at {node} had the session of client id '{self._broker.client_id}' when we connected"
            f" before {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S%z}, but not its subscriptions: what was"
            " published while we were away is lost",
        )

    def _record_loss(self, node: BrokerNode, words: str) -> None:
        self._lost += 1
        self._lost_at, self._lost_words = time.monotonic(), words
        log.warning("session lost", broker=str(node), why=words)

    def record_certificate(self, ends: datetime | None) -> None:
        """Until when the broker's certificate is valid; None: it has shown none."""
        self._certificate_ends = ends

    def record_drops(self, figure: bytes, node: BrokerNode) -> None:
        """The broker's own figure of the messages that it has dropped since its start."""
        with suppress(ValueError):
            dropped = int(figure)
            if dropped > self._dropped:
                log.warning("broker drops messages", dropped=dropped, broker=str(node))
            self._dropped = dropped

    def record_subscribed(self) -> None:
        """From now on there is a session that can be lost."""
        self._known = True

    def record_disconnected(self, flags: DisconnectFlags, code: ReasonCode) -> None:
        """The end of a connection, as paho reports it."""
        if flags.is_disconnect_packet_from_server:
            self.history.record_disconnect(taken_over=code.value == TAKEN_OVER)
        elif code.value == CLOSED:
            self.history.record_closed()

    def log_contested(self) -> None:
        """Log once that another client takes it, and once that this is over; between connections too."""
        contested = self.history.is_contested(time.monotonic())
        if contested != self._logged_contested:
            self._logged_contested = contested
            if contested:
                log.warning("session contested", broker=str(self._broker), why=self._describe_contest())
            else:
                log.info("session ours again", broker=str(self._broker))

    def warnings(self, now: datetime) -> list[str]:
        """What is wrong with it now, for a day that it was lost, a certificate that ends soon, and drops."""
        steady, ends = time.monotonic(), self._certificate_ends
        recent = self._lost_words and steady - self._lost_at < LOST_WARNING_S
        return [
            *([self._describe_contest()] if self.history.is_contested(steady) else []),
            *([self._lost_words] if recent else []),
            *([_describe_end(ends, now)] if ends and ends - now < CERTIFICATE_WARNING else []),
            *([_describe_drops(self._dropped)] if self._dropped else []),
        ]

    def _describe_contest(self) -> str:
        return (
            f"the broker keeps ending our connections: likely another client with the same client id"
            f" '{self._broker.client_id}' (a second liangqu, or a listener with use_username_as_clientid);"
            " it may get messages in our place"
        )

    def _describe_loss(self, at: datetime, node: BrokerNode) -> str:
        several = len(self._broker.nodes) > 1
        where = f" at {node}" if several else ""
        fault = "shares no sessions among its nodes" if several else "lost its persistence file"
        return (
            f"the session of client id '{self._broker.client_id}' was gone{where} when we connected at"
            f" {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S%z}: what the broker kept for us in it is lost."
            f" Likely another client with the same client id, a broker that {fault}, or an"
            " absence longer than session_expiry"
        )


def _describe_end(ends: datetime, now: datetime) -> str:
    day, left = f"{ends.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", max((ends - now).days, 0)
    return f"the broker's certificate ends at {day}, in {left} days: renew it; then nobody can connect"


def _describe_drops(dropped: int) -> str:
    full = "its queues were full, see deploy/mosquitto.conf"
    return f"the broker has dropped {dropped} messages since its start: {full}"
