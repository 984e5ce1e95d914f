"""Messages a second and processor time a message, through a real mosquitto: liangqu beside plain scripts.

The messages wait at the broker, so nobody waits for a publisher; processor time is that of the one process,
its start left out, and does not count what others do on the machine.
"""

import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from benchmarks.service import _plain
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Influxd, Mosquitto

SITES = 200
WINDOW = 500
# What is measured, as a multiple of a level that moves slowly between 12 and 18: no check objects to it.
NINE = {
    "pm25": 1,
    "pm10": 2,
    "so2": 0.5,
    "no2": 1,
    "co": 0.05,
    "o3": 4,
    "air_temp": 0.5,
    "humidity": 3,
    "pressure": 6,
}
MINUTE = timedelta(minutes=1)
# Nine in the morning of China: whatever the hour of the measurement, no day ends in 60,000 messages.
START = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=2)
BROKER = f"persistence false\nmax_queued_messages 0\nmax_inflight_messages {WINDOW}\nset_tcp_nodelay true\n"
MESSAGES = {1: 100_000, 9: 80_000}
SLOW = 2_000  # of a script that writes each message by itself
TICKS = os.sysconf("SC_CLK_TCK")


class Cost(Struct, frozen=True):
    """What so many messages took: processor and wall seconds, the first by thread where that is known.

    `peak` is the most memory that each process of the service had, added up, in bytes.
    """

    messages: int
    spent: float
    took: float
    threads: dict[str, float] = {}
    peak: int = 0


def sites_file(folder: Path) -> Path:
    """The stations, all in one zone, a reading a minute."""
    rows = [
        f'[[site]]\nid = "s{k}"\nmedium = "air"\nname = {{ zh = "s{k}", en = "s{k}" }}\n'
        'zone = "competition"\ncycle = "1m"\n'
        for k in range(SITES)
    ]
    file = folder / "sites.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def messages(count: int, values: int) -> Iterator[tuple[str, bytes]]:
    """Station after station, minute after minute."""
    names = list(NINE)[:values]
    for k in range(count):
        turn, site = divmod(k, SITES)
        yield message(site, turn, names)


def message(site: int, turn: int, names: Sequence[str]) -> tuple[str, bytes]:
    """What a station sends in a minute."""
    level = 15 + 3 * math.sin((turn + 7 * site) / 60)
    measured = {name: round(NINE[name] * level, 2) for name in names}
    body = {"time": (START + turn * MINUTE).isoformat(), "values": measured}
    return f"liangqu/air/s{site}", json.dumps(body).encode()


def processor_time(pid: int) -> float:
    """Seconds that a process has spent, user and system."""
    cells = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(cells[11]) + int(cells[12])) / TICKS


def publish(port: int, count: int, values: int) -> None:
    """Have them wait at the broker."""
    with Publisher(Broker(port=port), window=WINDOW) as publisher:
        for topic, payload in messages(count, values):
            publisher.publish(topic, payload)


def plain(how: str, values: int, count: int, influxdb: str = "") -> Cost:
    """One of the plain scripts, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        broker = Mosquitto(Path(name), BROKER).start()
        try:
            _plain.subscribe(broker.port, WINDOW)
            publish(broker.port, count, values)
            words = [how, str(broker.port), influxdb, str(count), str(WINDOW)]
            command = [sys.executable, "-m", "benchmarks.service._plain", *words]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        finally:
            broker.kill()
    spent, took = json.loads(done.stdout)
    return Cost(count, spent, took)


def read_counts(journal: Path) -> dict[str, int]:
    """The accounts and the queue's rows, read from the journal file and not asked of the process."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        found = dict(connection.execute("SELECT name, value FROM count"))
        found["rows"] = connection.execute("SELECT count(*) FROM outgoing").fetchone()[0]
    return found


