"""The pipeline: a batch from the inbox, processed, and written in one transaction.

    decode ─► identify ─► checks ─► statistics ─► rules, episodes
        ─► outgoing, quarantine, series, windows, episodes, accounts

Nothing here waits for the network: alerts and accounts never depend on the store.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from ingest.halving import work_through
from ingest.internal_errors import InternalErrors, refusals, report
from ingest.journal import accounting, check_state, inbox, outgoing, quarantine, requests
from ingest.journal.entries import PointEntry
from ingest.journal.failures import is_of_the_file
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import CommandRequest
from ingest.observer import BatchObserver, Health
from ingest.recompute.handoff import Handoff
from ingest.recompute.model import AlertReplay, RecomputeResult
from ingest.series_memory import BatchWork, SeriesMemory
from ingest.statistics.batch_result import BatchResult
from sensors.catalogue.model import Catalogue
from sensors.decoding import decoder
from sensors.decoding.types import Decoded, InputBounds
from sensors.excerpt import failure_line
from sensors.model import Refused
from sensors.standards.statistics import MONTHLY

BATCH = 2000
LOW_DISK_BATCH = 100

_wall = partial(datetime.now, UTC)


class Pipeline:
    """Processes the inbox; used by one thread.

    Args:
        journal: The file of all local state.
        catalogue: Which sites and parameters there are.
        bounds: Which times and sizes are believed.
        prefix: The topics' first levels.
        quarantine_limit: Bytes that the quarantine may take.
        observer: What looks at each batch; None: nobody.
        before_reload: Called before what is remembered is read from the file, at each failure.
        clock: The time of day; a demonstration has its own.
    """

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        bounds: InputBounds,
        *,
        prefix: str,
        quarantine_limit: int,
        observer: BatchObserver | None = None,
        before_reload: Callable[[], None] | None = None,
        clock: Callable[[], datetime] = _wall,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._bounds = bounds
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._observer = observer
        self._before_reload = before_reload
        self._clock = clock
        self._most = BATCH
        self._offers = Handoff()
        self.internal_errors = InternalErrors(journal, quarantine_limit)
        self._memory = SeriesMemory(journal, catalogue)
        self._is_stale = False
        self._reload()

    def step(self) -> int:
        """Carry out requests, then process one batch of messages; returns how many messages.

        What a message fails by costs that message alone: it goes to the quarantine. What the file fails by
        leaves the inbox as it was. On a full disk little is worked on at a time, and only once the store has
        taken all that came of the last.

        Raises:
            sqlite3.Error: the file is locked, full or broken.
        """
        self._carry_out_requests()
        cramped = self._journal.disk_is_full()
        if cramped and outgoing.is_waiting(self._journal.connection()):
            return 0
        if not cramped:
            self._offers.take_all(self._take_in_or_give_up)
        batch = inbox.fetch(
            self._journal.connection(), min(self._most, LOW_DISK_BATCH) if cramped else self._most
        )
        if not batch:
            return 0
        # If this one fails: a smaller one may find room on a full disk.
        most, self._most = self._most, max(1, len(batch) // 2)
        work_through(batch, partial(self._take, cramped=cramped), self.internal_errors.quarantine)
        self._most = min(BATCH, most * 2)
        return len(batch)

    def _take(self, batch: Sequence[InboxMessage], *, cramped: bool) -> None:
        """Process messages and write the result, or leave everything as it was."""
        with self._remembering():
            work = self._work_on(batch)
            with self._journal.transaction(frees=cramped) as connection:
                self._write(connection, batch, work)

    def tick(self, health: Health) -> None:
        """Do what is time-driven: silent stations, repeats, escalation; call it once a second.

        Raises:
            sqlite3.Error: the file is locked, full or broken. Other failures are shown, and the next call
                tries again.
        """
        self.internal_errors.look(self._journal.connection())
        if self._observer is None:
            return
        with self._by_the_clock() as connection:
            outgoing.add(connection, self._observer.tick(connection, health, self._clock()))
            self.internal_errors.standstill = ""

    def clock_set(self, by: timedelta) -> None:
        """Shift all waiting times by a change of the clock."""
        if self._observer is not None:
            with self._by_the_clock() as connection:
                self._observer.clock_set(connection, by, self._clock())

    @contextmanager
    def _by_the_clock(self) -> Iterator[sqlite3.Connection]:
        """A transaction for what the clock brings; if it fails, what messages bring is still called out."""
        try:
            with self._remembering(), self._journal.transaction(frees=True) as connection:
                yield connection
        except Exception as failure:  # a bulkhead
            if is_of_the_file(failure):
                raise
            self.internal_errors.stand_still(failure)

    def apply(self, answer: RecomputeResult) -> bool:
        """Apply what was recomputed; False if the place has changed since the readings were read.

        Only the stepping thread may call it; others use `offer`.
        """
        with self._remembering():
            rebuilt = self._memory.live.apply(answer)
            if rebuilt is None:
                return False
            with self._journal.transaction() as connection:
                outgoing.add(connection, [*answer.derived, *rebuilt.entries(self._memory.live.points)])
                rebuilt.save(connection)
                requests.complete_recompute(connection, answer.completed)
                requests.queue_recompute(connection, *self._memory.live.zone_requests(answer))
                outgoing.add(connection, self._correct(connection, answer, rebuilt))
        return True

    def _take_in_or_give_up(self, answer: RecomputeResult) -> bool:
        """As `apply`; a result that cannot be applied is given up: it would come again forever."""
        try:
            return self.apply(answer)
        except Exception as failure:  # a bulkhead: one place's days
            if is_of_the_file(failure):
                raise
            self.internal_errors.drop_answer(answer, failure)
            return True

    def replay_alerts(
        self, connection: sqlite3.Connection, place: str, parameters: Collection[str], start: datetime
    ) -> Sequence[AlertReplay]:
        """The replays of a place from `start` on; for the recompute's thread."""
        return [] if self._observer is None else self._observer.replays(connection, place, parameters, start)

    def _correct(
        self, connection: sqlite3.Connection, answer: RecomputeResult, rebuilt: BatchResult
    ) -> list[PointEntry]:
        """Correct the register to match the replays."""
        if self._observer is None:
            return []
        now = self._clock()
        points = self._observer.correct(connection, answer.replays, now)
        periods = [one for one in rebuilt.judged if one.name in MONTHLY]
        return points + self._observer.evaluate(connection, (), periods, now)

    def offer(self, answer: RecomputeResult, patience: float) -> bool:
        """Hand a result to the stepping thread and wait, in seconds; whether it was applied by then."""
        return self._offers.offer(answer, patience)

    def _carry_out_requests(self) -> None:
        asked = requests.pending(self._journal.connection())
        if asked:
            work_through(asked, self._carry_out, self.internal_errors.drop_request)
            self._is_stale = True  # marks and newest times may be others now

    def _carry_out(self, asked: Sequence[CommandRequest]) -> None:
        with self._remembering(), self._journal.transaction(frees=True) as connection:
            if self._observer is not None:
                outgoing.add(connection, self._observer.carry_out(connection, asked, self._clock()))
            requests.complete(connection, asked)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """What an earlier failure left in memory is first made again what the file says."""
        if self._is_stale:
            self._reload()
        self._is_stale = True
        yield
        self._is_stale = False

    def _reload(self) -> None:
        """Reload the state from the file; a failure there is not the fault of any message."""
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

    def _work_on(self, batch: Sequence[InboxMessage]) -> BatchWork:
        work = BatchWork()
        for message in batch:
            decoded = self._read(message, work)
            if decoded.readings:
                self._memory.identify(decoded.readings, message, work)
                work.heard[decoded.readings[0].site] = message.received
            if decoded.refused:
                work.refused.append((message, decoded.refused))
        work.windows = self._memory.live.collect()
        work.statistics = work.windows.judged
        work.entries += work.windows.entries(self._memory.live.points)
        return work

    def _read(self, message: InboxMessage, work: BatchWork) -> Decoded:
        """The readings of a message and what is refused of it; a wish to handle an episode joins the work."""
        if message.sha256 is not None:
            detail = f"{message.length} bytes, {self._bounds.max_payload} are taken"
            return Decoded([], [Refused("oversize", detail)])
        try:
            decoded = decoder.decode_message(
                message.topic,
                message.payload,
                message.received,
                self._catalogue,
                self._bounds,
                prefix=self._prefix,
                only=message.positions,
            )
            return decoded if decoded.readings else self._ask_observer(message, decoded, work)
        except Exception as error:  # noqa: BLE001 - one message must not stop the others; it is logged there
            report(message, error)
            return Decoded([], refusals(message, error))

    def _ask_observer(self, message: InboxMessage, decoded: Decoded, work: BatchWork) -> Decoded:
        """Ask the observer about a message without readings: its topic may be the observer's."""
        before, _, name = message.topic.rpartition("/")
        prefix, _, level = before.rpartition("/")
        if self._observer is None or prefix != self._prefix:
            return decoded
        asked = self._observer.parse(level, name, message.payload)
        if asked is None:
            return decoded
        if isinstance(asked, Refused):
            return Decoded([], [asked])
        work.handled.append(asked)
        return Decoded([], [])

    def _write(self, connection: sqlite3.Connection, batch: Sequence[InboxMessage], work: BatchWork) -> None:
        inbox.remove(connection, batch)
        items = outgoing.add(connection, work.entries)
        for message, refused in work.refused:
            quarantine.add(connection, message, refused, self._quarantine_limit)
        check_state.save(connection, work.changed.values())
        check_state.record_last_seen(connection, work.heard, self._clock())
        work.windows.save(connection)
        accounting.add(connection, {"items": items + sum(len(refused) for _, refused in work.refused)})
        outgoing.add(connection, self._call_out(connection, work))

    def _call_out(self, connection: sqlite3.Connection, work: BatchWork) -> list[PointEntry]:
        """Evaluate rules and episodes, after the sites' last receipts are written."""
        if self._observer is None:
            return []
        now = self._clock()
        points: list[PointEntry] = []
        for asked in work.handled:  # first: what they handled began before this batch, and may end in it
            points += self._observer.acknowledge(connection, asked, now)
        points += self._observer.evaluate(connection, work.judged, work.statistics, now)
        return points
