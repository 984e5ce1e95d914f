"""What a message costs on its way through inbox, pipeline and store, the network left out."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ingest.journal import inbox
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.decoding.types import InputBounds

START = datetime(2026, 11, 1, tzinfo=UTC)
SITES = 200
NINE = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure")


def main() -> None:
    """One-value and nine-value messages of 200 stations, in µs a message and readings a second."""
    print("| values a message | messages | inbox µs | pipeline µs | to SQLite µs | pipeline readings/s |")
    print("|---|---|---|---|---|---|")
    for values, count in ((1, 40_000), (9, 20_000)):
        into, work, out = _measure(NINE[:values], count)
        print(
            f"| {values} | {count} | {into / count * 1e6:.1f} | {work / count * 1e6:.1f}"
            f" | {out / count * 1e6:.1f} | {values * count / work:,.0f} |"
        )


def _measure(parameters: tuple[str, ...], count: int) -> tuple[float, float, float]:
    messages = [_message(number, parameters) for number in range(count)]
    bounds = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(days=400))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Journal(Path(folder) / "journal.db")) as journal,
        closing(SqliteStore(Path(folder) / "liangqu.db")) as store,
    ):
        pipeline = Pipeline(journal, _catalogue(), bounds, prefix="liangqu", quarantine_limit=10**8)
        sender = StoreSender(journal, store, prefix="liangqu", quarantine_limit=10**8)
        sender.step(START)
        pipeline.step()
        into = _seconds(lambda: _receive(journal, messages))
        work = _seconds(lambda: _until_idle(pipeline.step))
        return into, work, _seconds(lambda: _until_idle(lambda: sender.step(START)))


def _receive(journal: Journal, messages: list[InboxMessage]) -> None:
    for start in range(0, len(messages), 500):
        with journal.transaction() as connection:
            inbox.add(connection, messages[start : start + 500])


def _until_idle(step: Callable[[], int | bool]) -> None:
    while step():
        pass


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _catalogue() -> Catalogue:
    shipped = loader.load()
    like = shipped.sites["renmin-gongyuan"]
    sites = {f"s{n}": msgspec.structs.replace(like, id=f"s{n}") for n in range(SITES)}
    return msgspec.structs.replace(shipped, sites=sites)


def _message(number: int, parameters: tuple[str, ...]) -> InboxMessage:
    sent = START + timedelta(minutes=number // SITES)
    values = {p: 30 + (number * 7 + k) % 13 + 0.1 * k for k, p in enumerate(parameters)}
    payload = json.dumps({"time": sent.isoformat(), "values": values}).encode()
    return InboxMessage(f"liangqu/air/s{number % SITES}", payload, sent)
