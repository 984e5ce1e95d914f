"""From outgoing to the store, in order, at its own pace: an outage only makes the queue grow."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import structlog
from msgspec import Struct

from ingest.journal import counts, late, outgoing, quarantine, requests, series
from ingest.journal.inbox import Message
from ingest.journal.journal import Journal
from ingest.journal.outgoing import Derived, Entry, Raw
from ingest.settle import settle, to_look_up
from sensors.measurements import reading_point
from sensors.seams import Former, Key, Point, Refused, Rejected, Store, StoreAway
from sensors.times import shanghai_day

BATCH = 5000
STORE_KNOWN = "store_known"

log = structlog.get_logger()


class Drain:
    """Works off the outgoing queue, batch by batch; one thread uses it, and it alone writes the store.

    Args:
        journal: Where the queue is.
        store: Where it goes.
        prefix: The topics' first level, for what the store refuses and a later replay.
        quarantine_limit: Bytes that the quarantine may take.
    """

    def __init__(self, journal: Journal, store: Store, *, prefix: str, quarantine_limit: int) -> None:
        self._journal = journal
        self._store = store
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._prepared = False

    def step(self, now: datetime) -> int:
        """Move one batch on; returns how many entries, 0 when there are none.

        Raises:
            StoreAway: nothing was lost; try again later. The failure is counted by its kind.
        """
        self._journal.regain_room()
        try:
            if not self._prepared:
                self._get_to_know_the_store(now)
            batch = outgoing.peek(self._journal.connection(), BATCH)
            if batch is None:
                return 0
            keys = to_look_up(batch.entries)
            if keys:
                self._settle(batch, self._store.former(keys))
            else:
                self._write(batch)
        except StoreAway as away:
            with self._journal.transaction(frees=True) as connection:
                counts.change(connection, {counts.STORE_ERROR + away.kind: 1})
            raise
        return len(batch.entries)

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

    def _settle(self, batch: outgoing.Batch, former: dict[Key, Former]) -> None:
        settlement = settle(batch.entries, former)
        with self._journal.transaction(frees=True) as connection:
            outgoing.rewrite(connection, batch, settlement.entries)
            counts.change(connection, settlement.booked)
            late.add(connection, settlement.late)
            for cause, days in settlement.recompute.items():
                requests.recompute(connection, days, cause)

    def _write(self, batch: outgoing.Batch) -> None:
        delivered = deliver(self._store, batch.entries)
        with self._journal.transaction(frees=True) as connection:
            outgoing.remove(connection, batch)
            delivered.book(connection, self._prefix, self._quarantine_limit)


class Delivered(Struct, frozen=True):
    """What became of settled entries: how many items are stored or revised, and what the store refused."""

    outcomes: Counter[str]
    refused: list[tuple[Entry, str]]

    def book(self, connection: sqlite3.Connection, prefix: str, quarantine_limit: int) -> None:
        """Count the outcomes and keep what was refused, in the caller's transaction."""
        counts.change(connection, self.outcomes)
        for entry, words in self.refused:
            if not isinstance(entry, Raw) or not outgoing.is_item(entry):
                counts.change(connection, {f"{counts.STORE_ERROR}rejected": 1})
                continue
            message, position = _as_message(entry, prefix)
            quarantine.add(
                connection, message, [Refused("refused_by_store", words, position)], quarantine_limit
            )


def deliver(store: Store, entries: Sequence[Entry]) -> Delivered:
    """Write settled entries to the store; what it refuses never holds up the rest.

    Raises:
        StoreAway: nothing is certain; the same call later does the same.
    """
    refused: dict[int, str] = {}
    try:
        store.write([_point(entry) for entry in entries])
    except Rejected as rejected:
        refused = dict(rejected.lines)
        log.warning("store refused points", points=len(refused), first=rejected.lines[0][1])
    lanes = Counter([e.lane for i, e in enumerate(entries) if type(e) is Raw and i not in refused])
    outcomes = Counter({"revised": lanes["revised"], "stored": lanes["new"]})
    return Delivered(outcomes, [(entries[index], words) for index, words in refused.items()])


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


def _point(entry: Entry) -> Point:
    return entry.point if isinstance(entry, Derived) else reading_point(entry.medium, entry.checked)


def _as_message(entry: Raw, prefix: str) -> tuple[Message, str]:
    """The reading as a station would have sent it, so that it can be replayed."""
    r = entry.checked.reading
    payload = {
        "time": r.time.isoformat(timespec="milliseconds"),
        "values": {r.parameter: r.value},
        "flags": {r.parameter: r.flag},
        "kind": r.kind,
    }
    topic = f"{prefix}/{entry.medium}/{r.site}"
    return Message(topic, msgspec.json.encode(payload), r.received), f"values.{r.parameter}"
