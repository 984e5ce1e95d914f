"""A store that refuses a whole measurement or field: that waits in order, everything else goes on."""

import json
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from ingest.journal import accounting, held, outgoing
from ingest.journal.entries import (
    Entry,
    EntryStatus,
    PointEntry,
    QueuedEntry,
    ReadingEntry,
    SiteEntry,
    to_single_entries,
)
from ingest.journal.file import Journal
from ingest.journal.held import Slot, slot_of
from ingest.stores import held_back, sender
from ingest.stores.base import Rejected
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import Checked, Point, Reading
from tests.support.queue_entries import NOW
from tests.support.servers import Influxd, wait_until
from tests.support.stepped_sender import STATISTIC, SteppedSender, statistic

TODAY = datetime.now(UTC).replace(microsecond=0)


def reading(
    parameter: str, value: float, status: EntryStatus = "new", minute: int = 0, at: datetime = TODAY
) -> ReadingEntry:
    time = at - timedelta(hours=1) + timedelta(minutes=minute)
    return ReadingEntry(
        "air", Checked(Reading("wujinku", parameter, "rtd", time, value, "N", max(time, at))), status
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_back, "RETRY_S", 0.0)


@pytest.fixture
def harness(tmp_path: Path, influxd: Influxd, monkeypatch: pytest.MonkeyPatch) -> Iterator[SteppedSender]:
    monkeypatch.setattr(sender, "BATCH", 1)
    made = SteppedSender(tmp_path, influxd)
    yield made
    made.writer.close()
    made.store.close()
    made.journal.close()


def write(influxd: Influxd, database: str, line: str) -> None:
    urllib.request.urlopen(f"{influxd.url}/write?db={database}&precision=ms", line.encode()).close()


def ask(influxd: Influxd, statement: str, database: str) -> dict[str, Any]:
    body = urllib.parse.urlencode({"q": statement, "db": database}).encode()
    with urllib.request.urlopen(f"{influxd.url}/query", body) as answer:
        result: dict[str, Any] = json.load(answer)["results"][0]
    return result


def drop_all(influxd: Influxd, database: str) -> None:
    """Everything that the database holds, with the types of its fields."""
    for shards in ask(influxd, "SHOW SHARDS", database)["series"]:
        for shard in shards["values"] if shards["name"] == database else ():
            ask(influxd, f"DROP SHARD {shard[0]}", database)


def stored(harness: SteppedSender, parameter: str) -> list[float]:
    frame = harness.store.readings("wujinku", parameter, TODAY - timedelta(days=9), TODAY + timedelta(days=9))
    return [float(value) for value in frame["value"]]


def step_all(harness: SteppedSender) -> dict[str, int]:
    """Step until the queue is empty, whatever is held; the accounts then."""
    while outgoing.is_waiting(harness.journal.connection()):
        harness.sender.step(TODAY)
    harness.sender.step(TODAY)
    accounts = accounting.read_counts(harness.journal.connection())
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
    return accounts


def go_on(harness: SteppedSender) -> dict[str, int]:
    """Step until nothing is held; a server may take a moment to forget a measurement."""

    def is_over() -> bool:
        harness.sender.step(TODAY)
        return not harness.sender.trouble

    wait_until(is_over)
    return step_all(harness)


