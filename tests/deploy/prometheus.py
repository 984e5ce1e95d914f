"""What the tests of rules and board share: the figures of /metrics, and Prometheus' own checker."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from prometheus_client.core import Metric

from tests.docs import interfaces
from tests.support.paths import ROOT
from tests.support.servers import SEARCHED

FOLDER = ROOT / "deploy" / "prometheus"
NAMES = re.compile(r"\bliangqu_[a-z_]+")
SELECTORS = re.compile(r"\b(liangqu_[a-z_]+)\{([^}]*)\}")


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it."""
    program = shutil.which("promtool", path=SEARCHED)
    assert program, "promtool is not installed: sudo apt-get install -y --no-install-recommends prometheus"
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


@cache
def families() -> Mapping[str, Metric]:
    """The families of /metrics by the name of their samples."""
    found = interfaces.service_families()
    return {f"{one.name}{'_total' if one.type == 'counter' else ''}": one for one in found}
