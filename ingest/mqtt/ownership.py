"""Whether the session at the broker is there, and ours alone: what connections and their ends tell of it."""

import time
from datetime import datetime

import structlog
from paho.mqtt.client import DisconnectFlags
from paho.mqtt.reasoncodes import ReasonCode

from ingest.journal.sessions import Tally
from ingest.mqtt.broker import Broker
from ingest.mqtt.endings import Endings

CLOSED = 0x80  # paho's code for a socket that the other side has closed
TAKEN_OVER = 0x8E  # MQTT 5, 3.14.2.1: another connection with the same client id
LOST_IS_SAID_S = 86_400.0

log = structlog.get_logger()


class Ownership:
    """Of the session that one client id names.

    Args:
        broker: Where, and its client id.
        known: Whether there has been such a session before, so that it should be there still.
        lasts: Whether the broker is asked to keep it while we are away.
    """

    def __init__(self, broker: Broker, *, known: bool, lasts: bool) -> None:
        self.endings = Endings()
        self._broker = broker
        self._known = known
        self._lasts = lasts
        self._connections = self._lost = 0
        self._said = False
        self._missed = 0.0, ""  # when it was found, by the monotonic clock, and the words

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        return Tally(self._connections, self._lost, self.endings.took)

    def opened(self, at: datetime, *, resumed: bool) -> None:
        """The broker has welcomed us; `resumed`: with the session that it kept."""
        now = time.monotonic()
        self._connections += 1
        self.endings.opened(now)
        if self._known and self._lasts and not resumed:
            self._lost += 1
            self._missed = now, self._missing(at)
            log.warning("session lost", broker=str(self._broker), why=self._missed[1])

    def subscribed(self) -> None:
        """From now on there is a session to be missed."""
        self._known = True

    def ended(self, flags: DisconnectFlags, code: ReasonCode) -> None:
        """As paho tells the end of a connection."""
        if flags.is_disconnect_packet_from_server:
            self.endings.dismissed(taken=code.value == TAKEN_OVER)
        elif code.value == CLOSED:
            self.endings.closed()

    def look(self) -> None:
        """Say once that somebody contests it, and once that this is over; called between connections too."""
        contested = self.endings.contested(time.monotonic())
        if contested != self._said:
            self._said = contested
            words = self._contested() if contested else "over: a connection has lasted"
            log.warning("session contested", broker=str(self._broker), why=words)

    def warnings(self) -> list[str]:
        """What is wrong with it now, and for a day that it was lost."""
        now = time.monotonic()
        missed_at, words = self._missed
        return [
            *([self._contested()] if self.endings.contested(now) else []),
            *([words] if words and now - missed_at < LOST_IS_SAID_S else []),
        ]

    def _contested(self) -> str:
        return (
            f"the broker keeps ending our connections: likely another client with the same client id"
            f" '{self._broker.client_id}' (a second liangqu, or a listener with use_username_as_clientid);"
            " it may get messages in our place"
        )

    def _missing(self, at: datetime) -> str:
        return (
            f"the session of client id '{self._broker.client_id}' was gone when we connected at"
            f" {at:%Y-%m-%d %H:%M:%S%z}: what the broker kept for us in it is lost. Likely another client"
            " with the same client id, a broker that lost its persistence file, or an absence longer than"
            " session_expiry"
        )
