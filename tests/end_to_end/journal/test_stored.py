"""`[journal] acknowledge = "stored"`: a machine may burn with its disk, nothing acknowledged is lost."""

import itertools
import random
import shutil
import threading
import time

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.end_to_end.crash.test_random_kills import numbered, stored
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.scale import FULL, scaled
from tests.support.servers import Mosquitto, StartInfluxd

pytestmark = pytest.mark.server

WINDOW = 500  # of LiangquRun
STORED = '[journal]\nacknowledge = "stored"\n'


def burn(service: LiangquRun) -> None:
    """The machine is gone: the process at once, and its disk; the broker and the database are others'."""
    service.kill()
    for file in service.folder.glob("journal.db*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def kept(url: str) -> list[float]:
    return stored(InfluxDBStore(InfluxOptions(url, "liangqu")))


@pytest.mark.parametrize(
    ("acknowledge", "kept_by_broker"), [pytest.param("stored", 300), pytest.param("journal", 0)]
)
def test_what_the_store_did_not_have_comes_again_after_the_disk_is_gone(
    acknowledge: str,
    kept_by_broker: int,
    broker: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    """Beside it the default, by which what is in the journal alone goes with the disk."""
    influxd = start_influxd()
    more = f'[journal]\nacknowledge = "{acknowledge}"\n'
    service = start_liangqu(broker.port, influxdb=influxd.url, more=more)
    influxd.kill()
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(300):
            publisher.publish(*numbered(number))
    service.wait_until(lambda: service.metrics()["liangqu_messages_received_total"] == 300, "received")
    service.wait_until(lambda: service.metrics()["liangqu_messages_inbox"] == 0, "processed")

    burn(service)
    influxd.start()
    service.start()
    service.wait_until_settled(kept_by_broker)

    assert kept(influxd.url) == list(map(float, range(kept_by_broker)))


def test_the_window_bounds_what_waits_for_the_store_and_all_of_it_is_acknowledged_then(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    influxd = start_influxd()
    service = start_liangqu(broker.port, influxdb=influxd.url, more=STORED)
    influxd.kill()
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(3 * WINDOW):
            publisher.publish(*numbered(number))
    service.wait_until(lambda: service.metrics()["liangqu_messages_received_total"] >= WINDOW, "a window")
    time.sleep(1)
    assert service.metrics()["liangqu_messages_received_total"] == WINDOW

    influxd.start()
    service.wait_until_settled(3 * WINDOW)
    assert service.stop() == 0
    service.start()
    time.sleep(1)

    # An orderly end: at most a window comes again.
    assert service.metrics()["liangqu_messages_received_total"] <= 4 * WINDOW
    assert kept(influxd.url) == list(map(float, range(3 * WINDOW)))


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_machines_burn_at_any_moment_while_readings_come_in(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    seed = random.SystemRandom().randrange(10**6) if FULL else 20261128
    print(f"seed {seed}")
    order = random.Random(seed)
    influxd = start_influxd()
    service = start_liangqu(broker.port, influxdb=influxd.url, more=STORED)
    stop, sent = threading.Event(), list[int]()

    def publish() -> None:
        with Publisher(Broker(port=broker.port), patience=None, rate=500) as publisher:
            for number in itertools.count():
                if stop.is_set():
                    break
                publisher.publish(*numbered(number))
        sent.append(publisher.published)

    publishing = threading.Thread(target=publish, daemon=True)
    publishing.start()
    for _ in range(scaled(30)):
        service.wait_until(lambda: items(service.metrics())["stored"] > 0, "it stores")
        time.sleep(order.uniform(0.0, 0.7))
        burn(service)
        service.start(ready=False)
        assert service.gaps() == {"messages": 0, "items": 0}
    stop.set()
    publishing.join()
    service.wait_until(lambda: len(kept(influxd.url)) >= sent[0], "everything is stored")

    assert kept(influxd.url) == list(map(float, range(sent[0])))
    last = items(service.wait_until_settled(0))
    assert last["stored"] < sent[0]  # the others had been told of some
    print(f"{scaled(30)} machines, {sent[0]} readings, of the last {last}")
