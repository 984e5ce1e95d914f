"""Two services of one shard on purpose: one works, one says why it waits, and takes over from a dead one."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import NamedTuple

import pytest

from ingest.mqtt.broker import Broker, BrokerNode
from ingest.mqtt.lease.lease import GRACE_S
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.nats import NatsCluster
from tests.support.servers import Mosquitto, StartMosquitto

pytestmark = pytest.mark.server

HOUR, FIVE = datetime(2026, 11, 26, tzinfo=UTC), timedelta(minutes=5)
TAKEN_WITHIN_S = 30.0
PREFIXES = ("liangqu/north", "liangqu/south")
SHARD = '[shard]\nname = "north"\n[sqlite]\npath = "{store}"\n'
MQTT = 'client_id = "liangqu-north"\nprefixes = ["liangqu/north", "liangqu/south"]'


class ShardBroker(NamedTuple):
    """A broker: as the settings of a service name it, and as a sender reaches it."""

    where: int | list[str]
    broker: Broker


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    """A running cluster; each test leaves all of its nodes running."""
    cluster = NatsCluster(tmp_path_factory.mktemp)
    try:
        yield cluster.start()
    finally:
        cluster.kill()


@pytest.fixture(params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, start_mosquitto: StartMosquitto) -> ShardBroker:
    """One of MQTT 5, and a cluster of 3.1.1."""
    if request.param == "mosquitto":
        port = start_mosquitto().port
        return ShardBroker(port, Broker(port=port))
    cluster = request.getfixturevalue("nats").start()
    first, *others = (BrokerNode("127.0.0.1", node.port) for node in cluster.nodes)
    return ShardBroker(cluster.hosts, Broker(port=first.port, others=tuple(others), protocol="3.1.1"))


def send(broker: Broker, numbers: Sequence[int]) -> None:
    """A reading of the fifth minute of that number each, under one prefix after the other."""
    with Publisher(broker) as publisher:
        for number in numbers:
            body = {"time": (HOUR + number * FIVE).isoformat(), "values": {"pm25": 40 + number}}
            prefix = PREFIXES[number % len(PREFIXES)]
            publisher.publish(f"{prefix}/air/wujinku", json.dumps(body).encode())


def stored(file: Path) -> list[int]:
    """The numbers of the readings in the store, in order."""
    with closing(SqliteStore(file)) as store:
        frame = store.readings("wujinku", "pm25", HOUR, HOUR + timedelta(days=1))
    return [round(value) - 40 for value in frame["value"]]


def waits(service: LiangquRun) -> bool:
    """Whether it says who serves, since when, and what to do."""
    words = str(service.readyz().get("broker", ""))
    return words.startswith(f"shard north is served by {gethostname()} since ") and words.endswith(
        "If both are to work, give one of them another name under [shard]"
    )


@pytest.mark.heavy
def test_of_two_services_of_one_shard_one_works_and_the_other_waits_until_it_is_dead(
    broker: ShardBroker, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Each has a journal of its own, both write one store. Who comes back finds the other, and waits."""
    store = tmp_path / "store.db"
    options = {
        "protocol": broker.broker.protocol,
        "more": SHARD.format(store=store),
        "mqtt_more": MQTT,
        "keepalive": "2s",
    }
    first = start_liangqu(broker.where, **options)
    second = start_liangqu(broker.where, ready=False, **options)
    second.wait_until(lambda: waits(second), "it says why it waits")
    send(broker.broker, range(6))
    first.wait_until_settled(6)
    assert second.accounts()["received"] == 0
    assert second.metrics()["liangqu_broker_connections_total"] == 0
    assert "shard north is served by" in second.command("status")

    first.kill()
    dead = time.monotonic()
    second.wait_until(lambda: second.readyz().get("ready", False), "it has taken over")
    took = time.monotonic() - dead
    send(broker.broker, range(6, 12))
    second.wait_until_settled(6)
    assert took < TAKEN_WITHIN_S
    print(f"taken over after {took:.1f} s")

    first.start(ready=False)
    first.wait_until(lambda: waits(first), "the former one waits now")
    second.stop()
    first.wait_until(lambda: first.readyz().get("ready", False), "it is its turn again")
    send(broker.broker, range(12, 15))
    first.wait_until(lambda: len(stored(store)) == 15, "all are stored")
    assert stored(store) == [*range(15)]
    assert first.readyz()["warnings"] == []


