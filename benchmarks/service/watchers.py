"""What it costs the alerts that people watch: the desk's stream read by many, and one browser.

python -m benchmarks watchers          needs mosquitto and chromium; everything on this machine's cores
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial

from benchmarks.service import alerts
from tests.support.servers import free_port

RATE = 2000
WATCHERS = 50
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
    clients = subprocess.Popen([sys.executable, "-c", CLIENTS, str(port), str(WATCHERS)])
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            [
                shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                f"--user-data-dir={profile}", "--remote-debugging-port=0", address,
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


def main() -> None:
    """In turns without and with the desk and whoever watches."""
    print("| watched by | events | p50 ms | p99 ms |\n|---|---|---|---|")
    for _ in range(2):
        for name, is_watched in (("nobody, no desk", False), (f"{WATCHERS} streams, a browser", True)):
            port = free_port()
            settings = f'[desk]\nlisten = "127.0.0.1:{port}"\nlogin = "none"\n' if is_watched else ""
            around = partial(watched, port) if is_watched else nullcontext
            found = alerts.latency(RATE, settings, around)
            print(f"| {name} | {found[0]} | {found[1]:.0f} | {found[2]:.0f} |", flush=True)
