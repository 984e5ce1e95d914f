"""History directly into the store: decoded, checked and reconciled like live messages; no rules apply.

An import queues its days to be recomputed. Before it writes, it raises the series' last times, so that a
service that runs at the same time looks up in the store what it would otherwise take for new.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from msgspec import Struct, field, structs

from ingest.checks import CheckState, check_alone, check_company, check_newest
from ingest.journal import accounting, check_state, late_counts, quarantine, requests
from ingest.journal.entries import Entry, EntryStatus, ReadingEntry, count_items, to_single_entries
from ingest.journal.file import Journal
from ingest.journal.inbox import Conflict, InboxMessage
from ingest.journal.review.days import is_any_reviewed
from ingest.journal.review.locks import SiteDay, admit_change, days_changed
from ingest.sites.unused import ArrivedKinds
from ingest.stores.base import Store
from ingest.stores.held_back import HeldBack
from ingest.stores.known.record import KnowledgeRecorder, begin_recording, days_of, off_time
from ingest.stores.reconcile import ReceiptStamps, keys_to_look_up, reconcile
from ingest.stores.transport import write_entries
from sensors.calendar import EpochMs, from_ms, shanghai_day, to_ms
from sensors.catalogue.model import Catalogue
from sensors.decoding import decoder
from sensors.decoding.types import InputBounds
from sensors.model import Reading, Refused

CHUNK = 1000


class HistoricMessage(NamedTuple):
    """A message of the past: topic and payload as a station sends them, and where it comes from.

    `origin`, such as `file.csv, line 7`, precedes the detail of a refusal. `refused` is set if there is no
    topic; the payload is then only kept. `reasons` say better, by position, why a value is refused.
    """

    topic: str
    payload: bytes
    origin: str = ""
    refused: Refused | None = None
    reasons: Mapping[str, Refused] = {}


class _Chunk(Struct):
    """The outcome of some messages, before anything is written."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[InboxMessage, list[Refused]]] = field(default_factory=list)
    missing: int = 0
    last: dict[check_state.Id, EpochMs] = field(default_factory=dict)


