"""How fast points are encoded, written and read: line protocol, SQLite, and a real influxd here."""

import gzip
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.stores.base import Store
from ingest.stores.influxdb.line_protocol import encode
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite import SqliteStore
from sensors.model import Checked, Key, Point, Reading
from sensors.store_schema import reading_point
from tests.support.servers import Influxd

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=400)
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co")
POINTS, BATCH, LOOKED_UP = 100_000, 5_000, 5_000


def readings(count: int) -> list[Point]:
    """Hourly readings of a hundred stations, in the order in which they would arrive."""
    found = []
    for n in range(count // len(PARAMETERS)):
        stamp = START + timedelta(hours=n // 100)
        for parameter in PARAMETERS:
            reading = Reading(f"station-{n % 100}", parameter, "rtd", stamp, (n * 37 % 1200) / 10, "N", stamp)
            found.append(reading_point("air", Checked(reading)))
    return found


def per_second(count: int, work: Callable[[], object]) -> str:
    """How many of `count` a second `work` gets through, as a table's cell."""
    began = time.perf_counter()
    work()
    return f"{count / (time.perf_counter() - began):>12,.0f} /s"


def write(store: Store, points: Sequence[Point]) -> None:
    """All points in batches."""
    for first in range(0, len(points), BATCH):
        store.write(points[first : first + BATCH])


def measure(name: str, store: Store, points: Sequence[Point]) -> None:
    """One store's rows of the table."""
    store.prepare()
    keys = [
        Key("air", point.tags["site"], point.tags["parameter"], "rtd", point.time)
        for point in points[:: len(points) // LOOKED_UP]
    ]
    row = f"{name:<10}"
    print(row, "write     ", per_second(len(points), lambda: write(store, points)))
    print(row, "overwrite ", per_second(len(points), lambda: write(store, points)))
    print(row, "read back ", per_second(len(points), lambda: store.points("air", START, END)))
    print(row, "former    ", per_second(len(keys), lambda: store.stored(keys)))
    series = [(f"station-{n}", parameter) for n in range(100) for parameter in PARAMETERS]
    print(row, "readings()", per_second(500, lambda: [store.readings(*one, START, END) for one in series]))


def main() -> None:
    """Print the table; wants influxd to be installed."""
    points = readings(POINTS)
    lines = [encode(point) for point in points]
    body = "\n".join(lines[:BATCH]).encode()
    print("lines      encode    ", per_second(POINTS, lambda: [encode(point) for point in points]))
    print("lines      gzip      ", per_second(BATCH, lambda: gzip.compress(body, 1)))
    with tempfile.TemporaryDirectory() as folder:
        with closing(SqliteStore(Path(folder) / "store.db")) as sqlite:
            measure("sqlite", sqlite, points)
        server = Influxd(Path(folder))
        try:
            with closing(InfluxDBStore(InfluxOptions(server.start().url, "liangqu"))) as influxdb:
                measure("influxdb", influxdb, points)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
