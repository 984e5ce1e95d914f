"""What users install: the wheel's content, its commands in an environment of their own, what they load."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGES = {"alerts", "dashboards", "ingest", "liangqu", "sensors"}
HEAVY = {"amqtt", "grafana_foundation_sdk", "matplotlib", "pandas", "rich"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_five_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.namelist()
    names = {name for name in inside if ".dist-info/" not in name}
    metadata = {name.partition(".dist-info/")[2] for name in inside}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sorted(PACKAGES)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    ours = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}

    assert {name.split("/")[0] for name in names} == PACKAGES
    assert {Path(name).suffix for name in names} <= {
        ".css",
        ".html",
        ".j2",
        ".js",
        ".json",
        ".py",
        ".sql",
        ".svg",
        ".toml",
        ".yml",
    }
    assert names == {name for name in ours if not name.endswith(".md")}
    assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= metadata


@pytest.mark.heavy
def test_installed_outside_the_checkout_it_runs_the_demo_to_its_end(wheel: Path, tmp_path: Path) -> None:
    """The one run of the demo from beginning to end as a newcomer has it: about a minute."""
    venv.create(tmp_path / "venv", with_pip=True)
    place = tmp_path / "place"
    place.mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))
    }

    def run(*words: str, timeout: float = 240) -> str:
        program = tmp_path / "venv" / "bin" / words[0]
        done = subprocess.run(
            [program, *words[1:]],
            cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert words[0] == "pip" or not done.stderr, done.stderr
        return done.stdout

    run("pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", str(wheel))
    assert "demo" in run("liangqu", "--help")
    assert "all is well" in run("liangqu", "check")

    said = run("liangqu", "demo", "--minutes", "1", "--months", "2", "--out", "out", "--language", "en")

    lines = re.findall(r"^  (?:messages|items): .*$", said, re.MULTILINE)
    sums = [[int(number) for number in re.findall(r"\d+", line.partition(";")[0])] for line in lines]
    assert [whole for whole, *_ in sums] == [sum(parts) for _, *parts in sums], lines
    assert all(whole > 100 for whole, *_ in sums), lines
    assert "The demo is over" in said
    assert len(list((place / "out" / "reports").glob("*/en/report.html"))) == 1
    refused = run("liangqu", "-c", "out/liangqu.toml", "quarantine", "list")
    assert "time_in_future" in refused


@pytest.mark.parametrize("words", [["--help"], ["check"], ["demo", "--help"], ["simulate", "--help"]])
def test_looking_around_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "liangqu", *words],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    # By what is in a package: one that is kept out stands there by its name alone.
    modules = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    loaded = {module.partition(".")[0] for module in modules if "." in module}
    assert "typer" in loaded
    assert not loaded & HEAVY