@pytest.mark.server
def test_a_field_of_another_type_is_held_and_everything_else_is_written(
    harness: SteppedSender, influxd: Influxd
) -> None:
    """Somebody has written text into it; once that is gone, all is written in order, a revision too."""
    write(influxd, harness.database, f'air,site=old pm25="x" {int(TODAY.timestamp() * 1000)}')
    harness.queue(reading("pm25", 1.0), reading("pm10", 2.0), statistic(1.0))
    harness.queue(reading("pm25", 3.0, minute=1), reading("pm10", 4.0, minute=1))
    harness.queue(reading("pm25", 7.0, "late"))  # revises the first

    waiting = step_all(harness)

    assert stored(harness, "pm10") == [2.0, 4.0]
    assert {name: waiting[name] for name in ("outgoing", "stored", "quarantined")} == {
        "outgoing": 3, "stored": 2, "quarantined": 0
    }  # fmt: skip
    assert harness.sender.trouble.startswith("it takes nothing of air pm25: 400 partial write: field type")
    assert "3 entries wait, all others are written" in harness.sender.trouble
    assert waiting["store_error:refuses"] >= 1

    drop_all(influxd, harness.database)
    done = go_on(harness)

    assert stored(harness, "pm25") == [7.0, 3.0]
    assert {name: done[name] for name in ("outgoing", "stored", "revised", "quarantined")} == {
        "outgoing": 0, "stored": 4, "revised": 1, "quarantined": 0
    }  # fmt: skip
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_what_is_behind_a_batch_in_flight_is_held_without_touching_it(
    harness: SteppedSender, influxd: Influxd
) -> None:
    write(influxd, harness.database, f'air,site=old pm25="x" {int(TODAY.timestamp() * 1000)}')
    harness.queue(reading("pm25", 1.0))
    step_all(harness)
    harness.queue(reading("pm10", 1.0))
    harness.queue(reading("pm25", 2.0, minute=1), reading("pm10", 2.0, minute=1))
    harness.queue(reading("pm10", 3.0, minute=2))

    waiting = step_all(harness)

    assert stored(harness, "pm10") == [1.0, 2.0, 3.0]
    assert (waiting["stored"], waiting["outgoing"]) == (3, 2)
    drop_all(influxd, harness.database)
    done = go_on(harness)
    assert stored(harness, "pm25") == [1.0, 2.0]
    assert (done["stored"], done["outgoing"]) == (5, 0)


@pytest.mark.server
def test_a_measurement_of_another_type_keeps_no_reading_waiting(
    harness: SteppedSender, influxd: Influxd
) -> None:
    write(influxd, harness.database, f'statistic,site=old value="x" {int(NOW.timestamp() * 1000)}')
    for number in range(3):
        harness.queue(reading("pm25", float(number), minute=number), statistic(float(number)))

    while outgoing.is_waiting(harness.journal.connection()):
        harness.sender.step(NOW)

    assert stored(harness, "pm25") == [0.0, 1.0, 2.0]
    assert "nothing of statistic: 400" in harness.sender.trouble
    drop_all(influxd, harness.database)
    go_on(harness)
    assert harness.statistic() == 2.0


@pytest.mark.server
def test_a_retention_too_short_for_everything_is_a_store_that_refuses(
    harness: SteppedSender, influxd: Influxd
) -> None:
    policy = f'ALTER RETENTION POLICY autogen ON "{harness.database}" DURATION'
    ask(influxd, f"{policy} 1h SHARD DURATION 1h", harness.database)
    two_hours = TODAY - timedelta(hours=2)
    for number, parameter in enumerate(("pm25", "pm10", "so2", "no2", "co", "o3")):
        entry = reading(parameter, float(number), at=two_hours)
        harness.queue(entry)

    waiting = step_all(harness)

    assert (waiting["outgoing"], waiting["quarantined"]) == (6, 0)
    assert "points beyond retention policy" in harness.sender.trouble
    assert ", 1 more: " in harness.sender.trouble
    ask(influxd, f"{policy} INF SHARD DURATION 7d", harness.database)
    done = go_on(harness)
    assert (done["outgoing"], done["stored"]) == (0, 6)


