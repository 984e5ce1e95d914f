"""200 data loggers over TCP, the gateway, a real broker, the service and its store; killed in between."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.gateway.data_logger import DataLogger
from ingest.stores.sqlite import SqliteStore
from sensors.hj212.frame import build_frame
from sensors.hj212.segment import Frame
from tests.proofs import FULL, scaled
from tests.servers import PATIENCE, Mosquitto, free_port

LOGGERS = 200
FRAMES = scaled(40)
FACTORS = {"w01001": "ph", "w01009": "do", "w01019": "codmn", "w21003": "nh3n", "w21011": "tp"}
FIRST = datetime(2026, 7, 6, tzinfo=UTC)
STEP = timedelta(minutes=5)
KILLS = 6 if FULL else 2
PASSWORD = "123456"

pytestmark = pytest.mark.server


class Program:
    """One `liangqu` command as a process of its own, to be killed and started again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._log = folder / f"{arguments[0]}.log"
        self._command = [sys.executable, "-m", "liangqu", *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        return process.wait(PATIENCE)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")


class Plant:
    """The files, ports and programs of one run."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.broker = broker
        self.port, self.http = free_port(), free_port()
        self.store = folder / "liangqu.db"
        config = folder / "liangqu.toml"
        config.write_text(
            f'[mqtt]\nport = {broker.port}\n[http]\nlisten = "127.0.0.1:{self.http}"\n'
            '[catalogue]\nextra = ["stations.toml"]\n[journal]\npath = "journal.db"\n'
        )
        (folder / "stations.toml").write_text("".join(station(number) for number in range(LOGGERS)))
        passwords = folder / "passwords"
        passwords.write_text(f"* {PASSWORD}\n")
        self.service = Program(folder, "run", "-c", str(config))
        self.gateway = Program(
            folder,
            *("gateway", "-c", str(config), "--listen", f"127.0.0.1:{self.port}"),
            *("--http", "", "--passwords", str(passwords)),
        )

    def kill_gateway(self) -> None:
        """Kill -9 while the broker hangs: what the gateway answered without a PUBACK would be lost now."""
        self.broker.pause()
        time.sleep(0.5)
        self.gateway.end(signal.SIGKILL)
        self.broker.resume()
        self.gateway.start()

    def kill_service(self) -> None:
        """Kill -9; the broker keeps the session."""
        self.service.end(signal.SIGKILL)
        self.service.start()

    def accounts(self) -> dict[str, float]:
        """The service's counters by name and labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {
            name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        }


def mn(number: int) -> str:
    return f"A110000_{number:04d}"


def station(number: int) -> str:
    return (
        f'[[site]]\nid = "station-{number}"\nmedium = "water"\ncycle = "5m"\nlabel = "start"\n'
        f'name = {{ zh = "站{number}", en = "Station {number}" }}\nmn = "{mn(number)}"\n'
    )


def frame(number: int, index: int, pw: str = PASSWORD) -> Frame:
    """The frame that a station sends at its index-th step; every value is its own."""
    local = FIRST + index * STEP + timedelta(hours=8)
    values = ";".join(
        f"{code}-Rtd={7 + index * 0.001 + place * 0.0001:.4f},{code}-Flag=N"
        for place, code in enumerate(FACTORS)
    )
    area = f"DataTime={local:%Y%m%d%H%M%S};{values}"
    qn = f"{local:%Y%m%d%H%M%S}{index:03d}"
    return Frame(qn=qn, st="21", cn="2011", pw=pw, mn=mn(number), flag=9, area=area)


def wait_until_open(port: int, program: Program) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, program.log()[-3000:]
            time.sleep(0.05)
        else:
            return


def wait_until_ready(plant: Plant) -> None:
    wait_until_open(plant.http, plant.service)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{plant.http}/readyz", timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline, plant.service.log()[-3000:]
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def plant(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Plant]:
    plant = Plant(tmp_path, mosquitto)
    try:
        plant.service.start()
        wait_until_ready(plant)
        plant.gateway.start()
        wait_until_open(plant.port, plant.gateway)
        yield plant
    finally:
        plant.gateway.end(signal.SIGKILL)
        plant.service.end(signal.SIGKILL)


async def misbehave(sender: DataLogger, good: bytes, number: int, dice: random.Random) -> None:
    """Something that happens on the line; none of it may reach the store."""
    wrong_sum = good.replace(b"-Rtd=7.", b"-Rtd=8.")
    trouble = dice.choice(
        [
            b"",
            b"\x00\xffAT\r\n",
            wrong_sum,
            good[: dice.randrange(9, len(good) - 8)] + b"\r\n",
            good,
            b"hang up",
        ]
    )
    try:
        if trouble == b"hang up":
            await sender.write(good[: dice.randrange(1, len(good) - 8)])
            await sender.disconnect()
        elif dice.random() < 0.1:
            await sender.write(build_frame(frame(number, 0, pw="654321")).replace(b"-Rtd=7.", b"-Rtd=8."))
            await sender.write(build_frame(frame(number, 0, pw="654321")))
        else:
            await sender.write(trouble)
    except OSError:
        await sender.disconnect()


