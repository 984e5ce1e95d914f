"""What it costs the alerts that people watch: the desk's stream read by many, and one browser.

python -m benchmarks watchers          needs mosquitto and chromium; everything on this machine's cores
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.service import alerts
from benchmarks.service.alerts import Watched
from benchmarks.service.throughput import BROKER, publish, sites_file
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Mosquitto, free_port

RATE = 2000
WATCHERS = 50
MESSAGES = 60_000
ROUNDS = 2
# Whoever watches has a processor of their own: here they get what the others leave of this machine's.
ELSEWHERE = ("nice", "-n", "19")
WHAT = {False: "liangqu", True: "an echo, and liangqu idle"}
WATCHED = {False: "nobody, no desk", True: f"{WATCHERS} streams, a browser"}
CLIENTS = """
import asyncio, sys

async def watch(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /stream/now HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n")
    while await reader.read(65536):
        pass

async def main():
    await asyncio.gather(*(watch(int(sys.argv[1])) for _ in range(int(sys.argv[2]))))

asyncio.run(main())
"""


@contextmanager
def watched(port: int) -> Iterator[None]:
    """So many read the stream, and a browser shows the page, until it ends."""
    address = f"http://127.0.0.1:{port}/"
    wait_for(port)
    clients = subprocess.Popen([*ELSEWHERE, sys.executable, "-c", CLIENTS, str(port), str(WATCHERS)])
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            [
                *ELSEWHERE, shutil.which("chromium") or "chromium", "--headless", "--no-sandbox",
                "--disable-gpu", f"--user-data-dir={profile}", "--remote-debugging-port=0", address,
            ],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
            if clients.poll() is not None:
                sys.exit("the stream has ended")
        finally:
            for process in (clients, browser):
                process.terminate()
                process.wait(30)


def wait_for(port: int) -> None:
    """Until the desk listens; it starts beside the service."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    sys.exit("the desk does not listen")


def drain_rate(settings: str, around: Watched) -> float:
    """Messages a second that the service works on, all the way into its store.

    It is stopped while they are published, and goes on when all of them wait at the broker.
    """
    with tempfile.TemporaryDirectory() as name:
        broker = Mosquitto(Path(name), BROKER).start()
        service = LiangquRun(Path(name), broker.port, sites=sites_file(Path(name)), more=settings).start()
        service.wait_until_subscribed()
        with around():
            os.kill(pid := service.pid or 0, signal.SIGSTOP)
            publish(broker.port, MESSAGES, 1)
            os.kill(pid, signal.SIGCONT)
            begun = time.perf_counter()
            service.wait_until_settled(MESSAGES)
            took = time.perf_counter() - begun
        service.stop()
        broker.stop()
    return MESSAGES / took


def compare_latency() -> None:
    """In turns: of the service, and of what only echoes, without and with the desk and whoever watches."""
    print("| | watched by | events | p50 ms | p90 ms | p99 ms | the first second apart: p99 ms |")
    print("|---|---|---|---|---|---|---|")
    for echo, watching in [(False, False), (False, True), (True, False), (True, True)] * ROUNDS:
        found = alerts.latency(RATE, *watched_by(watching=watching), echo=echo)
        later = alerts.Latencies(found.ways[len(found.ways) // alerts.SECONDS :])
        figures = [found.percentile(share) for share in (0.5, 0.9, 0.99)] + [later.percentile(0.99)]
        cells = [WHAT[echo], WATCHED[watching], str(len(found.ways)), *(f"{one:.0f}" for one in figures)]
        print(f"| {' | '.join(cells)} |", flush=True)


def compare_rates() -> None:
    """The rate in turns without and with them, and the ratio of their medians."""
    print("\n| watched by | messages/s |\n|---|---|")
    found: dict[bool, list[float]] = {False: [], True: []}
    for watching in [False, True] * ROUNDS:
        found[watching].append(drain_rate(*watched_by(watching=watching)))
        print(f"| {WATCHED[watching]} | {found[watching][-1]:,.0f} |", flush=True)
    print(f"| ratio of the medians | {median(found[True]) / median(found[False]):.2f} |")


def watched_by(*, watching: bool) -> tuple[str, Watched]:
    """What the settings need for a desk, and whoever watches it."""
    if not watching:
        return "", nullcontext
    port = free_port()
    return f'[desk]\nlisten = "127.0.0.1:{port}"\nlogin = "none"\n', partial(watched, port)


def main() -> None:
    """Print both tables."""
    compare_latency()
    compare_rates()
