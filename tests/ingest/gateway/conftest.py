"""A gateway between a real broker and data loggers, in this process or in one that can be killed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage

from ingest.gateway.counters import FrameCounters
from ingest.gateway.limits import GatewayLimits
from ingest.gateway.publisher import GatewayPublisher
from ingest.gateway.server import Gateway
from ingest.gateway.session import GatewayContext
from ingest.gateway.stations import AdmittedStations
from ingest.mqtt.broker import Broker, connect, make_client
from sensors.decoding.hj212.segment import Hj212Frame
from tests.support.servers import Mosquitto

PASSWORD = "123456"
NOW = datetime(2026, 7, 6, 0, 58, 57, tzinfo=UTC)


class Running(Struct):
    """A gateway that listens, and its inside."""

    port: int
    counters: FrameCounters
    publisher: GatewayPublisher


@asynccontextmanager
async def run_gateway(
    broker_port: int,
    *known: str,
    limits: GatewayLimits | None = None,
    patience: float = 8.0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Running]:
    """A gateway for these stations on this broker, while the context lasts."""
    publisher = GatewayPublisher(Broker(port=broker_port), patience=patience)
    counters = FrameCounters()
    stations = AdmittedStations(known, {"*": PASSWORD})
    shared = GatewayContext(
        stations=stations,
        publisher=publisher,
        counters=counters,
        now=lambda: NOW,
        limits=limits or GatewayLimits(),
    )
    gateway = Gateway(shared, tls)
    publisher.start()
    await gateway.start("127.0.0.1", 0)
    try:
        yield Running(gateway.port, counters, publisher)
    finally:
        await gateway.stop()
        await publisher.stop()


class Consumer:
    """A durable subscriber in the service's place: it keeps every payload by topic."""

    def __init__(self, broker_port: int, name: str = "consumer") -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.subscribed = False
        broker = Broker(port=broker_port, client_id=name)
        self._client = make_client(broker, session_expiry=3600)
        self._client.on_connect = lambda client, *_: client.subscribe("liangqu/hj212/+", qos=1)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        connect(self._client, broker, session_expiry=3600)
        self._client.loop_start()

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.taken.append((message.topic, bytes(message.payload)))

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def consumer(mosquitto: Mosquitto) -> "AsyncConsumer":
    return AsyncConsumer(mosquitto.port)


class AsyncConsumer:
    """A consumer, started when the test's loop runs and stopped with the context."""

    def __init__(self, broker_port: int) -> None:
        self._port = broker_port

    async def __aenter__(self) -> Consumer:
        self._consumer = Consumer(self._port)
        await until(lambda: self._consumer.subscribed)
        return self._consumer

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._consumer.stop)


async def until(true: Callable[[], bool], patience: float = 20.0) -> None:
    """Wait for something that will come; the test fails when it does not."""
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 - paho's thread knows no event of this loop
            await asyncio.sleep(0.01)


def frame(mn: str, number: int = 0, **fields: object) -> Hj212Frame:
    """A real-time frame that asks for an answer; `number` makes its QN and its value."""
    given: dict[str, Any] = {
        "qn": f"20260706085857{number:03d}",
        "st": "21",
        "cn": "2011",
        "pw": PASSWORD,
        "mn": mn,
        "flag": 9,
        "area": f"DataTime=20260706085800;w01001-Rtd={7 + number / 1000:.3f},w01001-Flag=N",
        **fields,
    }
    return Hj212Frame(**given)
