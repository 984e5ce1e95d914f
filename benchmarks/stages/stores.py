"""How fast readings are encoded, written and read: line protocol, SQLite, and a real influxd here."""

import gzip
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.journal.entries import ReadingEntry
from ingest.stores.base import Store
from ingest.stores.influxdb.lines import to_lines
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import Checked, Key, Reading
from tests.support.servers import Influxd

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=400)
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co")
POINTS, BATCH, LOOKED_UP = 100_000, 5_000, 5_000


def readings(count: int) -> list[ReadingEntry]:
    """Hourly readings of a hundred stations, in the order in which they would arrive."""
    found = []
    for n in range(count // len(PARAMETERS)):
        stamp = START + timedelta(hours=n // 100)
        for parameter in PARAMETERS:
            reading = Reading(f"station-{n % 100}", parameter, "rtd", stamp, (n * 37 % 1200) / 10, "N", stamp)
            found.append(ReadingEntry("air", Checked(reading), "new"))
    return found


def per_second(count: int, work: Callable[[], object]) -> str:
    """How many of `count` a second `work` gets through, as a table's cell."""
    began = time.perf_counter()
    work()
    return f"{count / (time.perf_counter() - began):>12,.0f} /s"


def write(store: Store, entries: Sequence[ReadingEntry]) -> None:
    """All readings in batches."""
    for first in range(0, len(entries), BATCH):
        store.write_entries(entries[first : first + BATCH])


def encode(entries: Sequence[ReadingEntry]) -> list[str]:
    """Their lines."""
    return [line.text for line in to_lines(entries)[0]]


def measure(name: str, store: Store, entries: Sequence[ReadingEntry]) -> None:
    """One store's rows of the table."""
    store.prepare()
    some = [entry.checked.reading for entry in entries[:: max(1, len(entries) // LOOKED_UP)]]
    keys = [Key("air", reading.site, reading.parameter, "rtd", reading.time) for reading in some]
    row = f"{name:<10}"
    print(row, "write     ", per_second(len(entries), lambda: write(store, entries)))
    print(row, "overwrite ", per_second(len(entries), lambda: write(store, entries)))
    print(row, "read back ", per_second(len(entries), lambda: store.points("air", START, END)))
    print(row, "former    ", per_second(len(keys), lambda: store.stored(keys)))
    series = [(f"station-{n}", parameter) for n in range(100) for parameter in PARAMETERS]
    print(row, "readings()", per_second(500, lambda: [store.readings(*one, START, END) for one in series]))


def main() -> None:
    """Print the table; wants influxd to be installed."""
    entries = readings(POINTS)
    batches = [entries[first : first + BATCH] for first in range(0, POINTS, BATCH)]
    body = "\n".join(encode(batches[0])).encode()
    print("lines      encode    ", per_second(POINTS, lambda: list(map(encode, batches))))
    print("lines      gzip      ", per_second(BATCH, lambda: gzip.compress(body, 1)))
    with tempfile.TemporaryDirectory() as folder:
        with closing(SqliteStore(Path(folder) / "store.db")) as sqlite:
            measure("sqlite", sqlite, entries)
        server = Influxd(Path(folder))
        try:
            with closing(InfluxDBStore(InfluxOptions(server.start().url, "liangqu"))) as influxdb:
                measure("influxdb", influxdb, entries)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
