"""What is held is written once the store takes it: in order, each once, whatever stops it on the way."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from ingest.journal import accounting, held, outgoing
from ingest.journal.entries import Entry
from ingest.journal.file import Journal
from ingest.stores import held_retry, sender
from ingest.stores.base import StoreAway
from ingest.stores.sender import StoreSender
from tests.support.choosy_store import PM25, STATISTICS, TODAY, Choosy, RunningAhead, reading
from tests.support.queue_entries import NOW
from tests.support.stepped_sender import statistic


class Held:
    """A journal, a store that refuses PM2.5, and the sender between; a row a batch."""

    def __init__(self, folder: Path) -> None:
        self.journal, self.store = Journal(folder / "journal.db"), Choosy(folder / "store.db")
        self.store.refused.add(PM25)
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu")

    def queue(self, *entries: Entry) -> None:
        with self.journal.transaction() as connection:
            accounting.add(connection, {"items": outgoing.add(connection, entries)})

    def hold(self, *entries: Entry) -> None:
        """Each as a row of its own."""
        for entry in entries:
            self.queue(entry)
            self.step_all()

    def step_all(self) -> dict[str, int]:
        """Step until nothing more is done; the accounts then."""
        while self.sender.step(TODAY):
            pass
        accounts = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
        return accounts

    def values(self) -> list[float]:
        start, end = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
        return [float(value) for value in self.store.readings("wujinku", "pm25", start, end)["value"]]


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    monkeypatch.setattr(held_retry, "RETRY_S", 0.0)
    monkeypatch.setattr(sender, "BATCH", 1)
    made = Held(tmp_path)
    yield made
    made.store.close()
    made.journal.close()


def test_what_is_taken_again_only_up_to_a_time_is_written_up_to_it(waiting: Held) -> None:
    """As at the turn of a week, in which the field has its own type: the rest goes on waiting."""
    waiting.queue(*[reading("pm25", float(number), minute=number) for number in range(4)])
    waiting.step_all()
    waiting.store.refused, waiting.store.refused_values = set(), {2.0, 3.0}
    partly = waiting.step_all()
    (count,) = held.counts(waiting.journal.connection()).values()
    waiting.store.refused_values = {2.0}

    done = waiting.step_all()

    assert (partly["stored"], partly["outgoing"], partly["quarantined"], count.entries) == (2, 2, 0, 2)
    assert (done["stored"], done["outgoing"], done["quarantined"]) == (3, 0, 1)


@pytest.mark.parametrize("rows", [held_retry.ROWS_AT_ONCE, 2 * held_retry.ROWS_AT_ONCE + 1])
def test_late_readings_behind_one_that_is_written_are_written_too(rows: int, waiting: Held) -> None:
    """None of them says whether the store takes it again before it has been looked up."""
    waiting.hold(reading("pm25", 0.0))
    waiting.hold(*[reading("pm25", float(number), "late", minute=number) for number in range(1, rows)])
    waiting.store.refused.clear()

    done = waiting.step_all()

    assert waiting.values() == [float(number) for number in range(rows)]
    assert (done["stored"], done["late"], done["outgoing"]) == (rows, rows - 1, 0)
    assert waiting.sender.trouble == ""


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
def test_a_revision_that_is_held_is_counted_once_though_the_connection_is_cut(
    writes: int, waiting: Held
) -> None:
    waiting.hold(reading("pm25", 1.0), reading("pm25", 7.0, "late"))
    waiting.store.refused.clear()
    waiting.store.away_after = writes
    with pytest.raises(StoreAway):
        waiting.step_all()

    done = waiting.step_all()

    revisions = waiting.store.points("revision", TODAY - timedelta(days=1), TODAY + timedelta(days=1))
    assert [*zip(revisions["former"], revisions["value"], strict=True)] == [(1.0, 7.0)]
    assert waiting.values() == [7.0]
    assert {name: done[name] for name in ("stored", "revised", "duplicate", "outgoing")} == {
        "stored": 1, "revised": 1, "duplicate": 0, "outgoing": 0
    }  # fmt: skip


def test_a_revision_that_is_in_flight_when_its_reading_is_held_is_counted_as_one(waiting: Held) -> None:
    waiting.sender = StoreSender(
        waiting.journal, waiting.store, prefix="liangqu", transport=RunningAhead(waiting.store)
    )
    waiting.queue(reading("pm25", 1.0))
    waiting.queue(reading("pm25", 7.0, "late"))
    waiting.queue(reading("pm25", 7.0, "late"))
    waiting.step_all()
    waiting.store.refused.clear()

    done = waiting.step_all()

    assert waiting.values() == [7.0]
    assert {name: done[name] for name in ("stored", "revised", "duplicate", "outgoing")} == {
        "stored": 1, "revised": 1, "duplicate": 1, "outgoing": 0
    }  # fmt: skip


def test_what_was_in_flight_and_taken_stays_the_last_word(waiting: Held) -> None:
    """The cause is mended between two batches: what the first says is written later, and not over it."""
    transport = RunningAhead(waiting.store)
    waiting.sender = StoreSender(waiting.journal, waiting.store, prefix="liangqu", transport=transport)
    waiting.store.refused = {STATISTICS}
    waiting.queue(statistic(1.0), reading("pm10", 1.0))
    waiting.queue(statistic(2.0), reading("pm10", 2.0, minute=1))
    waiting.sender.step(TODAY)
    waiting.store.refused.clear()
    transport.work()

    done = waiting.step_all()

    frame = waiting.store.statistics("wujinku", "pm25", "1h", NOW, NOW + timedelta(days=1))
    assert [*frame["value"]] == [2.0]
    assert (done["stored"], done["outgoing"]) == (2, 0)


def test_a_row_that_nobody_can_read_is_set_aside_when_its_field_is_taken_again(waiting: Held) -> None:
    waiting.hold(*[reading("pm25", float(number), minute=number) for number in range(2)])
    with waiting.journal.transaction() as connection:
        connection.execute("UPDATE held SET body = x'c1c1' WHERE id = 1")
    waiting.store.refused.clear()

    with structlog.testing.capture_logs() as logs:
        done = waiting.step_all()

    assert (done["stored"], done["refused:internal_error"], done["outgoing"]) == (1, 1, 0)
    assert waiting.sender.trouble == ""
    errors = [one["event"] for one in logs if one["log_level"] == "error"]
    assert errors == ["a row of the queue cannot be read"]


def test_a_newest_row_that_nobody_can_read_says_nothing_of_the_store(waiting: Held) -> None:
    """What is before it waits on; nothing of it is taken for a bad point."""
    waiting.hold(*[reading("pm25", float(number), minute=number) for number in range(3)])
    with waiting.journal.transaction() as connection:
        connection.execute("UPDATE held SET body = x'c1c1' WHERE id = 3")
    refused = waiting.step_all()
    waiting.store.refused.clear()

    done = waiting.step_all()

    assert (refused["quarantined"], refused["outgoing"]) == (0, 3)
    assert (done["stored"], done["refused:internal_error"], done["outgoing"]) == (2, 1, 0)


def test_a_held_entry_by_which_the_program_fails_is_kept_and_stops_no_other(waiting: Held) -> None:
    waiting.queue(*[reading("pm25", float(number), minute=number) for number in range(3)])
    waiting.step_all()
    waiting.store.refused.clear()
    waiting.store.failing_values = {1.0}

    done = waiting.step_all()

    assert waiting.values() == [0.0, 2.0]
    assert (done["stored"], done["refused:internal_error"], done["outgoing"]) == (2, 1, 0)


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "in the queue"])
def test_a_reading_by_whose_look_up_the_program_fails_is_kept_and_stops_no_other(
    is_held: bool, waiting: Held
) -> None:
    if not is_held:
        waiting.store.refused.clear()
    waiting.hold(reading("pm25", 1.0))
    late = [reading("pm25", 2.0 + minute, "late", minute) for minute in range(1, 4)]
    waiting.queue(*late)
    waiting.store.failing_minutes = {late[1].checked.reading.time.minute}
    waiting.step_all()
    waiting.store.refused.clear()

    done = waiting.step_all()

    assert waiting.values() == [1.0, 3.0, 5.0]
    assert (done["stored"], done["refused:internal_error"], done["outgoing"]) == (3, 1, 0)


def test_a_revision_of_something_held_beside_a_row_that_nobody_can_read_is_counted_as_one(
    waiting: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "BATCH", 100)
    waiting.hold(reading("pm25", 1.0))
    waiting.queue(reading("pm25", 7.0, "late"))
    waiting.queue(reading("pm10", 2.0))
    with waiting.journal.transaction() as connection:
        connection.execute("UPDATE outgoing SET body = x'c1c1' WHERE id = (SELECT max(id) FROM outgoing)")
    waiting.step_all()
    waiting.store.refused.clear()

    done = waiting.step_all()

    assert waiting.values() == [7.0]
    assert {name: done[name] for name in ("stored", "revised", "refused:internal_error")} == {
        "stored": 1, "revised": 1, "refused:internal_error": 1
    }  # fmt: skip


def test_what_is_held_is_tried_again_while_much_else_is_on_its_way(waiting: Held) -> None:
    waiting.sender = StoreSender(
        waiting.journal, waiting.store, prefix="liangqu", transport=RunningAhead(waiting.store)
    )
    waiting.hold(reading("pm25", 1.0))
    for number in range(9):
        waiting.queue(reading("pm10", float(number), minute=number))
    waiting.sender.step(TODAY)
    waiting.store.refused.clear()

    for _ in range(3):
        waiting.sender.step(TODAY)

    assert waiting.values() == [1.0]
    assert outgoing.is_waiting(waiting.journal.connection())
