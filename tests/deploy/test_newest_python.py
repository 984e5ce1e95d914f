"""Tests that need no server on the newest Python that Debian has: 3.13, in a Debian 13 of their own."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.deploy.debian import Debian
from tests.support import scale
from tests.support.paths import ROOT

NEWEST = "3.13"
PROVEN: tuple[str, ...] = (
    "tests/alerts",
    "tests/dashboards",
    "tests/ingest",
    "tests/liangqu",
    "tests/sensors",
)
"""What passes there as a whole, the rooms; the classifier is added when it is `tests`."""
PACKAGES = (
    "ca-certificates,fonts-noto-cjk,gcc,git,libharfbuzz-subset0,libpango-1.0-0,libpangoft2-1.0-0,openssl,poppler-utils,"
    "python3-venv,shellcheck,systemd"
)
INSTALL = (
    "git init -q && git add -A && git -c user.name=x -c user.email=x@example.org commit -qm x",
    "python3 -m venv .venv",
    ".venv/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'",
)


def test_what_is_said_to_be_proven_is_the_oldest_and_this_one_once_it_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    said = re.findall(r"Python :: (\d+\.\d+)", " ".join(project["classifiers"]))

    assert said == ["3.11", *([NEWEST] if PROVEN == ("tests",) else [])]
    assert project["requires-python"] == f">={said[0]}"


if scale.FULL:

    @pytest.mark.heavy
    @pytest.mark.timeout(3600)
    def test_the_tests_without_servers(tmp_path: Path) -> None:
        """Warnings are errors there too; packages are the newest that pyproject.toml allows."""
        debian = Debian(tmp_path).install(PACKAGES, "trixie")
        try:
            for line in INSTALL:
                done = debian.run_unbooted(line)
                assert done.returncode == 0, done.stderr[-3000:]
            assert NEWEST in debian.run_unbooted(".venv/bin/python --version").stdout
            words = f"-q -n 2 -m 'not server' -p no:cacheprovider {' '.join(PROVEN)}"
            done = debian.run_unbooted(f".venv/bin/python -m pytest {words}")
        finally:
            shutil.rmtree(debian.root)
        print(done.stdout.splitlines()[-1])
        assert done.returncode == 0, done.stdout[-6000:]
