"""A month's report over three years of hourly readings, beside the bare read of the same rows.

From SQLite, and from InfluxDB beside the bare read of its former layout too, a point a reading. Ten stations;
a hundred (15.8 million readings) with LIANGQU_BENCH=full. What is compared is measured in turns, each in a
process of its own; then what the content of a hundred and a thousand stations of ten days
needs in memory.
"""

import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dashboards.reports.month import HISTORY, Month
from ingest.stores import frames
from ingest.stores.base import Store
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.cluster.asking import ROWS_AT_ONCE
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import Influxdb, InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from liangqu.__main__ import app
from liangqu.config.factories import open_catalogue, open_store
from liangqu.config.settings import Settings, load
from liangqu.tasks.reports.report import compile_month
from sensors.calendar import HOUR_MS, to_ms
from sensors.model import MEDIA
from sensors.store_schema import CODE_SUFFIX
from tests.support.servers import Influxd

STATIONS = 100 if os.environ.get("LIANGQU_BENCH") == "full" else 10
ROUNDS = int(os.environ.get("LIANGQU_BENCH_ROUNDS", "3"))
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co", "o3")
MONTH = Month.parse("2025-12")
START, END = MONTH.back(HISTORY - 1).start, MONTH.end
FEW_DAYS = END - timedelta(days=10)
LINES = 20_000
WORKERS = 2
FORMER, NOW = "a_point_a_reading", "a_point_a_time"
WORDS = {name: kind for name, kind in frames.READING_FIELDS.items() if name != "sent"}


class TimedRun(NamedTuple):
    """What one measurement took: seconds, the process' own and influxd's processor time, its most memory."""

    seconds: float
    own: float
    served: float
    peak_mb: float

    @property
    def worked(self) -> float:
        """Processor time of both: it hardly moves with what else the machine does."""
        return self.own + self.served


def series(stations: int, start: datetime) -> Iterator[tuple[str, str, list[int], list[float]]]:
    """Station, parameter, times in milliseconds and values of each series."""
    times = list(range(to_ms(start), to_ms(END), HOUR_MS))
    for station in range(stations):
        for number, parameter in enumerate(PARAMETERS):
            random = np.random.default_rng(station * 10 + number)
            scale = 1 if parameter == "co" else 40
            values = np.round(random.gamma(2, scale / 2, len(times)), 1)
            yield f"station-{station:03}", parameter, times, values.tolist()


def fill_sqlite(folder: Path, stations: int, start: datetime) -> int:
    """All series into a SQLite store; how many readings."""
    with closing(SqliteStore(folder / "liangqu.db")) as store:
        store.prepare()
    count = 0
    with closing(sqlite3.connect(folder / "liangqu.db")) as connection:
        for site, parameter, times, values in series(stations, start):
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
    """All series into InfluxDB in both layouts, as line protocol."""
    for database in (FORMER, NOW):
        with closing(InfluxDBStore(InfluxOptions(url, database))) as store:
            store.prepare()
    for site, parameter, times, values in series(STATIONS, START):
        pairs = list(zip(times, values, strict=True))
        head = f"air,kind=rtd,site={site} {parameter}="
        write(url, NOW, [f"{head}{v},{parameter}{CODE_SUFFIX}=1i {t}" for t, v in pairs])
        head = f"air,kind=rtd,parameter={parameter},site={site} value="
        write(url, FORMER, [f'{head}{v},flag="N",failed="",validity="valid" {t}' for t, v in pairs])


def write(url: str, database: str, lines: Sequence[str]) -> None:
    """Lines into a database."""
    for first in range(0, len(lines), LINES):
        body = "\n".join(lines[first : first + LINES]).encode()
        address = f"{url}/write?db={database}&precision=ms"
        urllib.request.urlopen(urllib.request.Request(address, body, method="POST")).close()  # noqa: S310 - ours


def configure(folder: Path, stations: int, more: str = "") -> Path:
    """Settings with the stations, half of them in each zone."""
    rows = [
        f'[[site]]\nid = "station-{n:03}"\nmedium = "air"\nname = {{ zh = "站{n}", en = "Station {n}" }}\n'
        f'zone = "{"competition" if n % 2 else "city"}"\nsource = "benchmark"\n'
        for n in range(stations)
    ]
    (folder / "sites.toml").write_text("\n".join(rows), encoding="utf-8")
    settings = folder / "liangqu.toml"
    settings.write_text(f'[catalogue]\nextra = ["sites.toml"]\n{more}', encoding="utf-8")
    return settings


def bare_read(store: Store, sites: Sequence[str]) -> None:
    """Every series once, and nothing done with it."""
    for site in sites:
        for _ in store.readings_by_parameter(site, PARAMETERS, START, END):
            pass


