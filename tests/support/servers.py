"""Real servers for tests: mosquitto and influxd on free loopback ports, files in a folder of the test."""

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from random import SystemRandom
from typing import Self

PATIENCE = 30.0
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])

MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {folder}/
autosave_interval 1
log_dest stdout
log_type error
log_type warning
log_type notice
"""

INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
{data}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


def wait_until(true: Callable[[], bool]) -> None:
    """Look again and again; fails when it has not come true in `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago.

    It lies below those that the system gives to connections: one of them would keep a server from its return.
    """
    while True:
        port = SystemRandom().randrange(10_000, 32_768)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


class Server:
    """A server program that keeps its port and its files over any number of starts."""

    program = ""
    scheme = ""

    def __init__(self, folder: Path, extra: str = "") -> None:
        """Write the configuration into `folder`; `extra` lines are added at its end."""
        self.folder = folder
        self.port = free_port()
        self.log = folder / f"{self.program}.log"
        self._config = folder / f"{self.program}.conf"
        self._config.write_text(self._configuration() + extra, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, as one URL."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is down."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start it and return when it answers; a program that is missing or dies fails the test."""
        self.launch()
        self._wait_until_ready()
        return self

    def launch(self) -> None:
        """Start it without waiting until it answers."""
        assert self._process is None, f"{self.program} runs already"
        binary = self._find()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [binary, *self._arguments()], stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )

    def _find(self) -> str:
        """The program; a clear line where it is missing or another one."""
        binary = shutil.which(self.program, path=SEARCHED)
        assert binary, (
            f"{self.program} is not installed: sudo apt-get install -y mosquitto influxdb nats-server"
        )
        return binary

    def stop(self) -> None:
        """End it orderly (SIGTERM); nothing happens when it is down."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), with whatever it had not written."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it from answering while its port stays open; `resume` lets it go on."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, how)
            os.killpg(process.pid, signal.SIGCONT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._ready():
            assert self._process
            dead = self._process.poll() is not None
            if dead or time.monotonic() > deadline:
                self.kill()
                words = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise AssertionError(f"{self.program} {'ended' if dead else 'does not answer'}:\n{words}")
            time.sleep(0.02)

    def _configuration(self) -> str:
        raise NotImplementedError

    def _arguments(self) -> list[str]:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError


class Mosquitto(Server):
    """A mosquitto broker that lets anyone in and keeps its sessions on disk."""

    program = "mosquitto"
    scheme = "mqtt"

    def _configuration(self) -> str:
        # Started by root it would become another user, who may not write into the test's folder.
        return MOSQUITTO.format(port=self.port, user=getpass.getuser(), folder=self.folder)

    def _arguments(self) -> list[str]:
        return ["-c", str(self._config)]

    def _ready(self) -> bool:
        """Every listener answers: they are opened one after the other."""
        files = [self._config, *(self.folder / "conf.d").glob("*.conf")]
        listeners = [re.findall(r"^listener (\d+)", file.read_text("utf-8"), re.MULTILINE) for file in files]
        try:
            for port in chain.from_iterable(listeners):
                socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
        except OSError:
            return False
        return True


class Influxd(Server):
    """An InfluxDB 1.x without authentication; `data` lines are added under [data]."""

    program = "influxd"
    scheme = "http"

    def __init__(self, folder: Path, extra: str = "", data: str = "") -> None:
        self._data = data
        super().__init__(folder, extra)

    def configure(self, data: str) -> None:
        """Other lines under [data], from the next start on."""
        self._data = data
        self._config.write_text(self._configuration(), encoding="utf-8")

    def _find(self) -> str:
        """The first influxd of 1.x on the path: 2.x has another command line and other rights."""
        said = []
        for folder in SEARCHED.split(os.pathsep):
            if binary := shutil.which(self.program, path=folder):
                done = subprocess.run([binary, "version"], capture_output=True, text=True, check=False)
                if done.stdout.startswith("InfluxDB v1."):
                    return binary
                said.append(f"{binary} is {done.stdout.strip() or done.stderr.strip()}")
        found = "; ".join(said) or "there is none"
        raise AssertionError(f"these tests want influxd 1.x (sudo apt-get install -y influxdb): {found}")

    def _configuration(self) -> str:
        return INFLUXD.format(port=self.port, rpc_port=free_port(), folder=self.folder, data=self._data)

    def _arguments(self) -> list[str]:
        return ["run", "-config", str(self._config)]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1) as answer:
                return bool(answer.status == 204)
        except (urllib.error.URLError, OSError):
            return False


StartMosquitto = Callable[..., Mosquitto]
"""The fixture `start_mosquitto`: a running broker each call."""

StartInfluxd = Callable[..., Influxd]
"""The fixture `start_influxd`: a running database each call."""

MountDisk = Callable[[int], Path]
"""The fixture `mount_disk`: a file system of so many MB each call."""
