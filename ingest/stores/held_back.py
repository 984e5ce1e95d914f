"""What the store refuses as a whole measurement or field: held in order, tried again, never in quarantine.

A point that the store will never take is one thing; that it takes nothing of `air pm25` any more, because
somebody has written text into that field or keeps data for too short, is another: as with a refused password,
everything waits until the cause is gone (`held_retry.py`).
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ingest.journal import accounting, held, outgoing
from ingest.journal.entries import Entry, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.journal.held import HeldCount, Slot, slot_of
from ingest.stores.base import Store
from ingest.stores.transport import WriteResult

CURRENT = timedelta(days=7)
"""InfluxDB knows the type of a field by the week: of an older point nothing follows for those of today."""
MOST_NAMED = 5


class HeldBack:
    """The slots of which the store takes nothing; used by the sender's thread.

    Args:
        journal: Where they are held.

    Attributes:
        trouble: What the store refuses, and its words; "" if nothing.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._counts: dict[Slot, HeldCount] | None = None
        self.trouble = ""

    @property
    def slots(self) -> dict[Slot, HeldCount]:
        """How much is held of each slot."""
        if self._counts is None:
            self._counts = held.counts(self._journal.connection())
            self.name_trouble()
        return self._counts

    @property
    def is_empty(self) -> bool:
        """Whether the store refuses nothing as a whole."""
        return not self.slots

    def forget(self) -> None:
        """Count anew: others have changed what is held, or a transaction has failed."""
        self._counts = None

    def keep(
        self,
        connection: sqlite3.Connection,
        result: WriteResult,
        entries: Sequence[Entry],
        store: Store,
        now: datetime,
        *,
        unanswered: Collection[int] = (),
    ) -> WriteResult:
        """Hold what was refused with its whole slot, in the caller's transaction; returns other outcomes.

        An entry is held if the store's words are about all that goes there now, the entry is no older than
        `CURRENT`, and none of its slot as young was taken in the same batch. Of a slot that is held already
        all are, also those that were taken: they were sent before it was held, and what is before them is
        still to be written, so they are written once more behind it. `unanswered` are indexes of entries of
        which the store said nothing.
        """
        refused = dict(result.refused)
        behind = {index for index, entry in enumerate(entries) if slot_of(entry) in self.slots}
        whole = {index for index, words in result.refused if store.refuses_all(words)} - behind
        if whole:
            whole -= _refused_alone(entries, whole, {*refused, *unanswered}, now)
        if whole:
            accounting.add(connection, {f"{accounting.STORE_ERROR}refuses": 1})
        kept: dict[Slot, list[int]] = {}
        for index in sorted(whole | behind):
            kept.setdefault(slot_of(entries[index]), []).append(index)
        for slot, indexes in kept.items():
            self._hold(connection, slot, [entries[at] for at in indexes], refused.get(indexes[0], ""))
        self.name_trouble()
        return _without(result, entries, whole | behind)

    def divert(self, batch: outgoing.OutgoingBatch) -> bool:
        """Move entries of held slots from the queue's oldest batch behind those held, so that none overtakes.

        Returns whether there were any; ValueError if a row cannot be read.
        """
        if self.is_empty:
            return False
        ours, others = self.separate(outgoing.decode_queued(batch.rows))
        if not ours:
            return False
        with self._journal.transaction(frees=True) as connection:
            outgoing.replace(connection, batch, others)
            self.hold(connection, ours)
        return True

    def separate(self, entries: Iterable[QueuedEntry]) -> tuple[dict[Slot, list[Entry]], list[QueuedEntry]]:
        """Those of held slots, by slot and in order, and all others."""
        ours: dict[Slot, list[Entry]] = {}
        rest = [self._divert_entry(entry, ours) for entry in entries]
        return ours, [entry for entry in rest if entry is not None]

    def hold(self, connection: sqlite3.Connection, entries: Mapping[Slot, Sequence[Entry]]) -> None:
        """Hold entries of held slots behind those of their slot, in the caller's transaction."""
        for slot, some in entries.items():
            self._hold(connection, slot, some)
        self.name_trouble()

    def name_trouble(self) -> None:
        """Say in `trouble` what is held now."""
        slots = self.slots
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

    def _hold(
        self, connection: sqlite3.Connection, slot: Slot, entries: Sequence[Entry], words: str = ""
    ) -> None:
        """Hold entries behind those of their slot; `words` are for its first."""
        count = self.slots.setdefault(slot, HeldCount(0, words))
        held.add(connection, slot, entries, count.words)
        count.entries += len(entries)

    def _divert_entry(self, entry: QueuedEntry, ours: dict[Slot, list[Entry]]) -> QueuedEntry | None:
        """What is left of the entry for the queue."""
        slots = self.slots
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


def _refused_alone(
    entries: Sequence[Entry], whole: Collection[int], not_taken: Collection[int], now: datetime
) -> set[int]:
    """Which of the refused are too old to speak for their slot, or stand beside one that was taken."""
    taken = {
        slot_of(entry)
        for index, entry in enumerate(entries)
        if index not in not_taken and _is_current(entry, now)
    }
    return {i for i in whole if slot_of(entries[i]) in taken or not _is_current(entries[i], now)}


def _without(result: WriteResult, entries: Sequence[Entry], gone: Collection[int]) -> WriteResult:
    """The outcomes of all entries but these."""
    refused = [each for each in result.refused if each[0] not in gone]
    said = dict(result.refused)
    taken = Counter(
        [e.status for e in (entries[i] for i in gone if i not in said) if isinstance(e, ReadingEntry)]
    )
    return WriteResult(result.stored - taken["new"], result.revised - taken["revised"], refused)


def _is_current(entry: Entry, now: datetime) -> bool:
    if isinstance(entry, ReadingEntry):
        reading = entry.checked.reading
        return reading.received - reading.time <= CURRENT
    return now - entry.point.time <= CURRENT
