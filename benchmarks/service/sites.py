"""How many sites a machine carries: cost a reading, memory and disk a series, and the start, by sites.

python -m benchmarks sites             from 10 to 10,000 sites of nine parameters a minute, shipped rules
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from benchmarks.service.memory import series
from benchmarks.service.throughput import BROKER, NINE
from ingest.journal import statistics_state
from ingest.journal.file import Journal
from ingest.journal.statistics_state import SeriesChanges
from sensors.averages.live.calendar_periods import KEPT_DAYS
from sensors.averages.live.hourly import KEPT_HOURS
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Mosquitto

NUMBERS = (10, 100, 1_000, 10_000)
AGED = 1_000  # sites with 400 days behind them
A_ZONE = 10  # sites
ROUNDS = 3
MB = 1024**2


class Figures(Struct, frozen=True):
    """What one process needed: µs a reading, seconds of its first minutes, bytes a series and in all."""

    microseconds: float
    first_seconds: float
    series_bytes: float
    resident: float


def sites_file(folder: Path, number: int, first: int = 0) -> Path:
    """So many stations, from a number on, in zones of ten, a reading a minute."""
    rows = [
        f'[[zone]]\nid = "z{k}"\nname = {{ zh = "区{k}", en = "zone {k}" }}\n'
        for k in range(first // A_ZONE, -(-(first + number) // A_ZONE))
    ]
    rows += [
        f'[[site]]\nid = "s{k}"\nmedium = "air"\nname = {{ zh = "s{k}", en = "s{k}" }}\n'
        f'zone = "z{k // A_ZONE}"\ncycle = "1m"\n'
        for k in range(first, first + number)
    ]
    file = folder / "sites.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def settings_file(folder: Path, number: int, first: int = 0) -> Path:
    """Settings of a service with these stations alone."""
    file = folder / "liangqu.toml"
    file.write_text(
        f'[catalogue]\nshipped = false\nextra = ["{sites_file(folder, number, first)}"]\n'
        '[ingest]\nmax_age = "none"\n[alerts]\npage_max_age = "none"\n',
        encoding="utf-8",
    )
    return file


def age(folder: Path, number: int) -> float:
    """Give the journal what 400 days leave of each series; returns its bytes a series."""
    file, numbers = folder / "journal.db", random.Random(1)
    with closing(Journal(file)) as journal:
        for parameter in NINE:
            like = series(parameter, KEPT_HOURS, KEPT_DAYS, numbers)
            periods = like.calendar_periods
            hours, days = [*like.hours.sums.values()], [*periods.days.values()]
            months, head = [*periods.months.values()], like.state()
            for site in range(number):
                id_ = (f"s{site}", parameter)
                with journal.transaction() as connection:
                    statistics_state.save(
                        connection, [SeriesChanges(id_, 1, head, hours, days, months, whole=True)]
                    )
        with journal.transaction() as connection:
            rows = [(f"s{site}", parameter, "rtd") for site in range(number) for parameter in NINE]
            connection.executemany(
                "INSERT OR REPLACE INTO series_kind (site, parameter, kind) VALUES (?, ?, ?)", rows
            )
    return file.stat().st_size / (number * len(NINE))


def pipeline(number: int, turns: int, *, aged: bool) -> tuple[Figures, float]:
    """What a process of its own needed, and the journal's bytes a series at its start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = settings_file(folder, number)
        bytes_a_series = age(folder, number) if aged else 0.0
        command = [sys.executable, "-m", "benchmarks.service._sites", str(file), str(turns)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Figures(**json.loads(done.stdout)), bytes_a_series


def start(number: int) -> tuple[float, float]:
    """Seconds until the whole service is ready, of a journal that knows the sites, and its memory in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder, BROKER).start()
        sites = sites_file(folder, number)
        service = LiangquRun(folder, broker.port, sites=sites)
        try:
            service.start()
            service.stop()
            begun = time.perf_counter()
            service.start()
            took = time.perf_counter() - begun
            peak = service.peak_memory() / MB
        finally:
            service.stop()
            broker.kill()
    return took, peak


def main() -> None:
    """Print the tables."""
    print(
        "| sites | series | µs CPU a reading | kB a series, first days | ready after, s | MB at the start |"
    )
    print("|---|---|---|---|---|---|")
    for number in NUMBERS:
        turns = max(5, min(200, 20_000 // number))
        found = sorted(
            (pipeline(number, turns, aged=False)[0] for _ in range(ROUNDS)), key=lambda f: f.microseconds
        )
        middle, (ready, peak) = found[ROUNDS // 2], start(number)
        span = f"{middle.microseconds:.2f} ({found[0].microseconds:.2f} to {found[-1].microseconds:.2f})"
        cells = f"{span} | {middle.series_bytes / 1024:.1f} | {ready:.1f} | {peak:.0f} |"
        print(f"| {number:,} | {number * len(NINE):,} | {cells}", flush=True)
    one, disk = pipeline(AGED, 5, aged=True)
    print(f"\nafter 400 days, {AGED:,} sites: {one.series_bytes / 1024:.1f} kB of memory a series")
    print(f"and {disk / 1024:.1f} kB of the journal; {one.microseconds:.2f} µs a reading;")
    print(f"first two minutes after a restart, in which all are read: {one.first_seconds:.1f} s of CPU")


if __name__ == "__main__":
    main()
