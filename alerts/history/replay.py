"""A replay: some series of a place evaluated again in the order of time, by machines of their own."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from alerts.batch import EvaluatedBatch, Missed, exceedance_point
from alerts.episodes import register, state_store
from alerts.episodes.states import Announcement, Event, State
from alerts.evaluator import Evaluator
from alerts.rules.definition import Rule
from alerts.rules.index import NONE, RuleIndex, Watch, WatchId
from ingest.checks.registry import DEVICE_FLAG
from sensors.calendar import shanghai_day
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Point, Statistic, StatisticName
from sensors.standards.statistics import ROLLING

_MOMENT = timedelta(milliseconds=1)
_FROM_READINGS = ("reading", "check", "sample")
_LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)  # all of it is history


class ReplayedEpisode(Struct, frozen=True):
    """An episode of a replay; `ended` is None if it still lasts at the replay's end."""

    announcement: Announcement
    state: State
    ended: datetime | None

    @property
    def begun(self) -> datetime:
        """Its begin."""
        return self.state.begun or self.announcement.time

    @property
    def decided(self) -> datetime | None:
        """When a value showed that it was over."""
        return None if self.ended is None else self.announcement.time


class _ReplayEvaluator(Evaluator):
    """Machines that begin idle, each at its own start; older events are ignored."""

    def __init__(self, index: RuleIndex, starts: Mapping[WatchId, datetime]) -> None:
        super().__init__(index, timedelta())
        self._starts = starts
        self.first_begun: dict[WatchId, datetime] = {}

    def feed(self, watch: Watch, event: Event, batch: EvaluatedBatch, detail: str = "") -> None:
        """Pass one event to one machine, unless it lies before the machine's start."""
        if event.time < self._starts.get(watch.id, event.time):
            return
        super().feed(watch, event, batch, detail)
        begun = self.state(watch.id).begun
        if begun is not None:
            self.first_begun.setdefault(watch.id, begun)


class Replay:
    """Evaluates readings and rolling statistics in the order of time, stretch by stretch; notifies nobody.

    Args:
        watches: The rules on their series.
        index: The rules that are evaluated again, for this thread alone.
        parameters: Those whose readings it needs.
        statistics: The rolling statistics it needs, as (parameter, name).
        starts: Where each machine starts; none of its episodes lasts there.
        begun: Those that start where an episode of the register began.
    """

    def __init__(
        self,
        watches: Sequence[Watch],
        index: RuleIndex,
        parameters: Sequence[str],
        statistics: Sequence[tuple[str, StatisticName]],
        *,
        starts: Mapping[WatchId, datetime],
        begun: Collection[WatchId],
    ) -> None:
        self.watches = watches
        self.parameters = parameters
        self.statistics = statistics
        self.starts = dict(starts)
        self._known = set(begun)
        self._index = index
        self._preroll = {watch.id: _preroll(watch) for watch in watches}
        self._reset()

    def _reset(self) -> None:
        self.since = self.until = min(self.starts.values())
        self.exceedances: list[Point] = []
        self._evaluator = _ReplayEvaluator(self._index, self.starts)
        self._ended: dict[WatchId, list[ReplayedEpisode]] = {}
        self._open: dict[WatchId, Announcement] = {}
        self._seen: set[tuple[str, str]] = set()
        self._first: dict[WatchId, datetime] = {}
        self._first_counted: dict[WatchId, datetime] = {}
        self._unseen = [watch for watch in self.watches if watch.timing.for_]

    def take(self, checked: Sequence[Checked], statistics: Sequence[Statistic], until: datetime) -> None:
        """Evaluate the next stretch, up to but not including `until`."""
        self._seen.update((each.reading.parameter, "") for each in checked)
        self._seen.update((each.parameter, each.name) for each in statistics)
        statistics = [each for each in statistics if each.n]  # without readings it never was
        batch = EvaluatedBatch(_LONG_AFTER)
        self._evaluator.evaluate_readings(checked, batch)
        self._evaluator.evaluate_statistics(statistics, batch)
        self.until = until
        self.exceedances += batch.exceedances
        for announcement in batch.announcements:
            self._record(announcement)
        self._unseen = [w for w in self._unseen if not self._find_first(w, checked, statistics)]

    def withdraw_exceedances(self, stored: Mapping[str, Sequence[Any]], times: Sequence[datetime]) -> None:
        """Withdraw what stands in the store of its time and its rules, and was not found again."""
        watches = {(watch.rule.id, watch.parameter): watch for watch in self.watches}
        found = {(point.tags["rule"], point.tags["parameter"], point.time) for point in self.exceedances}
        columns = (stored[name] for name in ("rule", "parameter", "value", "limit", "valid"))
        for time, rule, parameter, value, limit, valid in zip(times, *columns, strict=True):
            watch = watches.get((rule, parameter))
            if watch is not None and valid and (rule, parameter, time) not in found:
                self.exceedances.append(exceedance_point(watch, value, limit, time, valid=False))

    def has_begun_earlier(self, connection: sqlite3.Connection) -> bool:
        """Whether a machine may wait for its `for` since before its start, and so must start earlier.

        What had fired is in the register. What had not shows by beginning at the first value that counts,
        with no gap before it.
        """
        earlier = [watch for watch in self.watches if self._may_begin_earlier(watch)]
        for watch in earlier:
            self._preroll[watch.id] *= 2
            back = self.starts[watch.id] - self._preroll[watch.id]
            start = self.starts[watch.id] = register.replay_start(connection, watch.id, back)
            if start < back:
                self._known.add(watch.id)
        if earlier:
            self._reset()
        return bool(earlier)

    def is_settled(self, connection: sqlite3.Connection) -> bool:
        """Whether at `until` no episode lasts, here or in the register, and no `for` is running."""
        keys = [watch.id for watch in self.watches]
        idle = all(self._evaluator.state(key).phase == "normal" for key in keys)
        return idle and not any(self._lasts(connection, key) for key in keys)

    def _lasts(self, connection: sqlite3.Connection, key: WatchId) -> bool:
        if register.overlapping(connection, key, self.until):
            return True
        since = state_store.pending_since(connection, key)
        return since is not None and since < self.until

    def _find_first(self, watch: Watch, checked: Sequence[Checked], statistics: Sequence[Statistic]) -> bool:
        """Record the first value that the machine looks at; returns whether one has come that counts."""
        start = self.starts[watch.id]
        for time, counts in _watched_times(watch, self.parameters, checked, statistics):
            if time < start:
                continue
            self._first.setdefault(watch.id, time)
            if counts:
                self._first_counted[watch.id] = time
                return True
        return False

    def _may_begin_earlier(self, watch: Watch) -> bool:
        first, begun = self._first.get(watch.id), self._evaluator.first_begun.get(watch.id)
        if watch.id in self._known or first is None or first - self.starts[watch.id] > watch.timing.max_gap:
            return False
        return begun is not None and begun == self._first_counted.get(watch.id)

    def has_seen(self, watch: Watch) -> bool:
        """Whether there was any value that the watch looks at."""
        if watch.rule.statistic == "sample":
            return bool(self._seen)
        name = "" if watch.rule.statistic in _FROM_READINGS else watch.rule.statistic
        return (watch.parameter, name) in self._seen

    def state(self, watch: Watch) -> State:
        """The machine's state at the replay's end."""
        return self._evaluator.state(watch.id)

    def episodes(self, watch: Watch) -> list[ReplayedEpisode]:
        """All episodes of a watch, oldest first; the last may still be open."""
        found = list(self._ended.get(watch.id, ()))
        begun, state = self._open.get(watch.id), self.state(watch)
        if begun is not None and state.open:
            found.append(ReplayedEpisode(begun, state, None))
        return found

    def _record(self, announcement: Announcement) -> None:
        key = announcement.watch.id
        if announcement.state == "firing":
            self._open[key] = announcement
        elif announcement.state == "resolved":
            del self._open[key]
            if announcement.reason != "invalidated":
                ended = ReplayedEpisode(announcement, announcement.subject, announcement.end)
                self._ended.setdefault(key, []).append(ended)


