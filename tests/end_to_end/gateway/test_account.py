"""The gateway at a broker with the access list that we ship: a frame is answered when it is really taken."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ingest.gateway.data_logger import DataLogger
from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.frame import build_frame
from tests.deploy.deployment import DebianBroker, lay_out
from tests.ingest.gateway.conftest import PASSWORD, frame
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.paths import ROOT
from tests.support.servers import PATIENCE, free_port, wait_until

pytestmark = pytest.mark.server

MN = "A110000_0001"
SITE = f"""
[[site]]
id = "logger"
medium = "water"
cycle = "5m"
label = "start"
name = {{ zh = "站", en = "Station" }}
mn = "{MN}"
"""

StartGateway = Callable[..., "GatewayProcess"]


class GatewayProcess:
    """`liangqu gateway` with the service's settings, introduced to the broker by the environment."""

    def __init__(self, service: LiangquRun, user: str, secret: Path, **more: str) -> None:
        self.port, self._http = free_port(), free_port()
        self.log = service.folder / "gateway.log"
        own = {"USERNAME": user, "PASSWORD_FILE": str(secret), **more}
        environment = {f"LIANGQU_MQTT__{key}": value for key, value in own.items()}
        listen = ("--listen", f"127.0.0.1:{self.port}", "--http", f"127.0.0.1:{self._http}")
        command = (sys.executable, "-m", "liangqu", "gateway", "-c", str(service.settings), *listen)
        secrets = {"LIANGQU_GATEWAY_PASSWORD": PASSWORD}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | environment | secrets
            )

    def readyz(self) -> dict[str, Any]:
        """What it says; nothing as long as it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._http}/readyz", timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as answer:
            with answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def send(self, number: int, within: float) -> bool:
        """Whether a frame is answered."""

        async def once() -> bool:
            async with DataLogger("127.0.0.1", self.port, answer_within=within) as logger:
                await logger.write(build_frame(frame(MN, number)))
                return await logger.answer(frame(MN, number).qn)

        return asyncio.run(once())

    def end(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("deployment"))


@pytest.fixture
def service(
    deployment: Path, tmp_path_factory: pytest.TempPathFactory, start_liangqu: StartLiangqu, tmp_path: Path
) -> Iterator[LiangquRun]:
    """As the guide has it, with one data logger in its catalogue."""
    sites = tmp_path / "sites.toml"
    sites.write_text(SITE, "utf-8")
    broker = DebianBroker(deployment, tmp_path_factory.mktemp("broker"))
    try:
        broker.start()
        login = f'username = "liangqu"\npassword_file = "{secret(deployment, "liangqu")}"'
        yield start_liangqu(broker.port, sites=sites, mqtt_more=login)
    finally:
        broker.kill()


@pytest.fixture
def start_gateway(service: LiangquRun, deployment: Path) -> Iterator[StartGateway]:
    with ExitStack() as started:

        def start(user: str, **more: str) -> GatewayProcess:
            made = GatewayProcess(service, user, secret(deployment, user), **more)
            started.callback(made.process.wait)
            started.callback(made.process.kill)
            return made

        yield start


def secret(deployment: Path, user: str) -> Path:
    return deployment / "deploy" / "secrets" / f"mqtt_{user}"


def test_as_gateway_frames_are_answered_and_stored(service: LiangquRun, start_gateway: StartGateway) -> None:
    gateway = start_gateway("gateway")
    wait_until(lambda: gateway.readyz().get("ready") is True)

    assert gateway.send(1, PATIENCE)

    service.wait_until_settled(1)
    assert items(service.metrics())["stored"] == 1
    assert gateway.readyz() == {"ready": True, "broker": "ok", "warnings": []}
    assert gateway.end() == 0


def test_as_the_service_nothing_is_answered_and_it_is_said_where_one_looks(
    service: LiangquRun, start_gateway: StartGateway
) -> None:
    gateway = start_gateway("liangqu")
    wait_until(lambda: gateway.readyz().get("ready") is True)

    assert not gateway.send(1, 0.5)
    assert not gateway.send(2, 0.5)

    said = gateway.readyz()
    assert (said["ready"], said["broker"]) == (False, "the broker refuses what we publish: Not authorized")
    errors = [json.loads(line) for line in gateway.log.read_text("utf-8").splitlines() if '"error"' in line]
    assert [each["why"] for each in errors] == [said["broker"]]  # once, not for each frame
    assert service.metrics()["liangqu_messages_received_total"] == 0


def test_no_password_stands_in_its_log(service: LiangquRun, start_gateway: StartGateway) -> None:
    gateway = start_gateway("gateway")
    wait_until(lambda: gateway.readyz().get("ready") is True)
    good = build_frame(frame(MN, 1, pw="s3cret"))

    async def send() -> None:
        async with DataLogger("127.0.0.1", gateway.port) as logger:
            for bad in (
                good,
                good.replace(b"PW=", b"PW:"),
                good.replace(b"PW=", b""),
                b"##0030" + good[6:],
                good.replace(b";MN=A110000_0001", b";MN=?PW=s3cret"),
            ):
                for length in (good[:6], b"##%04d" % (len(bad) - 12)):
                    body = bad[6:-6]
                    await logger.write(length + body + b"%04X\r\n" % crc16(body))
            await logger.answer("0", within=0.5)
            await logger.disconnect()

    asyncio.run(send())
    assert gateway.end() == 0

    log = gateway.log.read_text("utf-8")
    assert "frame refused" in log
    assert "s3cret" not in log
    assert service.metrics()["liangqu_messages_received_total"] == 0


def test_over_3_1_1_it_does_not_start(start_gateway: StartGateway) -> None:
    gateway = start_gateway("gateway", PROTOCOL="3.1.1")

    assert gateway.process.wait(PATIENCE) == 2
    (line,) = [text for text in gateway.log.read_text("utf-8").splitlines() if "3.1.1" in text]
    assert 'the gateway needs protocol = "5"' in line
