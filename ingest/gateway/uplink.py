"""The gateway's way to the broker: publish one message and learn whether the broker has taken it."""

import asyncio
import secrets
from typing import Any

import structlog
from msgspec.structs import replace
from paho.mqtt.client import MQTT_ERR_QUEUE_SIZE, Client
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.broker import Broker, connect, make_client

NO_MATCHING_SUBSCRIBERS = 0x10
LONGEST_PAUSE = 8

log = structlog.get_logger()


class Uplink:
    """Publishes at QoS 1 from an event loop; paho's network thread stays behind this class.

    "Taken" means a PUBACK without an error. A broker that answers "no matching subscribers" has thrown the
    message away, so that counts as not taken: the logger keeps it until the service has subscribed once.
    (MQTT 3.1.1 cannot say so: there the session must exist before the first logger connects.)

    Args:
        broker: Its client id is only the beginning of ours.
        most: Messages on their way at once; a broker that allows fewer is obeyed.
        patience: Seconds after which a message counts as not taken.
    """

    def __init__(self, broker: Broker, *, most: int = 256, patience: float = 8.0) -> None:
        own = f"{broker.client_id or 'liangqu'}-gateway-{secrets.token_hex(4)}"
        self._broker = replace(broker, client_id=own)
        self._patience = patience
        self._most = self._window = most
        self._room = asyncio.Semaphore(most)
        self._owed = 0
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._connected = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._client = self._make_client()

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and is still there."""
        return self._connected.is_set()

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        connect(self._client, self._broker, wait=False)
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnect; what is still awaited counts as not taken."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        # Without the circle through our methods paho's sockets are closed when the uplink goes.
        self._client.on_connect = self._client.on_disconnect = self._client.on_publish = None
        self._lost()

    async def until_connected(self) -> None:
        """Wait for the broker, for ever."""
        await self._connected.wait()

    async def publish(self, topic: str, payload: bytes) -> bool:
        """Whether the broker took the message; never raises for a broker that is away."""
        try:
            async with asyncio.timeout(self._patience):
                await self._connected.wait()
                await self._room.acquire()
                return await self._published(topic, payload)
        except TimeoutError:
            return False

    async def _published(self, topic: str, payload: bytes) -> bool:
        sent = self._client.publish(topic, payload, qos=1)
        if sent.rc == MQTT_ERR_QUEUE_SIZE:
            self._room.release()
            return False
        # From here on paho owes us a PUBACK, on this connection or on a later one.
        self._owed += 1
        taken: asyncio.Future[bool] = self._loop.create_future()
        self._waiting[sent.mid] = taken
        try:
            return await taken
        finally:
            # Its packet id may be in use again by the time a late answer is given up.
            if self._waiting.get(sent.mid) is taken:
                del self._waiting[sent.mid]

    def _make_client(self) -> Client:
        client = make_client(self._broker)
        client.max_inflight_messages_set(0)  # the semaphore bounds them
        client.reconnect_delay_set(min_delay=1, max_delay=LONGEST_PAUSE)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _found(self, allowed: int) -> None:
        """Connected; what an earlier connection left unacknowledged is on its way again, in its own room."""
        window = min(self._most, allowed)
        if window != self._window:
            self._window = window
            self._room = asyncio.Semaphore(max(0, window - self._owed))
        self._connected.set()

    def _acknowledged(self, mid: int, taken: bool) -> None:  # noqa: FBT001 - from the network thread
        self._owed -= 1
        if self._owed < self._window:
            self._room.release()
        self._settle(mid, taken=taken)

    def _lost(self) -> None:
        self._connected.clear()
        for mid in list(self._waiting):
            self._settle(mid, taken=False)

    def _settle(self, mid: int, *, taken: bool) -> None:
        future = self._waiting.pop(mid, None)
        if future and not future.done():
            future.set_result(taken)

    # paho calls these in its network thread.

    def _on_connect(
        self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("broker refused", broker=str(self._broker), code=str(code))
            return
        log.info("connected", broker=str(self._broker))
        allowed = getattr(properties, "ReceiveMaximum", self._most)
        self._loop.call_soon_threadsafe(self._found, allowed)

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("connection lost", broker=str(self._broker), code=str(code))
        self._loop.call_soon_threadsafe(self._lost)

    def _on_publish(
        self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        taken = not code.is_failure and code.value != NO_MATCHING_SUBSCRIBERS
        self._loop.call_soon_threadsafe(self._acknowledged, mid, taken)