def _watched_times(
    watch: Watch, parameters: Sequence[str], checked: Sequence[Checked], statistics: Sequence[Statistic]
) -> Iterator[tuple[datetime, bool]]:
    """The times of what a machine looks at, in order, and whether it counts or freezes."""
    rule = watch.rule
    if rule.statistic not in _FROM_READINGS:
        for one in statistics:
            if (one.parameter, one.name) == (watch.parameter, rule.statistic):
                yield one.end, one.valid
        return
    of = parameters if rule.statistic == "sample" else (watch.parameter,)
    for each in checked:
        if each.reading.parameter in of:
            failed = bool(set(rule.checks) & set(each.failed))
            frozen = DEVICE_FLAG in each.failed and not failed
            yield each.reading.time, not frozen if rule.checks else each.validity == "valid"


def _preroll(watch: Watch) -> timedelta:
    """How long before a moment values are needed for an episode that fires at that moment."""
    return watch.timing.for_ + watch.timing.max_gap


def is_replayable(rule: Rule) -> bool:
    """Whether the values a rule looks at can be read again; a baseline's last value cannot."""
    return rule.against is None and rule.statistic in {*_FROM_READINGS, *ROLLING}


def missed_days(connection: sqlite3.Connection, missed: Iterable[Missed]) -> Iterator[tuple[str, str]]:
    """The places and days to recompute; for a value within every level only where an episode was."""
    for one in missed:
        if not is_replayable(one.watch.rule):
            continue
        if one.is_within and not register.overlapping(connection, one.watch.id, one.time, one.time + _MOMENT):
            continue
        yield one.watch.site, shanghai_day(one.time)


def replays(
    index: RuleIndex,
    connection: sqlite3.Connection,
    place: str,
    parameters: Collection[str],
    start: datetime,
) -> Iterator[Replay]:
    """The replays of a place, each from when what lasts at `start` began.

    Each air parameter is a replay of its own; the items of a water sample are evaluated together.
    """
    catalogue = index.catalogue
    for group in _groups(catalogue, place, sorted(parameters)):
        rules = {p: index.series_rules(place, p) for p in group if place in catalogue.sites}
        reading = [p for p, each in rules.items() if each.readings or each.checks or each.sampled]
        rolling = [(p, name) for p in group for name in ROLLING if index.watches(place, p, name)]
        watches = [watch for p in reading for watch in (*rules[p].readings, *rules[p].checks)]
        watches += [w for series in rolling for w in index.watches(place, *series)]
        if reading:
            watches += index.watches(place, NONE, "sample")
        if not watches:
            continue
        wanted = {watch.id: start - _preroll(watch) for watch in watches}
        starts = {key: register.replay_start(connection, key, moment) for key, moment in wanted.items()}
        begun = [key for key, moment in wanted.items() if starts[key] < moment]
        yield Replay(watches, index, reading, rolling, starts=starts, begun=begun)


def _groups(catalogue: Catalogue, place: str, parameters: list[str]) -> list[list[str]]:
    site = catalogue.sites.get(place)
    if site is not None and site.medium == "water":
        return [parameters]
    return [[parameter] for parameter in (*parameters, "aqi")]
