"""Two shards, each on a core of its own, beside one of them alone: processor time a reading.

python -m benchmarks shards            in turns; the messages wait at the broker, the store is a sink
"""

import json
import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.service.throughput import (
    BROKER,
    NINE,
    SITES,
    TICKS,
    WINDOW,
    message,
    processor_time,
    read_counts,
    sites_file,
)
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Mosquitto

MESSAGES = int(os.environ.get("LIANGQU_SHARDS", "25000"))  # to each shard, of nine readings
ROUNDS = 7
NAMES = ("north", "south")


class _Sink(BaseHTTPRequestHandler):
    """A database that answers as InfluxDB 1.x and keeps nothing."""

    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("X-Influxdb-Version", "1.6.7")
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """A ping, or a question: there is nothing."""
        self._answer(204) if self.path.startswith("/ping") else self._nothing(self.path.partition("?")[2])

    def do_POST(self) -> None:
        """What is written is taken; a question has no answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(204) if self.path.startswith("/write") else self._nothing(body.decode())

    def _nothing(self, asked: str) -> None:
        statements = parse_qs(asked).get("q", [""])[0].rstrip("; \n").split(";")
        results = [{"statement_id": number} for number in range(len(statements))]
        self._answer(200, json.dumps({"results": results}).encode())

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started meanwhile runs on that core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def user_time(pid: int) -> float:
    """Seconds that a process has spent, those of the kernel left out."""
    cells = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(cells[11]) / TICKS


class _Shard:
    """One service with its topics, its journal and its core; it is held back until `go`."""

    def __init__(self, name: str, core: int, folder: Path, port: int, store: str) -> None:
        folder.mkdir()
        self.prefix, self._journal = f"liangqu/{name}", folder / "journal.db"
        self.run = LiangquRun(
            folder, port, influxdb=store, database=name, sites=sites_file(folder), max_age="",
            mqtt_more=f'client_id = "liangqu-{name}"\nprefixes = ["{self.prefix}"]',
            more=f'[shard]\nname = "{name}"\n',
        )  # fmt: skip
        with on_core(core):
            self.run.start().wait_until_subscribed()
        self._processes = self.run.processes()
        os.kill(self._processes[0], signal.SIGSTOP)
        self._before = (0.0, 0.0)

    def go(self) -> None:
        """Take what waits."""
        self._before = self._spent()
        os.kill(self._processes[0], signal.SIGCONT)

    def wait(self) -> tuple[float, float]:
        """Until all is in the store; the seconds of its processes, user alone and with the kernel's."""
        while True:
            found = read_counts(self._journal)
            if found["received"] >= MESSAGES and not (found["inbox"] or found["outgoing"] or found["rows"]):
                after = self._spent()
                return after[0] - self._before[0], after[1] - self._before[1]
            time.sleep(0.05)

    def _spent(self) -> tuple[float, float]:
        return sum(map(user_time, self._processes)), sum(map(processor_time, self._processes))


def _publish(port: int, prefixes: Sequence[str]) -> None:
    names = list(NINE)
    with Publisher(Broker(port=port), window=WINDOW) as publisher:
        for k in range(MESSAGES):
            turn, site = divmod(k, SITES)
            topic, payload = message(site, turn, names)
            for prefix in prefixes:
                publisher.publish(topic.replace("liangqu", prefix, 1), payload)


def take(names: Sequence[str], cores: Sequence[int], store: str) -> tuple[float, float]:
    """What the shards of these names spent on a reading: µs, user alone and with the kernel's, their mean."""
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder), BROKER).start()
        shards: list[_Shard] = []
        try:
            for name, core in zip(names, cores, strict=True):
                shards.append(_Shard(name, core, Path(folder, name), broker.port, store))
            _publish(broker.port, [one.prefix for one in shards])
            for one in shards:
                one.go()
            spent = [one.wait() for one in shards]
        finally:
            for one in shards:
                one.run.kill()
            broker.kill()
    readings = MESSAGES * len(NINE) * len(shards)
    return sum(user for user, _ in spent) / readings * 1e6, sum(both for _, both in spent) / readings * 1e6


def main() -> None:
    """Print each round and the median of the ratios."""
    print(
        f"{MESSAGES:,} messages of nine readings a shard; µs of processor time a reading, user (and kernel)\n"
    )
    print("| round | one alone, on each core | two at once | ratio, user | ratio, user and kernel |")
    print("|---|---|---|---|---|")
    ratios: list[tuple[float, float]] = []
    with sink() as store:
        for number in range(ROUNDS):
            first = number % 2
            alone = take(NAMES[:1], [first], store)
            both = take(NAMES, (0, 1), store)
            other = take(NAMES[:1], [1 - first], store)
            one = [(a + b) / 2 for a, b in zip(alone, other, strict=True)]
            ratios.append((both[0] / one[0], both[1] / one[1]))
            said = (alone, other) if first == 0 else (other, alone)
            cells = " | ".join((", ".join(map(_said, said)), _said(both)))
            print(f"| {number + 1} | {cells} | {ratios[-1][0]:.3f} | {ratios[-1][1]:.3f} |", flush=True)
    user, every = (statistics.median(one) for one in zip(*ratios, strict=True))
    print(f"| median | | | {user:.3f} | {every:.3f} |")


def _said(cost: tuple[float, float]) -> str:
    return f"{cost[0]:.2f} ({cost[1]:.2f})"


if __name__ == "__main__":
    main()
