"""`liangqu check --connect` against real servers: what it finds; it takes nothing from the service."""

from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.deploy.deployment import DebianBroker, lay_out, password
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.servers import Influxd, Mosquitto, StartMosquitto, free_port

pytestmark = pytest.mark.server

FORCED = "use_username_as_clientid true\n"


@pytest.fixture
def run(tmp_path: Path) -> LiangquRun:
    """Settings of a service that is never started."""
    return LiangquRun(tmp_path, 1)


def told(run: LiangquRun, port: int, **more: str) -> tuple[int, str]:
    """Exit code and all words of a check of these settings."""
    text = run.settings.read_text("utf-8").replace("port = 1\n", f"port = {port}\n", 1)
    lines = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    run.settings.write_text(text.replace("[mqtt]\n", f"[mqtt]\n{lines}"), "utf-8")
    return run.fails("check", "--connect")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_all_is_well(protocol: str, mosquitto: Mosquitto, run: LiangquRun, influxd: Influxd) -> None:
    text = run.settings.read_text("utf-8")
    text = text.replace('protocol = "5"', f'protocol = "{protocol}"').replace('"sqlite"', '"influxdb"', 1)
    text = text.replace("http://127.0.0.1:8086", influxd.url)
    run.settings.write_text(text.replace("port = 1\n", f"port = {mosquitto.port}\n", 1), "utf-8")

    words = run.command("check", "--connect")

    assert f"127.0.0.1:{mosquitto.port} answers" in words
    assert f"{influxd.url} answers" in words
    assert words.splitlines()[-1].startswith("all is well")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_listener_that_makes_user_names_client_ids_is_refused_and_nothing_is_taken(
    protocol: str, start_mosquitto: StartMosquitto, start_liangqu: StartLiangqu
) -> None:
    """The service itself comes by another listener of the same broker, and is away when it is tried."""
    forced = free_port()
    broker = start_mosquitto(f"listener {forced} 127.0.0.1\n{FORCED}max_queued_messages 0\n")
    service = start_liangqu(broker.port, protocol=protocol, mqtt_more='username = "liangqu"')
    assert service.stop() == 0
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(50):
            reading = b'{"time": "2026-01-01T00:%02d:00+08:00", "values": {"pm25": 1}}' % number
            publisher.publish("liangqu/air/wujinku", reading)
    right = service.settings.read_text("utf-8")
    service.settings.write_text(right.replace(f"port = {broker.port}\n", f"port = {forced}\n", 1), "utf-8")

    code, words = service.fails("check", "--connect")

    assert code == 2
    assert "use_username_as_clientid" in words
    assert words.count("\n") == 1
    service.settings.write_text(right, "utf-8")
    service.start()
    assert items(service.wait_until_settled(50))["stored"] == 50
    assert service.readyz()["warnings"] == []


def test_a_shard_needs_the_right_to_say_that_it_serves(
    start_mosquitto: StartMosquitto, run: LiangquRun, tmp_path: Path
) -> None:
    """And to publish alerts under each of its prefixes."""
    rights = "topic read a/#\ntopic read b/#\ntopic readwrite a/alerts/#\ntopic write $SYS/#\n"
    (tmp_path / "acl").write_text(rights, "utf-8")
    port = start_mosquitto(f"acl_file {tmp_path / 'acl'}\n").port
    text = run.settings.read_text("utf-8")
    named = text.replace(
        "[mqtt]\n", '[shard]\nname = "s"\n[mqtt]\nprefixes = ["a", "b"]\nclient_id = "s"\n', 1
    )
    run.settings.write_text(named, "utf-8")

    code, words = told(run, port)

    assert code == 2
    assert [line.partition(" publish ")[2] for line in words.splitlines() if " publish " in line] == [
        "b/alerts/#: Not authorized", "a/service/#: Not authorized",
    ]  # fmt: skip


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_service_that_runs_does_not_notice(
    protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port, protocol=protocol)

    assert "all is well" in service.command("check", "--connect")

    assert service.metrics()["liangqu_broker_connections_total"] == 1
    assert service.readyz()["ready"] is True


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        pytest.param("", "takes messages of any size, mqtt.max_payload is 8388608", id="no limit"),
        pytest.param("max_packet_size 9000000\n", "takes messages of up to 9000000 bytes", id="a larger one"),
        pytest.param("max_packet_size 8454144\n", "", id="the one that we ship"),
    ],
)
def test_a_broker_that_does_not_tell_senders_what_is_too_large_is_warned_of(
    limit: str, words: str, start_mosquitto: StartMosquitto, run: LiangquRun
) -> None:
    broker = start_mosquitto(limit)
    text = run.settings.read_text("utf-8")
    run.settings.write_text(text.replace("port = 1\n", f"port = {broker.port}\n", 1), "utf-8")

    told = run.command("check", "--connect")

    assert words in told
    assert ("max_packet_size 8454144" in told) == bool(words)


def test_nobody_there(run: LiangquRun) -> None:
    code, words = told(run, free_port())

    assert code == 1
    assert "no broker at 127.0.0.1" in words


def test_no_database_there(mosquitto: Mosquitto, run: LiangquRun) -> None:
    text = run.settings.read_text("utf-8").replace('"sqlite"', '"influxdb"', 1)
    run.settings.write_text(text.replace("http://127.0.0.1:8086", f"http://127.0.0.1:{free_port()}"), "utf-8")
    code, words = told(run, mosquitto.port)

    assert code == 1
    assert "influxdb: http://127.0.0.1" in words


def test_who_may_not_come_in(tmp_path_factory: pytest.TempPathFactory, run: LiangquRun) -> None:
    deployment = lay_out(tmp_path_factory.mktemp("deployment"))
    broker = DebianBroker(deployment, tmp_path_factory.mktemp("broker"))
    try:
        broker.start()
        wrong = run.folder / "wrong"
        wrong.write_text("guessed", "utf-8")
        code, words = told(run, broker.port, username="liangqu", password_file=str(wrong))
        assert (code, "Not authorized" in words) == (1, True)
    finally:
        broker.kill()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_who_may_not_publish_alerts(
    protocol: str, tmp_path_factory: pytest.TempPathFactory, run: LiangquRun
) -> None:
    deployment = lay_out(tmp_path_factory.mktemp("deployment"))
    broker = DebianBroker(deployment, tmp_path_factory.mktemp("broker"))
    secret = run.folder / "secret"
    secret.write_text(password(deployment, "gateway"), "utf-8")
    run.settings.write_text(
        run.settings.read_text("utf-8").replace('protocol = "5"', f'protocol = "{protocol}"'), "utf-8"
    )
    try:
        broker.start()
        code, words = told(run, broker.port, username="gateway", password_file=str(secret))
    finally:
        broker.kill()

    assert code == 2
    assert "does not let 'gateway' publish liangqu/alerts/#" in words
