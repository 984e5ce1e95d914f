import asyncio
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ingest.gateway.counters import FrameOutcome
from ingest.gateway.data_logger import DataLogger
from ingest.gateway.limits import GatewayLimits
from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.frame import Received, build_frame, parse_frame
from tests.ingest.gateway.conftest import AsyncConsumer, frame, run_gateway, until
from tests.support.servers import Mosquitto

MN = "A110000_0001"
SOON = 0.3

pytestmark = pytest.mark.server


def logger(port: int) -> DataLogger:
    return DataLogger("127.0.0.1", port, answer_within=5)


def test_a_frame_reaches_the_broker_as_it_was_sent_and_is_answered(
    mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        async with (
            consumer as taken,
            run_gateway(mosquitto.port, MN) as gateway,
            logger(gateway.port) as sender,
        ):
            await sender.deliver(frame(MN, 1))
            assert sender.sent == 1
            await until(lambda: bool(taken.taken))
            assert taken.taken == [(f"liangqu/hj212/{MN}", build_frame(frame(MN, 1)))]
            assert gateway.counters.totals()["published"] == 1

    asyncio.run(story())


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        pytest.param(build_frame(frame(MN)).replace(b"Rtd=7", b"Rtd=9"), "bad_frame", id="wrong sum"),
        pytest.param(build_frame(frame(MN))[:-30] + b"\r\n", "bad_frame", id="half a frame"),
        pytest.param(build_frame(frame(MN, pw="654321")), "wrong_password", id="wrong password"),
        pytest.param(build_frame(frame(MN, pw="")), "wrong_password", id="no password"),
        pytest.param(build_frame(frame("STRANGER")), "unknown_station", id="unknown station"),
    ],
)
def test_what_is_wrong_is_counted_and_neither_published_nor_answered(
    sent: bytes, outcome: FrameOutcome, mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        async with (
            consumer as taken,
            run_gateway(mosquitto.port, MN) as gateway,
            logger(gateway.port) as sender,
        ):
            await sender.write(sent)
            assert not await sender.answer(frame(MN).qn, within=SOON)
            await sender.deliver(frame(MN, 2))
            await until(lambda: bool(taken.taken))
            assert taken.taken == [(f"liangqu/hj212/{MN}", build_frame(frame(MN, 2)))]
            assert gateway.counters.totals() == {
                **dict.fromkeys(gateway.counters.totals(), 0),
                outcome: 1,
                "published": 1,
            }

    asyncio.run(story())


def test_deviations_are_counted_by_station(mosquitto: Mosquitto, consumer: AsyncConsumer) -> None:
    async def story() -> None:
        async with consumer, run_gateway(mosquitto.port, MN) as gateway, logger(gateway.port) as sender:
            for number in range(3):
                await sender.deliver(frame(MN, number, st="101"))
            assert gateway.counters.deviations == {(MN, "mn_form"): 3, (MN, "st_form"): 3}

    asyncio.run(story())


@pytest.mark.parametrize(
    ("cn", "answers"),
    [
        pytest.param("9015", ["9013"], id="heartbeat"),
        pytest.param("1013", ["9013", "1012"], id="asks for time"),
    ],
)
def test_talk_is_answered_without_the_broker(cn: str, answers: list[str], mosquitto: Mosquitto) -> None:
    async def story() -> None:
        async with run_gateway(mosquitto.port, MN) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(build_frame(frame(MN, cn=cn, area="")))
            lines = [await reader.readline() for _ in answers]
            read = [parse_frame(line) for line in lines]
            assert [each.frame.cn for each in read if isinstance(each, Received)] == answers
            assert b"SystemTime=20260706085857" in lines[-1] or cn == "9015"
            writer.close()
            await writer.wait_closed()

    asyncio.run(story())


HEAD = f"QN=20260706085857001;ST=21;PW=123456;MN={MN};Flag=9"


def summed(segment: bytes) -> bytes:
    """A frame of any segment, its sum right."""
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))


