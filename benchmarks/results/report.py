"""A month's report over three years of hourly readings, beside the bare read of the same rows.

Ten stations; a hundred (15.8 million readings) with LIANGQU_BENCH=full. Each measurement is its own process.
"""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dashboards.reports.month import HISTORY, Month
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from liangqu.__main__ import app
from liangqu.config.factories import open_catalogue, open_store
from liangqu.config.settings import load
from sensors.calendar import HOUR_MS, to_ms
from sensors.store_schema import CODE_SUFFIX
from tests.support.servers import Influxd

STATIONS = 100 if os.environ.get("LIANGQU_BENCH") == "full" else 10
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co", "o3")
MONTH = Month.parse("2025-12")
START, END = MONTH.back(HISTORY - 1).start, MONTH.end
LINES = 20_000


def series() -> Iterator[tuple[str, str, list[int], list[float]]]:
    """Station, parameter, times in milliseconds and values of each series."""
    times = list(range(to_ms(START), to_ms(END), HOUR_MS))
    for station in range(STATIONS):
        for number, parameter in enumerate(PARAMETERS):
            random = np.random.default_rng(station * 10 + number)
            scale = 1 if parameter == "co" else 40
            values = np.round(random.gamma(2, scale / 2, len(times)), 1)
            yield f"station-{station:03}", parameter, times, values.tolist()


def fill_sqlite(folder: Path) -> int:
    """All series into a SQLite store; how many readings."""
    with closing(SqliteStore(folder / "liangqu.db")) as store:
        store.prepare()
    count = 0
    with closing(sqlite3.connect(folder / "liangqu.db")) as connection:
        for site, parameter, times, values in series():
            rows = [
                (site, parameter, "rtd", t, v, "N", "", "valid") for t, v in zip(times, values, strict=True)
            ]
            connection.executemany(
                "INSERT INTO air (site, parameter, kind, time, value, flag, failed, validity)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            connection.commit()
            count += len(rows)
    return count


def fill_influxdb(url: str) -> None:
    """All series into InfluxDB, as line protocol."""
    with closing(InfluxDBStore(InfluxOptions(url, "bench"))) as store:
        store.prepare()
    for site, parameter, times, values in series():
        head = f"air,kind=rtd,site={site} {parameter}="
        lines = [f"{head}{v},{parameter}{CODE_SUFFIX}=1i {t}" for t, v in zip(times, values, strict=True)]
        for first in range(0, len(lines), LINES):
            body = "\n".join(lines[first : first + LINES]).encode()
            address = f"{url}/write?db=bench&precision=ms"
            urllib.request.urlopen(urllib.request.Request(address, body, method="POST")).close()  # noqa: S310 - ours


def configure(folder: Path, more: str) -> Path:
    """Settings with the stations, half of them in each zone."""
    rows = [
        f'[[site]]\nid = "station-{n:03}"\nmedium = "air"\nname = {{ zh = "站{n}", en = "Station {n}" }}\n'
        f'zone = "{"competition" if n % 2 else "city"}"\nsource = "benchmark"\n'
        for n in range(STATIONS)
    ]
    (folder / "sites.toml").write_text("\n".join(rows), encoding="utf-8")
    settings = folder / "liangqu.toml"
    settings.write_text(f'[catalogue]\nextra = ["sites.toml"]\n{more}', encoding="utf-8")
    return settings


def bare_read(store: Store, sites: list[str]) -> None:
    """Every series once, and nothing done with it."""
    for site in sites:
        for _ in store.readings_by_parameter(site, PARAMETERS, START, END):
            pass


def child(what: str, settings: str) -> None:
    """One measurement: seconds, how many of them this process computed, and peak memory on one line."""
    began, worked = time.perf_counter(), time.process_time()
    if what == "read":
        chosen = load(Path(settings))
        sites = [site for site in open_catalogue(chosen).sites if site.startswith("station-")]
        with closing(open_store(chosen)) as store:
            bare_read(store, sites)
    else:
        out = str(Path(settings).parent / "reports")
        app(["report", str(MONTH), "-c", settings, "--out", out], standalone_mode=False)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.1f} s ({worked:.1f} s of them its own)  {peak:,.0f} MB")


def measure(name: str, settings: Path) -> None:
    """Bare read and report of one store."""
    for what in ("read", "report"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.results.report", what, str(settings)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{name} {what}: {done.stdout}{done.stderr}")
        print(f"{name:<10} {what:<8} {done.stdout.splitlines()[-1]}", flush=True)


def main() -> None:
    """Print the table; wants influxd to be installed."""
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        count = fill_sqlite(Path(folder))
        print(f"{STATIONS} stations, {len(PARAMETERS)} pollutants, {count:,} readings", flush=True)
        measure("sqlite", configure(Path(folder), ""))
        (Path(folder) / "liangqu.db").unlink()
        server = Influxd(Path(folder))
        try:
            fill_influxdb(server.start().url)
            store = f'[store]\nkind = "influxdb"\n[influxdb]\nurl = "{server.url}"\ndatabase = "bench"\n'
            measure("influxdb", configure(Path(folder), store))
            status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
            peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
            print(f"influxd itself, at its peak: {int(peak) / 1024:,.0f} MB")
        finally:
            server.kill()
    print(f"(with filling: {datetime.now(UTC) - began})")


if __name__ == "__main__":
    child(*sys.argv[1:]) if len(sys.argv) > 2 else main()
