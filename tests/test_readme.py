"""Every command and every example of the two READMEs is run here, or is what CI runs."""

import json
import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensors.catalogue import loader
from sensors.decoding.decoder import decode_message
from sensors.decoding.types import InputBounds
from tests.support.paths import ROOT
from tests.support.servers import free_port

READMES = ("README.md", "README.zh-CN.md")
OF_CI = {"./do test"}  # .ci/run runs exactly this
OF_THE_SETUP = {  # `./do test` has installed them; tests/deploy/test_debian.py types them
    "sudo apt-get install -y python3-venv mosquitto influxdb",
    "sudo systemctl restart mosquitto",
}
SERVICES = {"liangqu run"}


def blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def commands(readme: str) -> list[str]:
    return [line for block in blocks(readme, "sh") for line in block.splitlines()]


def test_both_readmes_give_the_same_commands_and_examples() -> None:
    english, chinese = READMES

    assert commands(english) == [line.replace("--language zh", "--language en") for line in commands(chinese)]
    assert blocks(english, "json") == blocks(chinese, "json")
    assert blocks(english, "toml")[1:] == blocks(chinese, "toml")[1:]


def test_the_two_commands_picture_and_flow_are_on_the_first_screen() -> None:
    for readme in READMES:
        first = (ROOT / readme).read_text(encoding="utf-8").splitlines()[:40]
        assert {"./do demo", "./do test"} <= {line.partition(" --language")[0] for line in first}
        assert any("─►" in line for line in first)
        assert any(line.startswith("![") for line in first)


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_its_demo_speaks_the_language_of_the_readme_whatever_the_locale(readme: str, language: str) -> None:
    assert [line for line in commands(readme) if "demo" in line] == [f"./do demo --language {language}"]


@pytest.mark.parametrize("readme", READMES)
def test_every_file_that_is_linked_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")

    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / target).exists(), target
    for folder in re.findall(r"`([a-z]+/)`", text):
        assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("readme", READMES)
def test_the_settings_and_the_station_of_the_example_are_taken(readme: str, tmp_path: Path) -> None:
    settings, sites = blocks(readme, "toml")
    (tmp_path / "liangqu.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "my-sites.toml").write_text(sites, encoding="utf-8")

    done = _run(f"{ROOT}/.venv/bin/liangqu check -c liangqu.toml", tmp_path, {})

    assert done.returncode == 0, done.stderr
    assert "my-station" not in done.stderr


def test_the_payload_of_the_example_is_two_readings() -> None:
    (payload,) = blocks(READMES[0], "json")
    time_sent = datetime.fromisoformat(json.loads(payload)["time"])
    bounds = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))

    decoded = decode_message("liangqu/air/wujinku", payload.encode(), time_sent, loader.load(), bounds)

    assert [(r.parameter, r.value, r.flag) for r in decoded.readings] == [
        ("pm25", 31.2, "N"),
        ("pm10", 54.0, "M"),
    ]


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_every_command_runs(tmp_path: Path) -> None:
    """In the order of the README, installed as it says, in a working directory of its own."""
    installed = tmp_path / "opt"
    work, etc = tmp_path / "work", tmp_path / "etc"
    work.mkdir()
    etc.mkdir()
    environment = {
        "PATH": f"{etc}:{os.environ['PATH']}",
        "LIANGQU_HTTP__LISTEN": f"127.0.0.1:{free_port()}",
        "PIP_COMPILE": "0",  # each module is compiled when it is loaded
    }
    for command in commands(READMES[0]):
        if command in OF_CI | OF_THE_SETUP:
            continue
        here = command.replace("/opt/liangqu", str(installed)).replace("sudo ", "")
        here = here.replace("/etc/mosquitto/conf.d", str(etc)).replace("/usr/local/bin", str(etc))
        if command in SERVICES:
            _start_and_stop(here, work, environment)
            continue
        if command.startswith("./do demo"):
            here += f" --minutes 0.1 --months 2 --out {work}/demo"
        done = _run(here, work if command.startswith("liangqu") else ROOT, environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _start_and_stop(command: str, folder: Path, environment: dict[str, str]) -> None:
    with (folder / "run.log").open("wb") as log:
        service = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=folder, env=os.environ | environment, stdout=log, stderr=log
        )
    deadline = time.monotonic() + 30
    while b'"started"' not in (folder / "run.log").read_bytes() and time.monotonic() < deadline:
        time.sleep(0.1)
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0, (folder / "run.log").read_text(encoding="utf-8")


def _run(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
