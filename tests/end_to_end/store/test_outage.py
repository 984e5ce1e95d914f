"""The database away for a million readings: memory stays flat, a restart is quick, everything arrives."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest

from ingest.journal import outgoing
from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.line_writer import ENTRIES_AT_ONCE
from ingest.stores.influxdb.lines import to_lines
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sender import BATCH
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.scale import scaled
from tests.support.servers import Influxd, Mosquitto, StartInfluxd
from tests.support.stored_readings import count_readings

START = datetime(2026, 1, 1, tzinfo=UTC)
SITES = ("renmin-gongyuan", "wujinku", "shiji-haoyuan")
NINE = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure")
MINUTES_EACH = 10
READINGS_EACH = MINUTES_EACH * len(NINE)
MB = 1024**2


class Memory:
    """The service's resident memory, looked at ten times a second from a thread."""

    def __init__(self, service: LiangquRun) -> None:
        self._service = service
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.first = self.most = service.memory()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        """In MB, from the first look to the highest."""
        return (self.most - self.first) / MB

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.most = max(self.most, self._service.memory())


def publish(broker: Mosquitto, first: int, end: int) -> None:
    """Messages of ten minutes with nine values each, of three stations in turn."""
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(first, end):
            minutes = range(number // len(SITES) * MINUTES_EACH, (number // len(SITES) + 1) * MINUTES_EACH)
            payload = [
                {
                    "time": (START + timedelta(minutes=minute)).isoformat(),
                    "values": {p: 5 + (minute * 7 + k) % 13 + k / 10 for k, p in enumerate(NINE)},
                }
                for minute in minutes
            ]
            publisher.publish(f"liangqu/air/{SITES[number % len(SITES)]}", json.dumps(payload).encode())


def waiting(service: LiangquRun) -> Iterator[str]:
    """The lines that wait in the journal of a service that has stopped."""
    with closing(Journal(service.folder / "journal.db")) as journal:
        bodies = journal.connection().execute("SELECT body FROM outgoing ORDER BY id")
        for (body,) in bodies:
            good, bad = to_lines(outgoing.decode_entries([body]))
            assert not bad
            yield from (line.text for line in good)


def bare_write(influxd: Influxd, lines: Sequence[str]) -> float:
    """Seconds that the bare write of the same lines takes, in the same batches, encoded before."""
    with closing(InfluxDBStore(InfluxOptions(influxd.url, "bare"))) as store:
        store.prepare()
    bodies = ["\n".join(lines[n : n + ENTRIES_AT_ONCE]) for n in range(0, len(lines), ENTRIES_AT_ONCE)]
    server = InfluxHTTP(InfluxOptions(influxd.url))
    begun = time.monotonic()
    for body in bodies:
        server.write("bare", body)
    return time.monotonic() - begun


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_a_million_readings_wait_for_the_database_in_flat_memory(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    warm = 2 * BATCH // READINGS_EACH  # so that buffers of whole batches are there before it is measured
    messages = warm + scaled(1_000_000) // READINGS_EACH
    influxd = start_influxd()
    service = start_liangqu(broker.port, influxdb=influxd.url)
    publish(broker, 0, warm)
    service.wait_until_settled(warm)

    influxd.kill()
    with Memory(service) as away:
        begun = time.monotonic()
        publish(broker, warm, messages)
        service.wait_until(lambda: service.accounts()["processed"] == messages, "all is worked on")
        taken = time.monotonic() - begun
    assert service.accounts()["outgoing"] == READINGS_EACH * (messages - warm)
    assert service.stop() == 0
    lines = list(waiting(service))
    influxd.start()
    bare = bare_write(influxd, lines)

    begun = time.monotonic()
    service.start()
    ready = time.monotonic() - begun
    waits = READINGS_EACH * (messages - warm)
    service.wait_until(
        lambda: service.accounts()["outgoing"] < waits, "the first batch is in"
    )  # all is loaded
    with Memory(service) as back:
        figures = service.wait_until_settled(messages)
        drained = time.monotonic() - begun - ready

    size = (service.folder / "journal.db").stat().st_size / MB
    print(
        f"\n{READINGS_EACH * (messages - warm):,} readings ({len(lines):,} lines) taken in {taken:.1f} s,"
        f" journal {size:.0f} MB; memory {away.first / MB:.0f} MB, grew by {away.growth:.1f} MB while away,"
        f" by {back.growth:.1f} MB while it was drained; restart to ready {ready:.1f} s;"
        f" drained in {drained:.1f} s, the bare write of the same lines {bare:.1f} s"
    )
    assert items(figures)["stored"] == count_readings(influxd.url) == READINGS_EACH * messages
    assert service.gaps() == {"messages": 0, "items": 0}
    assert away.growth < 50
    assert back.growth < 50