def former_read(settings: Settings, sites: Sequence[str]) -> None:
    """The same out of the former layout, as its build read it."""
    span = to_ms(START), to_ms(END)
    section = settings.store_section()
    assert isinstance(section, Influxdb)  # noqa: S101 - the caller has set it
    with closing(InfluxHTTP(InfluxOptions(section.url, FORMER))) as server:
        for site in sites:
            for parameter in PARAMETERS:
                tags = {"site": site, "parameter": parameter, "kind": "rtd"}
                columns = frames.Columns(WORDS, span)
                with closing(
                    server.query(influxql.select(WORDS, MEDIA, tags, span), FORMER, ROWS_AT_ONCE)
                ) as lines:
                    for found in influxql.read_all(lines, 1):
                        columns.extend(found.rows)
                columns.frame()


def child(what: str, settings: Path) -> None:
    """One measurement: seconds, processor time and peak memory on one line."""
    chosen = load(settings)
    sites = [site for site in open_catalogue(chosen).sites if site.startswith("station-")]
    began, worked = time.perf_counter(), time.process_time()
    if what == "former":
        former_read(chosen, sites)
    elif what == "read":
        with closing(open_store(chosen)) as store:
            bare_read(store, sites)
    elif what == "content":
        compile_month(chosen, MONTH, datetime.now(UTC))
    else:
        with tempfile.TemporaryDirectory() as out:
            more = ["--workers", str(WORKERS)] if what == "workers" else []
            app(["report", str(MONTH), "-c", str(settings), "--out", out, *more], standalone_mode=False)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    children = resource.getrusage(resource.RUSAGE_CHILDREN)  # the workers, which have ended
    worked += children.ru_utime + children.ru_stime
    print(seconds, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(what: str, settings: Path, server: Influxd | None = None) -> TimedRun:
    """One measurement in a process of its own."""
    before = processor_time(server)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.results.report", what, str(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{what}: {done.stdout}{done.stderr}")
    seconds, own, peak = map(float, done.stdout.splitlines()[-1].split())
    return TimedRun(seconds, own, processor_time(server) - before, peak)


def processor_time(server: Influxd | None) -> float:
    """Seconds that influxd has computed so far."""
    if server is None:
        return 0.0
    cells = Path(f"/proc/{server.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")


def compare(store: str, reads: Sequence[str], settings: Path, server: Influxd | None = None) -> None:
    """Bare reads, the report's content, the report with its files, and that by two workers, in turns.

    Medians, in multiples of each read of their round, and how many times as fast two workers are: in seconds,
    with what starting them takes, so it wants a core for each and one for the rest.
    """
    names = [*reads, "content", "report", "workers"]
    rounds = [{name: measure(name, settings, server) for name in names} for _ in range(ROUNDS)]
    for name in names:
        seconds, own, served, peak = map(statistics.median, zip(*(one[name] for one in rounds), strict=True))
        print(f"| {store} | {name} | {seconds:.1f} | {own:.1f} | {served:.1f} | {peak:,.0f} |", flush=True)
    for name, made in product(reads, ("content", "report")):
        slower = sorted(one[made].seconds / one[name].seconds for one in rounds)
        worked = sorted(one[made].worked / one[name].worked for one in rounds)
        print(f"{store}, {made} / {name}: {spread(slower)}; processor time {spread(worked)}", flush=True)
    faster = sorted(one["report"].seconds / one["workers"].seconds for one in rounds)
    print(f"{store}, report / the same with {WORKERS} workers: {spread(faster)}", flush=True)


def spread(ordered: Sequence[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def compare_influxdb(folder: Path) -> None:
    """The table's rows of InfluxDB; wants influxd to be installed."""
    server = Influxd(folder)
    try:
        fill_influxdb(server.start().url)
        store = f'[store]\nkind = "influxdb"\n[influxdb]\nurl = "{server.url}"\ndatabase = "{NOW}"\n'
        compare("InfluxDB", ["former", "read"], configure(folder, STATIONS, store), server)
    finally:
        server.kill()


def main() -> None:
    """Print the tables."""
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = fill_sqlite(folder, STATIONS, START)
        print(f"{STATIONS} stations, {len(PARAMETERS)} pollutants, {count:,} readings")
        print(
            "| store | what | s | own processor time, s | influxd's, s | at its most, MB |\n"
            "|---|---|---|---|---|---|"
        )
        compare("SQLite", ["read"], configure(folder, STATIONS))
        (folder / "liangqu.db").unlink()
        compare_influxdb(folder)
    for stations in (100, 1000):
        with tempfile.TemporaryDirectory() as name:
            count = fill_sqlite(Path(name), stations, FEW_DAYS)
            run = measure("report", configure(Path(name), stations))
            print(
                f"{stations} stations of ten days, {count:,} readings: {run.own:.0f} s, {run.peak_mb:,.0f} MB"
            )
    print(f"(with filling: {datetime.now(UTC) - began})")


if __name__ == "__main__":
    child(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) > 2 else main()
