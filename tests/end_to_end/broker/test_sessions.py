"""The session at the broker: no station takes it; a lost or contested one is said and costs nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.session import Session
from ingest.stores.sqlite.store import SqliteStore
from tests.deploy.deployment import ComposeBroker, DebianBroker, DeployedBroker, lay_out, password, station
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.servers import Mosquitto, wait_until

pytestmark = pytest.mark.server

START = datetime(2026, 1, 1, tzinfo=UTC)
STATION, OTHER = "wujinku", "shiji-haoyuan"
SITES = (STATION, OTHER)

Deployed = Callable[[type[DeployedBroker]], DeployedBroker]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def passwords(deployment: Path) -> dict[str, str]:
    """Of two stations."""
    return {site: station(deployment, site) for site in SITES}


@pytest.fixture
def deployed(
    deployment: Path, passwords: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    assert passwords
    with ExitStack() as started:

        def start(kind: type[DeployedBroker]) -> DeployedBroker:
            broker = kind(deployment, tmp_path_factory.mktemp("broker"))
            started.callback(broker.kill)
            broker.start()
            return broker

        yield start


def publish(broker: Broker, count: int, rate: float | None = None) -> None:
    """Readings, a minute apart."""
    with Publisher(broker, rate=rate) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            payload = json.dumps({"time": stamp, "values": {"pm25": number % 300}}).encode()
            publisher.publish(f"liangqu/air/{STATION}", payload)
    assert (publisher.published, publisher.refused) == (count, 0)


def come_and_go(broker: Broker, topic: str, *, expiry: int) -> None:
    """Connect under this very client id, subscribe, leave again."""
    taken: list[MqttMessage] = []
    session = Session(broker, [topic], taken.append, window=20, expiry=expiry)
    session.start()
    wait_until(lambda: session.trouble() == "")
    session.stop()


def received(service: LiangquRun) -> float:
    return service.metrics()["liangqu_messages_received_total"]


@pytest.mark.parametrize("kind", [ComposeBroker, DebianBroker])
@pytest.mark.parametrize(
    ("protocol", "expiry"), [("5", 604_800), ("5", 0), ("3.1.1", 604_800), ("3.1.1", 0)], ids=str
)
def test_a_station_that_connects_as_the_service_costs_no_reading(
    kind: type[DeployedBroker],
    protocol: str,
    expiry: int,
    deployed: Deployed,
    deployment: Path,
    passwords: dict[str, str],
    start_liangqu: StartLiangqu,
) -> None:
    broker, secrets = deployed(kind), deployment / "deploy" / "secrets"
    login = f'username = "liangqu"\npassword_file = "{secrets / "mqtt_liangqu"}"'
    service = start_liangqu(broker.port, mqtt_more=login)
    assert service.stop() == 0
    publish(Broker(port=broker.port, username="simulate", password=password(deployment, "simulate")), 50)

    thief = Broker(
        port=broker.tls_port, client_id="liangqu", username=STATION, password=passwords[STATION],
        ca_file=str(secrets / "ca.crt"), protocol="5" if protocol == "5" else "3.1.1",
    )  # fmt: skip
    come_and_go(thief, f"liangqu/air/{STATION}", expiry=expiry)
    service.start()

    assert items(service.wait_until_settled(50))["stored"] == 50
    assert service.readyz()["warnings"] == []


def test_two_stations_of_one_client_id_leave_each_other_alone(
    deployed: Deployed, deployment: Path, passwords: dict[str, str]
) -> None:
    broker, ca = deployed(DebianBroker), deployment / "deploy" / "secrets" / "ca.crt"
    both = [
        Session(
            Broker(port=broker.tls_port, client_id="logger", username=site, password=secret, ca_file=str(ca)),
            [f"liangqu/air/{site}"],
            lambda _: None,
            window=20,
            expiry=0,
        )
        for site, secret in passwords.items()
    ]
    for session in both:
        session.start()
    wait_until(lambda: all(session.trouble() == "" for session in both))
    publish(Broker(port=broker.port, username="simulate", password=password(deployment, "simulate")), 5)
    for session in both:
        session.stop()

    assert [session.counts.connections for session in both] == [1, 1]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_session_that_was_taken_away_is_said_and_counted(
    protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """Through a listener that lets everybody choose a client id."""
    service = start_liangqu(broker.port, protocol=protocol)
    assert service.readyz()["warnings"] == []
    assert service.stop() == 0
    come_and_go(Broker(port=broker.port, client_id="liangqu"), "nothing", expiry=0)

    service.start()
    service.wait_until(lambda: bool(service.readyz()["warnings"]), "warned")

    (words,) = service.readyz()["warnings"]
    assert words.startswith("the session of client id 'liangqu' was gone when we connected at ")
    assert "another client with the same client id" in words
    assert service.readyz()["ready"] is True
    service.wait_until(lambda: service.metrics()["liangqu_broker_sessions_lost_total"] == 1, "counted")
    assert service.log.read_text("utf-8").count("session lost") == 1
    assert service.stop() == 0

    service.start()  # it is there now
    assert service.readyz()["warnings"] == []
    assert service.metrics()["liangqu_broker_sessions_lost_total"] == 1


def test_a_broker_that_lost_its_persistence_file_is_said_while_it_runs(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port)
    broker.stop()
    (broker.folder / "mosquitto.db").unlink()
    broker.start()
    service.wait_until_subscribed()
    service.wait_until(lambda: bool(service.readyz()["warnings"]), "warned")

    assert "lost its persistence file" in service.readyz()["warnings"][0]


def test_another_client_id_is_no_lost_session(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    service = start_liangqu(broker.port)
    assert service.stop() == 0
    text = service.settings.read_text("utf-8")
    service.settings.write_text(text.replace("[mqtt]", '[mqtt]\nclient_id = "second"'), "utf-8")

    assert service.start().readyz()["warnings"] == []


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_two_services_of_one_client_id_cost_no_reading_and_fill_no_log(
    protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    both = [start_liangqu(broker.port, protocol=protocol, ready=False) for _ in range(2)]

    def stored() -> set[datetime]:
        """By one or the other; what one had not yet acknowledged both have."""
        stores = [SqliteStore(service.folder / "liangqu.db") for service in both]
        try:
            found = [store.readings(STATION, "pm25", START, START + timedelta(days=1)) for store in stores]
        finally:
            for store in stores:
                store.close()
        return {time for frame in found for time in frame.index}

    def contested(service: LiangquRun) -> bool:
        return "another client with the same client id" in " ".join(service.readyz()["warnings"])

    publish(Broker(port=broker.port), 400, rate=80)
    for service in both:
        service.wait_until(lambda: contested(service), "said by both")  # noqa: B023 - used at once
    both[0].wait_until(lambda: len(stored()) == 400, "everything is stored by one or the other")

    for service in both:
        figures = service.metrics()
        assert figures["liangqu_broker_connections_total"] < 20  # 77 in twelve seconds, before
        assert figures["liangqu_broker_sessions_taken_total"] >= 1
        log = service.log.read_text("utf-8")
        assert log.count("session contested") == 1
        assert log.count("\n") < 20