async def station_day(port: int, number: int, answered: list[tuple[int, int]]) -> None:
    """One logger sends its frames in order, each until it is answered."""
    dice = random.Random(number)
    async with DataLogger("127.0.0.1", port, answer_within=3, pause=0.1) as sender:
        for index in range(FRAMES):
            await asyncio.sleep(dice.random() * 0.4)
            if dice.random() < 0.5:
                await misbehave(sender, build_frame(frame(number, index)), number, dice)
            await sender.deliver(frame(number, index))
            answered.append((number, index))
            if dice.random() < 0.2:
                await sender.disconnect()


async def day(plant: Plant, answered: list[tuple[int, int]]) -> None:
    """All loggers at once, while gateway and service are killed in turn."""
    stations = asyncio.gather(*(station_day(plant.port, number, answered) for number in range(LOGGERS)))
    for kill in range(KILLS):
        share = (kill + 1) * LOGGERS * FRAMES // (KILLS + 1)
        while len(answered) < share and not stations.done():  # noqa: ASYNC110 - a count, not an event
            await asyncio.sleep(0.05)
        await asyncio.to_thread(plant.kill_gateway if kill % 2 == 0 else plant.kill_service)
    async with asyncio.timeout(200):
        await stations


@pytest.mark.timeout(900 if FULL else 300)
def test_every_factor_of_every_answered_frame_is_in_the_store_once(plant: Plant) -> None:
    answered: list[tuple[int, int]] = []

    asyncio.run(day(plant, answered))

    wait_until_ready(plant)
    deadline = time.monotonic() + PATIENCE
    expected = LOGGERS * FRAMES * len(FACTORS)
    while True:
        accounts = plant.accounts()
        waiting = accounts["liangqu_messages_inbox"] + accounts["liangqu_items_outgoing"]
        stored = accounts['liangqu_items_total{outcome="stored"}']
        if (stored >= expected and not waiting) or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    print(f"answered {len(answered)}, killed {KILLS} times, stored {stored:.0f}, {accounts}")
    assert stored == expected
    assert accounts['liangqu_items_total{outcome="revised"}'] == 0
    assert accounts['liangqu_items_total{outcome="quarantined"}'] == 0
    assert plant.gateway.end(signal.SIGTERM) == 0
    assert plant.service.end(signal.SIGTERM) == 0
    assert sorted(answered) == [(number, index) for number in range(LOGGERS) for index in range(FRAMES)]
    check_store(plant.store)


def check_store(path: Path) -> None:
    store = SqliteStore(path)
    try:
        for number in range(LOGGERS):
            for place, parameter in enumerate(FACTORS.values()):
                kept = store.readings(f"station-{number}", parameter, FIRST, FIRST + FRAMES * STEP)
                assert list(kept.index) == [FIRST + index * STEP for index in range(FRAMES)]
                values = [float(f"{7 + index * 0.001 + place * 0.0001:.4f}") for index in range(FRAMES)]
                assert list(kept["value"]) == values
    finally:
        store.close()


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "liangqu", "gateway", *arguments],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "give exactly one of", id="no password at all"),
        pytest.param(["--any-password", "--passwords", "PASSWORDS"], "give exactly one of", id="two ways"),
        pytest.param(
            ["--any-password", "--listen", "0.0.0.0:9212"], "which others can reach", id="open to the world"
        ),
        pytest.param(["--any-password", "--listen", "9212"], "not an address", id="no host"),
        pytest.param(["--passwords", "missing"], "missing: No such file", id="no password file"),
        pytest.param(["--passwords", "BAD"], "line 2: not of the form", id="bad password file"),
        pytest.param(
            ["--any-password", "--refuse", "crc"], "there is no tolerance crc", id="no such tolerance"
        ),
        pytest.param(["--any-password", "--tls-key", "key"], "no --tls-cert", id="key alone"),
        pytest.param(["--any-password", "--tls-cert", "cert"], "cert: No such file", id="no certificate"),
        pytest.param(
            ["--any-password", "--listen", "192.0.2.1:9212"], "which others can reach", id="elsewhere"
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text(station(1))
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["stations.toml"]\n')
    (tmp_path / "PASSWORDS").write_text("* 123456\n")
    (tmp_path / "BAD").write_text("# ours\nA110000_0001\n")
    named = [str(tmp_path / word) if word in {"PASSWORDS", "BAD"} else word for word in arguments]

    ended = run("-c", str(tmp_path / "liangqu.toml"), *named)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_without_any_mn_there_is_nobody_to_let_in() -> None:
    ended = run("--any-password")

    assert ended.returncode == 2
    assert "no site of the catalogue has an `mn`" in ended.stderr
