"""The systemd units: how much they expose, by systemd's own reckoning, and that what they name is there."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liangqu.__main__ import app
from liangqu.config.settings import read
from tests.support.paths import ROOT
from tests.support.servers import SEARCHED

UNITS = ("liangqu.service", "liangqu-desk.service", "liangqu-gateway.service")
EXPOSURE = {**dict.fromkeys(UNITS, 15), "liangqu-backup.service": 25}
"""At most, in tenths; the backup is root's, who alone may read every secret."""


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze", path=SEARCHED)
    assert program, "systemd-analyze is not installed: sudo apt-get install -y systemd"
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def entries(unit: str) -> list[tuple[str, str]]:
    text = (ROOT / "deploy" / unit).read_text("utf-8")
    return re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)


@pytest.mark.server
@pytest.mark.parametrize("unit", EXPOSURE)
class TestExposure:
    def test_it_is_no_more_than_said(self, unit: str) -> None:
        said = analyze("security", "--offline=true", f"--threshold={EXPOSURE[unit]}", ROOT / "deploy" / unit)

        assert said.returncode == 0, said.stdout

    def test_a_unit_that_exposes_more_would_be_seen(self, unit: str, tmp_path: Path) -> None:
        text = (ROOT / "deploy" / unit).read_text("utf-8")
        (tmp_path / unit).write_text(
            re.sub("(SystemCallFilter|PrivateUsers|Restrict\\w+)=.*", "", text), encoding="utf-8"
        )

        said = analyze("security", "--offline=true", f"--threshold={EXPOSURE[unit]}", tmp_path / unit)

        assert said.returncode != 0

    def test_systemd_knows_every_line(self, unit: str, tmp_path: Path) -> None:
        text = (ROOT / "deploy" / unit).read_text("utf-8").replace("/opt/liangqu/bin/liangqu", "/bin/true")
        (tmp_path / unit).write_text(text, encoding="utf-8")
        timer = ROOT / "deploy" / unit.replace(".service", ".timer")
        timers = [shutil.copy(timer, tmp_path)] if timer.exists() else []

        said = analyze("verify", "--man=no", tmp_path / unit, *timers)

        assert unit.removesuffix(".service") not in said.stderr, said.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_only_wrong_settings_are_not_tried_again(unit: str) -> None:
    assert {("Restart", "always"), ("RestartPreventExitStatus", "2"), ("StartLimitIntervalSec", "0")} <= set(
        entries(unit)
    )


def test_service_and_desk_share_account_and_state_which_root_keeps_from_the_gateway() -> None:
    """An account that exists only while a unit runs is one only if it is called the same."""
    shared = {"DynamicUser", "User", "StateDirectory", "StateDirectoryMode", "UMask"}
    service, desk, gateway = ({key: value for key, value in entries(unit) if key in shared} for unit in UNITS)

    assert service == desk
    assert service["User"] == service["StateDirectory"] == "liangqu"
    assert gateway.keys() == {"DynamicUser", "UMask"}


def test_the_gateway_is_given_the_stations_that_commands_and_desk_write() -> None:
    (given,) = read(ROOT / "deploy" / "debian.toml", {}).settings.catalogue.extra

    assert ("LoadCredential", f"my-sites.toml:{given}") in entries("liangqu-gateway.service")
    assert dict(_environment("liangqu-gateway.service"))["LIANGQU_CATALOGUE__EXTRA"] == '["%d/my-sites.toml"]'


def test_the_desk_is_its_unit_s_and_writes_below_its_state_only() -> None:
    """What it may not write is emptied by the unit: the broker's accounts."""
    found = read(ROOT / "deploy" / "debian.toml", dict(_environment("liangqu-desk.service")))
    settings = found.settings

    assert not found.problems
    assert not found.is_desk_of_service
    state = Path("/var/lib/liangqu")
    written = [settings.desk.users, settings.report.folder, *settings.catalogue.extra]
    assert [Path(each).is_relative_to(state) for each in written] == [True] * 3
    assert (settings.stations.passwords, settings.stations.access) == ("", "")


def _environment(unit: str) -> Iterator[tuple[str, str]]:
    for key, value in entries(unit):
        if key == "Environment":
            for each in shlex.split(value):
                name, _, given = each.partition("=")
                yield name, given


@pytest.mark.parametrize("unit", EXPOSURE)
def test_the_command_is_one(unit: str) -> None:
    (line,) = (value for key, value in entries(unit) if key == "ExecStart")
    command, *words = line.removeprefix("/opt/liangqu/bin/liangqu ").split()
    help_text = CliRunner().invoke(app, [command, "--help"]).output

    for word in words:
        if word.startswith("--"):
            assert word in help_text, word


def test_the_timer_starts_the_backup_and_catches_up() -> None:
    assert ("Persistent", "true") in entries("liangqu-backup.timer")
    said = analyze("calendar", "--iterations=2", dict(entries("liangqu-backup.timer"))["OnCalendar"])
    assert said.returncode == 0, said.stderr
    assert "18:30:00 UTC" in said.stdout  # 02:30 of Shanghai


@pytest.mark.parametrize("file", [*EXPOSURE, "liangqu-secrets.conf"])
def test_no_secret_is_read_from_where_others_read(file: str) -> None:
    """Credentials come from a folder of root's; the service sees copies that are its own."""
    for key, value in entries(file):
        if key == "LoadCredential":
            catalogue = (
                "my-sites.toml:/var/lib/liangqu/my-sites.toml"  # no secret, in a folder of the service's
            )
            assert value == catalogue or value.partition(":")[2].startswith("/etc/liangqu/secrets/"), value
        if key == "Environment" and "_FILE=" in value:
            assert "_FILE=%d/" in value
