"""The broker as the guide installs it on Debian, with the whole service: who comes in, who reaches what."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.session import Session
from tests.deploy.deployment import DebianBroker, lay_out, password, run, station
from tests.support.liangqu_process import StartLiangqu, items
from tests.support.paths import ROOT
from tests.support.servers import PATIENCE, StartMosquitto, wait_until

START = datetime(2026, 1, 1, tzinfo=UTC)
STATION = "wujinku"

StartBroker = Callable[..., DebianBroker]


class Certificate(NamedTuple):
    """A client's certificate and key."""

    cert: Path
    key: Path


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """deploy/ with its secrets made by its own scripts."""
    return lay_out(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def secret(deployment: Path) -> str:
    return station(deployment, STATION)


@pytest.fixture(scope="module")
def certificate(deployment: Path, tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One that the deployment's own authority has signed."""
    folder = tmp_path_factory.mktemp("client")
    made = Certificate(folder / "client.crt", folder / "client.key")
    new = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=liangqu"
    ca = deployment / "deploy" / "secrets" / "ca"
    sign = f"x509 -req -days 2 -CA {ca}.crt -CAkey {ca}.key -CAcreateserial"
    for words in (
        f"{new} -keyout {made.key} -out {folder}/csr",
        f"{sign} -in {folder}/csr -out {made.cert} -CAserial {folder}/serial",
    ):
        subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    return made


@pytest.fixture
def start_broker(
    deployment: Path, secret: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartBroker]:
    with ExitStack() as started:

        def start(*, certified: bool = False, services: Path | None = None) -> DebianBroker:
            folder = tmp_path_factory.mktemp("debian")
            broker = DebianBroker(deployment, folder, certified=certified, services=services)
            started.callback(broker.kill)
            broker.start()
            return broker

        yield start


def client(broker: DebianBroker, user: str, secret: str) -> Broker:
    return Broker(port=broker.port, client_id=f"test-{user}", username=user, password=secret)


def publish(broker: Broker, topic: str, count: int = 1) -> bool:
    """Whether the broker took all of it."""
    with Publisher(broker) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            publisher.publish(topic, json.dumps({"time": stamp, "values": {"pm25": number % 300}}).encode())
    assert publisher.published + publisher.refused == count
    return publisher.refused == 0


@pytest.mark.server
class TestWhoReachesWhat:
    """Rows: who, to which topic, and whether it gets there."""

    @pytest.mark.parametrize(
        ("user", "topic", "may"),
        [
            pytest.param(STATION, f"liangqu/air/{STATION}", True, id="a station, its own air topic"),
            pytest.param(STATION, f"liangqu/hj212/{STATION}", True, id="a station, its own HJ 212 topic"),
            pytest.param(STATION, "liangqu/air/shiji-haoyuan", False, id="a station, another's topic"),
            pytest.param(STATION, f"liangqu/air/{STATION}/x", True, id="a station, below its topic"),
            pytest.param(STATION, f"liangqu/air/{STATION}/", True, id="a station, a slash behind"),
            pytest.param(STATION, f"/liangqu/air/{STATION}", True, id="a station, a slash before"),
            pytest.param(STATION, f"liangqu/Air/{STATION}", True, id="a station, a capital"),
            pytest.param(STATION, f"LIANGQU/AIR/{STATION}", True, id="a station, capitals"),
            pytest.param(STATION, f"liangqu/{STATION}", True, id="a station, without a medium"),
            pytest.param(
                STATION, f"liangqu/air/shiji-haoyuan/{STATION}", False, id="a station, below another's"
            ),
            pytest.param(STATION, f"liangqu/alerts/{STATION}", False, id="a station, its own alerts"),
            pytest.param(
                STATION, f"liangqu/alerts/{STATION}/b/c", False, id="a station, an alert of its own"
            ),
            pytest.param(STATION, f"liangqu/handling/{STATION}", False, id="a station, handling in its name"),
            pytest.param(STATION, "liangqu/alerts/a/b/c", False, id="a station, an alert"),
            pytest.param(STATION, "liangqu/handling/e", False, id="a station, an acknowledgement"),
            pytest.param("liangqu", "liangqu/alerts/a/b/c", True, id="the service, an alert"),
            pytest.param("liangqu", f"liangqu/air/{STATION}", False, id="the service, a reading"),
            pytest.param("duty", "liangqu/handling/e", True, id="duty, an acknowledgement"),
            pytest.param("duty", f"liangqu/air/{STATION}", False, id="duty, a reading"),
            pytest.param("gateway", f"liangqu/hj212/{STATION}", True, id="the gateway, a frame"),
            pytest.param("gateway", f"liangqu/air/{STATION}", False, id="the gateway, a reading"),
            pytest.param("gateway", "liangqu/handling/e", False, id="the gateway, an acknowledgement"),
            pytest.param("liangqu", f"liangqu/hj212/{STATION}", False, id="the service, a frame"),
        ],
    )
    def test_publishing(
        self, user: str, topic: str, may: bool, start_broker: StartBroker, deployment: Path, secret: str
    ) -> None:
        broker = start_broker()
        known = secret if user == STATION else password(deployment, user)

        assert publish(client(broker, user, known), topic) is may

    @pytest.mark.parametrize(
        ("user", "reads"),
        [
            pytest.param(STATION, set[str](), id="a station, nothing"),
            pytest.param("duty", {"liangqu/alerts/a/b/c"}, id="duty, alerts"),
            pytest.param(
                "liangqu",
                {f"liangqu/air/{STATION}", "liangqu/handling/e", "liangqu/alerts/a/b/c"},
                id="the service, what comes in",
            ),
        ],
    )
    def test_reading(
        self, user: str, reads: set[str], start_broker: StartBroker, deployment: Path, secret: str
    ) -> None:
        broker = start_broker()
        secrets = {STATION: secret} | {name: password(deployment, name) for name in ("duty", "liangqu")}
        got: list[MqttMessage] = []
        session = Session(client(broker, user, secrets[user]), ["#"], got.append, window=20, expiry=60)
        session.start()
        try:
            wait_until(lambda: not session.trouble())
            for sender, topic in (
                (STATION, f"liangqu/air/{STATION}"),
                ("liangqu", "liangqu/alerts/a/b/c"),
                ("duty", "liangqu/handling/e"),
            ):
                assert publish(client(broker, sender, secrets[sender]), topic)
            wait_until(lambda: len(got) >= len(reads))
            time.sleep(0.2)  # what should not come has had its time
        finally:
            session.stop()

        assert {delivery.topic for delivery in got} == reads


@pytest.mark.server
@pytest.mark.parametrize(
    ("protocol", "code", "words"),
    [
        pytest.param("5", 1, "Not authorized", id="MQTT 5 says so"),
        pytest.param(
            "3.1.1", 0, "over MQTT 3.1.1 a broker acknowledges what it refuses too", id="3.1.1 cannot"
        ),
    ],
)
@pytest.mark.parametrize("command", ["simulate", "replay"])
def test_who_may_not_publish_is_told(
    command: str,
    protocol: str,
    code: int,
    words: str,
    start_broker: StartBroker,
    deployment: Path,
    tmp_path: Path,
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(f"site,parameter,time,value\n{STATION},pm25,2026-01-01T00:00:00+08:00,1\n", "utf-8")
    what = {
        "simulate": ["--speed", "3600", "--since", "1h", "--for", "1s", "--sites", STATION],
        "replay": [str(rows)],
    }[command]
    own = {
        "PORT": str(start_broker().port), "USERNAME": "duty", "PROTOCOL": protocol,
        "PASSWORD_FILE": str(deployment / "deploy" / "secrets" / "mqtt_duty"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "liangqu", command, *what],
        cwd=ROOT, env=os.environ | {f"LIANGQU_MQTT__{key}": value for key, value in own.items()},
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert done.returncode == code, done.stderr
    assert words in done.stderr


@pytest.mark.server
class TestTheWholeService:
    def test_by_tls_password_and_certificate(
        self,
        start_broker: StartBroker,
        start_liangqu: StartLiangqu,
        deployment: Path,
        secret: str,
        certificate: Certificate,
    ) -> None:
        secrets = deployment / "deploy" / "secrets"
        assert run("make-service-certificate.sh", "liangqu", cwd=deployment).returncode == 0
        broker = start_broker(certified=True, services=secrets / "services.crt")
        service = start_liangqu(
            broker.remote_port,
            mqtt_more=f'username = "liangqu"\npassword_file = "{secrets / "mqtt_liangqu"}"\n'
            f'ca_file = "{secrets / "ca.crt"}"\n'
            f'cert_file = "{secrets}/services-liangqu.crt"\nkey_file = "{secrets}/services-liangqu.key"',
        )
        of_a_station = Broker(
            port=broker.remote_port, username=STATION, password=secret, ca_file=str(secrets / "ca.crt"),
            cert_file=str(certificate.cert), key_file=str(certificate.key),
        )  # fmt: skip
        with pytest.raises(BrokerAwayError), Publisher(of_a_station, patience=2):
            pass
        at_the_door = Broker(
            port=broker.tls_port, username=STATION, password=secret, ca_file=str(secrets / "ca.crt")
        )
        with pytest.raises(BrokerAwayError), Publisher(at_the_door, patience=2):
            pass
        certified = Broker(
            port=broker.tls_port,
            username=STATION,
            password=secret,
            ca_file=str(secrets / "ca.crt"),
            cert_file=str(certificate.cert),
            key_file=str(certificate.key),
        )
        assert publish(certified, f"liangqu/air/{STATION}", 500)

        assert items(service.wait_until_settled(500))["stored"] == 500
        assert service.stop() == 0

    @pytest.mark.parametrize(
        ("door", "more", "words"),
        [
            pytest.param(
                "port", 'username = "liangqu"\npassword_file = "{wrong}"', "Not authorized", id="password"
            ),
            pytest.param(
                "tls_port",
                'username = "liangqu"\npassword_file = "{right}"\nca_file = "{stranger}"',
                "CERTIFICATE_VERIFY_FAILED",
                id="another authority",
            ),
        ],
    )
    def test_what_is_wrong_is_said(
        self,
        door: str,
        more: str,
        words: str,
        start_broker: StartBroker,
        start_liangqu: StartLiangqu,
        deployment: Path,
        tmp_path: Path,
    ) -> None:
        wrong, stranger = tmp_path / "wrong", tmp_path / "stranger.crt"
        wrong.write_text("guessed", encoding="utf-8")
        request = (
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=stranger"
        )
        subprocess.run(
            ["openssl", *request.split(), "-keyout", tmp_path / "k", "-out", stranger],
            check=True,
            capture_output=True,
        )
        right = deployment / "deploy" / "secrets" / "mqtt_liangqu"
        service = start_liangqu(
            getattr(start_broker(), door),
            mqtt_more=more.format(wrong=wrong, right=right, stranger=stranger),
            ready=False,
        )

        service.wait_until(lambda: words in service.readyz()["broker"], "said")

        assert service.readyz()["ready"] is False
        assert service.stop() == 0


@pytest.mark.server
def test_what_the_real_broker_dropped_is_warned_of(
    start_mosquitto: StartMosquitto, start_liangqu: StartLiangqu
) -> None:
    broker = start_mosquitto("max_queued_messages 10\nmax_inflight_messages 10\nsys_interval 1\n")
    service = start_liangqu(broker.port)
    assert service.readyz()["warnings"] == []
    assert service.stop() == 0
    publish(Broker(port=broker.port), f"liangqu/air/{STATION}", 100)

    service.start()

    def warned_of_all() -> bool:  # the broker counts on each second: at first it may know of a few only
        dropped = 100 - int(service.metrics()["liangqu_messages_received_total"])
        words = f"the broker has dropped {dropped} messages since its start"
        warnings: list[str] = service.readyz()["warnings"]
        return warnings == [f"{words}: its queues were full, see deploy/mosquitto.conf"]

    service.wait_until_settled(1)
    service.wait_until(warned_of_all, "warned of all that was dropped")
    assert service.metrics()["liangqu_messages_received_total"] < 100
    assert service.readyz()["ready"] is True
