"""The pipeline: a batch from the inbox, processed, and written in one transaction.

    decode ─► identify ─► checks ─► statistics ─► rules, episodes
        ─► outgoing, quarantine, series, statistics, episodes, accounts

Nothing here waits for the network: alerts and accounts never depend on the store.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import SimpleQueue

from ingest.journal import accounting, check_state, inbox, outgoing, quarantine, requests, site_clocks
from ingest.journal.check_state import SeriesRow
from ingest.journal.database.failures import is_of_the_file
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import CommandRequest
from ingest.observer import BatchObserver, Health, no_calm_means
from ingest.processing.clock_closing import ClockClosing
from ingest.processing.halving import process_in_halves
from ingest.processing.internal_errors import InternalErrors, TickPart
from ingest.processing.message_decoder import MessageDecoder
from ingest.processing.pieces import read_next
from ingest.processing.waiting import describe_waiting
from ingest.recompute.apply import area_requests
from ingest.recompute.model import RecomputeResult
from ingest.series_memory import BatchWork, SeriesMemory
from ingest.statistics.batch_result import BatchResult
from ingest.stores.known.arrivals import ArrivalRecords
from sensors.catalogue.model import Catalogue
from sensors.decoding.types import InputBounds
from sensors.excerpt import failure_line
from sensors.standards.statistics import MONTHLY

# A batch writes its rows a series once, however many messages share them. What a message becomes is many
# times its size, so that their bytes bound the memory.
BATCH = 5000
BATCH_BYTES = 1088 * 1024
LOW_DISK_BATCH = 100

_wall = partial(datetime.now, UTC)


class Pipeline:
    """Processes the inbox; used by one thread.

    `warning` says what was refused and waits for somebody, "" for nothing, `readings` how many were taken
    from each site since the start; any thread may read them.

    Args:
        journal: The file of all local state.
        catalogue: Which sites and parameters there are.
        bounds: Which times and sizes are accepted.
        prefix: The topics' first levels; `other_prefixes` are those of others.
        quarantine_limit: Bytes that the quarantine may take.
        observer: Sees each batch; None: nobody does.
        before_reload: Called each time before memory is reloaded from the file.
        clock: The time of day; a demonstration has its own.
    """

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        bounds: InputBounds,
        *,
        prefix: str,
        other_prefixes: Sequence[str] = (),
        quarantine_limit: int,
        observer: BatchObserver | None = None,
        before_reload: Callable[[], None] | None = None,
        clock: Callable[[], datetime] = _wall,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._prefixes = prefix, *other_prefixes
        self._decoder = MessageDecoder(catalogue, bounds, self._prefixes, observer)
        self._quarantine_limit = quarantine_limit
        self._observer = observer
        self._before_reload = before_reload
        self._clock = clock
        self._batch_limit = BATCH
        self._closing = ClockClosing(catalogue, observer)
        self._arrivals = ArrivalRecords()
        self._offered: SimpleQueue[tuple[RecomputeResult, Future[bool]]] = SimpleQueue()
        self.internal_errors = InternalErrors(journal, quarantine_limit)
        self.warning = ""
        self.readings = Counter[str]()
        self._memory = SeriesMemory(journal, catalogue, observer.calm_means if observer else no_calm_means)
        self._memory_differs = self._retired = False
        self._reload()

    def step(self) -> int:
        """Carry out requests, then process one batch of messages; returns how many messages.

        A message that cannot be processed goes to the quarantine and does not affect the others. If the file
        fails, the inbox stays as it was. On a full disk batches are small, and each waits until the store has
        taken everything that came of the one before.

        Raises:
            sqlite3.Error: the file is locked, full or broken.
        """
        self._carry_out_requests()
        disk_full = self._journal.disk_is_full()
        if disk_full and outgoing.is_waiting(self._journal.connection()):
            return 0
        if not disk_full:
            self._apply_offered()
        limit = min(self._batch_limit, LOW_DISK_BATCH) if disk_full else self._batch_limit
        if not (batch := self._fetch(limit)):
            return 0
        # If this one fails: a smaller one may find room on a full disk.
        former, self._batch_limit = self._batch_limit, max(1, len(batch) // 2)
        process_in_halves(batch, partial(self._process, frees=disk_full), self.internal_errors.quarantine)
        self._batch_limit = min(BATCH, former * 2)
        return len(batch)

    def _fetch(self, limit: int) -> list[InboxMessage]:
        """The oldest messages; of one that is too large to be worked on at once its next piece."""
        connection = self._journal.connection()
        batch = inbox.fetch(connection, limit, BATCH_BYTES)
        is_large = batch and batch[0].rest is not None
        return [read_next(connection, batch[0], self._catalogue, self._prefixes)] if is_large else batch

    def tick(self, health: Health) -> None:
        """Do what is time-driven: silent stations, repeats, escalation; call it once a second.

        Raises:
            sqlite3.Error: the file is locked, full or broken. Other failures are shown, and the next call
                tries again.
        """
        self.internal_errors.update_warning(self._journal.connection())
        self.warning = describe_waiting(self._journal.connection(), self._quarantine_limit)
        if self._closing.is_due(self._journal.connection(), now := self._clock()):
            with self._clock_transaction("closing") as connection:
                self._closing.close(connection, self._memory.live, now, health.connected_since)
        if self._observer is None:
            return
        with self._clock_transaction("alerts") as connection:
            outgoing.add(connection, self._observer.tick(connection, health, now))

    def close_silent(self) -> None:
        """Close by the clock what has been silent for days; for a command that works without a service."""
        with self._clock_transaction("closing") as connection:
            self._closing.close_silent(connection, self._memory.live, self._clock())

    def shift_times(self, by: timedelta) -> None:
        """Shift all waiting times by a change of the clock."""
        if self._observer is not None:
            with self._clock_transaction("alerts") as connection:
                self._observer.shift_times(connection, by, self._clock())

    def apply(self, result: RecomputeResult) -> bool:
        """Apply what was recomputed; False if the place has changed since the readings were read.

        Only the stepping thread may call it; others use `offer`.
        """
        with self._changing_memory():
            derived = self._memory.live.apply(result)
            if derived is None:
                return False
            with self._journal.transaction() as connection:
                outgoing.add(connection, [*result.derived, *derived.entries(self._memory.live.points)])
                derived.save(connection)
                requests.complete_recompute(connection, result.completed)
                requests.queue_recompute(connection, *area_requests(self._catalogue, result))
                outgoing.add(connection, self._correct_register(connection, result, derived))
        return True

    def offer(self, result: RecomputeResult, patience: float) -> bool:
        """Give a result to the stepping thread; whether it was applied within `patience` seconds."""
        applied: Future[bool] = Future()
        if self._retired:
            return False
        self._offered.put((result, applied))
        try:
            return applied.result(patience)
        except TimeoutError:
            return False

    def retire(self) -> None:
        """Another takes its place: what it is offered from now on, or was and waits, is not applied."""
        self._retired = True
        while not self._offered.empty():
            self._offered.get()[1].set_result(False)

    def _apply_offered(self) -> None:
        """Apply what `offer` was given; a result that fails is dropped, or it would come back forever."""
        while not self._offered.empty():
            result, applied = self._offered.get()
            try:
                applied.set_result(self.apply(result))
            except Exception as failure:  # a bulkhead: one place's days
                if is_of_the_file(failure):
                    raise
                self.internal_errors.drop_result(result, failure)
                applied.set_result(True)

    def _correct_register(
        self, connection: sqlite3.Connection, result: RecomputeResult, derived: BatchResult
    ) -> list[PointEntry]:
        if self._observer is None:
            return []
        points = self._observer.correct(connection, result.replays, now := self._clock())
        periods = [one for one in derived.all_statistics() if one.name in MONTHLY]
        return points + self._observer.evaluate(connection, (), periods, now, corrected=True)

    def _carry_out_requests(self) -> None:
        if pending := requests.pending(self._journal.connection()):
            process_in_halves(pending, self._carry_out, self.internal_errors.drop_request)
            self._memory_differs = True  # marks and newest times may have changed

    def _carry_out(self, commands: Sequence[CommandRequest]) -> None:
        with self._changing_memory(), self._journal.transaction(frees=True) as connection:
            if self._observer is not None:
                outgoing.add(connection, self._observer.carry_out(connection, commands, self._clock()))
            requests.complete(connection, commands)

    @contextmanager
    def _clock_transaction(self, part: TickPart) -> Iterator[sqlite3.Connection]:
        """A transaction for what is time-driven; if it fails, messages are still processed."""
        try:
            with self._changing_memory(), self._journal.transaction(frees=True) as connection:
                yield connection
            self.internal_errors.end_tick_failure(part)
        except Exception as failure:  # a bulkhead
            if is_of_the_file(failure):
                raise
            self.internal_errors.record_tick_failure(part, failure)

    @contextmanager
    def _changing_memory(self) -> Iterator[None]:
        """For each change of memory and file: memory is first reloaded if an earlier change failed."""
        if self._memory_differs:
            self._reload()
        self._memory_differs = True
        yield
        self._memory_differs = False

    def _reload(self) -> None:
        """Reload memory from the file; a failure there is not the fault of any message."""
        if self._before_reload is not None:
            self._before_reload()
        try:
            self._memory.reload()
            if self._observer is not None:
                self._observer.load(self._journal.connection())
        except Exception as failure:
            if is_of_the_file(failure):
                raise
            raise sqlite3.DatabaseError(
                f"what is remembered cannot be read: {failure_line(failure)}"
            ) from failure

    def _process(self, batch: Sequence[InboxMessage], *, frees: bool) -> None:
        with self._changing_memory():
            work = self._compute(batch)
            with self._journal.transaction(frees=frees) as connection:
                self._write(connection, batch, work)
        self.readings.update(work.count_readings())

    def _compute(self, batch: Sequence[InboxMessage]) -> BatchWork:
        work, live = BatchWork(), self._memory.live
        self._memory.identify(self._decoder.decode_batch(batch, work), work)
        work.derived = live.collect()
        work.entries += work.derived.entries(live.points)
        return work

    def _write(self, connection: sqlite3.Connection, batch: Sequence[InboxMessage], work: BatchWork) -> None:
        inbox.remove(connection, batch)
        for message, refused in work.refused:
            quarantine.add(connection, message, refused, self._quarantine_limit)
        changed = work.changed.items()
        check_state.save(connection, [SeriesRow(id_, one.latest, one.settle()) for id_, one in changed])
        check_state.record_last_seen(connection, work.last_seen, self._clock())
        site_clocks.record(connection, work.times)
        work.derived.save(connection)
        points = self._observe(connection, work)
        self._journal.send_changes(connection)  # first: the store has no reading without what it led to
        items = work.missing + sum(len(refused) for _, refused in work.refused)
        items += outgoing.add(connection, work.entries)
        self._arrivals.write(connection, work.entries, self._clock())
        accounting.add(connection, {"items": items, "missing": work.missing, **work.tolerated})
        outgoing.add(connection, points)

    def _observe(self, connection: sqlite3.Connection, work: BatchWork) -> list[PointEntry]:
        """Let the observer see the batch, once the sites' last receipts are written."""
        if self._observer is None:
            return []
        now, points = self._clock(), list[PointEntry]()
        for one in work.acknowledgements:  # first: their episodes began before this batch, and may end in it
            points += self._observer.acknowledge(connection, one, now)
        return points + self._observer.evaluate(connection, work.checked, work.derived.all_statistics(), now)
