"""A broker of several nodes: a real NATS cluster whose nodes are killed, and nodes that share nothing."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker, BrokerNode
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from tests.end_to_end.crash.test_random_kills import numbered, stored
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.nats import NatsCluster
from tests.support.scale import FULL
from tests.support.servers import Mosquitto, StartMosquitto, free_port

pytestmark = pytest.mark.server

HOUR = datetime(2026, 11, 26, tzinfo=UTC)
SITE = """
[[site]]
id = "lonely"
medium = "air"
name = { zh = "站", en = "Station" }
zone = "competition"
cycle = "5m"
"""
SHARDS = ("north", "south")
KILLS, READINGS, RATE = (20, 100_000, 1_000) if FULL else (2, 3_000, 400)


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    """A running cluster; each test leaves all of its nodes running."""
    cluster = NatsCluster(tmp_path_factory.mktemp)
    try:
        yield cluster.start()
    finally:
        cluster.kill()


def send(broker: Mosquitto, numbers: Iterable[int]) -> None:
    """A reading of the fifth minute of that number each."""
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in numbers:
            stamp = (HOUR + number * timedelta(minutes=5)).isoformat()
            publisher.publish(
                "liangqu/air/lonely", json.dumps({"time": stamp, "values": {"pm25": 40 + number}}).encode()
            )


def as_broker(cluster: NatsCluster) -> Broker:
    """How a sender reaches it: over 3.1.1, the only one that NATS speaks."""
    first, *others = (BrokerNode("127.0.0.1", node.port) for node in cluster.nodes)
    return Broker(port=first.port, others=tuple(others), failover="random", protocol="3.1.1")


def node_of(service: LiangquRun) -> str:
    """Where it was connected the last time."""
    whole = (line for line in service.log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n"))
    lines = map(json.loads, whole)
    found: str = next(each["broker"] for each in reversed([*lines]) if each["event"] == "connected")
    return found


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_nodes_are_killed_one_after_the_other_and_nothing_acknowledged_is_lost_or_doubled(
    nats: NatsCluster, start_liangqu: StartLiangqu
) -> None:
    """Of two shards, every other reading one's: each time it is the node where one of them is."""
    shards = [
        start_liangqu(
            nats.hosts,
            protocol="3.1.1",
            mqtt_more=f'client_id = "shard-{name}"\nprefixes = ["liangqu/{name}"]',
            more=f'[shard]\nname = "{name}"\n',
        )
        for name in SHARDS
    ]
    begun = time.monotonic()
    with Publisher(as_broker(nats), patience=None, rate=RATE) as publisher:

        def publish() -> None:
            for number in range(READINGS):
                topic, payload = numbered(number)
                shard = SHARDS[number % len(SHARDS)]
                publisher.publish(topic.replace("liangqu/", f"liangqu/{shard}/", 1), payload)

        publishing = threading.Thread(target=publish, daemon=True)
        publishing.start()
        for kill in range(KILLS):
            service = shards[kill % len(shards)]
            service.wait_until(lambda: publisher.published > (kill + 0.5) * READINGS / KILLS, "sent")  # noqa: B023
            nats.start()
            connected = node_of(service)
            node = next(each for each in nats.nodes if each.address == connected)
            node.kill()
            service.wait_until(lambda: node_of(service) != connected, "at another node")  # noqa: B023
            node.launch()
        publishing.join()
    assert publisher.published == READINGS
    nats.start()
    share = READINGS // len(shards)
    for number, service in enumerate(shards):
        service.wait_until(lambda: items(service.metrics())["stored"] >= share, "everything is stored")  # noqa: B023
        figures = service.wait_until_settled(share)
        print(
            f"{KILLS} kills, {READINGS} readings acknowledged in {time.monotonic() - begun:.0f} s, received"
            f" {figures['liangqu_messages_received_total']:.0f}, {items(figures)}"
        )

        expected = list(map(float, range(number, READINGS, len(shards))))
        assert stored(SqliteStore(service.folder / "liangqu.db")) == expected
        again = figures["liangqu_messages_received_total"] - share
        assert items(figures) == dict.fromkeys(items(figures), 0.0) | {"stored": share, "duplicate": again}
        assert service.gaps() == {"messages": 0, "items": 0}
        assert figures["liangqu_broker_sessions_lost_total"] == 0
        assert [words for words in service.readyz()["warnings"] if "client id" in words] == []


def test_check_tries_each_node_and_whether_they_are_one_broker(
    nats: NatsCluster, start_mosquitto: StartMosquitto, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two nodes of the cluster, as each takes it some seconds: then two brokers that share nothing."""

    def run(*hosts: str, protocol: str = "5") -> LiangquRun:
        return LiangquRun(tmp_path_factory.mktemp("run"), hosts, protocol=protocol)

    nats.start()
    words = run(*nats.hosts[:2], protocol="3.1.1").command("check", "--connect")
    assert all(f"{each} answers" in words for each in nats.hosts[:2])

    code, words = run(nats.hosts[0]).fails("check", "--connect")
    assert code == 1
    assert f'{nats.hosts[0]} refuses us: Unsupported protocol version; set protocol = "3.1.1"' in words

    first, other = (f"127.0.0.1:{start_mosquitto().port}" for _ in range(2))
    code, words = run(first, other).fails("check", "--connect")
    assert code == 2
    assert f"mqtt.hosts: {other} does not have the session that {first} keeps" in words

    nobody = f"127.0.0.1:{free_port()}"
    code, words = run(nobody, first).fails("check", "--connect")
    assert code == 1
    assert f"no broker at {nobody}" in words


def test_a_session_that_the_next_node_does_not_have_is_said_and_what_was_lost_is_a_gap(
    start_mosquitto: StartMosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Two brokers that share nothing, as a cluster that has lost its sessions: the hour has 9 of 12."""
    first, second = start_mosquitto(), start_mosquitto()
    sites = tmp_path / "sites.toml"
    sites.write_text(SITE, encoding="utf-8")
    hosts = [f"127.0.0.1:{each.port}" for each in (first, second)]
    service = start_liangqu(hosts, sites=sites)
    send(first, range(6))
    service.wait_until_settled(6)
    send(second, [6, 7, 8])  # nobody has subscribed there
    first.kill()
    service.wait_until(lambda: service.metrics()["liangqu_broker_connections_total"] == 2, "at the second")
    service.wait_until_subscribed()
    send(second, [9, 10, 11, 12])
    service.wait_until_settled(10)

    (words,) = [each for each in service.readyz()["warnings"] if "session" in each]
    assert words.startswith(
        f"the session of client id 'liangqu' was gone at {hosts[1]} when we connected at "
    )
    assert service.metrics()["liangqu_broker_sessions_lost_total"] == 1
    assert service.log.read_text("utf-8").count("session lost") == 1
    store = SqliteStore(service.folder / "liangqu.db")
    rolling = store.statistics("lonely", "pm25", "1h", HOUR, HOUR + timedelta(hours=1))
    store.close()
    assert rolling[["n", "expected"]].to_numpy()[-1].tolist() == [9, 12]
