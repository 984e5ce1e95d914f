"""Every statement of docs/reference/store.md, asked of a real InfluxDB or SQLite file, answers as it says."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs

from ingest.journal.entries import EntryStatus, PointEntry, ReadingEntry
from ingest.stores.base import Store, StoredValue
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.lines import to_lines
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.reconcile import ReceiptStamps, reconcile
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.rows import flaws
from sensors.model import Checked, Key, Kind, Point, Reading, Validity
from tests.docs.generate import REFERENCE
from tests.support.servers import Influxd

EIGHT = datetime(2026, 4, 1, tzinfo=UTC)  # 08:00 in Shanghai
PAGE = (REFERENCE / "store.md").read_text(encoding="utf-8")


def entry(
    hour: int,
    parameter: str,
    value: float,
    flag: str = "N",
    failed: tuple[str, ...] = (),
    validity: Validity = "valid",
    *,
    site: str = "wujinku",
    kind: Kind = "hour",
    status: EntryStatus = "new",
) -> ReadingEntry:
    time = EIGHT + timedelta(hours=hour)
    reading = Reading(site, parameter, kind, time, value, flag, time)
    return ReadingEntry("air", Checked(reading, failed, validity), status)


def to_records(reading: Reading, former: float | None) -> list[Point]:
    """The row of `revision` of a reading that comes late, or after another value of its time."""
    late = ReadingEntry("air", Checked(reading), "late")
    held = {Key("air", reading.site, reading.parameter, reading.kind, reading.time): former}
    stored = {key: StoredValue(value, "N", "", "valid") for key, value in held.items() if value is not None}
    made = reconcile([late], stored, ReceiptStamps()).entries
    return [one.point for one in made if isinstance(one, PointEntry)]


READINGS = [
    entry(0, "pm25", 30.0),
    entry(0, "pm10", 50.0),
    entry(1, "pm25", 34.0, flag="M"),
    entry(1, "pm10", 9000.0, failed=("range",), validity="invalid"),
    entry(2, "pm25", 500.0, failed=("step",), validity="suspect"),
    entry(2, "pm10", 60.0),
    entry(3, "pm25", 1.0, failed=("step",), validity="suspect"),
    entry(3, "pm25", 38.0, status="revised"),
    entry(3, "pm25", 99.0, kind="rtd"),
    entry(4, "pm25", 77.0, site="renmin-gongyuan"),
]
"""PM2.5 counts at 8, 9 and 11 o'clock: 30, 34, 38; PM10 at 8 and 10: 50, 60."""

ELEVEN = entry(3, "pm25", 38.0).checked.reading
RECORDS = [
    point
    for day, former in ((8, 1.0), (10, None), (11, 2.0))
    for point in to_records(structs.replace(ELEVEN, received=datetime(2026, 4, day, 8, tzinfo=UTC)), former)
]
"""Its value of 11 o'clock came late on the 10th and was revised on the 11th; the 8th is not asked for."""

DAY = int((EIGHT - timedelta(hours=8)).timestamp() * 1000)
NAMES = [["pm10", "float"], ["pm10_qc", "integer"], ["pm25", "float"], ["pm25_qc", "integer"]]
EXPECTED: list[list[list[Any]]] = [
    [[0, 34.0]],
    [[DAY, 34.0, 3.0]],
    [[0, 34.0], [0, 55.0]],
    [[0, 34.0, 55.0]],
    [[0, 30.0, 50.0]],  # the one that is never to be asked: only at 8 do both count
    [
        [DAY + 9 * 3_600_000, 34.0, "", 2.0, "M", ""],
        [DAY + 10 * 3_600_000, 500.0, "", 3.0, "N", "step"],
    ],
    [[DAY + 12 * 3_600_000, 77.0], [DAY + 11 * 3_600_000, 38.0]],
    [*NAMES, ["site", "renmin-gongyuan"], ["site", "wujinku"], ["kind", "hour"], ["kind", "rtd"]],
    [
        [DAY + 10 * 86_400_000 + 16 * 3_600_000, "2026-04-01T03:00:00.000+00:00", 2.0, 38.0, "mqtt"],
        [DAY + 9 * 86_400_000 + 16 * 3_600_000, "2026-04-01T03:00:00.000+00:00", None, 38.0, "mqtt"],
    ],
]


def statements(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def fill(store: Store) -> None:
    store.prepare()
    for each in READINGS:
        store.write_entries([each])
    store.write(RECORDS)


@pytest.fixture(scope="module")
def database(influxd: Influxd) -> str:
    name = str(uuid4())
    with closing(InfluxDBStore(InfluxOptions(influxd.url, name))) as store:
        fill(store)
    return name


@pytest.mark.server
@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_a_statement_answers_as_the_page_says(number: int, database: str, influxd: Influxd) -> None:
    text = statements("influxql")[number]
    with closing(InfluxHTTP(InfluxOptions(influxd.url))) as server:
        series = list(influxql.read_all(server.query(text, database, 1000), text.count(";") + 1))

    assert [row for one in series for row in one.rows] == EXPECTED[number]


def test_each_statement_of_the_page_is_tried() -> None:
    assert len(statements("influxql")) == len(EXPECTED)
    assert len(statements("sql")) == 1


def test_sqlite_says_the_same(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "liangqu.db")) as store:
        fill(store)
    with closing(sqlite3.connect(tmp_path / "liangqu.db")) as connection:
        assert connection.execute(*statements("sql")).fetchall() == [(34.0,)]


def test_the_lines_of_the_page_are_those_that_are_written() -> None:
    (text,) = statements("text")
    stamp = datetime.fromtimestamp(1_795_219_200, UTC)
    hours = (stamp - EIGHT) // timedelta(hours=1)
    written, refused = to_lines(
        [entry(hours, "pm25", 31.2), entry(hours, "pm10", 54.0, "M", ("flag",), "invalid")]
    )

    assert not refused
    assert sorted(line.text for line in written) == sorted(text.splitlines())


def test_the_ids_that_are_refused_are_those_of_the_page() -> None:
    section = PAGE.partition("### Ids that are refused\n")[2].partition("\n#")[0]
    names = re.findall(r"`(\w+)`", section)
    row = loader.load().parameters["pm25"]

    assert names == ["time", "site", "parameter", "kind", "_qc"]
    assert all(list(flaws(structs.replace(row, id=name))) for name in [*names, "pm25_qc"])
