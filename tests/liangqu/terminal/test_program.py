"""What is printed as a command can be typed, wherever the program lies and however it was called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liangqu.terminal.program import typed_command, typed_path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of ours that says what it was given, in a folder with a blank in its name."""
    program = tmp_path / "a checkout" / ".venv" / "bin" / "liangqu"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nprintf 'ours:%s' \"$*\"\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return program


@pytest.mark.parametrize(
    ("here", "begins"),
    [
        pytest.param("a checkout", ".venv/bin/liangqu ", id="the checkout"),
        pytest.param("a checkout/.venv/bin", "./liangqu ", id="beside it"),
        pytest.param(".", "'a checkout/.venv/bin/liangqu' ", id="above, a blank in the path"),
        pytest.param("elsewhere", "'/", id="elsewhere"),
    ],
)
def test_it_runs_as_printed(
    here: str, begins: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / here)

    line = typed_command("-c", "my files/liangqu.toml", "alerts", "list")

    assert line.startswith(begins)
    said = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert said == "ours:-c my files/liangqu.toml alerts list"


def test_on_the_path_its_name_is_enough(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{installed.parent}{os.pathsep}/usr/bin:/bin")
    assert typed_command("check") == "liangqu check"


def test_another_program_of_that_name_on_the_path_is_not_ours(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "liangqu"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{other.parent}{os.pathsep}/usr/bin:/bin")
    monkeypatch.chdir(installed.parent)

    assert typed_command("check") == "./liangqu check"


def test_run_as_a_module_it_is_printed_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/liangqu/__main__.py", "demo"])
    assert typed_command("check") == f"{sys.executable} -m liangqu check"


def test_a_path_is_relative_only_below_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed_path(tmp_path / "out" / "x.toml") == "out/x.toml"
    assert typed_path(Path("/etc/x.toml")) == "/etc/x.toml"
