"""The one place that joins the parts: a batch from the inbox, worked on, and written in one transaction.

    decode ─► identify ─► checks ─► statistics ─► rules, episodes
        ─► outgoing, quarantine, series, windows, episodes, accounts

Nothing here waits for the network: alerts and accounts never depend on the store.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import structlog
from msgspec import Struct, field

from alerts import handling
from alerts.alerting import Alerting
from alerts.clocked import Health
from alerts.handling import Handling
from alerts.in_order import Sorted
from alerts.indices import statistics_of
from ingest.checks import SeriesState, judge, judge_late
from ingest.drain import store_known
from ingest.journal import counts, inbox, outgoing, quarantine, requests, series
from ingest.journal.inbox import Message
from ingest.journal.journal import Journal
from ingest.journal.outgoing import Derived, Entry, Lane, Raw
from ingest.journal.series import Series
from ingest.marks import in_journal
from ingest.statistics.asked import Again, Answer
from ingest.statistics.live import Live
from ingest.statistics.step import Step
from liangqu.clock import wall
from liangqu.offers import Offers
from sensors import messages
from sensors.catalogue import Catalogue
from sensors.marks import Excluded, standing
from sensors.native import Bounds, Decoded
from sensors.seams import Checked, Medium, Reading, Refused, Statistic
from sensors.times import to_ms

BATCH = 2000
CRAMPED = 100
LONG = frozenset({"month", "year_to_date", "outlook", "year", "12month", "36month"})

log = structlog.get_logger()


class Work(Struct):
    """What a batch of messages has come to, before it is written.

    `judged` are the readings judged new, in order, each spike before the reading that showed it, `statistics`
    all that they moved: what rules look at.
    """

    judged: list[Checked] = field(default_factory=list)
    statistics: list[Statistic] = field(default_factory=list)
    windows: Step = field(default_factory=Step)
    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[Message, list[Refused]]] = field(default_factory=list)
    changed: dict[series.Id, Series] = field(default_factory=dict)
    handled: list[Handling] = field(default_factory=list)
    heard: dict[str, datetime] = field(default_factory=dict)


class Pipeline:
    """Works off the inbox; one thread uses it.

    Args:
        journal: The file of all local state.
        catalogue: Which sites and parameters there are.
        bounds: Which times and sizes are believed.
        prefix: The topics' first levels.
        quarantine_limit: Bytes that the quarantine may take.
        alerting: What calls out; None calls out nothing.
        clock: The time of day; a demonstration has its own.
    """

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        bounds: Bounds,
        *,
        prefix: str,
        quarantine_limit: int,
        alerting: Alerting | None = None,
        clock: Callable[[], datetime] = wall,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._bounds = bounds
        self._prefix = prefix
        self._quarantine_limit = quarantine_limit
        self._alerting = alerting
        self._clock = clock
        self._most = BATCH
        self._offers = Offers()
        self._live = Live(catalogue, journal.connection)
        self._reload()

    def step(self) -> int:
        """Carry out what commands asked, then work on one batch of messages; returns how many messages.

        Any failure leaves the inbox as it was; what was remembered is read again from the file. On a full
        disk little is worked on at a time, and only once the store has taken all that came of the last.
        """
        self._carry_out_requests()
        cramped = self._journal.disk_is_full()
        if cramped and outgoing.waits(self._journal.connection()):
            return 0
        if not cramped:
            self._offers.answer(self.take_in)
        batch = inbox.take(self._journal.connection(), min(self._most, CRAMPED) if cramped else self._most)
        if not batch:
            return 0
        # If this one fails: a smaller one may find room on a full disk.
        most, self._most = self._most, max(1, len(batch) // 2)
        with self._remembering():
            work = self._work_on(batch)
            with self._journal.transaction(frees=cramped) as connection:
                self._write(connection, batch, work)
        self._most = min(BATCH, most * 2)
        return len(batch)

    def tick(self, health: Health) -> None:
        """What the clock brings: stations gone silent, repeats, escalation; call it once a second."""
        if self._alerting is None:
            return
        with self._remembering(), self._journal.transaction(frees=True) as connection:
            outgoing.add(connection, self._alerting.tick(connection, health, self._clock()))

    def clock_set(self, by: timedelta) -> None:
        """Somebody has set the clock: all that waits goes on waiting as if nobody had."""
        if self._alerting is not None:
            with self._remembering(), self._journal.transaction(frees=True) as connection:
                self._alerting.clock_set(connection, by, self._clock())

    def take_in(self, answer: Answer) -> bool:
        """Take in what was computed from raw; False if the place has changed since the readings were read.

        Only the thread that steps may call it; others `offer`.
        """
        with self._remembering():
            rebuilt = self._live.rebuild(answer)
            if rebuilt is None:
                return False
            with self._journal.transaction() as connection:
                outgoing.add(connection, [*answer.derived, *rebuilt.derived])
                rebuilt.save(connection)
                requests.recomputed(connection, answer.carried_out)
                requests.recompute(connection, *self._live.asked_above(answer))
                outgoing.add(connection, self._correct(connection, answer, rebuilt))
        return True

    def judge_again(
        self, connection: sqlite3.Connection, place: str, parameters: Collection[str], start: datetime
    ) -> Sequence[Again]:
        """Which series of a place rules judge again from `start` on; for the recompute's thread."""
        return [] if self._alerting is None else self._alerting.again(connection, place, parameters, start)

    def _correct(self, connection: sqlite3.Connection, answer: Answer, rebuilt: Step) -> list[Derived]:
        """The register as the sorted stream has it, then what the days mean for the periods they are of."""
        if self._alerting is None:
            return []
        now = self._clock()
        streams = [each for each in answer.again if isinstance(each, Sorted)]
        points = self._alerting.recompute(connection, streams, now)
        moved = [*rebuilt.statistics, *statistics_of(rebuilt.derived, now)]
        periods = [one for one in moved if one.name in LONG]
        return points + self._alerting.judge(connection, (), periods, now)

    def offer(self, answer: Answer, patience: float) -> bool:
        """Hand an answer to the stepping thread and wait, in seconds; whether it was taken in by then."""
        return self._offers.offer(answer, patience)

    def _carry_out_requests(self) -> None:
        asked = requests.waiting(self._journal.connection())
        if not asked:
            return
        with self._remembering(), self._journal.transaction(frees=True) as connection:
            if self._alerting is not None:
                outgoing.add(connection, self._alerting.carry_out(connection, asked, self._clock()))
            requests.done(connection, asked)
        self._reload_series()

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """Whatever fails inside: what is remembered is again what the file says."""
        with ExitStack() as failed:
            failed.callback(self._reload)
            yield
            failed.pop_all()

    def _reload(self) -> None:
        self._reload_series()
        self._live.forget()
        if self._alerting is not None:
            self._alerting.load(self._journal.connection())

    def _reload_series(self) -> None:
        self._series = series.load(self._journal.connection())
        self._store_known = store_known(self._journal)
        self._excluded = Excluded(standing(in_journal(self._journal.connection())))

    def _work_on(self, batch: Sequence[Message]) -> Work:
        work = Work()
        for message in batch:
            decoded = self._read_handling(message, work) or self._read(message)
            if decoded.readings:
                self._identify(decoded.readings, message, work)
                work.heard[decoded.readings[0].site] = message.received
            if decoded.refused:
                work.refused.append((message, decoded.refused))
        work.windows = self._live.step()
        work.statistics = work.windows.statistics
        work.entries += work.windows.derived
        return work

    def _read_handling(self, message: Message, work: Work) -> Decoded | None:
        """What a message on the topic of an episode asks for; None for any other."""
        episode = handling.episode_of(message.topic, self._prefix)
        if episode is None or message.sha256 is not None:
            return None
        asked = handling.read(episode, message.payload)
        if isinstance(asked, Refused):
            return Decoded([], [asked])
        work.handled.append(asked)
        return Decoded([], [])

    def _read(self, message: Message) -> Decoded:
        if message.sha256 is not None:
            detail = f"{message.length} bytes, {self._bounds.max_payload} are taken"
            return Decoded([], [Refused("oversize", detail)])
        try:
            return messages.read(
                message.topic,
                message.payload,
                message.received,
                self._catalogue,
                self._bounds,
                prefix=self._prefix,
                only=message.positions,
            )
        except Exception as error:  # one message must not stop the others
            log.exception("message could not be worked on", topic=message.topic, message=message.id)
            return Decoded([], [Refused("bad_envelope", f"internal error: {type(error).__name__}: {error}")])

    def _identify(self, readings: Sequence[Reading], message: Message, work: Work) -> None:
        """The readings of one message: new to their series and judged, or late."""
        parameters, sites, entries = self._catalogue.parameters, self._catalogue.sites, work.entries
        fresh: Lane = "new" if self._store_known else "verify"
        time, ms = None, 0  # most readings of a message are of one moment
        for reading in readings:
            if reading.time is not time:
                time, ms = reading.time, to_ms(reading.time)
            parameter = parameters[reading.parameter]
            id_ = (reading.site, reading.parameter, reading.kind)
            known = self._series.get(id_)
            if known is None:
                known = self._series[id_] = Series(id_, -1, SeriesState())
            if ms > known.last:
                checked, previous = judge(reading, parameter, sites[reading.site].cycle, known.checks)
                known.last, lane = ms, fresh
                work.changed[id_] = known
                if previous is not None:
                    self._take_back(previous, parameter.medium, work)
                counted = self._excluded.judged(checked)
                self._live.feed(counted, ms)
                work.judged.append(counted)
            else:
                checked, lane = judge_late(reading, parameter), "late"
            if message.conflict is None:
                entries.append(Raw(parameter.medium, checked, lane))
            else:
                entries.append(Raw(parameter.medium, checked, lane, message.conflict, "replay"))

    def _take_back(self, previous: Checked, medium: Medium, work: Work) -> None:
        """A reading was a spike, as the one after it shows."""
        if len(previous.failed) == 1 and not self._excluded.covers(previous.reading):
            self._live.unfeed(previous)
        work.entries.append(Raw(medium, previous, "amend"))
        work.judged.append(previous)

    def _write(self, connection: sqlite3.Connection, batch: Sequence[Message], work: Work) -> None:
        inbox.remove(connection, batch)
        items = outgoing.add(connection, work.entries)
        for message, refused in work.refused:
            quarantine.add(connection, message, refused, self._quarantine_limit)
        series.save(connection, work.changed.values())
        series.heard(connection, work.heard, self._clock())
        work.windows.save(connection)
        counts.change(connection, {"items": items + sum(len(refused) for _, refused in work.refused)})
        outgoing.add(connection, self._call_out(connection, work))

    def _call_out(self, connection: sqlite3.Connection, work: Work) -> list[Derived]:
        """Rules and episodes, after `heard` is written."""
        if self._alerting is None:
            return []
        now = self._clock()
        statistics = [*work.statistics, *statistics_of(work.windows.derived, now)]
        points: list[Derived] = []
        for asked in work.handled:  # first: what they handled began before this batch, and may end in it
            points += self._alerting.acknowledge(connection, asked, now)
        points += self._alerting.judge(connection, work.judged, statistics, now)
        return points
