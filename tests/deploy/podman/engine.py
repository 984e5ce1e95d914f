"""podman with a storage of its own, and Debian's packages under the names that the compose files pin.

No registry of images is asked. Whoever makes an engine ends it: nothing of it stays on the machine.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.deploy.deployment import compose as compose_file
from tests.support.paths import ROOT
from tests.support.servers import SEARCHED

IMAGES = Path(__file__).with_name("images")
DEBIAN = "http://deb.debian.org/debian"
CONFIGURATION = {
    # Limits that a machine which is itself a guest can give.
    "CONTAINERS_CONF": '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
    '[engine]\nruntime = "runc"\n',
    "CONTAINERS_STORAGE_CONF": '[storage]\ndriver = "overlay"\ngraphroot = "{0}/graph"\n'
    'runroot = "{0}/run"\n',
    "CONTAINERS_REGISTRIES_CONF": 'unqualified-search-registries = ["docker.io"]\n',
}
# What the scripts ask of `docker`. Without `--`, podman-compose takes a command's options for its own.
DOCKER = """\
#!/bin/sh
case "$1 $2 $3" in
"compose ps -q") exec podman ps -q --filter "name=liangqu_$4_1" ;;
"compose run "*)
    for word; do
        shift
        case "$word$seen" in liangqu | desk) seen=yes && set -- "$@" -- ;; esac
        set -- "$@" "$word"
    done
    ;;
esac
[ "$1" = compose ] || exec podman "$@"
shift
exec "{python}" -m podman_compose --podman-build-args=--network=host "$@"
"""
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
LASTING = ("mosquitto", "influxdb", "liangqu", "desk", "grafana")
HEALTHY_WITHIN_S = 120


def stand_ins() -> dict[str, str]:
    """The image that each folder of `images/` stands in for, by its whole name."""
    main, one_x = compose_file("docker-compose.yml"), compose_file("compose.influxdb1.yml")
    return {
        "python": "docker.io/library/python:3.11-slim-bookworm",
        "mosquitto": f"docker.io/library/{main['services']['mosquitto']['image']}",
        "influxdb": f"docker.io/library/{one_x['services']['influxdb']['image']}",
        "grafana": f"docker.io/{main['services']['grafana']['image']}",
    }


class PodmanEngine:
    """An engine, with the deployment in the folder `top`."""

    def __init__(self, folder: Path, top: Path) -> None:
        self.folder = folder
        self.top = top
        (folder / "bin").mkdir(parents=True)
        docker = folder / "bin" / "docker"
        docker.write_text(DOCKER.format(python=sys.executable), encoding="utf-8")
        docker.chmod(0o755)
        self.environment = {"PATH": f"{folder / 'bin'}{os.pathsep}{SEARCHED}"}
        for name, text in CONFIGURATION.items():
            file = folder / name.lower()
            file.write_text(text.format(folder), encoding="utf-8")
            self.environment[name] = str(file)

    def run(self, *words: str, within: float = 600, **more: str) -> str:
        """What a program prints, in the deployment; it must succeed."""
        done = self.try_run(*words, within=within, **more)
        assert done.returncode == 0, f"{words}: {done.stderr}{done.stdout}"
        return done.stdout

    def try_run(self, *words: str, within: float = 600, **more: str) -> subprocess.CompletedProcess[str]:
        """A program, in the deployment."""
        return subprocess.run(
            words, cwd=self.top, env=os.environ | self.environment | more, capture_output=True, text=True,
            check=False, timeout=within, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def build_stand_ins(self) -> None:
        """Debian by debootstrap, and on it one image for each name that is pinned."""
        root = self.folder / "debian"
        self.run(
            "debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root), DEBIAN
        )
        self.run("sh", "-c", f"tar -C {root} -c . | podman import - localhost/debian:bookworm")
        shutil.rmtree(root)
        for folder, name in stand_ins().items():
            self.run("podman", "build", "--network=host", "-t", name, str(IMAGES / folder))

    def build(self) -> None:
        """liangqu's own image, by its Dockerfile and through compose, with this machine's authorities."""
        for part in ("Dockerfile", ".dockerignore", "pyproject.toml", "LICENSE", "README.md"):
            shutil.copyfile(ROOT / part, self.top / part)
        for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors"):
            leave = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / room, self.top / room, dirs_exist_ok=True, ignore=leave)
        shutil.copyfile(AUTHORITIES, self.top / "deploy" / "mirror.crt")
        self.run("docker", "compose", "build", "liangqu", within=1800, PIP_CERT="/src/mirror.crt")

    def is_healthy(self, service: str) -> bool:
        """By the check of the compose file, run now."""
        return self.try_run("podman", "healthcheck", "run", f"liangqu_{service}_1").returncode == 0

    def wait_until_healthy(self, *services: str) -> None:
        """Until each is."""
        until = time.monotonic() + HEALTHY_WITHIN_S
        for service in services or LASTING:
            while not self.is_healthy(service):
                assert time.monotonic() < until, f"{service}: {self.logs(service)[-3000:]}"
                time.sleep(0.5)

    def kill(self, service: str) -> None:
        """-9 to its first process, as the kernel does when memory ends; the engine starts it again."""
        pid = self.inspect(service)["State"]["Pid"]
        os.kill(pid, 9)
        until = time.monotonic() + HEALTHY_WITHIN_S
        while (state := self.inspect(service)["State"])["Pid"] in {0, pid} or not state["Running"]:
            assert time.monotonic() < until, f"{service} is not started again"
            time.sleep(0.1)

    def inspect(self, service: str) -> dict[str, dict[str, int]]:
        """What the engine says of a service's container."""
        found: dict[str, dict[str, int]] = json.loads(self.run("podman", "inspect", f"liangqu_{service}_1"))[
            0
        ]
        return found

    def logs(self, service: str) -> str:
        """What it has printed."""
        said = self.try_run("podman", "logs", f"liangqu_{service}_1")
        return said.stdout + said.stderr

    def end(self) -> None:
        """Containers, images, networks and the storage."""
        for words in (
            ("pod", "rm", "-fa"),
            ("rm", "-fa", "-t", "0"),
            ("network", "prune", "-f"),
            ("rmi", "-fa"),
        ):
            self.try_run("podman", *words)
        self.try_run("umount", f"{self.folder}/graph/overlay")
        shutil.rmtree(self.folder, ignore_errors=True)
