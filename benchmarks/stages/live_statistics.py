"""What the live statistics cost a reading: the pipeline with and without them; how fast days come again."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ingest.journal import inbox, requests
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import BATCH, Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.live import LiveStatistics
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.types import InputBounds
from sensors.model import Name

START = datetime(2026, 4, 1, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=4000))
NINE = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure")
BATCHES = 10
CYCLES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))
SITES = 100


def catalogue(cycle: timedelta) -> Catalogue:
    """A hundred stations in ten zones."""
    shipped, name = load(), Name("站", "station")
    sites = {f"s{k}": Site(f"s{k}", "air", name, cycle, 2 * cycle, zone=f"z{k % 10}") for k in range(SITES)}
    return Catalogue(shipped.parameters, sites, {}, {}, shipped.by_code)


def messages(cycle: timedelta, count: int) -> Iterator[InboxMessage]:
    """Nine values a message, from station to station, cycle by cycle."""
    for k in range(count):
        step, site = divmod(k, SITES)
        values = {name: round(20 + (k * 7 + i) % 30 / 10, 1) for i, name in enumerate(NINE)}
        body = {"time": (START + step * cycle).isoformat(), "values": values}
        yield InboxMessage(f"liangqu/air/s{site}", json.dumps(body).encode(), START)


def per_reading(cycle: timedelta, *, live: bool) -> float:
    """Microseconds a reading in the pipeline, in batches of a thousand messages, warmed up by one of them."""
    with tempfile.TemporaryDirectory() as folder, closing(Journal(Path(folder) / "journal.db")) as journal:
        pipeline = Pipeline(journal, catalogue(cycle), BOUNDS, prefix="liangqu", quarantine_limit=10**6)
        with journal.transaction() as connection:
            inbox.add(connection, messages(cycle, BATCH * (BATCHES + 1)))
        with nullcontext() if live else patch.multiple(LiveStatistics, **SILENT):
            pipeline.step()
            begun = time.process_time()
            while pipeline.step():
                pass
            spent = time.process_time() - begun
    return spent / (BATCH * BATCHES * len(NINE)) * 1e6


SILENT: dict[str, Any] = {
    "add": lambda *_: None,
    "retract": lambda *_: None,
    "collect": lambda _: BatchResult(),
}


def recomputing(days: int) -> None:
    """Hourly readings of one station in the store, all its days asked for."""
    cycle = timedelta(hours=1)
    known = catalogue(cycle)
    with tempfile.TemporaryDirectory() as name, closing(Journal(Path(name) / "journal.db")) as journal:
        store = SqliteStore(Path(name) / "liangqu.db")
        pipeline = Pipeline(journal, known, BOUNDS, prefix="liangqu", quarantine_limit=10**6)
        sender = StoreSender(journal, store, prefix="liangqu", quarantine_limit=10**6)
        recompute = RecomputeJob(journal, store, known, pipeline.apply)
        sender.step(START)
        with journal.transaction() as connection:
            every = (m for m in messages(cycle, days * 24 * SITES) if m.topic.endswith("/s0"))
            inbox.add(connection, every)
            asked = [("s0", (START + timedelta(days=k)).date().isoformat()) for k in range(days)]
        with patch.multiple(LiveStatistics, **SILENT):
            while pipeline.step():
                sender.step(START)
        while sender.step(START):
            pass
        with journal.transaction() as connection:
            requests.queue_recompute(connection, asked, "command")
        begun = time.perf_counter()
        while requests.count_recompute_rows(journal.connection()):
            recompute.step()
            while sender.step(START):
                pass
        spent = time.perf_counter() - begun
        print(f"recompute {days} days of a station of nine hourly series, and its zone: {spent:.1f} s")
        store.close()


def main() -> None:
    """Print the figures."""
    for cycle in CYCLES:
        without, with_ = (min(per_reading(cycle, live=live) for _ in range(3)) for live in (False, True))
        print(
            f"cycle {cycle!s:>8}: pipeline {without:5.1f} µs a reading, with statistics {with_:5.1f} µs,"
            f" so {with_ - without:5.1f} µs"
        )
    recomputing(3)
    recomputing(400)


if __name__ == "__main__":
    main()
