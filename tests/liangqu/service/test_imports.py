"""What the processes of the service do not load: memory that nothing of theirs needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["liangqu.service.service", "ingest.stores.influxdb.writer"])
def test_the_processes_are_without_rich_which_can_be_imported_afterwards(module: str) -> None:
    program = f"import sys, {module}; early = 'rich' in sys.modules; import rich; sys.exit(early)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["ingest.stores.sqlite.store", "ingest.stores.influxdb.writer"])
def test_the_stores_are_imported_without_pandas_and_numpy(module: str) -> None:
    """Neither the service nor the process that writes needs them to store; who does finds them afterwards."""
    taken = "{'numpy', 'pandas'} & set(sys.modules)"
    program = (
        f"import sys, {module}; early = {taken}; import numpy, pandas; sys.exit(str(early or '') or None)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