@pytest.mark.server
def test_one_point_among_others_of_its_field_goes_to_the_quarantine(
    harness: SteppedSender, influxd: Influxd
) -> None:
    policy = f'ALTER RETENTION POLICY autogen ON "{harness.database}" DURATION'
    ask(influxd, f"{policy} 1d SHARD DURATION 1h", harness.database)
    harness.queue(reading("pm25", 1.0, at=TODAY - timedelta(days=3)), reading("pm25", 2.0))

    done = step_all(harness)

    assert (done["stored"], done["quarantined"], done["outgoing"]) == (1, 1, 0)
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_a_bad_point_that_came_alone_goes_there_with_the_next_good_one(
    harness: SteppedSender, influxd: Influxd
) -> None:
    policy = f'ALTER RETENTION POLICY autogen ON "{harness.database}" DURATION'
    ask(influxd, f"{policy} 1d SHARD DURATION 1h", harness.database)
    harness.queue(reading("pm25", 1.0, at=TODAY - timedelta(days=3)))
    alone = step_all(harness)
    harness.queue(reading("pm25", 2.0))

    done = step_all(harness)

    assert (alone["outgoing"], alone["quarantined"]) == (1, 0)
    assert (done["stored"], done["quarantined"], done["outgoing"]) == (1, 1, 0)
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_an_old_point_alone_is_no_store_that_refuses(harness: SteppedSender, influxd: Influxd) -> None:
    policy = f'ALTER RETENTION POLICY autogen ON "{harness.database}" DURATION'
    ask(influxd, f"{policy} 1d SHARD DURATION 1h", harness.database)
    old = reading("pm25", 1.0, at=TODAY - timedelta(days=30))
    received = replace(old.checked.reading, received=TODAY)
    harness.queue(replace(old, checked=replace(old.checked, reading=received)))

    done = step_all(harness)

    assert (done["quarantined"], done["outgoing"]) == (1, 0)


class Choosy(SqliteStore):
    """A store that refuses what it is told to refuse, as InfluxDB refuses a field of another type."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.refused: set[Slot] = set()
        self.refused_values: set[float] = set()

    def write_entries(self, entries: Sequence[QueuedEntry]) -> None:
        single = to_single_entries(entries)
        bad = [(index, "no") for index, entry in enumerate(single) if self._is_refused(entry)]
        super().write_entries([entry for entry in single if not self._is_refused(entry)])
        if bad:
            raise Rejected(bad)

    def _is_refused(self, entry: Entry) -> bool:
        value = entry.checked.reading.value if isinstance(entry, ReadingEntry) else None
        return slot_of(entry) in self.refused or value in self.refused_values

    def refuses_all(self, words: str) -> bool:
        return words == "no"


PARAMETERS = ("pm25", "pm10")
NEVER = 1e9


class Refusing(RuleBasedStateMachine):
    """Readings, site's times and revisions in any order, while fields are refused and taken again."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        self.journal = Journal(folder / "journal.db")
        self.store = Choosy(folder / "store.db")
        self.last: dict[tuple[str, int], float] = {}
        self.number = self.repeated = 0
        self.open()
        self.step()
        self.toggle("pm25")
        self.send("pm25", 0)
        self.step()
        assert self.sender.trouble

    def open(self) -> None:
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu")

    def queue(self, *entries: QueuedEntry) -> None:
        with self.journal.transaction() as connection:
            accounting.add(connection, {"items": outgoing.add(connection, entries)})

    @rule(parameter=st.sampled_from(PARAMETERS), minute=st.integers(0, 3))
    def send(self, parameter: str, minute: int) -> None:
        self.number += 1
        status: EntryStatus = "late" if (parameter, minute) in self.last else "new"
        self.last[parameter, minute] = float(self.number)
        self.queue(reading(parameter, float(self.number), status, minute))

    @rule(parameter=st.sampled_from(PARAMETERS), minute=st.integers(0, 3))
    def repeat(self, parameter: str, minute: int) -> None:
        if (parameter, minute) in self.last:
            self.repeated += 1
            self.queue(reading(parameter, self.last[parameter, minute], "late", minute))

    @rule(minute=st.integers(4, 7))
    def send_together(self, minute: int) -> None:
        if ("pm25", minute) in self.last:
            return
        self.number += 1
        one = reading("pm25", 0.0, minute=minute).checked.reading
        values = tuple(float(self.number) for _ in PARAMETERS)
        self.last |= {(parameter, minute): float(self.number) for parameter in PARAMETERS}
        self.queue(SiteEntry("air", "wujinku", "rtd", one.time, one.received, PARAMETERS, values))

    @rule(parameter=st.sampled_from(PARAMETERS))
    def toggle(self, parameter: str) -> None:
        self.store.refused ^= {Slot("air", parameter)}

    @rule()
    def let_time_pass(self) -> None:
        self.sender._held._next = 0.0

    @rule()
    def step(self) -> None:
        self.sender.step(TODAY)

    @rule()
    def restart(self) -> None:
        self.open()

    @invariant()
    def accounts_balance(self) -> None:
        accounts = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}

    def teardown(self) -> None:
        self.settle()
        for parameter in PARAMETERS:
            if Slot("air", parameter) not in self.store.refused:
                assert self.values(parameter) == self.expected(parameter)
        named = bool(self.sender.trouble)
        assert named == bool(held.counts(self.journal.connection()))
        self.store.refused.clear()
        self.settle()
        for parameter in PARAMETERS:
            assert self.values(parameter) == self.expected(parameter)
        accounts = Counter(accounting.read_counts(self.journal.connection()))
        assert (accounts["outgoing"], accounts["quarantined"]) == (0, 0)
        assert (accounts["stored"], accounts["duplicate"]) == (len(self.last), self.repeated)
        assert self.sender.trouble == ""
        self.store.close()
        self.journal.close()
        self._folder.cleanup()

    def settle(self) -> None:
        self.let_time_pass()
        while self.sender.step(TODAY) or outgoing.is_waiting(self.journal.connection()):
            pass

    def values(self, parameter: str) -> list[float]:
        frame = self.store.readings(
            "wujinku", parameter, TODAY - timedelta(days=1), TODAY + timedelta(days=1)
        )
        return [float(value) for value in frame["value"]]

    def expected(self, parameter: str) -> list[float]:
        return [value for (name, _), value in sorted(self.last.items()) if name == parameter]


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_back, "RETRY_S", NEVER)