class Importer:
    """Imports messages of the past into the store; used by one thread.

    Args:
        journal: Where refused items, accounts and days to recompute go.
        store: Where the readings go; its `prepare` has been called.
        catalogue: Sites and parameters.
        bounds: Times and sizes that are accepted.
        conflict: What happens where the store holds another value.
        source: What revisions name as their source.
        prefix: The topics' first level.
        quarantine_limit: Bytes that the quarantine may take.
        arrived: Is told of each reading.
        reason: Why, where an approved day changes.
        by: Who says so.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        catalogue: Catalogue,
        bounds: InputBounds,
        *,
        conflict: Conflict,
        source: str,
        prefix: str,
        quarantine_limit: int,
        arrived: ArrivedKinds | None = None,
        reason: str = "",
        by: str = "",
    ) -> None:
        self._journal = journal
        self._store = store
        self._catalogue = catalogue
        self._bounds = bounds
        self._conflict: Conflict = conflict
        self._source = source
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._arrived = arrived or ArrivedKinds()
        self._why = {"reason": reason, "by": by}
        self._stored = {id_: to_ms(time) for id_, time in store.latest().items()}
        self._stamps = ReceiptStamps()
        self._recorder = KnowledgeRecorder(source)
        self._held = HeldBack(journal)
        self._states: dict[check_state.Id, tuple[EpochMs, CheckState]] = {}

    def take(self, past: Iterable[HistoricMessage], now: datetime) -> Iterator[Counter[str]]:
        """Import all of them, a chunk at a time; yields the outcome of each chunk's items.

        `now` is when they count as received. The outcomes are those of the accounts; `dropped` are items that
        yielded to another value in the store, `outgoing` those that wait until it takes their field again.

        Raises:
            StoreAway: the chunks before this one are in; the same call again takes the rest.
            LockedDayError: a reading changes an approved day, and there is no reason; likewise.
        """
        begin_recording(self._journal, self._store, now)
        remaining = iter(past)
        while some := list(islice(remaining, CHUNK)):
            yield self._import(some, now)

    def _import(self, some: list[HistoricMessage], now: datetime) -> Counter[str]:
        chunk = _Chunk()
        for one in some:
            self._decode(one, now, chunk)
        self._announce(chunk, now)
        refused_items = sum(len(refused) for _, refused in chunk.refused)
        without_entry = refused_items + chunk.missing
        self._held.forget()  # a service that runs at the same time may hold something too
        behind, rest = self._held.separate(chunk.entries)
        entries = to_single_entries(rest)
        result = reconcile(entries, self._store.stored(keys_to_look_up(entries)), self._stamps)
        late = off_time(entries, now)
        self._admit(days_changed(result.replaced).union(days_of(late)), now)
        result.entries += self._recorder.points(result.replaced, now, late)
        delivered = write_entries(self._store.write_entries, result.entries)
        self._held.forget()
        with self._journal.transaction() as connection:
            waiting = accounting.read_counts(connection)["outgoing"]
            delivered = self._held.keep(connection, delivered, result.entries, self._store, now)
            self._held.hold(
                connection, {slot: [*map(_to_be_looked_up, some)] for slot, some in behind.items()}
            )
            waiting = accounting.read_counts(connection)["outgoing"] - waiting
            accounting.add(
                connection, {"items": count_items(chunk.entries) + without_entry, "missing": chunk.missing}
            )
            accounting.add(connection, result.outcomes)
            late_counts.add(connection, result.late)
            delivered.record(connection, result.entries, self._prefix, self._quarantine_limit)
            for message, refused in chunk.refused:
                quarantine.add(connection, message, refused, self._quarantine_limit)
            requests.queue_recompute(connection, _days(result.entries), "import")
        outcomes = result.outcomes + Counter(stored=delivered.stored, revised=delivered.revised)
        outcomes["quarantined"] += refused_items + len(delivered.refused)
        outcomes["missing"] += chunk.missing
        outcomes["outgoing"] += waiting
        return outcomes

    def _decode(self, one: HistoricMessage, now: datetime, chunk: _Chunk) -> None:
        if one.refused is not None:
            readings, refused = list[Reading](), [one.refused]
        else:
            decoded = decoder.decode_message(
                one.topic, one.payload, now, self._catalogue, self._bounds, prefix=self._prefix
            )
            readings, refused = decoded.readings, decoded.refused
            chunk.missing += len(decoded.missing)
        remarks = check_company(readings, self._catalogue.parameters)
        for index, reading in enumerate(readings):
            self._check(reading, chunk, remarks.get(index, ()))
        if refused:
            before = f"{one.origin}: " if one.origin else ""
            better = [one.reasons.get(each.where, each) for each in refused]
            located = [structs.replace(each, detail=before + each.detail) for each in better]
            chunk.refused.append((InboxMessage(one.topic, one.payload, now), located))

    def _check(self, reading: Reading, chunk: _Chunk, remarks: tuple[str, ...]) -> None:
        self._arrived.add(reading)
        id_ = (reading.site, reading.parameter, reading.kind)
        last, state = self._states.get(id_) or (check_state.NEVER, CheckState())
        time, parameter = to_ms(reading.time), self._catalogue.parameters[reading.parameter]
        previous = None
        if time > last:
            checked, previous = check_newest(
                reading, parameter, self._catalogue.sites[reading.site].cycle, state, remarks
            )
            self._states[id_] = (time, state)
            chunk.last[id_] = time
        else:
            checked = check_alone(reading, parameter, remarks)
        status: EntryStatus = "new" if time > max(last, self._stored.get(id_, check_state.NEVER)) else "late"
        if previous is not None:
            chunk.entries.append(ReadingEntry(parameter.medium, previous, "amend"))
        chunk.entries.append(ReadingEntry(parameter.medium, checked, status, self._conflict, self._source))

    def _admit(self, days: Iterable[SiteDay], now: datetime) -> None:
        """Before anything is written, have approved days show as changed."""
        if not is_any_reviewed(self._journal.connection()):
            return
        with self._journal.transaction() as connection:
            admit_change(connection, days, "import", now=now, **self._why)

    def _announce(self, chunk: _Chunk, now: datetime) -> None:
        """Announce, before anything is written, up to when a running service must look readings up."""
        with self._journal.transaction() as connection:
            check_state.raise_last(connection, {id_: from_ms(last) for id_, last in chunk.last.items()})
            requests.submit(connection, "reload_series", {}, now)


def _to_be_looked_up(entry: Entry) -> Entry:
    """What the store lacks of a held slot says nothing: it is looked up when all before it is written."""
    is_new = isinstance(entry, ReadingEntry) and entry.status == "new"
    return structs.replace(entry, status="verify") if is_new else entry


def _days(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    readings = (e.checked.reading for e in entries if isinstance(e, ReadingEntry))
    return {(r.site, shanghai_day(r.time)) for r in readings}
