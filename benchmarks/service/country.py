"""The country through shards in turns: 200,000 sites of nine items a minute, as recorded bytes.

python -m benchmarks country           five shards of 40,000 sites, one after the other, each with its journal
LIANGQU_COUNTRY="SITES SHARDS FIRST STOP" for fewer sites, and of its shards those from FIRST to before STOP
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.service._sites import WARM, record
from benchmarks.service.sites import MB, Figures, settings_file
from benchmarks.service.throughput import NINE

SITES = 200_000
SHARDS = 5
MINUTES = 3  # that are measured, after those in which each series begins


def shard(first: int, number: int) -> tuple[Figures, float]:
    """What a process of its own needed for these sites, and the recorded megabytes of a minute."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, recorded = settings_file(folder, number, first), folder / "recorded"
        record(recorded, first, number, WARM + MINUTES)
        command = [
            sys.executable, "-m", "benchmarks.service._sites", str(file), str(MINUTES), str(recorded),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        size = recorded.stat().st_size
    return Figures(**json.loads(done.stdout)), size / (WARM + MINUTES) / MB


def main() -> None:
    """Print a row a shard."""
    chosen = os.environ.get("LIANGQU_COUNTRY", f"{SITES} {SHARDS} 0 {SHARDS}")
    sites, shards, begin, stop = map(int, chosen.split())
    number = sites // shards
    print(f"{sites:,} sites in {shards} shards of {number:,}, {number * len(NINE):,} series each\n")
    print(
        "| shard | MB of messages a minute | µs a reading | first two minutes, s | kB a series | MB in all |"
    )
    print("|---|---|---|---|---|---|")
    for one in range(begin, stop):
        found, recorded = shard(one * number, number)
        cells = (
            f"{recorded:.1f} | {found.microseconds:.1f} | {found.first_seconds:.0f} |"
            f" {found.series_bytes / 1024:.1f} | {found.resident / MB:,.0f}"
        )
        print(f"| {one + 1} of {shards} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
