"""From outgoing to the store, in order, at its own pace: an outage only makes the queue grow."""

import sqlite3
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from ingest.delivery import Carrier, Delivered, Direct
from ingest.journal import counts, late, outgoing, requests, series
from ingest.journal.journal import Journal
from ingest.settle import settle, to_look_up
from sensors.seams import Store, StoreAway
from sensors.times import shanghai_day

BATCH = 20_000
STORE_KNOWN = "store_known"


class Drain:
    """Works off the outgoing queue, batch by batch; one thread uses it, and it alone writes the store.

    Args:
        journal: Where the queue is.
        store: Where it goes.
        prefix: The topics' first level, for what the store refuses and a later replay.
        quarantine_limit: Bytes that the quarantine may take.
        carrier: Writes rows that need no look-up; None = by `store`, here.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        *,
        prefix: str,
        quarantine_limit: int,
        carrier: Carrier | None = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._carrier_is_store = carrier is None
        self._carrier = carrier or Direct(store)
        self._sent: deque[outgoing.Batch] = deque()
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._prepared = False

    def step(self, now: datetime) -> int:
        """Move one batch on; returns how many entries, 0 when there are none.

        Raises:
            StoreAway: nothing was lost; try again later. The failure is counted by its kind.
            sqlite3.OperationalError: the disk is full or the file is locked; likewise.
        """
        self._journal.regain_room()
        try:
            if not self._prepared:
                self._get_to_know_the_store(now)
            self._send_ahead()
            return self._move_one() if self._sent else 0
        except sqlite3.Error:
            self._forget()  # what has been written and could not be booked too
            raise
        except StoreAway as away:
            self._forget()
            with self._journal.transaction(frees=True) as connection:
                counts.change(connection, {counts.STORE_ERROR + away.kind: 1})
            raise

    def renew(self, store: Store) -> None:
        """After an unexpected failure of a step: go on with a new store object, and remember nothing."""
        self._forget()
        if self._carrier_is_store:
            self._carrier = Direct(store)
        self._store = store
        self._prepared = False

    def finish(self) -> None:
        """Answer and book what is under way, as far as that goes; at an orderly end.

        Left alone, it could reach the store later than what the next service writes.
        """
        with suppress(StoreAway, sqlite3.OperationalError):
            while self._sent:
                self._move_one()

    def _send_ahead(self) -> None:
        """While one batch is answered and booked the next is under way."""
        while len(self._sent) < self._carrier.at_once:
            after = self._sent[-1].last_id if self._sent else 0
            batch = outgoing.peek(self._journal.connection(), BATCH, after)
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

    def _forget(self) -> None:
        """Whatever is under way is sent again."""
        self._sent.clear()
        self._carrier.forget()

    def _get_to_know_the_store(self, now: datetime) -> None:
        """Make its database; for a new journal, learn how far each series goes in it."""
        self._store.prepare()
        if not store_known(self._journal):
            latest = self._store.latest()
            with self._journal.transaction(frees=True) as connection:
                series.raise_last(connection, latest)
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (STORE_KNOWN,))
                requests.ask(connection, requests.RELOAD_SERIES, {}, now)
                requests.recompute(connection, _newest_days(latest), requests.NEW_JOURNAL)
        self._prepared = True

    def _settle(self, batch: outgoing.Batch) -> None:
        entries = outgoing.entries_of(batch.bodies)
        settlement = settle(entries, self._store.former(to_look_up(entries)))
        with self._journal.transaction(frees=True) as connection:
            outgoing.rewrite(connection, batch, settlement.entries)
            counts.change(connection, settlement.booked)
            late.add(connection, settlement.late)
            for cause, days in settlement.recompute.items():
                requests.recompute(connection, days, cause)

    def _book(self, batch: outgoing.Batch, delivered: Delivered) -> None:
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            entries = outgoing.entries_of(batch.bodies) if delivered.refused else []
            delivered.book(connection, entries, self._prefix, self._quarantine_limit)


def store_known(journal: Journal) -> bool:
    """Whether the series of this journal have been compared with what the store holds."""
    query = "SELECT 1 FROM meta WHERE name = ?"
    return journal.connection().execute(query, (STORE_KNOWN,)).fetchone() is not None


def _newest_days(latest: Mapping[series.Id, datetime]) -> set[tuple[str, str]]:
    """Each site with the newest day that the store holds of it."""
    newest: dict[str, str] = {}
    for (site, _, _), time in latest.items():
        newest[site] = max(shanghai_day(time), newest.get(site, ""))
    return set(newest.items())
