"""podman with a storage of its own, and Debian's packages under the names that the compose files pin.

No registry of images is asked. Whoever makes an engine ends it: nothing of it stays on the machine.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

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
# What people and scripts ask of `docker`. Without `--`, podman-compose takes a command's options for its own;
# it does not look for COMPOSE_FILE in .env and has no `cp`; podman 4.3 starts nothing whose need has a need.
DOCKER = """\
#!/bin/sh -e
files=$(sed -n 's/^COMPOSE_FILE=//p' .env 2>/dev/null | tail -n 1)
[ -z "$files" ] || export COMPOSE_FILE="$files"
if [ "$*" = "compose --profile simulate up -d" ]; then
    "$0" compose --profile simulate up -d history
    [ "$(podman wait liangqu_history_1)" = 0 ]
    exec "$0" compose --profile simulate up -d --no-deps simulate
fi
case "$1 $2 $3" in
"compose cp "*)
    named() {{ echo "$1" | sed 's/^\\([a-z]*\\):/liangqu_\\1_1:/'; }}
    exec podman cp "$(named "$3")" "$(named "$4")"
    ;;
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
SUDO = """\
#!/bin/sh
exec "$@"
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


def copy_source(top: Path) -> None:
    """What the Dockerfile wants besides deploy/, and this machine's authorities as `deploy/mirror.crt`."""
    for part in ("Dockerfile", ".dockerignore", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copyfile(ROOT / part, top / part)
    for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, top / room, dirs_exist_ok=True, ignore=leave)
    shutil.copyfile(AUTHORITIES, top / "deploy" / "mirror.crt")


class PodmanEngine:
    """An engine, with the deployment in the folder `top`."""

    def __init__(self, folder: Path, top: Path) -> None:
        self.folder = folder
        self.top = top
        (folder / "bin").mkdir(parents=True)
        for name, text in (("docker", DOCKER.format(python=sys.executable)), ("sudo", SUDO)):
            (folder / "bin" / name).write_text(text, encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)
        self.environment = {"PATH": f"{folder / 'bin'}{os.pathsep}{SEARCHED}"}
        for name, text in CONFIGURATION.items():
            file = folder / name.lower()
            file.write_text(text.format(folder), encoding="utf-8")
            self.environment[name] = str(file)

    def at(self, top: Path) -> Self:
        """The same engine, with the deployment in another folder."""
        other = copy.copy(self)
        other.top, other.environment = top, dict(self.environment)
        return other

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
        copy_source(self.top)
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

    def clear(self) -> None:
        """Containers, volumes and networks; the images stay."""
        for words in (
            ("pod", "rm", "-fa"),
            ("rm", "-fa", "-t", "0"),
            ("volume", "rm", "-fa"),
            ("network", "prune", "-f"),
        ):
            self.try_run("podman", *words)

    def end(self) -> None:
        """All of it, images and the storage too."""
        self.clear()
        self.try_run("podman", "rmi", "-fa")
        self.try_run("umount", f"{self.folder}/graph/overlay")
        shutil.rmtree(self.folder, ignore_errors=True)