@pytest.mark.prove
def test_a_shard_stays_where_it_is_when_a_node_of_the_broker_dies(
    nats: NatsCluster, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Watch and session go on at other nodes, and the one that waits leaves them the time."""
    more = SHARD.format(store=tmp_path / "store.db")
    options = {"protocol": "3.1.1", "more": more, "mqtt_more": MQTT, "keepalive": "2s"}
    first = start_liangqu(nats.start().hosts, **options)
    second = start_liangqu(nats.hosts[1:], ready=False, **options)
    second.wait_until(lambda: waits(second), "it waits")
    nats.nodes[0].kill()
    connections = "liangqu_broker_connections_total"
    first.wait_until(lambda: first.metrics()[connections] >= 2, "at another node")
    first.wait_until(lambda: first.readyz().get("ready", False), "it works there")
    time.sleep(2 * GRACE_S)

    assert first.readyz()["ready"]
    assert waits(second)
    assert second.metrics()[connections] == 0
    assert '"shard served"' not in second.log.read_text("utf-8")
    nats.nodes[0].launch()


PLACE = """
[[zone]]
id = "zone-{0}"
name = {{ zh = "{0}区", en = "{0}" }}
[[site]]
id = "{0}"
medium = "air"
name = {{ zh = "{0}站", en = "{0}" }}
zone = "zone-{0}"
cycle = "5m"
"""
RULE = """
[[rule]]
id = "high"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "watch", limit = 10 }]
name = { zh = "高", en = "High" }
"""


def test_a_place_moves_to_a_service_that_has_a_journal_already(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Its hour goes on from what the store has: 12 of 12. The former one's episode ends, and says why."""
    (tmp_path / "rules.toml").write_text(RULE, "utf-8")
    more = f'[alerts]\nrules = ["{tmp_path / "rules.toml"}"]\n[sqlite]\npath = "{tmp_path / "store.db"}"\n'

    def mqtt(name: str, *places: str) -> str:
        """The catalogue of these places is written; the lines of [mqtt] are returned."""
        (tmp_path / f"{name}.toml").write_text("".join(map(PLACE.format, places)), "utf-8")
        return f'client_id = "{name}"\nprefixes = {json.dumps([f"liangqu/{each}" for each in places])}'

    def start(name: str, *places: str) -> LiangquRun:
        sites = tmp_path / f"{name}.toml"
        return start_liangqu(mosquitto.port, sites=sites, more=more, mqtt_more=mqtt(name, *places))

    def publish(numbers: Sequence[int]) -> None:
        with Publisher(Broker(port=mosquitto.port)) as publisher:
            for number in numbers:
                body = {"time": (HOUR + number * FIVE).isoformat(), "values": {"pm25": 40 + number}}
                publisher.publish("liangqu/south/air/south", json.dumps(body).encode())

    giving, taking = start("giving", "north", "south"), start("taking", "east")
    publish(range(1, 9))
    giving.wait_until_settled(8)
    for service in (giving, taking):
        service.stop()
    for service, name, before, after in (
        (giving, "giving", ["north", "south"], ["north"]),
        (taking, "taking", ["east"], ["east", "south"]),
    ):
        text = service.settings.read_text("utf-8")
        service.settings.write_text(text.replace(mqtt(name, *before), mqtt(name, *after)), "utf-8")
        service.start()
    publish(range(9, 13))
    taking.wait_until_settled(4)

    with closing(SqliteStore(tmp_path / "store.db")) as store:
        rolling = partial(store.statistics, "south", "pm25", "1h", HOUR, HOUR + timedelta(hours=2))
        taking.wait_until(lambda: rolling()[["n", "expected"]].to_numpy()[-1].tolist() == [12, 12], "whole")
    assert taking.accounts()["quarantined"] == giving.accounts()["quarantined"] == 0
    with closing(sqlite3.connect(giving.folder / "journal.db")) as journal:
        [(reason, ended)] = journal.execute("SELECT reason, ended_ms FROM episode WHERE site = 'south'")
    assert (reason, ended is None) == ("place_removed", False)


def test_who_takes_over_knows_what_is_open(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """With acknowledge = "stored": the first has burnt, and what it began while the other waited goes on."""
    (tmp_path / "rules.toml").write_text(RULE, "utf-8")
    stored_first = '[journal]\nacknowledge = "stored"\n'
    rules = f'[alerts]\nrules = ["{tmp_path / "rules.toml"}"]\n'
    more = SHARD.format(store=tmp_path / "store.db") + stored_first + rules
    first = start_liangqu(mosquitto.port, more=more, mqtt_more=MQTT, keepalive="2s")
    second = start_liangqu(mosquitto.port, more=more, mqtt_more=MQTT, keepalive="2s", ready=False, waits=True)
    second.wait_until(lambda: "is served by" in str(second.readyz()), "it waits")
    assert "shard north is served by" in second.command("status")
    send(Broker(port=mosquitto.port), range(3))
    first.wait_until_settled(3)
    time.sleep(1.2)  # what is handed over is sent within a second
    first.kill()

    second.wait_until(lambda: second.readyz().get("ready", False), "it has taken over")
    assert episodes(first) == episodes(second) != []


def episodes(service: LiangquRun) -> list[tuple[str, int]]:
    """Those in its journal: id, and the beginning."""
    with closing(sqlite3.connect(service.folder / "journal.db")) as journal:
        return journal.execute("SELECT id, begun_ms FROM episode ORDER BY id").fetchall()
