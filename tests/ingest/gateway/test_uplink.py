import asyncio
import gc
import weakref

import pytest

from ingest.gateway.uplink import Uplink
from ingest.mqtt.broker import Broker
from tests.conftest import StartMosquitto
from tests.ingest.gateway.conftest import AsyncConsumer, until
from tests.servers import Mosquitto, free_port

pytestmark = pytest.mark.server

TOPIC = "liangqu/hj212/A"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_taken_is_what_the_broker_acknowledged(
    protocol: str, mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        async with consumer as taken:
            broker = Broker(port=mosquitto.port, protocol="5" if protocol == "5" else "3.1.1")
            uplink = Uplink(broker)
            uplink.start()
            sent = [str(number).encode() for number in range(1000)]
            answers = await asyncio.gather(*(uplink.publish(TOPIC, payload) for payload in sent))
            assert all(answers)
            await until(lambda: len(taken.taken) == 1000)
            assert sorted(payload for _, payload in taken.taken) == sorted(sent)
            await uplink.stop()

    asyncio.run(story())


def test_no_broker_is_no_error(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        uplink = Uplink(Broker(port=free_port()), patience=0.2)
        uplink.start()
        assert not await uplink.publish(TOPIC, b"1")
        assert not uplink.connected
        await uplink.stop()

    asyncio.run(story())


def test_a_broker_that_refuses_the_message_has_not_taken_it(start_mosquitto: StartMosquitto) -> None:
    """An access list without this topic: MQTT 5 says "not authorized" in the PUBACK."""

    async def story(port: int) -> None:
        uplink = Uplink(Broker(port=port), patience=5)
        uplink.start()
        assert not await uplink.publish(TOPIC, b"1")
        await uplink.stop()

    broker = start_mosquitto()
    rules = broker.folder / "acl"
    rules.write_text("topic read #\n", encoding="utf-8")
    broker.stop()
    with (broker.folder / "mosquitto.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"acl_file {rules}\n")
    broker.start()
    asyncio.run(story(broker.port))


def test_many_at_once_while_the_broker_restarts_are_each_taken_or_not(
    mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    """What was taken arrives; what was not may arrive too, for its PUBACK can be lost on the way."""

    async def story() -> None:
        async with consumer as taken:
            uplink = Uplink(Broker(port=mosquitto.port), patience=10)
            uplink.start()
            known: set[bytes] = set()

            async def send(number: int) -> None:
                await asyncio.sleep(number / 2000)
                payload = str(number).encode()
                if await uplink.publish(TOPIC, payload):
                    known.add(payload)

            sending = asyncio.gather(*(send(number) for number in range(2000)))
            await asyncio.sleep(0.4)
            await asyncio.to_thread(mosquitto.stop)
            await asyncio.to_thread(mosquitto.start)
            await sending
            await until(lambda: known <= {payload for _, payload in taken.taken})
            assert len(known) > 1000
            assert await uplink.publish(TOPIC, b"afterwards")
            await uplink.stop()

    asyncio.run(story())


def test_a_stopped_uplink_leaves_no_client_behind(mosquitto: Mosquitto) -> None:
    """Freed at once, and its sockets with it; a circle leaves them open for the collector to warn of."""

    async def story() -> weakref.ref[Uplink]:
        uplink = Uplink(Broker(port=mosquitto.port))
        uplink.start()
        await uplink.until_connected()
        await uplink.stop()
        return weakref.ref(uplink)

    gc.collect()
    gc.disable()
    try:
        assert asyncio.run(story())() is None
    finally:
        gc.enable()
