"""The engine, whose images are made once."""

import importlib.util
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.deploy.deployment import copy_files
from tests.deploy.podman.engine import PodmanEngine

TOOLS = ("podman", "debootstrap", "runc", "script", "mosquitto_pub")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PodmanEngine]:
    """With the images of Debian's packages, and liangqu's own."""
    missing = [name for name in TOOLS if not shutil.which(name)]
    missing += [] if importlib.util.find_spec("podman_compose") else ["podman-compose"]
    assert not missing, f"{missing} not there: ./do prove installs them"
    assert os.geteuid() == 0, "containers are made as root here: sudo ./do prove"
    folder = tmp_path_factory.mktemp("podman")
    made = PodmanEngine(folder / "engine", copy_files(folder / "source"))
    try:
        made.build_stand_ins()
        made.build()
        yield made
    finally:
        made.end()
