"""Killed at any moment, with the broker restarted and the database gone in between: nothing is lost."""

import json
import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from ingest.journal import accounting
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from tests.support.liangqu_process import StartLiangqu, items
from tests.support.scale import FULL, scaled
from tests.support.servers import Mosquitto, StartInfluxd

START = datetime(2026, 1, 1, tzinfo=UTC)
SITES = ("renmin-gongyuan", "wujinku", "shiji-haoyuan")


def numbered(number: int) -> tuple[str, bytes]:
    """A reading whose value is its number; every identity occurs once."""
    stamp = (START + timedelta(minutes=number)).isoformat()
    site = SITES[number % len(SITES)]
    return f"liangqu/air/{site}", json.dumps({"time": stamp, "values": {"pm25": float(number)}}).encode()


def stored(store: Store) -> list[float]:
    """Every value of the store, in order."""
    frame = store.points("air", START - timedelta(days=1), START + timedelta(days=3650))
    store.close()
    return sorted(frame["value"])


def publish(broker: int, stop: threading.Event, sent: list[int]) -> None:
    """Numbered readings until told to stop; `sent` gets how many the broker has acknowledged."""
    number = 0
    with Publisher(Broker(port=broker), patience=None, rate=1000) as publisher:
        while not stop.is_set():
            publisher.publish(*numbered(number))
            number += 1
    sent.append(number)


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_kill_9_at_random_loses_and_doubles_nothing(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    seed = random.SystemRandom().randrange(10**6) if FULL else 20261122
    print(f"seed {seed}")
    order = random.Random(seed)
    influxd = start_influxd()
    service = start_liangqu(broker.port, influxdb=influxd.url)
    stop, sent = threading.Event(), list[int]()
    publishing = threading.Thread(target=publish, args=(broker.port, stop, sent))
    publishing.start()

    for round_ in range(scaled(200)):
        time.sleep(order.uniform(0.0, 0.6))
        if round_ % 10 == 8:
            for writer in service.processes()[1:]:
                os.kill(writer, signal.SIGKILL)
            continue
        service.kill()
        if round_ % 10 == 3:
            influxd.kill()
        if round_ % 10 == 6:
            broker.stop()
            broker.start()
        service.start(ready=False)
        assert service.gaps() == {"messages": 0, "items": 0}
        if round_ % 10 == 5:
            influxd.start()
    stop.set()
    publishing.join()
    service.wait_until(lambda: items(service.metrics())["stored"] >= sent[0], "everything is stored")
    figures = service.wait_until_settled(sent[0])

    assert service.gaps() == {"messages": 0, "items": 0}
    assert stored(InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))) == list(map(float, range(sent[0])))
    assert items(figures) == {"stored": sent[0], "duplicate": items(figures)["duplicate"]} | dict.fromkeys(
        ("revised", "quarantined", "dropped", "missing"), 0.0
    )
    assert items(figures)["duplicate"] == figures["liangqu_messages_received_total"] - sent[0]


@pytest.mark.server
def test_a_late_reading_waits_for_the_store_and_is_told_apart_then(
    mosquitto: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    influxd = start_influxd()
    service = start_liangqu(mosquitto.port, influxdb=influxd.url)
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for number in (0, 3, 6):
            publisher.publish(*numbered(number))
    service.wait_until_settled(3)
    influxd.kill()
    topic, _ = numbered(0)
    late = json.dumps({"time": (START + timedelta(minutes=1)).isoformat(), "values": {"pm25": 1.5}}).encode()
    other = json.dumps({"time": START.isoformat(), "values": {"pm25": 7.5}}).encode()
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for payload in (numbered(0)[1], late, other, other, numbered(9)[1]):
            publisher.publish(topic, payload)
    service.wait_until(lambda: service.metrics()["liangqu_items_outgoing"] == 5, "five items wait")

    influxd.start()
    figures = service.wait_until_settled(8)

    # The first 0 again is a duplicate, 7.5 revises it, 7.5 again is one; 1.5 is late, 9 is new.
    assert items(figures) == dict.fromkeys(accounting.OUTCOMES, 0.0) | {
        "stored": 5,
        "duplicate": 2,
        "revised": 1,
    }
    assert figures["liangqu_items_late_total"] == 1
    store = InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))
    records = store.points("revision", START, datetime(2100, 1, 1, tzinfo=UTC))
    revised, came_late = records[records["former"].notna()], records[records["former"].isna()]
    assert revised[["site", "parameter", "of", "former", "value", "source"]].to_numpy().tolist() == [
        ["renmin-gongyuan", "pm25", "2026-01-01T00:00:00.000+00:00", 0.0, 7.5, "mqtt"]
    ]
    assert came_late[["site", "parameter", "of", "value", "source"]].to_numpy().tolist() == [
        ["renmin-gongyuan", "pm25", "2026-01-01T00:01:00.000+00:00", 1.5, "mqtt"]
    ]
    assert stored(store) == [1.5, 3.0, 6.0, 7.5, 9.0]


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_comes_while_the_service_is_down_is_kept_by_the_broker(
    protocol: str, mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port, protocol=protocol)
    assert service.stop() == 0
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for number in range(500):
            publisher.publish(*numbered(number))

    figures = service.start().wait_until_settled(500)

    assert items(figures)["stored"] == 500
    assert service.stop() == 0
    assert stored(SqliteStore(service.folder / "liangqu.db")) == list(map(float, range(500)))


@pytest.mark.server
def test_a_second_service_on_the_same_journal_ends_with_exit_code_2(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port)

    second = service.fails("run")

    assert second == (2, f"liangqu: {service.folder / 'journal.db'}: another liangqu run has this journal\n")
