"""What the store refuses as a whole measurement or field: held in order, tried again, never in quarantine.

A point that the store will never take is one thing; that it takes nothing of `air pm25` any more, because
somebody has written text into that field or keeps data for too short, is another: as with a refused password,
everything waits until the cause is gone.
"""

import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.journal import accounting, held, late_counts, outgoing, requests
from ingest.journal.entries import Entry, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.journal.held import HeldCount, HeldRow, Slot, slot_of
from ingest.journal.inbox import InboxMessage
from ingest.stores.base import Rejected, Store
from ingest.stores.reconcile import UNRECONCILED, ReceiptStamps, Reconciliation, keys_to_look_up, reconcile
from ingest.stores.transport import WriteResult, quarantine_rows, write_entries
from sensors.calendar import shanghai_day
from sensors.excerpt import one_line

CURRENT = timedelta(days=7)
"""InfluxDB knows the type of a field by the week: of an older point nothing follows for those of today."""
RETRY_S = 10.0
ROWS_AT_ONCE = 20
MOST_NAMED = 5


class HeldBack:
    """The slots of which the store takes nothing; used by the sender's thread.

    Args:
        journal: Where they are held.
        prefix: The topics' first level, for what is refused in the end.
        quarantine_limit: Bytes that the quarantine may take.
        stamps: Of rows in `revision`, the sender's.

    Attributes:
        trouble: What the store refuses, and its words; "" if nothing.
    """

    def __init__(self, journal: Journal, prefix: str, quarantine_limit: float, stamps: ReceiptStamps) -> None:
        self._journal = journal
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._stamps = stamps
        self._counts: dict[Slot, HeldCount] | None = None
        self._next = 0.0
        self.trouble = ""

    @property
    def is_empty(self) -> bool:
        """Whether the store refuses nothing as a whole."""
        return not self._slots()

    def forget(self) -> None:
        """Count anew: a transaction has failed."""
        self._counts = None

    def keep(
        self,
        connection: sqlite3.Connection,
        result: WriteResult,
        entries: Sequence[Entry],
        store: Store,
        now: datetime,
    ) -> WriteResult:
        """Hold what was refused with its whole slot, in the caller's transaction; returns other outcomes.

        An entry is held if the store's words are about all that goes there now, the entry is no older than
        `CURRENT`, and none of its slot as young was taken in the same batch.
        """
        whole = {index for index, words in result.refused if store.refuses_all(words)}
        if not whole:
            return result
        refused = dict(result.refused)
        taken = {
            slot_of(entry)
            for index, entry in enumerate(entries)
            if index not in refused and _is_current(entry, now)
        }
        kept: dict[Slot, list[int]] = {}
        for index in sorted(whole):
            if (slot := slot_of(entries[index])) not in taken and _is_current(entries[index], now):
                kept.setdefault(slot, []).append(index)
        if kept:
            accounting.add(connection, {f"{accounting.STORE_ERROR}refuses": 1})
        for slot, indexes in kept.items():
            self._hold(connection, slot, [entries[index] for index in indexes], refused[indexes[0]])
        self._name_trouble()
        gone = {index for indexes in kept.values() for index in indexes}
        return WriteResult(
            result.stored, result.revised, [each for each in result.refused if each[0] not in gone]
        )

    def divert(self, batch: outgoing.OutgoingBatch) -> bool:
        """Move entries of held slots from the queue's oldest batch behind those held, so that none overtakes.

        Returns whether there were any; ValueError if a row cannot be read.
        """
        others: list[QueuedEntry] = []
        ours: dict[Slot, list[Entry]] = {}
        for entry in outgoing.decode_queued(batch.rows):
            rest = self._divert_entry(entry, ours)
            if rest is not None:
                others.append(rest)
        if not ours:
            return False
        with self._journal.transaction(frees=True) as connection:
            outgoing.replace(connection, batch, others)
            for slot, entries in ours.items():
                self._hold(connection, slot, entries, self._slots()[slot].words)
        self._name_trouble()
        return True

    def retry(self, store: Store, now: datetime) -> int:
        """Write what is held as far as the store takes it, when that is due; returns how many entries.

        Raises:
            StoreAway: as `Store.write_entries`.
        """
        if self.is_empty or time.monotonic() < self._next:
            return 0
        written = sum(self._retry_slot(slot, store, now) for slot in list(self._slots()))
        if not written:
            self._next = time.monotonic() + RETRY_S
        self._name_trouble()
        return written

    def _slots(self) -> dict[Slot, HeldCount]:
        if self._counts is None:
            self._counts = held.counts(self._journal.connection())
            self._name_trouble()
        return self._counts

    def _hold(self, connection: sqlite3.Connection, slot: Slot, entries: Sequence[Entry], words: str) -> None:
        held.add(connection, slot, entries, words)
        count = self._slots().setdefault(slot, HeldCount(0, words))
        count.entries += len(entries)

    def _divert_entry(self, entry: QueuedEntry, ours: dict[Slot, list[Entry]]) -> QueuedEntry | None:
        """What is left of the entry for the queue."""
        slots = self._slots()
        if not isinstance(entry, SiteEntry):
            if (slot := slot_of(entry)) not in slots:
                return entry
            ours.setdefault(slot, []).append(entry)
            return None
        others = [name for name in entry.parameters if Slot(entry.medium, name) not in slots]
        if len(others) == len(entry.parameters):
            return entry
        for reading in entry.readings:
            if (slot := slot_of(reading)) in slots:
                ours.setdefault(slot, []).append(reading)
        return entry.only(others) if others else None

    def _retry_slot(self, slot: Slot, store: Store, now: datetime) -> int:
        """Try the newest, then the oldest: if even the newest is taken, what is refused is a bad point."""
        connection = self._journal.connection()
        is_over = self._is_taken(slot, store, held.newest(connection, slot), last=True)
        if not is_over and not self._is_taken(slot, store, held.oldest(connection, slot), last=False):
            with self._journal.transaction(frees=True) as transaction:
                accounting.add(transaction, {f"{accounting.STORE_ERROR}refuses": 1})
            return 0
        written = 0
        for _ in range(ROWS_AT_ONCE):
            row = held.oldest(connection, slot)
            if row is None:
                self._slots().pop(slot, None)
                break
            try:
                entries = row.decode()
            except ValueError as error:
                self._set_aside(row, now, one_line(f"{type(error).__name__}: {error}"))
                continue
            left = self._write_row(slot, row, entries, store, is_over=is_over)
            written += len(entries) - left
            if left:
                break
        return written

    def _is_taken(self, slot: Slot, store: Store, row: HeldRow | None, *, last: bool) -> bool:
        try:
            ready = [entry for entry in row.decode() if not _is_unreconciled(entry)] if row else []
        except ValueError:
            return True  # it is set aside when it is written
        if not ready:
            return False
        try:
            store.write_entries([ready[-1 if last else 0]])
        except Rejected as rejected:
            self._slots()[slot].words = rejected.lines[0][1]
            return False
        return True

    def _set_aside(self, row: HeldRow, now: datetime, words: str) -> None:
        body = InboxMessage(f"{self._prefix}/outgoing/row", row.body, now)
        with self._journal.transaction(frees=True) as connection:
            held.replace(connection, row, [])
            quarantine_rows(connection, body, row.items, words, self._quarantine_limit)
        self.forget()

    def _write_row(
        self, slot: Slot, row: HeldRow, entries: Sequence[Entry], store: Store, *, is_over: bool
    ) -> int:
        """Write the oldest row of a slot; returns how many of its entries are still refused, and held."""
        keys = keys_to_look_up(entries)
        found = (
            reconcile(entries, store.stored(keys), self._stamps)
            if keys
            else Reconciliation(self._stamps, [*entries])
        )
        result = write_entries(store.write_entries, found.entries)
        left = [] if is_over else [found.entries[index] for index, _ in result.refused]
        days = {
            (entry.checked.reading.site, shanghai_day(entry.checked.reading.time))
            for entry in found.entries
            if isinstance(entry, ReadingEntry)
        }
        with self._journal.transaction(frees=True) as connection:
            held.replace(connection, row, left)
            accounting.add(connection, found.outcomes)
            late_counts.add(connection, found.late)
            for cause, late_days in found.recompute.items():
                requests.queue_recompute(connection, late_days, cause)
            requests.queue_recompute(connection, days, "late")
            done = result if is_over else WriteResult(result.stored, result.revised, [])
            done.record(connection, found.entries, self._prefix, self._quarantine_limit)
        self._slots()[slot].entries -= len(entries) - len(left)
        return len(left)

    def _name_trouble(self) -> None:
        slots = self._slots()
        if not slots:
            self.trouble = ""
            return
        names = [str(slot) for slot in slots]
        if len(names) > MOST_NAMED:
            names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more"]
        count = sum(each.entries for each in slots.values())
        words = next(iter(slots.values())).words
        self.trouble = (
            f"it takes nothing of {', '.join(names)}: {words}; {count} entries wait, all others are written."
            " Mend the cause in the database: what waits is then written by itself"
        )


def _is_unreconciled(entry: Entry) -> bool:
    return isinstance(entry, ReadingEntry) and entry.status in UNRECONCILED


def _is_current(entry: Entry, now: datetime) -> bool:
    if isinstance(entry, ReadingEntry):
        reading = entry.checked.reading
        return reading.received - reading.time <= CURRENT
    return now - entry.point.time <= CURRENT