class MeasuredService:
    """The whole `liangqu run` with shipped rules, and its figures from outside."""

    def __init__(
        self, folder: Path, port: int, influxdb: str, sites: Path, database: str = "liangqu"
    ) -> None:
        under = (sys.executable, "-m", "benchmarks.service._watched")
        self.run = LiangquRun(folder, port, influxdb=influxdb, sites=sites, under=under, database=database)
        self._journal = folder / "journal.db"
        self._threads = folder / "threads.json"

    def spent(self) -> tuple[float, dict[str, float]]:
        """Processor seconds of its processes, user and system, and by thread; `writer` is a process."""
        time.sleep(0.5)
        own, *others = [processor_time(pid) for pid in self.run.processes()]
        by = json.loads(self._threads.read_text(encoding="utf-8"))
        return own + sum(others), by | {"writer": sum(others)}

    def counts(self) -> dict[str, int]:
        """The accounts, see `read_counts`."""
        return read_counts(self._journal)

    def wait(self, count: int, *, stored: bool = True) -> float:
        """Until so many messages are received, worked on and stored; seconds from the first of them."""
        begun = 0.0
        before = self.counts()["received"]
        while True:
            found = self.counts()
            if not begun and found["received"] > before:
                begun = time.perf_counter()
            waits = found["inbox"] or (stored and (found["outgoing"] or found["rows"]))
            if found["received"] >= count and not waits:
                return time.perf_counter() - begun
            time.sleep(0.05)

    def wait_stored(self, items: int) -> None:
        """Until so many readings are in the store, whatever else is under way."""
        while self.counts()["stored"] < items:
            time.sleep(0.05)


def whole(values: int, count: int, influxdb: str = "") -> Cost:
    """The service takes what waits at the broker, all the way into its store."""
    with tempfile.TemporaryDirectory() as name:
        broker = Mosquitto(Path(name), BROKER).start()
        # A database of its own: what another run has stored would all have to be looked up.
        database = f"readings_{values}"
        service = MeasuredService(Path(name), broker.port, influxdb, sites_file(Path(name)), database)
        try:
            service.run.start()
            service.run.wait_until_subscribed()
            idle, idle_by = service.spent()
            service.run.stop()
            publish(broker.port, count, values)
            service.run.start(ready=False)
            took = service.wait(count)
            spent, by = service.spent()
            peak = service.run.peak_memory()
        finally:
            service.run.stop()
            broker.kill()
    threads = {thread: by[thread] - idle_by.get(thread, 0) for thread in by if thread != "watch"}
    return Cost(count, spent - idle, took, threads, peak)


def table() -> None:
    """Every way, one- and nine-reading messages, and where liangqu's time goes."""
    heading = "messages/s | readings/s | µs CPU a message | × the empty callback"
    print(f"| | readings a message | {heading} |\n|---|---|---|---|---|---|")
    by_thread: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as name:
        influxd = Influxd(Path(name)).start()
        with closing(InfluxDBStore(InfluxOptions(influxd.url, _plain.DATABASE))) as made:
            made.prepare()
        try:
            for values, count in MESSAGES.items():
                empty = plain("empty", values, count)
                row("empty callback", values, empty, empty)
                row("script, each written", values, plain("each", values, SLOW, influxd.url), empty)
                row("script, batched", values, plain("batched", values, count // 2, influxd.url), empty)
                for store, url in (("SQLite", ""), ("influxd", influxd.url)):
                    cost = by_thread[f"{values} to {store}"] = whole(values, count, url)
                    row(f"liangqu to {store}", values, cost, empty)
        finally:
            influxd.kill()
    where(by_thread)


def row(what: str, values: int, cost: Cost, empty: Cost) -> None:
    """One line of the table."""
    each = cost.spent / cost.messages
    rate = cost.messages / cost.took
    ratio = each / (empty.spent / empty.messages)
    print(
        f"| {what} | {values} | {rate:,.0f} | {rate * values:,.0f} | {each * 1e6:.1f} | {ratio:.1f} |",
        flush=True,
    )


def where(costs: dict[str, Cost]) -> None:
    """Microseconds of processor time a message, by thread."""
    names = ("network", "intake", "pipeline", "store", "writer")
    print(f"\n| readings a message | {' | '.join(names)} | others |\n|---|{'---|' * (len(names) + 1)}")
    for what, cost in costs.items():
        parts = [cost.threads.get(name, 0.0) / cost.messages * 1e6 for name in names]
        rest = cost.spent / cost.messages * 1e6 - sum(parts)
        print(f"| {what} | {' | '.join(f'{part:.1f}' for part in parts)} | {rest:.1f} |")


def main() -> None:
    """Print both tables; wants mosquitto and influxd to be installed."""
    table()


if __name__ == "__main__":
    main()
