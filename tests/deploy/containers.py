"""The deployment of docker-compose.yml with InfluxDB 1.x, run by docker.py beside this file."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from tests.deploy.deployment import copy_files, lay_out
from tests.support.servers import SEARCHED

RUNS_DOCKER = '#!/bin/sh\nexec "{python}" "{program}" "$@"\n'
LOOPBACK = """\
import fcntl, socket, struct, time
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
print("up", flush=True)
time.sleep(3600)
"""
ASK = """\
import sys, urllib.error, urllib.request
from base64 import b64encode
path, user, secret, body = sys.argv[1:]
request = urllib.request.Request("http://influxdb:8086" + path, body.encode())
request.add_header("Authorization", "Basic " + b64encode(f"{user}:{secret}".encode()).decode())
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as refusal:
    print(refusal.code)
"""


class Containers:
    """An engine with its volumes and its network, for any number of copies of the deployment."""

    def __init__(self, folder: Path) -> None:
        self.state = folder
        (folder / "volumes").mkdir(parents=True)
        (folder / "bin").mkdir()
        docker = folder / "bin" / "docker"
        program = Path(__file__).with_name("docker.py")
        docker.write_text(RUNS_DOCKER.format(python=sys.executable, program=program), encoding="utf-8")
        docker.chmod(0o755)
        self._network = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", LOOPBACK], stdout=subprocess.PIPE, text=True
        )
        assert self._network.stdout
        assert self._network.stdout.readline() == "up\n"
        (folder / "network").write_text(str(self._network.pid), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """With which a script finds this engine."""
        return {
            "PATH": f"{self.state / 'bin'}{os.pathsep}{SEARCHED}",
            "LIANGQU_CONTAINERS": str(self.state),
        }

    def run(self, *words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        """A program, in a copy of the deployment."""
        return subprocess.run(
            words, cwd=cwd, env=os.environ | self.environment() | more, capture_output=True, text=True,
            check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def calls(self) -> int:
        """How often docker was called."""
        return len((self.state / "calls").read_text("utf-8").splitlines())

    def python(self, code: str, *words: str, cwd: Path) -> str:
        """What a program says in the service's container, as the scripts start it."""
        start = (
            "docker",
            "compose",
            "run",
            "--rm",
            "--no-deps",
            "-T",
            "--entrypoint",
            "python",
            "liangqu",
            "-c",
        )
        said = self.run(*start, code, *words, cwd=cwd)
        assert said.returncode == 0, said.stderr
        return said.stdout

    def start_influxdb(self, cwd: Path) -> None:
        """As `docker compose up` does."""
        up = self.run("docker", "compose", "up", "-d", "--wait", "influxdb", cwd=cwd)
        assert up.returncode == 0, up.stderr

    def write(self, lines: str, user: str, secret: str, cwd: Path) -> int:
        """The status by which the database answers lines of an account."""
        path = "/write?db=liangqu&precision=ms"
        return int(self.python(ASK, path, user, secret, lines, cwd=cwd))

    def query(self, statement: str, user: str, secret: str, cwd: Path) -> int:
        """The status by which the database answers a statement of an account."""
        path = "/query?db=liangqu&q=" + urllib.parse.quote(statement)
        return int(self.python(ASK, path, user, secret, "", cwd=cwd))

    def values(self, cwd: Path) -> dict[str, int]:
        """How many each measurement holds."""
        counted = self.python((cwd / "deploy" / "points.py").read_text("utf-8"), "count", cwd=cwd)
        return {name: int(n) for n, name in (line.split("\t") for line in counted.splitlines())}

    def volume(self, name: str) -> Path:
        """The folder of a volume."""
        return self.state / "volumes" / f"liangqu_{name}"

    def files(self) -> dict[str, bytes]:
        """Everything that the volumes hold."""
        return {str(f): f.read_bytes() for f in (self.state / "volumes").rglob("*") if f.is_file()}

    def stop(self, name: str) -> None:
        """End a service."""
        file = self.state / f"{name}.pid"
        if file.exists():
            pid = int(file.read_text("utf-8"))
            os.kill(pid, signal.SIGTERM)
            while Path(f"/proc/{pid}/exe").exists():
                time.sleep(0.02)
            file.unlink()

    def down(self) -> None:
        """As `docker compose down`, and `docker volume rm` of every volume."""
        self.stop("influxdb")
        shutil.rmtree(self.state / "volumes")
        (self.state / "volumes").mkdir()

    def end(self) -> None:
        """Of the engine."""
        self.stop("influxdb")
        self._network.kill()
        self._network.communicate()


def secret_of(top: Path, name: str) -> str:
    """What stands in a file of deploy/secrets/."""
    return (top / "deploy" / "secrets" / name).read_text("utf-8")


def checkout(folder: Path, *, secrets: bool = False) -> Path:
    """A copy of the repository's deployment; `secrets`: made, and InfluxDB 1.x chosen, as the guide says."""
    if not secrets:
        return copy_files(folder)
    lay_out(folder)
    (folder / ".env").write_text("COMPOSE_FILE=docker-compose.yml:compose.influxdb1.yml\n", encoding="utf-8")
    return folder
