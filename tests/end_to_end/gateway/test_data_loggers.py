"""200 data loggers over TCP, the gateway, a real broker, the service and its store; killed in between."""

import asyncio
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.gateway.data_logger import DataLogger
from ingest.stores.sqlite.store import SqliteStore
from sensors.decoding.hj212.frame import build_frame
from sensors.decoding.hj212.segment import Hj212Frame
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.paths import ROOT
from tests.support.scale import FULL, scaled
from tests.support.servers import PATIENCE, Mosquitto, free_port

LOGGERS = 200
FRAMES = scaled(40)
FACTORS = {"w01001": "ph", "w01009": "do", "w01019": "codmn", "w21003": "nh3n", "w21011": "tp"}
FIRST = datetime(2026, 7, 6, tzinfo=UTC)
STEP = timedelta(minutes=5)
KILLS = 8 if FULL else 2
PASSWORD = "123456"

pytestmark = pytest.mark.server


class GatewayRun:
    """`liangqu gateway` as a process of its own, with the settings of a service."""

    def __init__(self, service: LiangquRun, broker: Mosquitto) -> None:
        self.port = free_port()
        self._broker = broker
        self._log = service.folder / "gateway.log"
        passwords = service.folder / "passwords"
        passwords.write_text(f"* {PASSWORD}\n", encoding="utf-8")
        self._command = [
            *(sys.executable, "-m", "liangqu", "gateway", "-c", str(service.settings), "--http", ""),
            *("--listen", f"127.0.0.1:{self.port}", "--passwords", str(passwords)),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; loggers try again until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)

    def end(self, how: signal.Signals) -> int:
        """End it this way; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        return process.wait(PATIENCE)

    def kill_while_the_broker_hangs(self) -> None:
        """What it had answered without a PUBACK would be lost now; then start it again."""
        self._broker.pause()
        time.sleep(0.5)
        self.end(signal.SIGKILL)
        self._broker.resume()
        self.start()

    def wait_until_open(self) -> None:
        """Return when it listens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, self._log.read_text(encoding="utf-8")[-3000:]
                time.sleep(0.05)
            else:
                return


def mn(number: int) -> str:
    return f"A110000_{number:04d}"


def station(number: int) -> str:
    return (
        f'[[site]]\nid = "station-{number}"\nmedium = "water"\ncycle = "5m"\nlabel = "start"\n'
        f'name = {{ zh = "站{number}", en = "Station {number}" }}\nmn = "{mn(number)}"\n'
    )


def value(place: int, index: int) -> str:
    """What the factor at this place measures at the index-th step; every value is its own."""
    return f"{7 + index * 0.001 + place * 0.0001:.4f}"


def frame(number: int, index: int, pw: str = PASSWORD) -> Hj212Frame:
    """The frame that a station sends at its index-th step."""
    local = FIRST + index * STEP + timedelta(hours=8)
    values = ";".join(f"{code}-Rtd={value(place, index)},{code}-Flag=N" for place, code in enumerate(FACTORS))
    area = f"DataTime={local:%Y%m%d%H%M%S};{values}"
    qn = f"{local:%Y%m%d%H%M%S}{index:03d}"
    return Hj212Frame(qn=qn, st="21", cn="2011", pw=pw, mn=mn(number), flag=9, area=area)


@pytest.fixture
def service(broker: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path) -> LiangquRun:
    """A service that knows the 200 stations; its session exists before the first frame comes."""
    sites = tmp_path / "stations.toml"
    sites.write_text("".join(station(number) for number in range(LOGGERS)), encoding="utf-8")
    return start_liangqu(broker.port, sites=sites)


@pytest.fixture
def gateway(service: LiangquRun, broker: Mosquitto) -> Iterator[GatewayRun]:
    """A gateway between the loggers and the broker."""
    gateway = GatewayRun(service, broker)
    try:
        gateway.start()
        gateway.wait_until_open()
        yield gateway
    finally:
        gateway.end(signal.SIGKILL)


async def misbehave(sender: DataLogger, number: int, index: int, dice: random.Random) -> None:
    """Something that happens on the line; none of it may become a reading of its own."""
    good = build_frame(frame(number, index))
    wrong_sum = good.replace(b"-Rtd=7.", b"-Rtd=8.")
    wrong_password = build_frame(frame(number, FRAMES + index, pw="654321"))
    half = good[: dice.randrange(9, len(good) - 8)]
    trouble = dice.choice(
        [b"\x00\xffAT\r\n", wrong_sum, wrong_password, half + b"\r\n", half, good, good + good]
    )
    try:
        await sender.write(trouble)
        if trouble is half:
            await sender.disconnect()
    except OSError:
        await sender.disconnect()


async def send_all(port: int, number: int, answered: list[tuple[int, int]]) -> None:
    """One logger sends its frames in order, each until it is answered."""
    dice = random.Random(number)
    async with DataLogger("127.0.0.1", port, answer_within=3, pause=0.1) as sender:
        for index in range(FRAMES):
            await asyncio.sleep(dice.random() * 0.4)
            if dice.random() < 0.5:
                await misbehave(sender, number, index, dice)
            await sender.deliver(frame(number, index))
            answered.append((number, index))
            if dice.random() < 0.2:
                await sender.disconnect()


async def day(gateway: GatewayRun, service: LiangquRun, answered: list[tuple[int, int]]) -> None:
    """All loggers at once, while gateway and service are killed in turn."""
    loggers = asyncio.gather(*(send_all(gateway.port, number, answered) for number in range(LOGGERS)))
    for kill in range(KILLS):
        share = (kill + 1) * LOGGERS * FRAMES // (KILLS + 1)
        while len(answered) < share and not loggers.done():  # noqa: ASYNC110 - a count, not an event
            await asyncio.sleep(0.05)
        if kill % 2 == 0:
            await asyncio.to_thread(gateway.kill_while_the_broker_hangs)
        else:
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start, ready=False)
    await loggers


@pytest.mark.timeout(1800 if FULL else 300)
def test_every_factor_of_every_answered_frame_is_in_the_store_once(
    gateway: GatewayRun, service: LiangquRun
) -> None:
    answered: list[tuple[int, int]] = []

    asyncio.run(day(gateway, service, answered))

    service.wait_until(
        lambda: items(service.metrics())["stored"] >= LOGGERS * FRAMES * len(FACTORS), "everything is stored"
    )
    figures = service.wait_until_settled(LOGGERS * FRAMES)
    repeated = items(figures)["duplicate"]
    print(f"{len(answered)} frames answered, {KILLS} kills, {repeated:.0f} readings came more than once")
    assert items(figures) == {
        "stored": LOGGERS * FRAMES * len(FACTORS),
        "duplicate": repeated,
    } | dict.fromkeys(("revised", "quarantined", "dropped", "missing"), 0.0)
    assert sorted(answered) == [(number, index) for number in range(LOGGERS) for index in range(FRAMES)]
    assert gateway.end(signal.SIGTERM) == 0
    assert service.stop() == 0
    check_store(service.folder / "liangqu.db")


def check_store(path: Path) -> None:
    """Every factor of every frame, once, with its time and its value to the last bit."""
    store = SqliteStore(path)
    try:
        for number in range(LOGGERS):
            for place, parameter in enumerate(FACTORS.values()):
                kept = store.readings(f"station-{number}", parameter, FIRST, FIRST + 2 * FRAMES * STEP)
                assert list(kept.index) == [FIRST + index * STEP for index in range(FRAMES)]
                assert list(kept["value"]) == [float(value(place, index)) for index in range(FRAMES)]
    finally:
        store.close()
