"""Tries what is held again, and writes it as far as the store takes it; see `held_back.py`."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import structlog

from ingest.journal import accounting, held, late_counts, outgoing, requests
from ingest.journal.entries import Entry, ReadingEntry
from ingest.journal.file import Journal
from ingest.journal.held import HeldRow, Slot, slot_of
from ingest.journal.inbox import InboxMessage
from ingest.journal.review import locks
from ingest.stores.base import Rejected, Store, StoreAway
from ingest.stores.faulty_entries import find_failing_look_ups, write_each
from ingest.stores.held_back import HeldBack
from ingest.stores.known.record import KnowledgeRecorder
from ingest.stores.reconcile import UNRECONCILED, ReceiptStamps, keys_to_look_up, reconcile
from ingest.stores.transport import (
    INTERNAL_ERROR,
    WriteResult,
    quarantine_rows,
    write_entries,
)
from sensors.calendar import shanghai_day
from sensors.excerpt import failure_line, one_line

RETRY_S = 10.0
ROWS_AT_ONCE = 20

log = structlog.get_logger()


class HeldRetry:
    """Writes what is held; used by the sender's thread while nothing is in flight.

    Args:
        journal: Where it is held.
        held_back: Of which slots.
        prefix: The topics' first level, for what is refused in the end.
        quarantine_limit: Bytes that the quarantine may take.
        stamps: Of rows in `revision`, the sender's.
        recorder: Of what changes in the store, the sender's.
    """

    def __init__(
        self,
        journal: Journal,
        held_back: HeldBack,
        prefix: str,
        quarantine_limit: float,
        *,
        stamps: ReceiptStamps,
        recorder: KnowledgeRecorder,
    ) -> None:
        self._journal = journal
        self._held = held_back
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._stamps = stamps
        self._recorder = recorder
        self._next = 0.0

    def step(self, store: Store, now: datetime) -> int:
        """Write what is held as far as the store takes it, when that is due; returns how many entries.

        Raises:
            StoreAway: as `Store.write_entries`.
        """
        if time.monotonic() < self._next:
            return 0
        self._held.forget()  # an import may have held something
        if self._held.is_empty:
            self._next = time.monotonic() + RETRY_S
            return 0
        written = sum(self._write_slot(slot, store, now) for slot in list(self._held.slots))
        if not written:
            self._next = time.monotonic() + RETRY_S
        self._held.name_trouble()
        return written

    def _write_slot(self, slot: Slot, store: Store, now: datetime) -> int:
        """Try the newest, then the oldest: if even the newest is taken, what is refused is a bad point."""
        found = self._oldest(slot, store, now)
        if found is None:
            return 0
        is_over = self._is_newest_taken(slot, store)
        if not is_over and not self._is_taken(slot, store, found[1][0], bug=True):
            with self._journal.transaction(frees=True) as connection:
                accounting.add(connection, {f"{accounting.STORE_ERROR}refuses": 1})
            return 0
        written = 0
        for _ in range(ROWS_AT_ONCE):
            row, entries = found
            left = self._write_row(row, entries, store, is_over=is_over)
            written += len(entries) - left
            found = None if left else self._oldest(slot, store, now)
            if found is None:
                break
        return written

    def _oldest(self, slot: Slot, store: Store, now: datetime) -> tuple[HeldRow, list[Entry]] | None:
        """The first row of a slot that can be written, reconciled if need be; None if nothing is left of it.

        All that was before it is in the store, so what it revises can be looked up whatever is refused now.
        """
        connection = self._journal.connection()
        while row := held.oldest(connection, slot):
            try:
                entries = row.decode()
            except ValueError as error:
                self._set_aside(row, now, one_line(f"{type(error).__name__}: {error}"))
                continue
            if not keys_to_look_up(entries):
                return row, entries
            self._reconcile(slot, row, entries, store, now)
        return None

    def _is_newest_taken(self, slot: Slot, store: Store) -> bool:
        """Whether the store takes the newest entry that may be written as it is; False if there is none."""
        row = held.newest(self._journal.connection(), slot)
        try:
            ready = [entry for entry in row.decode() if not _is_unreconciled(entry)] if row else []
        except ValueError:
            return False  # nothing can be said of the store; the row is set aside when its turn comes
        return bool(ready) and self._is_taken(slot, store, ready[-1], bug=False)

    def _is_taken(self, slot: Slot, store: Store, entry: Entry, *, bug: bool) -> bool:
        """Whether the store takes it; `bug` if that cannot be found out for a bug."""
        try:
            store.write_entries([entry])
        except Rejected as rejected:
            self._held.slots[slot].words = rejected.lines[0][1]
            return False
        except (StoreAway, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001 - it is set aside when its row is written
            log.warning("what is held could not be tried", of=str(slot), why=failure_line(error))
            return bug
        return True

    def _set_aside(self, row: HeldRow, now: datetime, words: str) -> None:
        body = InboxMessage(f"{self._prefix}/outgoing/row", row.body, now)
        with self._changing_held() as connection:
            held.replace(connection, row, [])
            quarantine_rows(connection, body, row.items, words, self._quarantine_limit)

    def _reconcile(
        self, slot: Slot, row: HeldRow, entries: Sequence[Entry], store: Store, now: datetime
    ) -> None:
        """Put what is decided of a row in its place before it is written: a crash decides nothing twice."""
        try:
            found = reconcile(entries, store.stored(keys_to_look_up(entries)), self._stamps)
        except (StoreAway, sqlite3.Error):
            raise
        except Exception:
            if not self._set_failing_aside(row, entries, store):
                raise
            return
        records = self._recorder.points(found.replaced, now)
        own = [entry for entry in found.entries if slot_of(entry) == slot]
        with self._changing_held() as connection:
            held.replace(connection, row, own)
            others = [entry for entry in found.entries if slot_of(entry) != slot]
            outgoing.add(connection, [*others, *records])
            accounting.add(connection, found.outcomes)
            late_counts.add(connection, found.late)
            locks.reopen(connection, found.replaced, now)
            for cause, days in found.recompute.items():
                requests.queue_recompute(connection, days, cause)

    def _set_failing_aside(self, row: HeldRow, entries: Sequence[Entry], store: Store) -> bool:
        """Quarantine what fails at the look-up because of a bug; returns whether there was any."""
        failed = WriteResult(0, 0, find_failing_look_ups(entries, store))
        with self._changing_held() as connection:
            held.replace(connection, row, failed.without_refused(entries))
            failed.record(connection, entries, self._prefix, self._quarantine_limit, INTERNAL_ERROR)
        return bool(failed.refused)

    def _write_row(self, row: HeldRow, entries: Sequence[Entry], store: Store, *, is_over: bool) -> int:
        """Write the oldest row of a slot; returns how many of its entries are still refused, and held."""
        result, failed = _write(store, entries)
        refused = dict(result.refused)
        left = [] if is_over else [entries[index] for index in sorted(refused)]
        days = {
            (entry.checked.reading.site, shanghai_day(entry.checked.reading.time))
            for index, entry in enumerate(entries)
            if isinstance(entry, ReadingEntry) and index not in refused
        }
        done = result if is_over else WriteResult(result.stored, result.revised, [])
        with self._changing_held() as connection:
            held.replace(connection, row, left)
            requests.queue_recompute(connection, days, "late")
            done.record(connection, entries, self._prefix, self._quarantine_limit)
            failed.record(connection, entries, self._prefix, self._quarantine_limit, INTERNAL_ERROR)
        return len(left)

    @contextmanager
    def _changing_held(self) -> Iterator[sqlite3.Connection]:
        """A transaction after which it is counted anew what is held."""
        with self._journal.transaction(frees=True) as connection:
            yield connection
        self._held.forget()


def _write(store: Store, entries: Sequence[Entry]) -> tuple[WriteResult, WriteResult]:
    """Write entries; a bug costs those that fail by it: the second result."""
    try:
        return write_entries(store.write_entries, entries), WriteResult(0, 0, [])
    except (StoreAway, sqlite3.Error):
        raise
    except Exception as error:  # noqa: BLE001 - found anew entry by entry
        log.warning("what is held could not be written; now entry by entry", why=failure_line(error))
        return write_each(store.write_entries, entries)


def _is_unreconciled(entry: Entry) -> bool:
    return isinstance(entry, ReadingEntry) and entry.status in UNRECONCILED
