"""From outgoing to the store, in order, at its own pace: an outage only makes the queue grow."""

import math
import sqlite3
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from ingest.journal import accounting, check_state, late_counts, outgoing, quarantine, requests
from ingest.journal.entries import Entry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.stores.base import Store, StoreAway
from ingest.stores.reconcile import keys_to_look_up, reconcile
from ingest.stores.transport import (
    REFUSED_BY_STORE,
    InProcessTransport,
    Transport,
    WriteResult,
    write_entries,
    write_points_of,
)
from sensors.calendar import shanghai_day
from sensors.excerpt import one_line
from sensors.model import Refused

BATCH = 20_000
STORE_KNOWN = "store_known"
INTERNAL_ERROR = "internal_error"
LOOK_S = 30.0
"""So often it is looked whether what the store refused still waits in the quarantine."""

log = structlog.get_logger()


class StoreSender:
    """Sends the outgoing queue, batch by batch; used by one thread, and the only writer of the store.

    Args:
        journal: Where the queue is.
        store: Where it goes.
        prefix: The topics' first level, for what the store refuses and a later replay.
        quarantine_limit: Bytes that the quarantine may take; by default good readings that the store refuses
            are kept whole, however many: only the journal's own limit holds for them.
        carrier: Writes rows that need no look-up; None = by `store`, here.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        *,
        prefix: str,
        quarantine_limit: float = math.inf,
        carrier: Transport | None = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._carrier_is_store = carrier is None
        self._carrier = carrier or InProcessTransport(store)
        self._sent: deque[outgoing.OutgoingBatch] = deque()
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._prepared = False
        self._one_by_one = False
        self._refused = True  # perhaps, before this service was started
        self._looked = -LOOK_S
        self.warning = ""

    def step(self, now: datetime) -> int:
        """Move one batch on; returns how many entries, 0 when there are none.

        A batch that fails by a mistake of the program is tried entry by entry: the one that fails goes to the
        quarantine as `internal_error`, and the others go on.

        Raises:
            StoreAway: nothing was lost; try again later. The failure is counted by its kind.
            sqlite3.OperationalError: the disk is full or the file is locked; likewise.
        """
        self._journal.regain_room()
        self._look_for_refused()
        try:
            if not self._prepared:
                self._get_to_know_the_store(now)
            self._store.look()
            if self._one_by_one:
                return self._move_one_by_one(now)
            self._send_ahead()
            return self._move_one() if self._sent else 0
        except sqlite3.Error:
            self._forget()  # what has been written and could not be booked too
            raise
        except StoreAway as away:
            self._forget()
            with self._journal.transaction(frees=True) as connection:
                accounting.add(connection, {accounting.STORE_ERROR + away.kind: 1})
            raise
        except Exception:
            self._forget()
            if self._one_by_one:
                raise
            log.exception("a batch could not be written; now entry by entry")
            self._one_by_one = True
            return 1

    def renew(self, store: Store) -> None:
        """After an unexpected failure of a step: go on with a new store object, and remember nothing."""
        self._forget()
        if self._carrier_is_store:
            self._carrier = InProcessTransport(store)
        self._store = store
        self._prepared = False

    def finish(self) -> None:
        """Answer and book what is under way, as far as that goes; at an orderly end.

        Left alone, it could reach the store later than what the next service writes.
        """
        try:
            while self._sent:
                self._move_one()
        except (StoreAway, sqlite3.OperationalError):
            pass  # it is still in the queue
        except Exception:
            log.exception("what was under way could not be booked")

    def _send_ahead(self) -> None:
        """While one batch is answered and booked the next is under way."""
        while len(self._sent) < self._carrier.max_in_flight:
            after = self._sent[-1].last_id if self._sent else 0
            batch = outgoing.fetch(self._journal.connection(), BATCH, after)
            if batch is None:
                return
            self._carrier.send(batch.bodies)
            self._sent.append(batch)

    def _move_one(self) -> int:
        delivered = self._carrier.answer()
        batch = self._sent.popleft()
        if delivered is None:
            self._forget()
            self._settle(batch)
        else:
            self._book(batch, delivered)
        return batch.size

    def _move_one_by_one(self, now: datetime) -> int:
        """The oldest row, an entry at a time."""
        batch = outgoing.fetch(self._journal.connection(), 1)
        if batch is None:
            self._one_by_one = False
            return 0
        try:
            entries = outgoing.decode_entries(batch.bodies)
        except ValueError as error:
            self._keep_unread(batch, now, one_line(f"{type(error).__name__}: {error}"))
            return batch.size
        if keys_to_look_up(entries):
            self._settle(batch)
            return batch.size
        taken, failed = self._try_each(entries)
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            taken.record(connection, entries, self._prefix, self._quarantine_limit)
            failed.record(connection, entries, self._prefix, self._quarantine_limit, INTERNAL_ERROR)
        self._one_by_one = False
        return batch.size

    def _keep_unread(self, batch: outgoing.OutgoingBatch, now: datetime, words: str) -> None:
        """Keep a row that cannot be read any more as it is, and count all that it held as refused."""
        log.error("a row of the queue cannot be read", items=batch.items, why=words)
        message = InboxMessage(f"{self._prefix}/outgoing/row", b"".join(batch.bodies), now)
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            refused = [Refused(INTERNAL_ERROR, words)] * batch.items
            quarantine.add(connection, message, refused, self._quarantine_limit)

    def _try_each(self, entries: Sequence[Entry]) -> tuple[WriteResult, WriteResult]:
        """The outcome of each, and those on which the program fails."""
        write = write_points_of(self._store)
        taken, failed = WriteResult(0, 0, []), WriteResult(0, 0, [])
        for index, entry in enumerate(entries):
            try:
                one = write_entries(write, [entry])
            except (StoreAway, sqlite3.Error):
                raise
            except Exception as error:  # noqa: BLE001 - one bad point never stops the others
                failed.refused.append((index, one_line(f"{type(error).__name__}: {error}")))
            else:
                refused = [*taken.refused, *((index, words) for _, words in one.refused)]
                taken = WriteResult(taken.stored + one.stored, taken.revised + one.revised, refused)
        return taken, failed

    def _look_for_refused(self) -> None:
        """What the store does not take is said for as long as it waits in the quarantine."""
        if not self._refused or time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        connection = self._journal.connection()
        count = quarantine.waiting(connection, REFUSED_BY_STORE)
        words = quarantine.newest_words(connection, REFUSED_BY_STORE)
        self._refused = count > 0
        self.warning = (
            f"the store refused {count} readings, the last: {words}; they wait in the quarantine:"
            f" mend the cause, then liangqu quarantine replay --reason {REFUSED_BY_STORE}"
            if count
            else ""
        )

    def _forget(self) -> None:
        """Forget what is in flight: it is sent again."""
        self._sent.clear()
        self._carrier.forget()

    def _get_to_know_the_store(self, now: datetime) -> None:
        """Make its database; for a new journal, learn how far each series goes in it."""
        self._store.prepare()
        if not is_store_known(self._journal):
            # Behind a time that is still to come every reading would be late, and nobody would be woken.
            latest = {series_: min(stamp, now) for series_, stamp in self._store.latest().items()}
            with self._journal.transaction(frees=True) as connection:
                check_state.raise_last(connection, latest)
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (STORE_KNOWN,))
                requests.submit(connection, requests.RELOAD_SERIES, {}, now)
                requests.queue_recompute(connection, _newest_days(latest), requests.NEW_JOURNAL)
        self._prepared = True

    def _settle(self, batch: outgoing.OutgoingBatch) -> None:
        entries = outgoing.decode_entries(batch.bodies)
        settlement = reconcile(entries, self._store.stored(keys_to_look_up(entries)))
        with self._journal.transaction(frees=True) as connection:
            outgoing.replace(connection, batch, settlement.entries)
            accounting.add(connection, settlement.booked)
            late_counts.add(connection, settlement.late)
            for cause, days in settlement.recompute.items():
                requests.queue_recompute(connection, days, cause)

    def _book(self, batch: outgoing.OutgoingBatch, delivered: WriteResult) -> None:
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            entries = outgoing.decode_entries(batch.bodies) if delivered.refused else []
            delivered.record(connection, entries, self._prefix, self._quarantine_limit)
        if delivered.refused and not self._refused:
            self._refused, self._looked = True, -LOOK_S


def is_store_known(journal: Journal) -> bool:
    """Whether the series of this journal have been compared with what the store holds."""
    query = "SELECT 1 FROM meta WHERE name = ?"
    return journal.connection().execute(query, (STORE_KNOWN,)).fetchone() is not None


def forget_store(connection: sqlite3.Connection) -> None:
    """Have the store looked at as by a new journal: how far each series goes, its newest days once more."""
    connection.execute("DELETE FROM meta WHERE name = ?", (STORE_KNOWN,))


def _newest_days(latest: Mapping[check_state.Id, datetime]) -> set[tuple[str, str]]:
    """Each site with the newest day that the store holds of it."""
    newest: dict[str, str] = {}
    for (site, _, _), stamp in latest.items():
        newest[site] = max(shanghai_day(stamp), newest.get(site, ""))
    return set(newest.items())
