"""Every shell script of the repository, read by shellcheck."""

import shutil
import subprocess

import pytest

from tests.support.paths import ROOT
from tests.support.servers import SEARCHED

SCRIPTS = sorted(
    [*(ROOT / "deploy").glob("*.sh"), *(ROOT / "deploy" / "influxdb").glob("*.sh"), ROOT / "do"],
)


@pytest.mark.server
def test_shellcheck_finds_nothing() -> None:
    program = shutil.which("shellcheck", path=SEARCHED)
    assert program, "shellcheck is not installed: sudo apt-get install -y shellcheck"

    said = subprocess.run(
        [program, "-x", "-P", "deploy", *(str(script.relative_to(ROOT)) for script in SCRIPTS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert len(SCRIPTS) >= 9
    assert said.stdout == ""
