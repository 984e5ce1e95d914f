"""What recomputing a day and a month of a site costs: nine parameters every five minutes, shipped rules."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from alerts.engine import AlertEngine
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from benchmarks.results.boards import CYCLE, PARAMETERS
from ingest.journal.entries import PointEntry, ReadingEntry
from ingest.journal.file import Journal
from ingest.recompute.compute import compute
from ingest.recompute.model import DayRange, RecomputePlan, RecomputeResult, SeriesVersion
from ingest.stores.base import Store
from ingest.stores.influxdb.influxql import ResultSeries
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import DayNumber, from_ms
from sensors.catalogue import loader
from sensors.model import Checked, Reading
from tests.support.servers import Influxd

SITE = "quick"
STATION = f"""[[site]]
id = "{SITE}"
medium = "air"
name = {{ zh = "站", en = "Station" }}
zone = "competition"
cycle = "{int(CYCLE.total_seconds() // 60)}m"
"""
MONTH = DayRange(DayNumber(20_400), DayNumber(20_431))
DAY = DayRange(DayNumber(20_415), DayNumber(20_416))
ROUNDS = {DAY: 9, MONTH: 3}


class CountedStore(InfluxDBStore):
    """Counts what it asks the server."""

    queries = 0

    def _query(self, statements: Sequence[str]) -> Iterator[ResultSeries]:
        self.queries += 1
        return super()._query(statements)


def fill(store: Store) -> None:
    """The month and three days on either side, every value within its limits."""
    days = MONTH.widened(3, 3)
    start, entries = from_ms(days.start), list[ReadingEntry | PointEntry]()
    for step in range((days.past - days.first) * (timedelta(days=1) // CYCLE)):
        stamp = start + step * CYCLE
        for at, parameter in enumerate(PARAMETERS):
            value = 1 + (step * 37 + at * 11) % 30 / 10
            entries.append(
                ReadingEntry("air", Checked(Reading(SITE, parameter, "rtd", stamp, value, "N", stamp)), "new")
            )
    for first in range(0, len(entries), 5_000):
        store.write_entries(entries[first : first + 5_000])


class Recompute:
    """Recomputes days of the site over one store, as the service does."""

    def __init__(self, folder: Path, store: Store) -> None:
        (folder / "sites.toml").write_text(STATION, encoding="utf-8")
        self._catalogue = loader.load([folder / "sites.toml"])
        index = RuleIndex(definition.load(self._catalogue), self._catalogue)
        self._engine = AlertEngine(index, NotifyConfig(), page_max_age=None)
        self._journal = Journal(folder / "journal.db")
        self._store = store

    def of(self, days: DayRange) -> RecomputeResult:
        """What is computed of these days; nothing is written."""
        until = MONTH.widened(3, 3).end
        series = {parameter: SeriesVersion(0, until) for parameter in PARAMETERS}
        kinds = {(SITE, parameter): self._catalogue.sites[SITE].bases[:1] for parameter in PARAMETERS}
        plan = RecomputePlan(self._catalogue.places[SITE], days, [], series, {}, kinds, 0, whole=False)
        return compute(plan, self._catalogue, self._store, self._journal.connection(), self._engine.replays)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def measure(name: str, folder: Path, store: SqliteStore | CountedStore) -> None:
    """The rows of one store."""
    store.prepare()
    fill(store)
    with closing(Recompute(folder, store)) as recompute:
        store.write_entries(recompute.of(MONTH).derived)
        for days, rounds in ROUNDS.items():
            took, own = [], []
            asked = getattr(store, "queries", 0)
            for _ in range(rounds):
                began, worked = time.perf_counter(), time.process_time()
                recompute.of(days)
                took.append(time.perf_counter() - began)
                own.append(time.process_time() - worked)
            count = days.past - days.first
            spent = " | ".join(f"{statistics.median(one) * 1000:,.0f}" for one in (took, own))
            queries = (getattr(store, "queries", 0) - asked) // rounds
            print(f"| {name}, days: {count} | {spent} | {queries or '–'} |", flush=True)


def main() -> None:
    """Print the table; wants influxd to be installed."""
    print("| | ms | ms of them our own processor time | queries |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "influxdb").mkdir()
        with closing(SqliteStore(folder / "liangqu.db")) as store:
            measure("SQLite", folder, store)
        server = Influxd(folder)
        try:
            url = server.start().url
            with closing(CountedStore(InfluxOptions(url, "recompute"))) as store:
                measure("InfluxDB", folder / "influxdb", store)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
