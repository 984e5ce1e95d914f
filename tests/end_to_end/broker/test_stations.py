"""A station's life by commands while the service runs, at a broker with passwords and access list."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.publisher import Publisher
from tests.deploy.deployment import DebianBroker, lay_out, password
from tests.support.liangqu_process import StartLiangqu, items
from tests.support.servers import PATIENCE, wait_until

START = datetime(2026, 1, 1, tzinfo=UTC)
HILL = ("--medium", "air", "--zh", "山", "--en", "Hill", "--zone", "city", "--cycle", "1m")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[DebianBroker]:
    """As the guide installs it, its process in a file as Debian's unit has it."""
    (folder := tmp_path / "debian").mkdir()
    running = DebianBroker(lay_out(tmp_path / "deployment"), folder)
    running.start()
    (folder / "mosquitto.pid").write_text(f"{running.pid}\n", "utf-8")
    yield running
    running.kill()


def send(broker: DebianBroker, user: str, secret: str, topic: str, first: int, count: int) -> bool:
    """Readings of as many minutes; whether the broker let it in, and took all of them."""
    client = Broker(port=broker.port, client_id=f"test-{user}", username=user, password=secret)
    try:
        with Publisher(client, patience=PATIENCE) as publisher:
            for number in range(first, first + count):
                stamp = (START + timedelta(minutes=number)).isoformat()
                publisher.publish(
                    topic, json.dumps({"time": stamp, "values": {"pm25": number % 300}}).encode()
                )
    except BrokerAwayError:
        return False
    return publisher.refused == 0


@pytest.mark.server
def test_a_station_from_its_first_message_to_its_removal(
    broker: DebianBroker, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Nothing is restarted: what came before anybody knew it comes in, its history is found by its new id."""
    deploy = broker.deployment / "deploy"
    (tmp_path / "mine.toml").touch()
    service = start_liangqu(
        broker.port,
        sites=tmp_path / "mine.toml",
        mqtt_more=f'username = "liangqu"\npassword_file = "{deploy}/secrets/mqtt_liangqu"',
        more=f'[stations]\npasswords = "{deploy}/secrets/mosquitto/passwords"\n'
        f'access = "{deploy}/mosquitto/access.acl"\npid_file = "{broker.folder}/mosquitto.pid"\n',
    )
    assert send(broker, "simulate", password(broker.deployment, "simulate"), "liangqu/air/hill", 0, 20)
    service.wait_until(lambda: items(service.metrics()).get("quarantined") == 20, "kept")

    added = json.loads(service.command("station", "add", "hill", *HILL, "--replay", "--json"))

    assert (added["user"], added["told"]) == ("hill", True)
    secret = added["password"]
    service.wait_until(lambda: items(service.metrics())["stored"] == 20, "brought in")
    wait_until(lambda: send(broker, "hill", secret, "liangqu/air/hill", 20, 10))
    assert not send(broker, "hill", secret, "liangqu/air/wujinku", 0, 1)
    service.command("station", "rename", "hill", "summit")
    wait_until(lambda: send(broker, "summit", secret, "liangqu/air/summit", 30, 10))
    assert send(broker, "hill", secret, "liangqu/air/hill", 40, 10)
    service.wait_until(lambda: items(service.metrics())["stored"] == 50, "all stored")
    assert service.gaps() == {"messages": 0, "items": 0}
    exported = service.command(
        "export", "hill", "--from", "2026-01-01", "--to", "2026-01-02", "--format", "csv"
    )
    rows = [*csv.DictReader(io.StringIO(exported))]
    assert [float(row["value"]) for row in rows] == [float(number) for number in range(50)]
    assert {row["site"] for row in rows} == {"summit"}

    service.command("station", "remove", "summit")

    wait_until(lambda: not send(broker, "summit", secret, "liangqu/air/summit", 50, 1))
    assert not send(broker, "hill", secret, "liangqu/air/hill", 50, 1)
    assert service.readyz()["ready"]
