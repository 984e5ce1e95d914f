"""The pipeline's entry to alerts: evaluate a batch, follow the clock, acknowledge; in its transaction."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from alerts.acknowledge.acknowledgement import LEVEL, Acknowledgement, parse_acknowledgement, record_ack
from alerts.batch import EvaluatedBatch
from alerts.episodes import register, state_store, watchdogs
from alerts.episodes.orphans import OrphanedEpisodes
from alerts.episodes.state_store import StoredState
from alerts.episodes.states import Acknowledged, Announcement
from alerts.evaluator import Evaluator
from alerts.events import register as event_register
from alerts.events.points import EventPoints, events_since
from alerts.history.correction import RegisterCorrector
from alerts.history.replay import Replay, is_replayable, missed_days, replays
from alerts.notify import outbox, silences
from alerts.notify.config import NotifyConfig
from alerts.notify.event import alert_point, to_event
from alerts.notify.follow_up import FollowUp
from alerts.notify.notifier import Notifier
from alerts.notify.silences import Silence
from alerts.rules.index import RuleIndex
from ingest.journal import check_state, requests, site_clocks
from ingest.journal.entries import PointEntry, SiteEntry
from ingest.journal.requests import CommandRequest
from ingest.observer import Health
from ingest.recompute.model import AlertReplay
from ingest.sites import expected_sites
from ingest.sites.activity import read_activities
from ingest.sites.clock import ClockLimits
from sensors.averages.live.rolling_hour import CalmMeans
from sensors.calendar import to_ms
from sensors.model import Checked, Language, Refused, Statistic, StatisticName

_FOLLOW_UP_EVERY = timedelta(seconds=1)
_CLEANUP_EVERY = timedelta(days=1)

log = structlog.get_logger()


class AlertEngine:
    """Rules, episodes and notifications of one service; the pipeline's thread uses it.

    Every method that takes a connection runs in the caller's transaction. If that fails, `load` again:
    memory is then behind or ahead of the file.

    Args:
        index: Which rules apply to which series.
        notify: Channels, people, routes.
        page_max_age: Events older than this notify nobody, and are no sign of life; None: no limit.
        max_ahead: How far ahead of the clock a reading may be.
        language: Of `message` in events.
    """

    def __init__(
        self,
        index: RuleIndex,
        notify: NotifyConfig,
        *,
        page_max_age: timedelta | None,
        max_ahead: timedelta = timedelta(minutes=5),
        language: Language = "zh",
    ) -> None:
        self._index = index
        self._language = language
        self._clock_limits = ClockLimits(page_max_age, max_ahead)
        self._evaluator = Evaluator(index, page_max_age)
        self._corrector = RegisterCorrector(self._evaluator, index.catalogue, language)
        replayable = [rule for rule in index.rules.values() if is_replayable(rule)]
        self._replayable = RuleIndex(replayable, index.catalogue)
        self._notifier = Notifier(index.rules, notify, index.catalogue)
        self._follow_up = FollowUp(self._notifier, index.rules, index.catalogue, language)
        self._orphans = OrphanedEpisodes()
        self._event_points = EventPoints(index.catalogue)
        self._last_tick: datetime | None = None
        self._last_follow_up: datetime | None = None
        self._last_cleanup: datetime | None = None

    def load(self, connection: sqlite3.Connection) -> None:
        """Load the states from the file; machines whose rule has changed end at the next `tick`."""
        stored = state_store.load(connection)
        self._evaluator.restore(
            {key: one.state for key, one in stored.items()},
            state_store.load_samples(connection),
            state_store.load_baselines(connection),
        )
        self._notifier.load(connection)
        self._event_points.forget()
        self._orphans.collect(
            stored, self._evaluator.machines, self._index, register.open_episodes(connection)
        )

    def parse(self, level: str, name: str, payload: bytes) -> Acknowledgement | Refused | None:
        """The acknowledgement of episode `name`, or why it is refused; None on other topics."""
        return parse_acknowledgement(name, payload) if level == LEVEL else None

    def calm_means(self, place: str, parameter: str, statistic: StatisticName) -> CalmMeans:
        """Which values of a statistic no rule need see in the next batch, up to the first that one has to."""
        return self._evaluator.calm_means(place, parameter, statistic)

    def evaluate(
        self,
        connection: sqlite3.Connection,
        checked: Sequence[Checked | SiteEntry],
        statistics: Sequence[Statistic],
        now: datetime,
        *,
        corrected: bool = False,
    ) -> list[PointEntry]:
        """Evaluate a batch.

        Args:
            connection: In the batch's transaction.
            checked: Readings new to their series, in their order, and former ones found to be spikes before
                the reading that showed it; late readings are left to `recompute`.
            statistics: Those that moved or closed.
            now: The clock.
            corrected: Whether the statistics replace others that may have been beyond their limits.

        Returns:
            The points for the store: `exceedance` for each value beyond a limit, `alert` for each change.
        """
        points = self._end_orphans(connection, now)
        batch = EvaluatedBatch(now)
        self._evaluator.evaluate_readings(checked, batch)
        self._evaluator.evaluate_statistics(statistics, batch, corrected=corrected)
        return points + self._write(connection, batch)

    def tick(self, connection: sqlite3.Connection, health: Health, now: datetime) -> list[PointEntry]:
        """Everything time-driven: silent stations, troubles of parts, repeats, escalation, changed rules."""
        batch = EvaluatedBatch(now)
        points = self._end_orphans(connection, now)
        self._cap_times(connection, now)
        watchdogs.check_system(self._evaluator, health, batch)
        activities = read_activities(connection, self._index.catalogue, self._clock_limits)
        watchdogs.check_silence(self._evaluator, activities, health, batch)
        watchdogs.check_unheard(self._evaluator, expected_sites.unheard(connection), health, batch)
        points += self._write(connection, batch)
        if _is_time(now, self._last_follow_up, _FOLLOW_UP_EVERY):
            self._last_follow_up = now
            points += self._event_points.take(connection)  # what ends now was open, also after `load`
            self._follow_up.step(connection, now)
        if _is_time(now, self._last_cleanup, _CLEANUP_EVERY):
            self._last_cleanup = now
            outbox.forget_old(connection, now)
            event_register.forget_old(connection, now)
            self._follow_up.adopt(connection, now)
        return points + self._event_points.take(connection)

    def shift_times(self, connection: sqlite3.Connection, by: timedelta, now: datetime) -> None:
        """Shift all waiting times by a change of the clock: silence, retries, repeats, escalation.

        A silence that was requested until a time of day still ends at that time.

        Args:
            connection: In a transaction.
            by: How far it was set ahead.
            now: The clock since then.
        """
        for part in (check_state, expected_sites, site_clocks, outbox, register, event_register):
            part.shift_times(connection, by)
        batch = EvaluatedBatch(now)
        self._evaluator.shift_times(by, batch)
        self._write(connection, batch)

    def _cap_times(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Move receipts and notifications that lie ahead of the clock back to now: a wrong clock wrote them.

        Receipts at every call, as no later one would count; the others at the start and when it went back.
        """
        found = check_state.cap_times(connection, now)
        if self._last_tick is None or now < self._last_tick:
            found += sum(part.cap_times(connection, now) for part in (outbox, register, event_register))
        self._last_tick = now
        if found:
            log.warning("times ahead of the clock taken for now", rows=found)

    def carry_out(
        self, connection: sqlite3.Connection, commands: Sequence[CommandRequest], now: datetime
    ) -> list[PointEntry]:
        """Carry out the requests `ack`, `silence`, `unsilence` and `alerts_test`; others are ignored."""
        points: list[PointEntry] = []
        for command in commands:
            if command.what == "ack":
                points += self.acknowledge(connection, msgspec.convert(command.body, Acknowledgement), now)
            elif command.what == "silence":
                silences.add(connection, msgspec.convert(command.body, Silence), now)
            elif command.what == "unsilence":
                silences.end(connection, int(command.body["id"]), now)
            elif command.what == "alerts_test":
                by, episode = str(command.body["by"]), str(command.body.get("episode", ""))
                self._notifier.send_test(connection, by, now, episode=episode)
        return points

    def acknowledge(
        self, connection: sqlite3.Connection, request: Acknowledgement, now: datetime
    ) -> list[PointEntry]:
        """Acknowledge an event, which it or any of its episodes names; a repeat changes nothing."""
        record_ack(connection, request, now)
        event, open_ = event_register.to_acknowledge(connection, request.episode)
        points: list[PointEntry] = []
        for episode in open_:
            batch = EvaluatedBatch(now)
            if (watch := self._index.find(episode.key)) is not None:
                taken = Acknowledged(now, request.by, request.note)
                self._evaluator.feed(watch, taken, batch, episode.event.detail)
            if batch.announcements:
                register.mark_acknowledged(connection, episode.id, request.by, request.note, now)
            points += self._write(connection, batch, note=request.note)
        if event is not None and not event.acked_by:
            event_register.mark_acknowledged(connection, event.id, request.by, request.note, now)
            self._follow_up.tell_acknowledged(connection, event, request.by, now)
        return points + self._event_points.take(connection)

    def replays(
        self, connection: sqlite3.Connection, place: str, parameters: Collection[str], start: datetime
    ) -> list[Replay]:
        """The replays of a place from `start` on; any thread may call this and feed them."""
        return list(replays(self._replayable, connection, place, parameters, start))

    def correct(
        self, connection: sqlite3.Connection, replays: Sequence[AlertReplay], now: datetime
    ) -> list[PointEntry]:
        """Correct the register of a place to match its replays, after late data, revisions and marks.

        Args:
            connection: In a transaction.
            replays: From `replays`, already fed; up to now where something still lasts.
            now: The clock.

        Returns:
            The points for the store. An open episode that has lost its basis ends as `invalidated`; nobody is
            notified of episodes that lie in the past.
        """
        batch, points, touched = EvaluatedBatch(now), self._end_orphans(connection, now), list[str]()
        for replay in replays:
            if not isinstance(replay, Replay):
                continue
            touched += events_since(connection, replay.starts)
            batch.exceedances += replay.exceedances
            for watch in replay.watches:
                for correction in self._corrector.correct(connection, watch, replay, batch):
                    self._notifier.notify_change(connection, correction.event, now)
                    points.append(alert_point(correction.event, correction.stamp))
        points += self._write(connection, batch)
        return points + self._event_points.take(connection, touched)

    def _write(
        self, connection: sqlite3.Connection, batch: EvaluatedBatch, note: str = ""
    ) -> list[PointEntry]:
        points = [PointEntry(exceedance) for exceedance in batch.exceedances]
        points += [self._announce(connection, each, batch.now, note) for each in batch.announcements]
        if batch.changed:
            changed = {
                key: StoredState(watch.fingerprint, self._evaluator.state(key))
                for key, watch in batch.changed.items()
            }
            state_store.save(connection, changed)
            register.update_figures(connection, [one.state for one in changed.values() if one.state.open])
        if batch.charted:
            register.extend_curves(connection, batch.charted)
        if batch.samples:
            state_store.save_samples(connection, batch.samples)
        if batch.baselines:
            state_store.save_baselines(connection, batch.baselines)
        if batch.announcements:
            points += self._event_points.take_of(
                connection, {each.subject.episode for each in batch.announcements}
            )
        if batch.missed:
            requests.queue_recompute(connection, missed_days(connection, batch.missed), "late")
        return points

    def _announce(
        self, connection: sqlite3.Connection, announcement: Announcement, now: datetime, note: str
    ) -> PointEntry:
        event = to_event(announcement, self._index.catalogue, self._language, note=note)
        subject, end, time = announcement.subject, announcement.end, announcement.time
        stamp = register.write(connection, event, subject, end, to_ms(time))
        if event.reason == "worse":
            register.clear_acknowledgement(connection, event.episode)
        self._notifier.notify_change(connection, event, now)
        return alert_point(event, stamp)

    def _end_orphans(self, connection: sqlite3.Connection, now: datetime) -> list[PointEntry]:
        points = []
        for event, stamp in self._orphans.end(connection, self._index.catalogue, self._language, now):
            self._notifier.notify_change(connection, event, now)
            points.append(alert_point(event, stamp))
        return points + self._event_points.take(connection) if points else points


def _is_time(now: datetime, last: datetime | None, every: timedelta) -> bool:
    """Whether this much time has passed; a clock that went back is no reason to wait."""
    return last is None or not timedelta() <= now - last < every