@pytest.mark.parametrize(
    ("segment", "answer", "published"),
    [
        pytest.param(
            f"{HEAD};CN=3020;CP=&&DataTime=20260706085800;PolId=w01018;i11001-Info=//仪器校准//&&".encode(
                "gbk"
            ),
            "9014",
            False,
            id="the logger's log in GBK",
        ),
        pytest.param(
            f"{HEAD};CN=2011;CP=&&DataTime=20260706085800;位置-Rtd=3&&".encode("gbk"),
            "9014",
            True,
            id="data with a name in GBK",
        ),
        pytest.param(f"{HEAD};CN=2011;CP=&&w01001&&".encode(), "9014", True, id="data without a time"),
        pytest.param(f"{HEAD};CN=2099;CP=&&X=1&&".encode(), "9014", True, id="data of an unknown CN"),
        pytest.param(f"{HEAD};CN=2011".encode(), "9014", True, id="no data area"),
        pytest.param(f"{HEAD};CN=2011;CP=&&&&;CP=&&&&".encode(), "9014", True, id="two data areas"),
        pytest.param(f"{HEAD};CN=2011;PNUM=1;PNO=2;CP=&&&&".encode(), "9014", True, id="part 2 of 1"),
        pytest.param(f"{HEAD};CN=2o11;CP=&&&&".encode(), "9011", True, id="a CN that is no number"),
        pytest.param(f"{HEAD};CP=&&&&".encode(), "9011", True, id="no CN"),
        pytest.param(f"{HEAD};CN=8013;CP=&&&&".encode(), "9011", False, id="a request of an unknown CN"),
        pytest.param(f" {HEAD} ; CN = 9015 ;CP=&&&&".encode(), "9013", False, id="a heartbeat with blanks"),
    ],
)
def test_a_frame_of_a_right_sum_is_always_answered(
    segment: bytes, answer: str, published: bool, mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    """Otherwise its logger would send it for ever; what cannot be read goes to the service's quarantine."""

    async def story() -> None:
        async with (
            consumer as taken,
            run_gateway(mosquitto.port, MN) as gateway,
            logger(gateway.port) as sender,
        ):
            await sender.write(summed(segment))
            assert await sender.answer("20260706085857001", answer, within=5)
            assert gateway.counters.totals()["published" if published else "talk"] == 1
            await until(lambda: len(taken.taken) == published)
            assert [payload for _, payload in taken.taken] == [summed(segment)] * published

    asyncio.run(story())


def test_nothing_is_answered_while_nobody_has_subscribed(
    mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    """The broker acknowledges such a message and throws it away; MQTT 5 lets it say so."""

    async def story() -> None:
        async with run_gateway(mosquitto.port, MN) as gateway, logger(gateway.port) as sender:
            await gateway.publisher.until_connected()
            await sender.write(build_frame(frame(MN)))
            assert not await sender.answer(frame(MN).qn, within=SOON)
            assert gateway.counters.totals()["not_taken"] == 1
            async with consumer as taken:
                await sender.deliver(frame(MN))
                await until(lambda: bool(taken.taken))

    asyncio.run(story())


@pytest.mark.parametrize("away", ["stopped", "hung"])
def test_nothing_is_answered_while_the_broker_is_away_and_everything_after(
    away: str, mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        async with (
            consumer as taken,
            run_gateway(mosquitto.port, MN, patience=0.5) as gateway,
            DataLogger("127.0.0.1", gateway.port, answer_within=0.6) as sender,
        ):
            await sender.deliver(frame(MN, 1))
            await asyncio.to_thread(mosquitto.stop if away == "stopped" else mosquitto.pause)
            await sender.write(build_frame(frame(MN, 2)))
            assert not await sender.answer(frame(MN, 2).qn, within=1)
            await asyncio.to_thread(mosquitto.start if away == "stopped" else mosquitto.resume)
            await sender.deliver(frame(MN, 2))
            sent = {build_frame(frame(MN, 1)), build_frame(frame(MN, 2))}
            await until(lambda: {payload for _, payload in taken.taken} == sent)
            assert gateway.counters.totals()["not_taken"] >= 1

    asyncio.run(story())


@pytest.mark.parametrize(
    ("limits", "provoke"),
    [
        pytest.param(
            GatewayLimits(first_frame=0.2), lambda _: asyncio.sleep(0), id="a stranger who says nothing"
        ),
        pytest.param(
            GatewayLimits(first_frame=0.2),
            lambda sender: sender.write(b"hello " * 9),
            id="a stranger who only talks",
        ),
        pytest.param(
            GatewayLimits(idle=0.2), lambda sender: sender.deliver(frame(MN)), id="a station gone silent"
        ),
        pytest.param(
            GatewayLimits(bad_in_a_row=3),
            lambda sender: sender.write(build_frame(frame("STRANGER")) * 3),
            id="nothing but bad frames",
        ),
    ],
)
def test_who_wastes_a_connection_loses_it(
    limits: GatewayLimits,
    provoke: Callable[[DataLogger], Awaitable[None]],
    mosquitto: Mosquitto,
    consumer: AsyncConsumer,
) -> None:
    async def story() -> None:
        async with (
            consumer,
            run_gateway(mosquitto.port, MN, limits=limits) as gateway,
            logger(gateway.port) as sender,
        ):
            await sender.write(b"\r\n")
            await provoke(sender)
            with pytest.raises(ConnectionError):
                await sender.answer("none")
            await until(lambda: gateway.counters.connections == 0)

    asyncio.run(story())


@pytest.mark.parametrize("limits", [GatewayLimits(connections=2), GatewayLimits(connections_per_address=2)])
def test_one_connection_too_many_is_turned_away_and_the_others_go_on(
    limits: GatewayLimits, mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        async with consumer, run_gateway(mosquitto.port, MN, limits=limits) as gateway:
            async with (
                logger(gateway.port) as first,
                logger(gateway.port) as last,
                logger(gateway.port) as other,
            ):
                for sender in (first, last, other):
                    await sender.write(b"\r\n")
                    await asyncio.sleep(0.05)
                with pytest.raises(ConnectionError):
                    await other.answer("none")
                await first.deliver(frame(MN, 1))
                await last.deliver(frame(MN, 2))
            assert gateway.counters.refused_connections == 1

    asyncio.run(story())


def test_a_hurried_logger_is_read_more_slowly_and_loses_nothing(
    mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        limits = GatewayLimits(frames_per_second=200, burst=5)
        async with (
            consumer as taken,
            run_gateway(mosquitto.port, MN, limits=limits) as gateway,
            logger(gateway.port) as sender,
        ):
            started = asyncio.get_running_loop().time()
            await sender.write(b"".join(build_frame(frame(MN, number)) for number in range(65)))
            assert await sender.answer(frame(MN, 64).qn)
            assert asyncio.get_running_loop().time() - started >= 60 / 200
            await until(lambda: len(taken.taken) == 65)

    asyncio.run(story())


def test_one_logger_that_takes_no_answers_does_not_hold_up_another(
    mosquitto: Mosquitto, consumer: AsyncConsumer
) -> None:
    async def story() -> None:
        limits = GatewayLimits(frames_per_second=100_000, burst=100_000, write=0.2)
        async with consumer, run_gateway(mosquitto.port, MN, "OTHER", limits=limits) as gateway:
            ear = socket.socket()
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # full with few answers
            ear.connect(("127.0.0.1", gateway.port))
            _, deaf = await asyncio.open_connection(sock=ear)
            deaf.write(build_frame(frame(MN, cn="9015", area="")) * 60_000)
            async with logger(gateway.port) as other:
                await other.deliver(frame("OTHER"))
            await until(lambda: gateway.counters.connections == 0)
            deaf.transport.abort()

    asyncio.run(story())


def test_noise_between_frames_is_counted_and_skipped(mosquitto: Mosquitto, consumer: AsyncConsumer) -> None:
    async def story() -> None:
        async with consumer, run_gateway(mosquitto.port, MN) as gateway, logger(gateway.port) as sender:
            await sender.write(b"\x00AT+OK\r\n")
            await sender.deliver(frame(MN))
            assert gateway.counters.noise == 6

    asyncio.run(story())


def test_loggers_that_speak_tls(mosquitto: Mosquitto, consumer: AsyncConsumer, tmp_path: Path) -> None:
    """With a certificate made here; a logger that speaks plainly gets no further."""
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(["openssl", *make, *names], cwd=tmp_path, check=True, capture_output=True)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    theirs = ssl.create_default_context(cafile=tmp_path / "cert.pem")

    async def story() -> None:
        async with consumer as taken, run_gateway(mosquitto.port, MN, tls=ours) as gateway:
            async with DataLogger("127.0.0.1", gateway.port, tls=theirs) as sender:
                await sender.deliver(frame(MN))
            async with logger(gateway.port) as plain:
                await plain.write(build_frame(frame(MN)))
                with pytest.raises(ConnectionError):
                    await plain.answer(frame(MN).qn)
            await until(lambda: len(taken.taken) == 1)

    asyncio.run(story())
