"""From outgoing to the store, in order, at its own pace: an outage only makes the queue grow."""

import math
import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime

import structlog

from ingest.journal import accounting, check_state, late_counts, outgoing, quarantine, requests
from ingest.journal.entries import Entry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.review import locks
from ingest.stores.base import Store, StoreAway
from ingest.stores.faulty_entries import find_failing_look_ups, write_each
from ingest.stores.held_back import HeldBack
from ingest.stores.held_retry import HeldRetry
from ingest.stores.known.record import KnowledgeRecorder, begin_recording
from ingest.stores.reconcile import ReceiptStamps, keys_to_look_up, reconcile
from ingest.stores.transport import (
    INTERNAL_ERROR,
    REFUSED_BY_STORE,
    InProcessTransport,
    LookUpFirst,
    Transport,
    WriteResult,
    quarantine_rows,
)
from sensors.excerpt import one_line

BATCH = 8_000
STORE_KNOWN = "store_known"
WARNING_INTERVAL_S = 30.0

log = structlog.get_logger()


class StoreSender:
    """Sends the outgoing queue, batch by batch; used by one thread, and the only writer of the store.

    Args:
        journal: Where the queue is.
        store: Where it goes.
        prefix: The topics' first level, for what the store refuses and a later replay.
        quarantine_limit: Bytes that the quarantine may take; by default good readings that the store refuses
            are kept whole, however many: only the journal's own limit holds for them.
        transport: Writes rows that need no look-up; None = `store` in this thread.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        *,
        prefix: str,
        quarantine_limit: float = math.inf,
        transport: Transport | None = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._is_in_process = transport is None
        self._transport = transport or InProcessTransport(store)
        self._in_flight: deque[outgoing.OutgoingBatch] = deque()
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._stamps = ReceiptStamps()
        self._recorder = KnowledgeRecorder("sender")
        self._held = HeldBack(journal)
        self._held_retry = HeldRetry(
            journal, self._held, prefix, quarantine_limit, stamps=self._stamps, recorder=self._recorder
        )
        self._prepared = False
        self._entry_by_entry = False
        self._may_have_refused = True  # before this service was started
        self._warning_updated = -WARNING_INTERVAL_S
        self.warning = ""

    @property
    def trouble(self) -> str:
        """What the store refuses as a whole while it takes everything else; "" if nothing."""
        return self._held.trouble

    def step(self, now: datetime) -> int:
        """Write one batch; returns how many entries, 0 when there are none.

        A batch that fails because of a bug is tried entry by entry: the one that fails goes to the quarantine
        as `internal_error`, and the others are written.

        Raises:
            StoreAway: nothing was lost; try again later. The failure is counted by its kind.
            sqlite3.OperationalError: the disk is full or the file is locked; likewise.
        """
        self._journal.regain_room()
        self._update_warning()
        try:
            if not self._prepared:
                self.prepare(now)
            self._store.verify()
            if self._entry_by_entry:
                return self._write_entry_by_entry(now)
            # What is in flight may be of a slot held since it was sent: what is before it may not come after.
            retried = 0 if self._in_flight else self._held_retry.step(self._store, now)
            self._send_batches()
            return retried + (self._complete_oldest(now) if self._in_flight else 0)
        except sqlite3.Error:
            self._start_over()  # what was written but could not be recorded is sent again too
            raise
        except StoreAway as away:
            self._start_over()
            with self._journal.transaction(frees=True) as connection:
                accounting.add(connection, {accounting.STORE_ERROR + away.kind: 1})
            raise
        except Exception:  # a bug: raised again when one entry at a time does not help
            self._start_over()
            if self._entry_by_entry:
                raise
            log.exception("a batch could not be written; now entry by entry")
            self._entry_by_entry = True
            return 1

    def renew(self, store: Store) -> None:
        """After an unexpected failure of a step: go on with a new store object, and remember nothing."""
        self._start_over()
        if self._is_in_process:
            self._transport = InProcessTransport(store)
        self._store = store
        self._prepared = False

    def flush(self, now: datetime) -> None:
        """Wait for what is in flight and record it, as far as possible; at an orderly end.

        Otherwise it could reach the store later than what the next service writes.
        """
        try:
            while self._in_flight:
                self._complete_oldest(now)
        except (StoreAway, sqlite3.OperationalError):
            pass  # it is still in the queue
        except Exception:  # it ends anyway, and the next service finds all of it in the queue
            log.exception("what was in flight could not be recorded")

    def _send_batches(self) -> None:
        """Fill the transport: one batch is written while the outcome of another is recorded."""
        # One at a time while something is held: between two of them it is tried again.
        most = self._transport.max_in_flight if self._held.is_empty else 1
        while len(self._in_flight) < most:
            after = self._in_flight[-1].last_id if self._in_flight else 0
            batch = outgoing.fetch(self._journal.connection(), BATCH, after)
            if batch is None:
                return
            if self._divert(batch):
                continue
            self._transport.send(batch.rows)
            self._in_flight.append(batch)

    def _divert(self, batch: outgoing.OutgoingBatch) -> bool:
        """Hold what is of held slots, before it is looked up: what it may revise is not in the store."""
        try:
            return self._held.divert(batch)
        except ValueError:
            return False  # a row that cannot be read: found again when it is written

    def _complete_oldest(self, now: datetime) -> int:
        outcome = self._transport.receive()
        batch = self._in_flight.popleft()
        if isinstance(outcome, LookUpFirst):
            self._reset()
            if not self._divert(batch):
                self._reconcile(batch, now)
        else:
            self._record(batch, outcome, now)
        return batch.size

    def _write_entry_by_entry(self, now: datetime) -> int:
        """Write the oldest row, one entry at a time."""
        batch = outgoing.fetch(self._journal.connection(), 1)
        if batch is None:
            self._entry_by_entry = False
            return 0
        try:
            if self._held.divert(batch):
                return batch.size
            entries = outgoing.decode_entries(batch.rows)
        except ValueError as error:
            self._quarantine_unreadable(batch, now, one_line(f"{type(error).__name__}: {error}"))
            return batch.size
        if keys_to_look_up(entries):
            self._reconcile_but_for_failing(batch, entries, now)
            return batch.size
        taken, failed = write_each(self._store.write_entries, entries)
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            bugs = dict(failed.refused).keys()
            taken = self._held.keep(connection, taken, entries, self._store, now, unanswered=bugs)
            taken.record(connection, entries, self._prefix, self._quarantine_limit)
            failed.record(connection, entries, self._prefix, self._quarantine_limit, INTERNAL_ERROR)
        self._entry_by_entry = False
        return batch.size

    def _reconcile_but_for_failing(
        self, batch: outgoing.OutgoingBatch, entries: Sequence[Entry], now: datetime
    ) -> None:
        """Reconcile a row; readings that fail at it go to the quarantine, and the others next time."""
        failing = find_failing_look_ups(entries, self._store)
        if not failing:
            self._reconcile(batch, now)
            return
        failed = WriteResult(0, 0, failing)
        with self._journal.transaction(frees=True) as connection:
            outgoing.replace(connection, batch, failed.without_refused(entries))
            failed.record(connection, entries, self._prefix, self._quarantine_limit, INTERNAL_ERROR)

    def _quarantine_unreadable(self, batch: outgoing.OutgoingBatch, now: datetime, words: str) -> None:
        """Quarantine a row that cannot be decoded as it is, and count all its items as refused."""
        rows = InboxMessage(f"{self._prefix}/outgoing/row", b"".join(batch.rows), now)
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            quarantine_rows(connection, rows, batch.items, words, self._quarantine_limit)

    def _update_warning(self) -> None:
        """Warn of what the store refused for as long as it waits in the quarantine."""
        if not self._may_have_refused or time.monotonic() - self._warning_updated < WARNING_INTERVAL_S:
            return
        self._warning_updated = time.monotonic()
        connection = self._journal.connection()
        count = quarantine.count(connection, REFUSED_BY_STORE)
        words = quarantine.newest_detail(connection, REFUSED_BY_STORE)
        self._may_have_refused = count > 0
        self.warning = (
            f"the store refused {count} readings, the last: {words}; they wait in the quarantine:"
            f" mend the cause, then liangqu quarantine replay --reason {REFUSED_BY_STORE}"
            if count
            else ""
        )

    def _start_over(self) -> None:
        self._held.forget()
        self._reset()

    def _reset(self) -> None:
        self._in_flight.clear()
        self._transport.reset()

    def prepare(self, now: datetime) -> None:
        """Create its database; for a new journal, read the newest time of each series from it.

        Raises:
            StoreAway: it does not answer; `step` tries again.
        """
        self._store.prepare()
        begin_recording(self._journal, self._store, now)
        if not is_store_known(self._journal):
            # Behind a time that is still to come every reading would be late, and nobody would be woken.
            latest = {series_: min(stamp, now) for series_, stamp in self._store.latest().items()}
            with self._journal.transaction(frees=True) as connection:
                check_state.raise_last(connection, latest)
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (STORE_KNOWN,))
                requests.submit(connection, "reload_series", {}, now)
                requests.queue_recompute(connection, check_state.newest_days(latest), "new_journal")
        self._prepared = True

    def _reconcile(self, batch: outgoing.OutgoingBatch, now: datetime) -> None:
        entries = outgoing.decode_entries(batch.rows)
        result = reconcile(entries, self._store.stored(keys_to_look_up(entries)), self._stamps)
        with self._journal.transaction(frees=True) as connection:
            outgoing.replace(
                connection, batch, [*result.entries, *self._recorder.points(result.replaced, now)]
            )
            accounting.add(connection, result.outcomes)
            late_counts.add(connection, result.late)
            locks.reopen(connection, result.replaced, now)
            for cause, days in result.recompute.items():
                requests.queue_recompute(connection, days, cause)

    def _record(self, batch: outgoing.OutgoingBatch, result: WriteResult, now: datetime) -> None:
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            is_all_taken = not result.refused and self._held.is_empty
            entries = [] if is_all_taken else outgoing.decode_entries(batch.rows)
            result = self._held.keep(connection, result, entries, self._store, now)
            result.record(connection, entries, self._prefix, self._quarantine_limit)
        if result.refused and not self._may_have_refused:
            self._may_have_refused, self._warning_updated = True, -WARNING_INTERVAL_S


def is_store_known(journal: Journal) -> bool:
    """Whether the series of this journal have been compared with what the store holds."""
    query = "SELECT 1 FROM meta WHERE name = ?"
    return journal.connection().execute(query, (STORE_KNOWN,)).fetchone() is not None


def mark_store_unknown(connection: sqlite3.Connection) -> None:
    """Have the store read as for a new journal: the newest time of each series, and its newest day again."""
    connection.execute("DELETE FROM meta WHERE name = ?", (STORE_KNOWN,))
