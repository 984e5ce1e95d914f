"""A store that refuses fields and takes them again, in any history: order and accounts stay right."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ingest.journal import accounting, held, outgoing
from ingest.journal.entries import EntryStatus, QueuedEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.journal.held import Slot
from ingest.stores import held_retry, sender
from ingest.stores.base import StoreAway
from ingest.stores.sender import StoreSender
from ingest.stores.transport import InProcessTransport, Transport
from tests.support.choosy_store import PM25, STATISTICS, TODAY, Choosy, RunningAhead, reading
from tests.support.queue_entries import NOW
from tests.support.stepped_sender import statistic

PARAMETERS = ("pm25", "pm10")
SLOTS = (PM25, Slot("air", "pm10"), STATISTICS)
NEVER = 1e9


class Refusing(RuleBasedStateMachine):
    """Readings, revisions and statistics in any order, while fields are refused and taken again."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        self.journal = Journal(folder / "journal.db")
        self.store = Choosy(folder / "store.db")
        self.last: dict[tuple[str, int], float] = {}
        self.derived = -1.0
        self.number = self.repeated = 0
        self.open()
        self.step()
        self.toggle(PM25)
        self.send("pm25", 0)
        self.step()
        assert self.sender.trouble

    def open(self) -> None:
        self.transport: Transport = self.make_transport()
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu", transport=self.transport)

    def make_transport(self) -> Transport:
        return InProcessTransport(self.store)

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

    @rule()
    def derive(self) -> None:
        self.number += 1
        self.derived = float(self.number)
        self.queue(statistic(self.derived))

    @rule(slot=st.sampled_from(SLOTS))
    def toggle(self, slot: Slot) -> None:
        self.store.refused ^= {slot}

    @rule()
    def cut_the_connection(self) -> None:
        self.store.away_after = 1

    @rule()
    def let_time_pass(self) -> None:
        self.sender._held_retry._next = 0.0

    @rule()
    def step(self) -> None:
        self.take_step()

    def take_step(self) -> int:
        try:
            return self.sender.step(TODAY)
        except StoreAway:
            return 1

    @rule()
    def restart(self) -> None:
        self.open()

    @invariant()
    def accounts_balance(self) -> None:
        accounts = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
        connection = self.journal.connection()
        (queued,) = connection.execute("SELECT ifnull(sum(items), 0) FROM outgoing").fetchone()
        assert accounts["outgoing"] == queued + held.count_held_items(connection)

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
        frame = self.store.statistics("wujinku", "pm25", "1h", NOW, NOW + timedelta(days=1))
        assert [*frame["value"]] == ([] if self.derived < 0 else [self.derived])
        accounts = Counter(accounting.read_counts(self.journal.connection()))
        assert (accounts["outgoing"], accounts["quarantined"]) == (0, 0)
        assert (accounts["stored"], accounts["duplicate"]) == (len(self.last), self.repeated)
        assert self.sender.trouble == ""
        self.store.close()
        self.journal.close()
        self._folder.cleanup()

    def settle(self) -> None:
        self.let_time_pass()
        while self.take_step() or outgoing.is_waiting(self.journal.connection()):
            self.let_time_pass()

    def values(self, parameter: str) -> list[float]:
        frame = self.store.readings(
            "wujinku", parameter, TODAY - timedelta(days=1), TODAY + timedelta(days=1)
        )
        return [float(value) for value in frame["value"]]

    def expected(self, parameter: str) -> list[float]:
        return [value for (name, _), value in sorted(self.last.items()) if name == parameter]


class RefusingAhead(Refusing):
    """The same, with a batch in flight behind the one whose answer is awaited."""

    transport: RunningAhead

    def make_transport(self) -> Transport:
        return RunningAhead(self.store)

    @rule()
    def write_ahead(self) -> None:
        self.transport.work()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried again by itself, and a row is a batch."""
    monkeypatch.setattr(held_retry, "RETRY_S", NEVER)
    monkeypatch.setattr(sender, "BATCH", 1)


LONG = settings(max_examples=30, stateful_step_count=25, deadline=None)

TestRefusing = pytest.mark.usefixtures("by_hand")(Refusing.TestCase)
TestRefusing.settings = LONG
TestRefusingAhead = pytest.mark.usefixtures("by_hand")(RefusingAhead.TestCase)
TestRefusingAhead.settings = LONG
