"""Sends rows of the queue to the store, and records the outcome in the accounts."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog
from msgspec import Struct

from ingest.journal import accounting, outgoing, quarantine
from ingest.journal.entries import Entry, QueuedEntry, ReadingEntry, SiteEntry, is_item, to_single_entries
from ingest.journal.inbox import InboxMessage
from ingest.stores.base import Rejected, Store
from ingest.stores.reconcile import keys_to_look_up
from sensors.model import Reading, RefusalReason, Refused

REFUSED_BY_STORE: RefusalReason = "refused_by_store"
INTERNAL_ERROR: RefusalReason = "internal_error"

log = structlog.get_logger()

Write = Callable[[Sequence[QueuedEntry]], None]
"""Writes reconciled entries, as `Store.write_entries`."""


class WriteResult(Struct, frozen=True, tag=True):
    """The outcome of reconciled entries: items stored and revised, and by index what was refused, and why."""

    stored: int
    revised: int
    refused: list[tuple[int, str]]

    def without_refused(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries but for the refused."""
        refused = dict(self.refused)
        return [entry for index, entry in enumerate(entries) if index not in refused]

    def record(
        self,
        connection: sqlite3.Connection,
        entries: Sequence[Entry],
        prefix: str,
        quarantine_limit: float,
        reason: RefusalReason = REFUSED_BY_STORE,
    ) -> None:
        """Count the outcomes and quarantine the refused entries, in the caller's transaction."""
        if self.refused:
            log.warning("store refused points", points=len(self.refused), first=self.refused[0][1])
        accounting.add(connection, {"stored": self.stored, "revised": self.revised})
        for index, words in self.refused:
            entry = entries[index]
            if not isinstance(entry, ReadingEntry) or not is_item(entry):
                accounting.add(connection, {f"{accounting.STORE_ERROR}rejected": 1})
                continue
            message, position = _as_message(entry, prefix)
            quarantine.add(connection, message, [Refused(reason, words, position)], quarantine_limit)


class LookUpFirst(Struct, frozen=True, tag=True):
    """One of the rows must be looked up in the store before it can be written: nothing of them was."""


class Transport(Protocol):
    """Writes rows that need no look-up to the store, in the order in which they are sent.

    `max_in_flight` batches may be sent before the outcome of the first is received.
    """

    max_in_flight: int

    def send(self, rows: Sequence[bytes]) -> None:
        """Have these rows written; raises StoreAway as `receive`."""

    def receive(self) -> WriteResult | LookUpFirst:
        """The outcome of the oldest rows in flight.

        After `LookUpFirst`, a StoreAway or `reset` the rows sent behind them get no outcome and may be sent
        again: they are not written before these, though perhaps once more after them.

        Raises:
            StoreAway: the outcome is unknown; the same rows may be sent again.
        """

    def reset(self) -> None:
        """Expect no outcome of what is in flight."""


class InProcessTransport:
    """Writes in the thread that calls `receive`, one batch after the other."""

    max_in_flight = 1

    def __init__(self, store: Store) -> None:
        self._write = store.write_entries
        self._rows: Sequence[bytes] = ()

    def send(self, rows: Sequence[bytes]) -> None:
        """As of any `Transport`."""
        self._rows = rows

    def receive(self) -> WriteResult | LookUpFirst:
        """As of any `Transport`."""
        return write_rows(self._write, self._rows)

    def reset(self) -> None:
        """As of any `Transport`."""
        self._rows = ()


def write_rows(write: Write, rows: Sequence[bytes]) -> WriteResult | LookUpFirst:
    """Write the entries of these rows, or none of them if one must be looked up first."""
    entries = outgoing.decode_queued(rows)
    return LookUpFirst() if keys_to_look_up(entries) else write_entries(write, entries)


def write_entries(write: Write, entries: Sequence[QueuedEntry]) -> WriteResult:
    """Write reconciled entries to the store; what it refuses never holds up the rest.

    Raises:
        StoreAway: the outcome is unknown; the same call may be repeated.
    """
    refused: dict[int, str] = {}
    try:
        write(entries)
    except Rejected as rejected:
        refused = dict(rejected.lines)
    taken = Counter([entry.status for entry in entries if type(entry) is ReadingEntry])
    taken["new"] += sum([len(entry.values) for entry in entries if type(entry) is SiteEntry])
    if refused:
        each = to_single_entries(entries)
        taken.subtract(
            [entry.status for entry in map(each.__getitem__, refused) if type(entry) is ReadingEntry]
        )
    return WriteResult(taken["new"], taken["revised"], list(refused.items()))


def quarantine_rows(
    connection: sqlite3.Connection, rows: InboxMessage, items: int, words: str, limit: float
) -> None:
    """Quarantine rows of the queue that cannot be decoded as they are, and all their items as refused."""
    log.error("a row of the queue cannot be read", items=items, why=words)
    quarantine.add(connection, rows, [Refused(INTERNAL_ERROR, words)] * items, limit)


def _as_message(entry: ReadingEntry, prefix: str) -> tuple[InboxMessage, str]:
    """The reading as a station would have sent it, so that it can be replayed."""
    r = entry.checked.reading
    payload = {
        "time": r.time.isoformat(timespec="milliseconds"),
        "values": {r.parameter: _as_sent(r)},
        "flags": {r.parameter: r.flag},
        "kind": r.kind,
    }
    topic = f"{prefix}/{entry.medium}/{r.site}"
    return InboxMessage(topic, msgspec.json.encode(payload), r.received), f"values.{r.parameter}"


def _as_sent(reading: Reading) -> float | str:
    try:
        return float(reading.sent or reading.value)
    except ValueError:
        return reading.sent
