"""A running liangqu for each test that asks for one, and a small disk."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.paths import ROOT
from tests.support.servers import Mosquitto, MountDisk, StartMosquitto

DEPLOYED = (ROOT / "deploy" / "mosquitto.conf").read_text(encoding="utf-8")


@pytest.fixture
def broker(start_mosquitto: StartMosquitto) -> Mosquitto:
    """A broker with the settings that we ship: it queues a million messages, stock mosquitto a thousand."""
    return start_mosquitto(DEPLOYED.replace("persistence true\n", "").replace("autosave_interval 60\n", ""))


@pytest.fixture
def start_liangqu(tmp_path: Path) -> Iterator[StartLiangqu]:
    """A running service each call, ended with the test."""
    with ExitStack() as started:

        def start(
            broker: int | Sequence[str], *, ready: bool = True, waits: bool = False, **options: Any
        ) -> LiangquRun:
            folder = tmp_path / f"liangqu-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            service = LiangquRun(folder, broker, **options)
            started.callback(service.kill)
            return service.start(ready=ready, waits=waits)

        yield start


@pytest.fixture
def mount_disk(tmp_path: Path) -> Iterator[MountDisk]:
    """A file system of so many MB each call."""
    with ExitStack() as mounted:

        def mount(size: int) -> Path:
            folder = tmp_path / f"disk-{size}"
            folder.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)]
            done = subprocess.run(command, check=False, capture_output=True)
            assert done.returncode == 0, "a small file system takes root: sudo ./do test"
            mounted.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)
            return folder

        yield mount
