"""What was known then: every earlier export comes out again, byte for byte, whatever came since."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from ingest.journal.file import Journal
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.known.as_of import NotRecordedError, known_then
from ingest.stores.known.record import INTERRUPTED, begin_recording, begin_records, records_since
from ingest.stores.sqlite.store import SqliteStore
from sensors.marks import Mark, from_row, to_point
from sensors.model import Checked, Point, Reading
from sensors.store_schema import reading_point
from tests.support.changing_store import BEGIN, MINUTE, SPAN, ChangingStore
from tests.support.scale import scaled
from tests.support.servers import Influxd


def check(folder: Path, order: random.Random, new_store: Callable[[], Store] | None, events: int) -> None:
    with closing(ChangingStore(folder, order, new_store, journals_lost=3)) as story:
        for _ in range(events):
            story.tell()
        for then, text in story.exported:
            assert story.export(then).splitlines() == text.splitlines(), f"as of {then}"


@given(order=st.randoms(use_true_random=False))
@settings(max_examples=scaled(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_came_since_each_export_comes_out_again(order: random.Random) -> None:
    with TemporaryDirectory() as folder:
        check(Path(folder), order, None, 25)


@pytest.mark.server
def test_it_is_the_same_with_a_real_influxdb(influxd: Influxd, tmp_path: Path) -> None:
    database = f"known {uuid4()}"
    check(tmp_path, random.Random(6), lambda: InfluxDBStore(InfluxOptions(influxd.url, database)), 40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(SqliteStore(tmp_path / "store.db")) as made:
        made.prepare()
        yield made


def point(time: datetime, value: float = 1.0) -> Point:
    return reading_point("air", Checked(Reading("quick", "pm25", "rtd", time, value, "N", time), (), "valid"))


def test_a_store_of_an_earlier_build_says_since_when_it_can_be_told(store: Store) -> None:
    with pytest.raises(NotRecordedError, match="no records of changes yet"):
        known_then(store, BEGIN, SPAN)
    store.write([point(BEGIN)])
    begin_records(store, BEGIN + 60 * MINUTE)
    begin_records(store, BEGIN + 90 * MINUTE)

    with pytest.raises(NotRecordedError, match="recorded since 2026-11-20T01:00:00"):
        known_then(store, BEGIN + 59 * MINUTE, SPAN)
    known = known_then(store, BEGIN + 60 * MINUTE, SPAN)

    assert len(known.frame(store.points("air", *SPAN))) == 1


def test_readings_within_a_minute_are_counted_as_uncertain(store: Store) -> None:
    begin_records(store, BEGIN)
    seconds = (-60, -59, 0, 1, 59, 60)
    store.write([point(BEGIN + n * MINUTE / 60, float(n)) for n in seconds])

    known = known_then(store, BEGIN, SPAN)

    assert [*known.frame(store.points("air", *SPAN)).value] == [-60, -59, 0]
    assert known.uncertain == 4


def test_a_mark_that_was_taken_over_is_known_since_then_and_not_since_it_was_made() -> None:
    made, came = BEGIN, BEGIN + 4000 * MINUTE
    mark = Mark("quick", "all", BEGIN, BEGIN + MINUTE, "invalid", "滤膜", "李", made)
    there = to_point(structs.replace(mark, taken_over=came))

    assert mark.known == made
    back = from_row("quick", "all", made, {str(name): str(cell) for name, cell in there.fields.items()})
    assert back is not None
    assert back.known == came


def test_records_begin_anew_after_an_earlier_build_had_the_journal(store: Store, tmp_path: Path) -> None:
    """Migration 24 leaves the note in a journal that a build without records has used."""
    store.write([point(BEGIN)])
    begin_records(store, BEGIN)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        begin_recording(journal, store, BEGIN + MINUTE)
        assert records_since(store) == BEGIN
        with journal.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES (?, '1')", (INTERRUPTED,))

        begin_recording(journal, store, BEGIN + 2 * MINUTE)
        begin_recording(journal, store, BEGIN + 3 * MINUTE)

    assert records_since(store) == BEGIN + 2 * MINUTE
