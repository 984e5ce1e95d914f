"""The readings and means with which no rule does anything: nearly all, seen at one glance or not at all."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import inf

from msgspec import Struct

from alerts.episodes.state_store import BaselineId
from alerts.episodes.states import IDLE, State
from alerts.rules.index import RuleIndex, StatisticRules, Watch, WatchId
from ingest.journal.entries import SiteEntry
from sensors.averages.live.rolling_hour import ALL_IS_CALM, NONE_IS_CALM, CalmMeans
from sensors.calendar import to_ms
from sensors.model import Kind

BASELINE_AGE = timedelta(days=2)
"""Older than so, exactly so old not included, a statistic's last value is no baseline any more."""

RECORDED_EVERY = timedelta(hours=1)
"""How often a machine records that a window lies within every level, so that an older one is late."""

_RECORDED_EVERY_MS = RECORDED_EVERY // timedelta(milliseconds=1)
_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_EVERY = -inf, inf
_NONE = inf, -inf


class CalmSite(Struct, frozen=True):
    """What is calm of these parameters of a site, from `start` until before `end`, as things stand.

    A value from its `low` to its `high`, both included, is.
    """

    kind: Kind
    parameters: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    start: datetime
    end: datetime


class CalmReadings:
    """What is calm at each site; whoever changes a machine or baseline of a site has it `forget` the site.

    Args:
        index: Which rules apply to which series.
        machines: Their states.
        baselines: The last values of statistics that limits are multiples of, with their times.
    """

    def __init__(
        self,
        index: RuleIndex,
        machines: Mapping[WatchId, State],
        baselines: Mapping[BaselineId, tuple[datetime, float]],
    ) -> None:
        self._index = index
        self._machines = machines
        self._baselines = baselines
        self._sites: dict[str, CalmSite] = {}

    def site(self, entry: SiteEntry) -> CalmSite:
        """What is calm of the entry's parameters at its time."""
        found = self._sites.get(entry.site)
        if (
            found is None
            or found.parameters != entry.parameters
            or found.kind != entry.kind
            or not found.start <= entry.time < found.end
        ):
            found = self._sites[entry.site] = self._of(entry)
        return found

    def forget(self, site: str) -> None:
        """Look anew at a site."""
        self._sites.pop(site, None)

    def _of(self, entry: SiteEntry) -> CalmSite:
        spans, lows, highs = [_EVER], [], []
        rules = [self._index.series_rules(entry.site, parameter) for parameter in entry.parameters]
        for one in rules:
            is_idle = all(self._is_idle(watch) for watch in (*one.checks, *one.readings))
            low, high = _EVERY if is_idle and not one.sampled else _NONE
            for watch in one.readings:
                edge = self._edge(watch, entry.time)
                low, high = (low, min(high, edge)) if watch.sign > 0 else (max(low, -edge), high)
                bounds = watch.bounds(entry.time)
                spans += [(bounds.start, bounds.end), self._span_of_baseline(watch, entry.time)]
            lows.append(low)
            highs.append(high)
        starts, ends = zip(*spans, strict=True)
        return CalmSite(entry.kind, entry.parameters, tuple(lows), tuple(highs), max(starts), min(ends))

    def _is_idle(self, watch: Watch) -> bool:
        return self._machines.get(watch.id, IDLE).phase == "normal"

    def _edge(self, watch: Watch, time: datetime) -> float:
        """Up to where a value is calm, times the sign of the watch."""
        bounds = watch.bounds(time)
        if not bounds.levels:
            return inf
        if watch.rule.against is None:
            return watch.sign * bounds.levels[0].limit
        baseline = self._baseline(watch)
        if baseline is None or time - baseline[0] > BASELINE_AGE:
            return inf
        return min(watch.sign * level.limit * baseline[1] for level in bounds.levels)

    def _span_of_baseline(self, watch: Watch, time: datetime) -> tuple[datetime, datetime]:
        """Until when the baseline is one, or from when on none any more."""
        baseline = self._baseline(watch)
        if baseline is None:
            return _EVER
        over = baseline[0] + BASELINE_AGE
        return (_EVER[0], over) if time <= over else (over, _EVER[1])

    def _baseline(self, watch: Watch) -> tuple[datetime, float] | None:
        return baseline_of(watch, self._baselines)


def baseline_of(
    watch: Watch, baselines: Mapping[BaselineId, tuple[datetime, float]]
) -> tuple[datetime, float] | None:
    """The time and value that a watch's limits are multiples of; None if there is none above zero."""
    if watch.rule.against is None:
        return None
    found = baselines.get((watch.site, watch.parameter, watch.rule.against))
    return found if found is not None and found[1] > 0 else None


def calm_means(rules: StatisticRules, machines: Mapping[WatchId, State]) -> CalmMeans:
    """The values of a statistic, stamped by its end, with which no rule does anything as things stand."""
    if not rules.watches and not rules.is_baseline:
        return ALL_IS_CALM
    low, high, start, end = -inf, inf, *_EVER
    recorded = set[datetime]()
    for watch in rules.watches:
        state = machines.get(watch.id, IDLE)
        if state.phase != "normal" or state.latest is None:
            return NONE_IS_CALM
        bounds = watch.bounds(state.latest)
        start, end = max(start, bounds.start, state.latest), min(end, bounds.end)
        recorded.add(state.latest)
        if bounds.levels:
            limit = bounds.levels[0].limit
            low, high = (low, min(high, limit)) if watch.sign > 0 else (max(low, limit), high)
        if bounds.decimals is not None:
            return NONE_IS_CALM
    if rules.is_baseline:
        return NONE_IS_CALM
    due = to_ms(min(recorded) + RECORDED_EVERY)
    if len(recorded) > 1:  # each machine records at times of its own
        return CalmMeans(low, high, to_ms(start), min(to_ms(end), due))
    return CalmMeans(low, high, to_ms(start), to_ms(end), due, _RECORDED_EVERY_MS)
