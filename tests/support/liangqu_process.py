"""The real `liangqu run` as a process of its own, for tests: started, killed, asked for its figures."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from ingest.journal import accounting, requests
from tests.support.paths import ROOT
from tests.support.servers import PATIENCE, free_port

SETTINGS = """\
[mqtt]
{broker}
protocol = "{protocol}"
window = 500
keepalive = "{keepalive}"
{mqtt_more}
[store]
kind = "{store}"
[influxdb]
url = "{influxdb}"
database = "{database}"
timeout = "{timeout}"
[http]
listen = "127.0.0.1:{http}"
{http_more}
[catalogue]
extra = [{extra}]
"""

Metrics = dict[str, float]


class LiangquRun:
    """One service with its settings and files in `folder`; may be started again after any end."""

    def __init__(
        self,
        folder: Path,
        broker: int | Sequence[str],
        *,
        influxdb: str = "",
        database: str = "liangqu",
        protocol: str = "5",
        keepalive: str = "60s",
        sites: Path | None = None,
        more: str = "",
        http_more: str = "",
        mqtt_more: str = "",
        timeout: str = "10s",
        max_age: str = "none",
        under: tuple[str, ...] = (),
        flags: tuple[str, ...] = (),
        python: str = sys.executable,
        tree: Path = ROOT,
    ) -> None:
        """`broker` is a port, or the nodes of a cluster as `hosts` has them.

        `flags` are of `liangqu run`. `python` and `tree` run another build: its interpreter, and where its
        sources are.

        An empty `max_age` leaves it to the build.
        """
        self.folder = folder
        self.http = free_port()
        self.settings = folder / "liangqu.toml"
        self.log = folder / "liangqu.log"
        self.settings.write_text(
            SETTINGS.format(
                broker=(
                    f'host = "127.0.0.1"\nport = {broker}'
                    if isinstance(broker, int)
                    else f"hosts = {json.dumps([*broker])}"
                ),
                protocol=protocol,
                keepalive=keepalive,
                store="influxdb" if influxdb else "sqlite",
                influxdb=influxdb or "http://127.0.0.1:8086",
                database=database,
                http=self.http,
                http_more=http_more,
                mqtt_more=mqtt_more,
                timeout=timeout,
                extra=f'"{sites}"' if sites else "",
            )
            + (f'[ingest]\nmax_age = "{max_age}"\n' if max_age else "")
            + more,
            encoding="utf-8",
        )
        self._under = under
        self._flags = flags
        self._python = python
        self._tree = tree
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is down."""
        return self._process.pid if self._process else None

    def start(self, *, ready: bool = True, waits: bool = False) -> Self:
        """Start it; returns when it is ready, or else when its parts have begun.

        If it `waits` before that, as a standby does: when it says so.
        """
        self._launch("liangqu")
        begun = "journal" if waits or "--standby" in self._flags else "broker"
        self.wait_until(lambda: self.readyz().get("ready" if ready else begun, False) is not False, "ready")
        return self

    def start_dying(self, step: str) -> None:
        """Start it so that it kills itself at a step of `tests/support/crash_points.py`; returns at once."""
        self._launch("tests.support.crash_points", step)

    def start_failing(self, where: str, times: int) -> Self:
        """Start it with a fault, see `failure_injection.py` here; returns when it answers at all."""
        self._launch("tests.support.failure_injection", where, str(times))
        self.wait_until(lambda: self._get("/healthz")[0] == 200, "answering")
        return self

    def wait_until_dead(self) -> None:
        """Wait until it has killed itself."""
        process, self._process = self._process, None
        assert process is not None
        try:
            ended = process.wait(4 * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            ended = process.wait()
            raise AssertionError(f"never came to its step\n{self._words()}") from None
        assert ended == -signal.SIGKILL, self._words()

    def wait_until_ended(self) -> int:
        """Wait until it has ended by itself; the exit code."""
        process, self._process = self._process, None
        assert process is not None
        return process.wait(4 * PATIENCE)

    def launch(self) -> None:
        """Start it and return at once."""
        self._launch("liangqu")

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, at any moment."""
        return self._end(signal.SIGKILL)

    def command(self, *words: str) -> str:
        """Run another liangqu command with the same settings; its standard output."""
        done = self._run(words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *words: str) -> tuple[int, str]:
        """Run a command that ends on its own; its exit code and standard error."""
        done = self._run(words)
        return done.returncode, done.stderr

    def fails_without_settings(self, *words: str) -> tuple[int, str]:
        """As `fails`, without naming the settings."""
        done = self._run(words, settings=False)
        return done.returncode, done.stderr

    def command_without_settings(self, *words: str) -> str:
        """As `command`, without naming the settings."""
        done = self._run(words, settings=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, words: tuple[str, ...], *, settings: bool = True) -> subprocess.CompletedProcess[str]:
        # Not typed inside the test's process: after others there, one test waited for ever.
        named = ["-c", str(self.settings)] if settings else []
        return subprocess.run(
            [self._python, "-m", "liangqu", *words, *named],
            cwd=self._tree,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def metrics(self) -> Metrics:
        """All figures of /metrics by name with labels, as they are printed."""
        status, text = self._get("/metrics")
        assert status == 200, text
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    def readyz(self) -> dict[str, Any]:
        """What /readyz says, ready or not; nothing when nobody listens."""
        answer: dict[str, Any] = json.loads(self._get("/readyz")[1] or "{}")
        return answer

    def gaps(self) -> dict[str, int]:
        """What the two sums of docs/reference/messages.md#counts lack; all 0 at every moment."""
        return accounting.imbalances(self.accounts())

    def accounts(self) -> dict[str, int]:
        """The accounts as they stand in the file, whether the service runs or not."""
        with self._journal() as journal:
            return accounting.read_counts(journal)

    def processes(self) -> list[int]:
        """Its process and those that this has started, the one that writes InfluxDB."""
        assert self._process is not None
        own = self._process.pid
        tasks = Path(f"/proc/{own}/task").glob("*/children")
        return [own, *(int(pid) for task in tasks for pid in task.read_text(encoding="ascii").split())]

    def memory(self) -> int:
        """Bytes of resident memory, of all its processes."""
        return self._status("VmRSS")

    def peak_memory(self) -> int:
        """The most of it that each of its processes has had, added up."""
        return self._status("VmHWM")

    def _status(self, name: str) -> int:
        found = 0
        for pid in self.processes():
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            found += 1024 * int(status.partition(f"{name}:")[2].split()[0])
        return found

    def days_left(self) -> int:
        """How many days are to be recomputed."""
        with self._journal() as journal:
            return requests.count_recompute_rows(journal)

    def wait_until_subscribed(self) -> None:
        """Wait until the broker keeps what is published for us; nobody keeps what comes before."""
        self.wait_until(lambda: self.readyz().get("broker") == "ok", "subscribed")

    def wait_until_settled(self, messages: int) -> Metrics:
        """Wait until so many messages were received and everything has found its place."""

        def settled() -> bool:
            figures = self.metrics()
            return (
                figures["liangqu_messages_received_total"] >= messages
                and figures["liangqu_messages_inbox"] == figures["liangqu_items_outgoing"] == 0
            )

        self.wait_until(settled, f"settled after {messages} messages")
        return self.metrics()

    def wait_until(self, condition: Callable[[], bool], what: str, patience: float = 4 * PATIENCE) -> None:
        """Ask again and again; fails with the service's own words when it has ended or `patience` is over.

        As long as messages or items move on, it is only slow: then the patience begins anew.
        """
        deadline, moved = time.monotonic() + patience, self._moved()
        while not condition():
            if time.monotonic() > deadline:
                before, moved = moved, self._moved()
                deadline += patience if moved != before else 0
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                figures = "" if ended else self._get("/metrics")[1]
                end = "it has ended" if ended else ""
                raise AssertionError(f"not {what}; {end}\n{self._words()}\n{figures}")
            time.sleep(0.05)

    def _moved(self) -> list[int]:
        """What has ever been received, worked on and settled."""
        try:
            accounts = self.accounts()
        except sqlite3.Error:
            return []  # there is no journal yet
        return [accounts.get(name, 0) for name in ("received", "processed", *accounting.OUTCOMES)]

    def _launch(self, *program: str) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._under, self._python, "-m", *program, "run", *self._flags, "-c", str(self.settings)],
                cwd=self._tree,
                stdout=log,
                stderr=log,
            )

    def _words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]

    def _journal(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(f"file:{self.folder / 'journal.db'}?mode=ro", uri=True, timeout=10))

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            os.kill(process.pid, how)
        return process.wait(PATIENCE)

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except (urllib.error.URLError, OSError):
            return 0, ""


StartLiangqu = Callable[..., LiangquRun]
"""The fixture `start_liangqu`: a running service each call."""


def items(figures: Metrics) -> Metrics:
    """What became of the items, by outcome."""
    return _labelled(figures, "liangqu_items_total{")


def refused(figures: Metrics) -> Metrics:
    """How many items were ever refused, by reason."""
    return _labelled(figures, "liangqu_quarantine_total{")


def _labelled(figures: Metrics, start: str) -> Metrics:
    return {name.split('"')[1]: value for name, value in figures.items() if name.startswith(start)}
