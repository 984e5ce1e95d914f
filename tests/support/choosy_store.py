"""A store that refuses what it is told to, and a transport that writes before its answers are asked for."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.journal.entries import Entry, EntryStatus, QueuedEntry, ReadingEntry, to_single_entries
from ingest.journal.held import Slot, slot_of
from ingest.stores.base import Rejected, StoreAway, StoredValue
from ingest.stores.sqlite.store import SqliteStore
from ingest.stores.transport import LookUpFirst, WriteResult, write_rows
from sensors.model import Checked, Key, Reading

TODAY = datetime.now(UTC).replace(microsecond=0)
PM25 = Slot("air", "pm25")
STATISTICS = Slot("statistic", "")


def reading(
    parameter: str, value: float, status: EntryStatus = "new", minute: int = 0, at: datetime = TODAY
) -> ReadingEntry:
    """A reading so many minutes after an hour before `at`, and received then at the earliest."""
    time = at - timedelta(hours=1) + timedelta(minutes=minute)
    return ReadingEntry(
        "air", Checked(Reading("wujinku", parameter, "rtd", time, value, "N", max(time, at))), status
    )


class Choosy(SqliteStore):
    """Refuses slots and values as InfluxDB a field of another type; may go away once it has written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.refused: set[Slot] = set()
        self.refused_values: set[float] = set()
        self.failing_values: set[float] = set()
        self.failing_minutes: set[int] = set()
        self.away_after = 0

    def write_entries(self, entries: Sequence[QueuedEntry]) -> None:
        """As of any `Store`."""
        single = to_single_entries(entries)
        if any(_value(entry) in self.failing_values for entry in single):
            raise ZeroDivisionError("a bug")
        bad = [(index, "no") for index, entry in enumerate(single) if self._is_refused(entry)]
        super().write_entries([entry for entry in single if not self._is_refused(entry)])
        self.away_after -= 1
        if self.away_after == 0:
            raise StoreAway("the connection was cut")
        if bad:
            raise Rejected(bad)

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """As of any `Store`."""
        if any(key.time.minute in self.failing_minutes for key in keys):
            raise ZeroDivisionError("a bug")
        return super().stored(keys)

    def refuses_all(self, words: str) -> bool:
        """As of any `Store`."""
        return words == "no"

    def _is_refused(self, entry: Entry) -> bool:
        return slot_of(entry) in self.refused or _value(entry) in self.refused_values


class RunningAhead:
    """A `Transport` of two batches, as a process that writes is: `work` writes one that nobody waits for."""

    max_in_flight = 2

    def __init__(self, store: Choosy) -> None:
        self._store = store
        self._waiting: deque[Sequence[bytes]] = deque()
        self._outcomes: deque[WriteResult | LookUpFirst | StoreAway] = deque()
        self._is_broken = False

    def send(self, rows: Sequence[bytes]) -> None:
        """As of any `Transport`."""
        self._waiting.append(rows)

    def work(self) -> None:
        """Write the oldest that is not written yet; nothing behind one that was not."""
        if not self._waiting or self._is_broken:
            return
        try:
            outcome: WriteResult | LookUpFirst | StoreAway = write_rows(
                self._store.write_entries, self._waiting.popleft()
            )
        except StoreAway as away:
            outcome = away
        self._is_broken = not isinstance(outcome, WriteResult)
        self._outcomes.append(outcome)

    def receive(self) -> WriteResult | LookUpFirst:
        """As of any `Transport`."""
        if not self._outcomes:
            self.work()
        outcome = self._outcomes.popleft()
        if isinstance(outcome, StoreAway):
            raise outcome
        return outcome

    def reset(self) -> None:
        """As of any `Transport`."""
        self._waiting.clear()
        self._outcomes.clear()
        self._is_broken = False


def _value(entry: Entry) -> float | None:
    return entry.checked.reading.value if isinstance(entry, ReadingEntry) else None
