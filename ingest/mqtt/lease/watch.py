"""The connection over which a run says that it serves its shard, and sees who else does."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import replace
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.broker import Broker, Dialler, describe_refusal, make_client
from ingest.mqtt.connection_history import ConnectionHistory
from ingest.mqtt.lease.claim import Claim, parse_claim, to_payload
from ingest.mqtt.lease.lease import DENIED_AFTER, Lease
from ingest.mqtt.network import NetworkThread

LOOK_S = 1.5
"""After the broker has taken a subscription it sends what it keeps there; nothing by then is nothing."""
LOOK_EVERY_S = 10.0
NOT_KEPT = (
    "cannot be taken: the broker does not keep what is published on {}; it needs retained messages, and we"
    " the right to publish there and to read it"
)
TAKING_OVER = "looks whether another run serves it"

log = structlog.get_logger()


class ShardIdentity(Struct, frozen=True):
    """Which shard, and which run of it on which host."""

    shard: str
    run: str
    host: str


class LeaseWatch:
    """Keeps the lease of one shard; any thread may ask, one of its own talks to the broker.

    Args:
        broker: As the session reaches it; over a client id of our own.
        topics: Where a run of this shard may have said that it serves; the first is ours.
        identity: Who we are.
        clock: The time of day, for what people read.
    """

    def __init__(
        self, broker: Broker, topics: Sequence[str], identity: ShardIdentity, clock: Callable[[], datetime]
    ) -> None:
        self._topics = tuple(topics)
        self._identity = identity
        self._clock = clock
        self._lock = threading.Lock()
        self._lease = Lease(identity.run)
        self._since: datetime | None = None  # when we began to serve
        self._trouble, self._refused = "not connected yet", ""
        self._claims: dict[str, Claim | None] = {}
        self._look_ends: float | None = None  # None: no look is under way, or none has been taken yet
        self._looked_at = 0.0
        self._is_looking = self._is_fresh = False
        self._was_held: bool | None = None
        own = replace(broker, client_id=f"{broker.client_id}-lease-{secrets.token_hex(4)}")
        self._client = self._make_client(own)
        history = ConnectionHistory(len(broker.nodes))
        self._network = NetworkThread(
            Dialler(self._client, own), history, on_lost=self._on_lost, on_tick=self._on_tick
        )
        self._history = history

    @property
    def last_words(self) -> tuple[str, bytes]:
        """Topic and payload that the broker is to keep, should our session's connection end by itself."""
        claim = Claim(self._identity.run, self._identity.host, gone=True)
        return self._topics[0], to_payload(claim)

    @property
    def is_held(self) -> bool:
        """Whether we serve: may write to the store, and tell people."""
        return self._lease.held

    def take_others_served(self) -> bool:
        """Whether another has served since this was last asked while we serve."""
        with self._lock:
            found = self._lease.held and self._lease.others_served
            if found:
                self._lease.others_served = False
            return found

    def refusal(self) -> str:
        """Why the session may not be opened now; "" if it may, once for each look at the broker."""
        with self._lock:
            if not self._lease.may_connect(time.monotonic()):
                return self._words()
            if self._is_fresh:
                self._is_fresh = False
                return ""
        self._network.call(self._look)
        return self._prefixed(TAKING_OVER)

    def eviction(self) -> str:
        """Why an open session is to be given up now; "" if it may stay."""
        with self._lock:
            self._is_fresh = False  # what was seen before its end says nothing of afterwards
            return "" if self._lease.may_connect(time.monotonic()) else self._words()

    def _words(self) -> str:
        if self._trouble or self._refused:
            return self._trouble or self._refused
        other = self._lease.other
        if other is not None:
            return self._prefixed(
                f"is served by {other.words()}: this one waits, unconnected, and sends nothing; it takes over"
                " once that one has ended. If both are to work, give one of them another name under [shard]"
            )
        if self._lease.denied >= DENIED_AFTER:
            return self._prefixed(NOT_KEPT.format(self._topics[0]))
        return self._prefixed(TAKING_OVER)

    def _prefixed(self, words: str) -> str:
        return f"shard {self._identity.shard} {words}"

    def start(self) -> None:
        """Begin to look, and to take the lease."""
        self._network.start()

    def stop(self) -> None:
        """Say that we serve no more, if we do."""
        self._network.call(self._resign)
        self._network.stop()
        self._client.on_message = self._client.on_subscribe = None

    # From here on everything runs in the network thread.

    def _make_client(self, broker: Broker) -> Client:
        client = make_client(broker)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _on_connect(
        self, _client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Any
    ) -> None:
        if code.is_failure:
            self._history.record_refused()
            self._trouble = f"the broker refuses us: {describe_refusal(code)}"
            return
        self._history.record_connected(time.monotonic())
        if not getattr(properties, "RetainAvailable", True):
            self._trouble = self._prefixed(NOT_KEPT.format(self._topics[0]))
            return
        self._is_looking = False
        self._look()

    def _look(self) -> None:
        if not self._is_looking:
            self._is_looking, self._look_ends = True, None
            self._claims = {}
            self._client.subscribe([(topic, 0) for topic in self._topics])

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        refused = [topic for topic, code in zip(self._topics, codes, strict=False) if code.is_failure]
        if refused:
            self._trouble = f"the broker does not let us read {', '.join(refused)}"
            self._is_looking = False
            return
        self._trouble = ""
        self._look_ends = time.monotonic() + LOOK_S

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._claims[message.topic] = parse_claim(bytes(message.payload))
        if not self._is_looking:
            self._record(looked=False)
        elif message.retain and len(self._claims) == len(self._topics):
            self._end_look()

    def _end_look(self) -> None:
        self._is_looking, self._looked_at = False, time.monotonic()
        self._record(looked=True)
        with self._lock:
            self._is_fresh = self._lease.held

    def _record(self, *, looked: bool) -> None:
        """Another's claim on any of the topics counts more than ours, and ours more than nobody's."""
        own = self._identity.run
        found = sorted(
            (claim for claim in self._claims.values() if claim is not None),
            key=lambda claim: (claim.gone, claim.run == own),
        )
        with self._lock:
            self._lease.record_seen(found[0] if found else None, time.monotonic(), looked=looked)
        self._follow()

    def _follow(self) -> None:
        """Say what is due, and log what has changed."""
        now = time.monotonic()
        with self._lock:
            is_due, held, other = self._lease.is_word_due(now), self._lease.held, self._lease.other
        if is_due:
            self._say(now)
        if held != self._was_held and (held or other is not None):
            self._was_held = held
            if held:
                log.info("shard served", shard=self._identity.shard)
            elif other is not None:
                log.warning("shard served by another", shard=self._identity.shard, by=other.words())

    def _say(self, now: float) -> None:
        moment = self._clock()
        if self._since is None or not self._lease.held:
            self._since = moment
        claim = Claim(self._identity.run, self._identity.host, self._since, moment)
        self._client.publish(self._topics[0], to_payload(claim), qos=1, retain=True)
        for topic in self._topics[1:]:
            if self._claims.get(topic) is not None:  # of one that is gone: nobody else would ever remove it
                self._client.publish(topic, b"", qos=1, retain=True)
        with self._lock:
            self._lease.record_said(now)

    def _resign(self) -> None:
        if self._lease.held:
            topic, payload = self.last_words
            self._client.publish(topic, payload, qos=1, retain=True)

    def _on_publish(self, _client: Client, _data: Any, _mid: int, code: ReasonCode, _properties: Any) -> None:
        refused = f"the broker refuses what we publish on {self._topics[0]}: {code}"
        self._refused = refused if code.is_failure else ""

    def _on_tick(self) -> None:
        now = time.monotonic()
        if self._is_looking:
            if self._look_ends is not None and now >= self._look_ends:
                self._end_look()
            return
        with self._lock:
            is_due = self._lease.is_look_due(now)
        if is_due or now - self._looked_at >= LOOK_EVERY_S:
            self._look()
        self._follow()

    def _on_lost(self, words: str) -> None:
        self._trouble = f"no connection to {self._network.node}: {words}"
        self._is_looking = False
        with self._lock:
            self._is_fresh = False
            self._lease.record_unseen(time.monotonic())

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Any
    ) -> None:
        self._on_lost(f"connection lost: {code}")
