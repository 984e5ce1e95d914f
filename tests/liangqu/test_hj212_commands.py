import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKETS = Path(__file__).resolve().parents[1] / "sensors" / "hj212" / "packets.txt"

STATION = """
[[site]]
id = "station-1"
medium = "water"
name = { zh = "一号站", en = "Station 1" }
mn = "A110000_0001"
"""


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "liangqu", *arguments],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "give exactly one of", id="no password at all"),
        pytest.param(["--any-password", "--passwords", "PASSWORDS"], "give exactly one of", id="two ways"),
        pytest.param(
            ["--any-password", "--listen", "0.0.0.0:9212"], "which others can reach", id="open to the world"
        ),
        pytest.param(["--any-password", "--listen", "9212"], "not an address", id="no host"),
        pytest.param(["--passwords", "missing"], "missing: No such file", id="no password file"),
        pytest.param(["--passwords", "BAD"], "line 2: not of the form", id="bad password file"),
        pytest.param(
            ["--any-password", "--refuse", "crc"], "there is no tolerance crc", id="no such tolerance"
        ),
        pytest.param(["--any-password", "--tls-key", "key"], "no --tls-cert", id="key alone"),
        pytest.param(["--any-password", "--tls-cert", "cert"], "cert: No such file", id="no certificate"),
        pytest.param(
            ["--any-password", "--listen", "192.0.2.1:9212"], "which others can reach", id="elsewhere"
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text(STATION)
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["stations.toml"]\n')
    (tmp_path / "PASSWORDS").write_text("* 123456\n")
    (tmp_path / "BAD").write_text("# ours\nA110000_0001\n")
    named = [str(tmp_path / word) if word in {"PASSWORDS", "BAD"} else word for word in arguments]

    ended = run("gateway", "-c", str(tmp_path / "liangqu.toml"), *named)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_without_any_mn_there_is_nobody_to_let_in() -> None:
    ended = run("gateway", "--any-password")

    assert ended.returncode == 2
    assert "no site of the catalogue has an `mn`" in ended.stderr
