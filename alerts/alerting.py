"""The one entry for the pipeline: judge a batch, follow the clock, take episodes on; in its transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, structs

from alerts import machines, outbox, register
from alerts.deciding.coverage import NONE, Coverage, Watch, WatchId
from alerts.deciding.inhibition import BROKER
from alerts.deciding.rules import SYSTEM
from alerts.deciding.states import Acknowledged, Ended, Observed, State
from alerts.deciding.verdicts import judge
from alerts.document import Document, compose
from alerts.handling import Handling
from alerts.judging import Batch, Judging, Told
from alerts.notify_file import Notify
from alerts.recomputing import correct, in_order
from alerts.register import Silence
from alerts.telling import Telling
from ingest.journal import series
from ingest.journal.outgoing import Derived
from ingest.journal.requests import Request
from sensors.seams import Checked, Point, Reading, Statistic
from sensors.times import from_ms, to_ms

_LASTING = timedelta(seconds=1)
_PRUNED = timedelta(days=1)


class Health(Struct, frozen=True):
    """Since when the broker has been there, and for how many seconds each part has had its trouble."""

    connected_since: datetime | None = None
    troubles: Mapping[str, float] = {}


class Alerting:
    """Rules, episodes and notifications of one service; the pipeline's thread uses it.

    Every method that takes a connection belongs into the caller's transaction. If that fails, `load` again:
    memory is then behind or ahead of the file.

    Args:
        coverage: Which rules look where.
        notify: Channels, people, routes.
        page_max_age: From what age on nobody is woken; None: never too old.
        language: Of `message` in events.
    """

    def __init__(
        self, coverage: Coverage, notify: Notify, *, page_max_age: timedelta | None, language: str = "zh"
    ) -> None:
        self._coverage = coverage
        self._language = language
        self._judging = Judging(coverage, page_max_age)
        self._telling = Telling(coverage.rules, notify)
        self._gone: dict[WatchId, State] = {}
        self._lasted: datetime | None = None
        self._pruned: datetime | None = None

    def load(self, connection: sqlite3.Connection) -> None:
        """Take up what the file remembers; machines whose rule is another now end at the next `tick`."""
        stored = machines.load(connection)
        self._judging.machines = {key: one.state for key, one in stored.items()}
        self._judging.samples = machines.load_samples(connection)
        self._judging.baselines = machines.load_baselines(connection)
        self._telling.load(connection)
        self._gone = {}
        for key, one in stored.items():
            watch = self._coverage.known(key)
            if watch is None or watch.rule.fingerprint != one.fingerprint:
                self._gone[key] = self._judging.machines.pop(key)

    def judge(
        self,
        connection: sqlite3.Connection,
        checked: Sequence[Checked],
        statistics: Sequence[Statistic],
        now: datetime,
    ) -> list[Derived]:
        """Judge what a batch brought.

        Args:
            connection: In the batch's transaction.
            checked: Readings new to their series, in their order, and former ones found to be spikes before
                the reading that showed it; late readings are left to `recompute`.
            statistics: Those that moved or closed.
            now: The clock.

        Returns:
            The points for the store: `exceedance` for each value beyond a limit, `alert` for each change.
        """
        batch = Batch(now)
        self._judging.readings(checked, batch)
        self._judging.statistics(statistics, batch)
        return self._write(connection, batch)

    def tick(self, connection: sqlite3.Connection, health: Health, now: datetime) -> list[Derived]:
        """What the clock brings: silent stations, troubles of parts, repeats, escalation, changed rules."""
        batch = Batch(now)
        points = self._end_gone(connection, now)
        self._system(health, batch)
        self._silence(connection, health, batch)
        points += self._write(connection, batch)
        if self._lasted is None or now - self._lasted >= _LASTING:
            self._lasted = now
            self._telling.lasting(connection, now)
        if self._pruned is None or now - self._pruned >= _PRUNED:
            self._pruned = now
            outbox.forget_old(connection, now)
        return points

    def carry_out(
        self, connection: sqlite3.Connection, asked: Sequence[Request], now: datetime
    ) -> list[Derived]:
        """What commands and the page ask: `ack`, `silence`, `unsilence`, `alerts_test`; others go by."""
        points: list[Derived] = []
        for request in asked:
            if request.what == "ack":
                points += self.acknowledge(connection, msgspec.convert(request.body, Handling), now)
            elif request.what == "silence":
                register.silence(connection, msgspec.convert(request.body, Silence), now)
            elif request.what == "unsilence":
                register.unsilence(connection, int(request.body["id"]), now)
            elif request.what == "alerts_test":
                self._telling.test(connection, str(request.body["by"]), now)
        return points

    def acknowledge(self, connection: sqlite3.Connection, handling: Handling, now: datetime) -> list[Derived]:
        """Take an episode on, whoever asked by whatever way; asking twice is asking once."""
        episode = register.find(connection, handling.episode)
        if episode is None or episode.ended is not None:
            return []
        batch = Batch(now)
        event = Acknowledged(now, handling.by, handling.note)
        if self._judging.acknowledge(episode.key, event, batch):
            register.acknowledged(connection, episode.id, handling.by, handling.note, now)
        return self._write(connection, batch, note=handling.note)

    def recompute(
        self,
        connection: sqlite3.Connection,
        checked: Sequence[Checked],
        statistics: Sequence[Statistic],
        span: tuple[datetime, datetime],
        now: datetime,
    ) -> list[Derived]:
        """Make the register of a site that of the sorted stream, after late data, revisions and marks.

        Args:
            connection: In a transaction.
            checked: The site's readings of `span` as they are now, oldest first. They must reach back to
                `register.reach_back(connection, site, first day)`, so that no begin is cut; behind the last
                day they should reach on to where an episode can end, best to now.
            statistics: The same of its statistics; none judges none of them.
            span: From when until before when.
            now: The clock.

        Returns:
            The points for the store. An open episode whose ground is gone is over, `invalidated`; nobody is
            woken for what is found to have been.
        """
        stream = in_order(self._coverage, checked, statistics, now)
        batch = Batch(now, flags=stream.flags)
        points: list[Derived] = []
        for key, watch in stream.watches.items():
            stored = register.overlapping(connection, key, *span)
            past = stream.episodes.get(key, [])
            told = self._judging.state(key).latest
            found = correct(
                connection,
                watch,
                past,
                stored,
                reaches=told is None or stream.until(key) >= told,
                coverage=self._coverage,
                language=self._language,
            )
            for _ in found.void:
                self._judging.feed(watch, Ended(now, "invalidated"), batch)
            for document in (*found.over, *found.found):
                self._telling.change(connection, document, now)
                points.append(_point(document, to_ms(document.time)))
            keeps_id = not (found.over or found.found)
            self._follow(watch, stream.machines.get(key), batch, keeps_id=keeps_id)
        return points + self._write(connection, batch)

    def _follow(self, watch: Watch, sorted_: State | None, batch: Batch, *, keeps_id: bool) -> None:
        """Let a machine go on from the sorted stream, if that reaches as far as it does."""
        state = self._judging.state(watch.id)
        if sorted_ is None or sorted_.latest is None:
            return
        if state.latest is not None and sorted_.latest < state.latest:
            return
        sorted_ = structs.replace(sorted_, announced=False)
        if state.open and sorted_.open and keeps_id:
            sorted_ = structs.replace(
                sorted_, episode=state.episode, announced=state.announced, acked_by=state.acked_by
            )
        self._judging.machines[watch.id] = sorted_
        batch.dirty[watch.id] = watch

    def _write(self, connection: sqlite3.Connection, batch: Batch, note: str = "") -> list[Derived]:
        points = [Derived(flag) for flag in batch.flags]
        points += [self._tell(connection, told, batch.now, note) for told in batch.told]
        if batch.dirty:
            states = {key: (watch, self._judging.state(key)) for key, watch in batch.dirty.items()}
            machines.save(
                connection,
                {key: machines.Stored(w.fingerprint, state) for key, (w, state) in states.items()},
            )
            register.follow(connection, [state for _, state in states.values() if state.open])
        if batch.drawn:
            register.draw(connection, batch.drawn)
        if batch.samples:
            machines.save_samples(connection, batch.samples)
        if batch.baselines:
            machines.save_baselines(connection, batch.baselines)
        return points

    def _tell(self, connection: sqlite3.Connection, told: Told, now: datetime, note: str) -> Derived:
        decision = told.decision
        document = compose(
            told.watch, decision, self._coverage.catalogue, self._language, detail=told.detail, note=note
        )
        assert decision.subject is not None  # noqa: S101 - comes with the change
        stamp = register.put(
            connection, document, decision.subject, ended=decision.end, stamp=to_ms(document.time)
        )
        if document.reason == "worse":
            register.unacknowledged(connection, document.episode)
        self._telling.change(connection, document, now)
        return _point(document, stamp)

    def _end_gone(self, connection: sqlite3.Connection, now: datetime) -> list[Derived]:
        """Episodes of rules that are gone or changed end; there is no rule left to word it."""
        points = []
        for state in self._gone.values():
            episode = register.find(connection, state.episode) if state.open else None
            if episode is None or episode.ended is not None:
                continue
            document = structs.replace(
                episode.document,
                state="resolved",
                reason="rule_changed",
                time=now,
                historical=episode.historical,
            )
            stamp = register.put(connection, document, state, ended=now, stamp=to_ms(now))
            self._telling.change(connection, document, now)
            points.append(_point(document, stamp))
        machines.forget(connection, self._gone)
        self._gone = {}
        return points

    def _system(self, health: Health, batch: Batch) -> None:
        for part in SYSTEM:
            for watch in self._coverage.of(NONE, part, "system"):
                self._clocked(watch, health.troubles.get(part, 0.0), 0.0, batch.now, batch)

    def _silence(self, connection: sqlite3.Connection, health: Health, batch: Batch) -> None:
        """A station is silent when it was not heard for `late_after`, all of it with the broker there."""
        since = health.connected_since
        absent = since is None or self._judging.state((BROKER, NONE, "broker")).open
        for site, received in series.last_heard(connection).items():
            known = self._coverage.catalogue.sites.get(site)
            if known is None:
                continue
            heard = from_ms(received)
            for watch in self._coverage.of(site, NONE, "silence"):
                state = self._judging.state(watch.id)
                late = known.late_after.total_seconds()
                if state.open:
                    if state.begun is not None and heard > state.begun:
                        self._clocked(watch, -late, late, heard, batch)
                elif since is not None and not absent:
                    base = max(heard, since)
                    beyond = (batch.now - base - known.late_after).total_seconds()
                    if beyond > 0:
                        self._clocked(watch, beyond, late, base + known.late_after, batch)

    def _clocked(self, watch: Watch, value: float, offset: float, time: datetime, batch: Batch) -> None:
        """Judge what lasts by the clock: told when it begins, grows graver, or ends; not at every look.

        The document shows `value` and the limit with `offset` added: two hours of silence against two hours.
        """
        state = self._judging.state(watch.id)
        subject = Reading(watch.site, watch.parameter, "rtd", time, value, "N", batch.now)
        judged = judge(watch, subject, value, time)
        if judged is None or (state.phase == "normal" and judged.severity is None):
            return
        if state.phase == "firing" and judged.severity == state.severity:
            return
        limit = judged.verdict.limit + offset
        event = Observed(time, value + offset, limit, judged.severity, judged.clear)
        self._judging.feed(watch, event, batch)


def _point(document: Document, stamp: int) -> Derived:
    tags = {
        "site": document.site,
        "rule": document.rule,
        "parameter": document.parameter,
        "severity": document.severity,
        "category": document.category,
        "episode": document.episode,
    }
    fields = {
        "state": document.state,
        "value": document.value,
        "limit": document.limit,
        "message": document.message,
        "by": document.by,
    }
    return Derived(Point("alert", tags, fields, from_ms(stamp)))
