"""The sender, with the next batch in flight before the last is recorded: order and accounts stay right."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from ingest.journal import outgoing, quarantine
from ingest.journal.entries import Entry, PointEntry, ReadingEntry, StatisticEntry
from ingest.journal.file import Journal
from ingest.stores.base import StoreAway
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.influxdb.writer import WriterFailedError
from ingest.stores.sender import StoreSender
from sensors.calendar import to_ms
from sensors.model import Point
from tests.support.queue_entries import NOW, options, raw
from tests.support.servers import Influxd
from tests.support.stepped_sender import STATISTIC, SteppedSender, statistic

pytestmark = pytest.mark.server


def test_what_must_be_looked_up_is_not_overtaken(harness: SteppedSender) -> None:
    harness.queue(raw(0, 1.0), statistic(1.0))
    harness.queue(raw(0, 7.0, "late"), statistic(2.0))
    harness.queue(statistic(3.0), raw(1, 2.0))
    harness.queue(raw(0, 7.0, "late"))

    accounts = harness.send_all()

    assert (harness.values(), harness.statistic()) == ([7.0, 2.0], 3.0)
    assert {name: accounts[name] for name in ("stored", "revised", "duplicate")} == {
        "stored": 2, "revised": 1, "duplicate": 1
    }  # fmt: skip


def full_once(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The disk is full when the outcome of that batch is recorded, the first being 1, and then no more."""
    calls = 0
    remove = outgoing.remove

    def remove_unless_full(connection: sqlite3.Connection, batch: outgoing.OutgoingBatch) -> None:
        nonlocal calls
        calls += 1
        remove(connection, batch)
        if calls == at:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(outgoing, "remove", remove_unless_full)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_what_could_not_be_recorded_is_written_again_with_all_behind_it(
    at: int, harness: SteppedSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_once(monkeypatch, at)
    for number in range(4):
        harness.queue(raw(number, float(number)), statistic(float(number)))
    with pytest.raises(sqlite3.OperationalError):
        harness.send_all()

    accounts = harness.send_all()

    assert (harness.values(), harness.statistic()) == ([0.0, 1.0, 2.0, 3.0], 3.0)
    assert accounts["stored"] == accounts["items"] == 4


def test_a_reply_from_before_a_failure_is_not_taken_for_that_of_another_batch(
    harness: SteppedSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the second batch has a point that the store refuses; the first reading must not pay for it."""
    full_once(monkeypatch, 1)
    harness.queue(raw(0, 1.0))
    harness.queue(PointEntry(Point("statistic", STATISTIC, {"value": "a text"}, NOW)), raw(1, 2.0))
    with pytest.raises(sqlite3.OperationalError):
        harness.send_all()

    accounts = harness.send_all()

    assert harness.values() == [1.0, 2.0]
    assert (accounts["stored"], accounts["quarantined"]) == (2, 0)
    assert accounts["store_error:rejected"] >= 1


def test_an_orderly_end_waits_for_what_is_under_way(harness: SteppedSender) -> None:
    for number in range(2):
        harness.queue(raw(number, float(number)))
    assert harness.sender.step(NOW) == 1

    harness.sender.flush(NOW)

    assert harness.values() == [0.0, 1.0]
    assert outgoing.fetch(harness.journal.connection(), 10) is None


def test_the_process_that_writes_dies_between_two_batches(harness: SteppedSender) -> None:
    kills = 0
    for number in range(6):
        harness.queue(raw(number, float(number)), statistic(float(number)))
        if number % 2:
            with suppress(StoreAway):  # the last one's death may be seen only now
                harness.sender.step(NOW)
            if harness.writer._process is not None:
                harness.writer._process.kill()
                harness.writer._process.wait()
                kills += 1
            with suppress(StoreAway):  # unless it had answered before
                harness.send_all()

    accounts = harness.send_all()

    assert kills >= 2
    assert (harness.values(), harness.statistic()) == (list(map(float, range(6))), 5.0)
    assert accounts["stored"] == 6
    with closing(harness.journal.connection().execute("SELECT count(*) FROM outgoing")) as rows:
        assert rows.fetchone() == (0,)


def test_a_row_that_nobody_can_read_is_kept_and_stops_no_other(harness: SteppedSender) -> None:
    harness.queue(raw(0, 1.0))
    harness.queue(raw(1, 2.0), raw(2, 3.0))
    with harness.journal.transaction() as connection:
        connection.execute("UPDATE outgoing SET body = x'c1c1' WHERE id = 2")
    harness.queue(raw(3, 4.0))

    accounts = harness.send_all()

    assert harness.values() == [1.0, 4.0]
    assert (accounts["stored"], accounts["quarantined"], accounts["refused:internal_error"]) == (2, 2, 2)
    (first, second) = quarantine.items(
        harness.journal.connection(), quarantine.QuarantineFilter(reason="internal_error")
    )
    assert first.payload == second.payload == b"\xc1\xc1"
    assert "DecodeError" in first.detail


def test_a_statistic_of_another_build_is_written_like_any_other(harness: SteppedSender) -> None:
    """A later build queued it, and somebody went back to this one: the readings of its row are good."""
    harness.queue(
        raw(0, 1.0),
        StatisticEntry(
            "wujinku", "o3", "o3_peak", NOW, 1.0, 1.0, 60.0, valid=True, closed=True, limit=None, target=None
        ),
    )

    accounts = harness.send_all()

    assert harness.values() == [1.0]
    assert (accounts["stored"], accounts["quarantined"]) == (1, 0)


def test_an_entry_by_which_the_program_fails_is_kept_and_stops_no_other(
    harness: SteppedSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours, made here: no entry is known that leads to one."""

    write_entries = harness.store.write_entries

    def failing(entries: Sequence[Entry]) -> None:
        if any(isinstance(entry, ReadingEntry) and entry.checked.reading.value == 2.0 for entry in entries):
            raise ZeroDivisionError("a bug")
        write_entries(entries)

    monkeypatch.setattr(harness.store, "write_entries", failing)
    monkeypatch.setattr(harness.sender, "_transport", Failing())
    for number in range(4):
        harness.queue(raw(number, float(number)), statistic(float(number)))

    accounts = harness.send_all()

    assert (harness.values(), harness.statistic()) == ([0.0, 1.0, 3.0], 3.0)
    assert (accounts["stored"], accounts["quarantined"], accounts["refused:internal_error"]) == (3, 1, 1)
    (kept,) = quarantine.items(
        harness.journal.connection(), quarantine.QuarantineFilter(reason="internal_error")
    )
    assert (kept.detail, kept.position) == ("ZeroDivisionError: a bug", "values.pm25")


class Failing:
    """A transport that fails by a mistake, whatever it is given."""

    max_in_flight = 1

    def send(self, _: Sequence[bytes]) -> None:
        raise WriterFailedError

    def receive(self) -> None:
        raise AssertionError

    def reset(self) -> None:
        """Nothing is in flight."""


def test_a_time_of_the_store_that_is_still_to_come_makes_no_reading_late(
    tmp_path: Path, influxd: Influxd
) -> None:
    given = options(influxd.url, str(uuid4()))
    ahead = raw(60 * 24 * 365, 1.0)
    with closing(InfluxDBStore(given)) as store:
        store.prepare()
        store.write([ahead.point, raw(-60, 2.0).point])
        journal = Journal(tmp_path / "journal.db")
        StoreSender(journal, store, prefix="liangqu").step(NOW)
        with closing(journal.connection().execute("SELECT max(last_ms) FROM series")) as rows:
            (last,) = rows.fetchone()
        journal.close()

    assert last == to_ms(NOW)
