import asyncio
import gc
import weakref

import pytest
from structlog.testing import capture_logs

from ingest.gateway.publisher import GatewayPublisher
from ingest.mqtt.broker import Broker, BrokerNode
from tests.ingest.gateway.conftest import AsyncConsumer, until
from tests.support.fake_broker import CONNACK, PUBACK, FakeBroker
from tests.support.servers import Mosquitto, StartMosquitto, free_port

pytestmark = pytest.mark.server

TOPIC = "liangqu/hj212/A"


def test_3_1_1_cannot_say_what_it_took() -> None:
    async def story() -> None:
        GatewayPublisher(Broker(protocol="3.1.1"))

    with pytest.raises(ValueError, match=r"3\.1\.1 does not say"):
        asyncio.run(story())


def test_taken_is_what_the_broker_acknowledged(mosquitto: Mosquitto, consumer: AsyncConsumer) -> None:
    async def story() -> None:
        async with consumer as taken:
            publisher = GatewayPublisher(Broker(port=mosquitto.port))
            publisher.start()
            sent = [str(number).encode() for number in range(1000)]
            answers = await asyncio.gather(*(publisher.publish(TOPIC, payload) for payload in sent))
            assert all(answers)
            await until(lambda: len(taken.taken) == 1000)
            assert sorted(payload for _, payload in taken.taken) == sorted(sent)
            await publisher.stop()

    asyncio.run(story())


def test_the_next_node_takes_what_comes_when_one_has_died(
    mosquitto: Mosquitto, start_mosquitto: StartMosquitto, consumer: AsyncConsumer
) -> None:
    """The consumer is at the second; the first, which has none, takes nothing."""
    first = start_mosquitto()
    broker = Broker(port=first.port, others=(BrokerNode("127.0.0.1", mosquitto.port),))

    async def story() -> None:
        async with consumer as taken:
            publisher = GatewayPublisher(broker)
            publisher.start()
            assert not await publisher.publish(TOPIC, b"1")
            first.kill()
            await until(lambda: not publisher.connected)
            assert await publisher.publish(TOPIC, b"2")
            await until(lambda: bool(taken.taken))
            assert taken.taken == [(TOPIC, b"2")]
            await publisher.stop()

    asyncio.run(story())


def test_no_broker_is_no_error(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        publisher = GatewayPublisher(Broker(port=free_port()), patience=0.2)
        publisher.start()
        assert not await publisher.publish(TOPIC, b"1")
        assert not publisher.connected
        assert "Connection refused" in publisher.trouble
        await publisher.stop()

    asyncio.run(story())


CODES = {
    "unspecified": 0x80, "implementation": 0x83, "not authorized": 0x87, "topic": 0x90, "in use": 0x91,
    "too large": 0x95, "quota": 0x97, "format": 0x99, "no subscribers": 0x10, "a number nobody knows": 0xEE,
}  # fmt: skip


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_whatever_a_puback_says_but_yes_is_not_taken(code: int) -> None:
    """MQTT 5, 3.4.2.1; "too large" comes from mosquitto though no PUBACK may say it; paho cannot read it."""

    async def story(peer: FakeBroker) -> None:
        publisher = GatewayPublisher(Broker(port=peer.port), patience=1)
        publisher.start()
        connection = await asyncio.to_thread(peer.accept)
        connection.send(CONNACK, b"\0\0\0")
        sent = asyncio.create_task(publisher.publish(TOPIC, b"1"))
        await asyncio.to_thread(connection.read)
        connection.send(PUBACK, b"\0\1" + bytes([code, 0]))
        assert not await sent
        await until(lambda: bool(publisher.trouble))

        again = connection
        if not publisher.connected:  # the connection was given up, and the message comes again
            again = await asyncio.to_thread(peer.accept)
            again.send(CONNACK, b"\0\0\0")
            await asyncio.to_thread(again.read)
            again.send(PUBACK, b"\0\1\0\0")
        sent = asyncio.create_task(publisher.publish(TOPIC, b"2"))
        _, body = await asyncio.to_thread(again.read)
        again.send(PUBACK, body[2 + len(TOPIC) : 4 + len(TOPIC)] + b"\0\0")
        assert await sent
        assert publisher.trouble == ""
        await publisher.stop()

    with FakeBroker() as listening:
        asyncio.run(story(listening))


def test_a_broker_that_refuses_the_message_has_not_taken_it(start_mosquitto: StartMosquitto) -> None:
    """An access list without this topic: MQTT 5 says "not authorized" in the PUBACK."""

    async def story(port: int) -> None:
        publisher = GatewayPublisher(Broker(port=port), patience=5)
        publisher.start()
        for _ in range(3):
            assert not await publisher.publish(TOPIC, b"1")
        assert publisher.trouble == "the broker refuses what we publish: Not authorized"
        await publisher.stop()

    broker = start_mosquitto()
    rules = broker.folder / "acl"
    rules.write_text("topic read #\n", encoding="utf-8")
    broker.stop()
    with (broker.folder / "mosquitto.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"acl_file {rules}\n")
    broker.start()
    with capture_logs() as logged:
        asyncio.run(story(broker.port))
    assert [line["event"] for line in logged].count("frames not taken") == 1


def test_many_at_once_while_the_broker_restarts_are_each_taken_or_not(
    start_mosquitto: StartMosquitto,
) -> None:
    """What was taken arrives; what was not may arrive too, for its PUBACK can be lost on the way."""
    mosquitto = start_mosquitto("max_queued_messages 0\n")  # the consumer may come back later than we
    consumer = AsyncConsumer(mosquitto.port)

    async def story() -> None:
        async with consumer as taken:
            publisher = GatewayPublisher(Broker(port=mosquitto.port), patience=10)
            publisher.start()
            known: set[bytes] = set()

            async def send(number: int) -> None:
                await asyncio.sleep(number / 2000)
                payload = str(number).encode()
                if await publisher.publish(TOPIC, payload):
                    known.add(payload)

            sending = asyncio.gather(*(send(number) for number in range(2000)))
            await asyncio.sleep(0.4)
            await asyncio.to_thread(mosquitto.stop)
            await asyncio.to_thread(mosquitto.start)
            await sending
            await until(lambda: known <= {payload for _, payload in taken.taken})
            assert len(known) > 1000
            assert await publisher.publish(TOPIC, b"afterwards")
            await publisher.stop()

    asyncio.run(story())


def test_a_stopped_publisher_leaves_no_client_behind(mosquitto: Mosquitto) -> None:
    """Freed at once, and its sockets with it; a circle leaves them open for the collector to warn of."""

    async def story() -> weakref.ref[GatewayPublisher]:
        publisher = GatewayPublisher(Broker(port=mosquitto.port))
        publisher.start()
        await publisher.until_connected()
        await publisher.stop()
        return weakref.ref(publisher)

    gc.collect()
    gc.disable()
    try:
        assert asyncio.run(story())() is None
    finally:
        gc.enable()