TestRefusing = pytest.mark.usefixtures("never_by_itself")(Refusing.TestCase)
TestRefusing.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def test_what_is_taken_again_only_up_to_a_time_is_written_up_to_it(tmp_path: Path) -> None:
    """As at the turn of a week, in which the field has its own type: the rest goes on waiting."""
    journal, store = Journal(tmp_path / "journal.db"), Choosy(tmp_path / "store.db")
    store.refused.add(Slot("air", "pm25"))
    machine = StoreSender(journal, store, prefix="liangqu")
    with journal.transaction() as connection:
        entries = [reading("pm25", float(number), minute=number) for number in range(4)]
        accounting.add(connection, {"items": outgoing.add(connection, entries)})
    machine.step(TODAY)
    machine.step(TODAY)
    store.refused, store.refused_values = set(), {2.0, 3.0}
    machine.step(TODAY)
    partly = accounting.read_counts(journal.connection())
    (count,) = held.counts(journal.connection()).values()
    store.refused_values = {2.0}
    machine.step(TODAY)
    done = accounting.read_counts(journal.connection())
    store.close()
    journal.close()

    assert (partly["stored"], partly["outgoing"], partly["quarantined"], count.entries) == (2, 2, 0, 2)
    assert (done["stored"], done["outgoing"], done["quarantined"]) == (3, 0, 1)


def test_a_row_that_nobody_can_read_is_set_aside_when_its_field_is_taken_again(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path / "journal.db"), Choosy(tmp_path / "store.db")
    store.refused.add(Slot("air", "pm25"))
    machine = StoreSender(journal, store, prefix="liangqu")
    for number in range(2):
        with journal.transaction() as connection:
            added = outgoing.add(connection, [reading("pm25", float(number), minute=number)])
            accounting.add(connection, {"items": added})
        machine.step(TODAY)
        machine.step(TODAY)
    with journal.transaction() as connection:
        connection.execute("UPDATE held SET body = x'c1c1' WHERE id = 1")
    store.refused.clear()

    while machine.step(TODAY):
        pass

    accounts = accounting.read_counts(journal.connection())
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
    assert (accounts["stored"], accounts["refused:internal_error"], accounts["outgoing"]) == (1, 1, 0)
    assert machine.trouble == ""
    store.close()
    journal.close()


@pytest.mark.parametrize(
    ("entry", "slot"),
    [
        pytest.param(reading("pm25", 1.0), "air pm25", id="a reading"),
        pytest.param(statistic(1.0), "statistic", id="a statistic"),
        pytest.param(
            PointEntry(Point("exceedance", STATISTIC, {"value": 1.0}, NOW)), "exceedance", id="a point"
        ),
    ],
)
def test_where_an_entry_is_kept(entry: Entry, slot: str) -> None:
    assert str(slot_of(entry)) == slot
