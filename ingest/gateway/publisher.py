"""The gateway's publisher: publish one message and learn whether the broker has accepted it."""

import asyncio
import secrets
import time
from typing import Any

import structlog
from msgspec.structs import replace
from paho.mqtt.client import MQTT_ERR_QUEUE_SIZE, Client
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.broker import Broker, Dialler, make_client
from ingest.mqtt.connection_history import ConnectionHistory
from ingest.mqtt.network import NetworkThread

NO_MATCHING_SUBSCRIBERS = 0x10
LOG_AGAIN_S = 600.0

log = structlog.get_logger()


class GatewayPublisher:
    """Publishes at QoS 1 from an event loop; its network thread stays behind this class.

    "Taken" means a PUBACK without an error; 3.1.1 has no other, there a broker acknowledges what it discards.
    One that answers "no matching subscribers" has discarded the message too, so that counts as not taken: the
    logger keeps it until the service has subscribed once.

    Args:
        broker: Speaks MQTT 5; its client id is only the beginning of ours.
        window: Messages in flight at once; a broker's lower limit is respected.
        patience: Seconds after which a message counts as not accepted.

    Raises:
        ValueError: the broker is to speak MQTT 3.1.1.
    """

    def __init__(self, broker: Broker, *, window: int = 256, patience: float = 8.0) -> None:
        if broker.protocol != "5":
            raise ValueError("MQTT 3.1.1 does not say whether the broker has taken a message")
        own = f"{broker.client_id or 'liangqu'}-gateway-{secrets.token_hex(4)}"
        self._broker = replace(broker, client_id=own)
        self._patience = patience
        self._max_window = self._window = window
        self._room = asyncio.Semaphore(window)
        self._in_flight = 0
        self._pending: dict[int, asyncio.Future[bool]] = {}
        self._connected = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._why = "not connected yet"
        self._refused = ""
        self._logged: dict[str, float] = {}
        self._client = self._make_client()
        self._history = ConnectionHistory(len(broker.nodes))
        dialler = Dialler(self._client, self._broker)
        self._network = NetworkThread(dialler, self._history, on_lost=self._on_lost)

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and is still there."""
        return self._connected.is_set()

    @property
    def trouble(self) -> str:
        """Why no frame gets through: not connected, or the broker accepted none lately; "" if well."""
        return self._refused if self.connected else self._why

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        self._network.start()

    async def stop(self) -> None:
        """Disconnect; what is still in flight counts as not taken."""
        await asyncio.to_thread(self._network.stop)
        self._fail_pending("stopped")

    async def until_connected(self) -> None:
        """Wait for the broker, for ever."""
        await self._connected.wait()

    async def publish(self, topic: str, payload: bytes) -> bool:
        """Whether the broker took the message; never raises for a broker that is away."""
        try:
            async with asyncio.timeout(self._patience):
                await self._connected.wait()
                await self._room.acquire()
                return await self._publish(topic, payload)
        except TimeoutError:
            return False

    async def _publish(self, topic: str, payload: bytes) -> bool:
        sent = self._client.publish(topic, payload, qos=1)
        if sent.rc == MQTT_ERR_QUEUE_SIZE:
            self._room.release()
            return False
        # From here on a PUBACK is due, on this connection or on a later one.
        self._in_flight += 1
        taken: asyncio.Future[bool] = self._loop.create_future()
        self._pending[sent.mid] = taken
        try:
            return await taken
        finally:
            # Its packet id may be in use again by the time a late answer is given up.
            if self._pending.get(sent.mid) is taken:
                del self._pending[sent.mid]

    def _make_client(self) -> Client:
        client = make_client(self._broker)
        client.max_inflight_messages_set(0)  # the semaphore bounds them
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _set_connected(self, allowed: int) -> None:
        """What an earlier connection left unacknowledged is in flight again, within the window."""
        window = min(self._max_window, allowed)
        if window != self._window:
            self._window = window
            self._room = asyncio.Semaphore(max(0, window - self._in_flight))
        self._connected.set()

    def _acknowledge(self, mid: int, refused: str) -> None:
        self._in_flight -= 1
        if self._in_flight < self._window:
            self._room.release()
        self._refused = refused
        if refused:
            self._log_refusal(refused)
        self._resolve(mid, taken=not refused)

    def _log_refusal(self, refused: str) -> None:
        """Each refusal of the broker in the log, one of a kind in ten minutes: loggers send again at once."""
        now = self._loop.time()
        if now - self._logged.get(refused, -LOG_AGAIN_S) >= LOG_AGAIN_S:
            self._logged[refused] = now
            log.error("frames not taken", broker=str(self._network.node), why=refused)

    def _fail_pending(self, why: str) -> None:
        self._connected.clear()
        self._why = why
        for mid in list(self._pending):
            self._resolve(mid, taken=False)

    def _resolve(self, mid: int, *, taken: bool) -> None:
        future = self._pending.pop(mid, None)
        if future and not future.done():
            future.set_result(taken)

    # The network thread calls these.

    def _on_lost(self, why: str) -> None:
        self._loop.call_soon_threadsafe(self._fail_pending, why)

    def _on_connect(
        self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            log.error("broker refused", broker=str(self._network.node), code=str(code))
            self._history.record_refused()
            self._on_lost(f"the broker at {self._network.node} refuses us: {code}")
            return
        self._history.record_connected(time.monotonic())
        log.info("connected", broker=str(self._network.node))
        allowed = getattr(properties, "ReceiveMaximum", self._max_window)
        self._loop.call_soon_threadsafe(self._set_connected, allowed)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _: Any) -> None:
        if code.is_failure:
            log.warning("connection lost", broker=str(self._network.node), code=str(code))
        self._on_lost(f"no connection to {self._network.node}: {code}")

    def _on_publish(self, _client: Any, _data: Any, mid: int, code: ReasonCode, _: Any) -> None:
        self._loop.call_soon_threadsafe(self._acknowledge, mid, _refusal(code))


def _refusal(code: ReasonCode) -> str:
    """Why the broker has not accepted a message, "" if it has."""
    if code.value == NO_MATCHING_SUBSCRIBERS:
        return "the broker has no subscriber and throws frames away: the service has never connected"
    return f"the broker refuses what we publish: {code}" if code.is_failure else ""
