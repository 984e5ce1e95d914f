"""From readings and statistics to decisions, in memory: which rules apply, and what changes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.batch import EvaluatedBatch, Missed
from alerts.calm import BASELINE_AGE, RECORDED_EVERY, CalmReadings, baseline_of, calm_means
from alerts.episodes.machine import decide, due_event
from alerts.episodes.state_store import BaselineId, StoredSample
from alerts.episodes.states import (
    IDLE,
    Event,
    Frozen,
    Observed,
    State,
    Withdrawn,
    cap_times,
    shift_times,
)
from alerts.rules.evaluation import Evaluation, evaluate
from alerts.rules.index import NO_RULES, RuleIndex, Watch, WatchId
from alerts.water_samples import collect_item, evaluate_sample
from alerts.withdrawal import withdraw_newest, withdraw_period
from ingest.checks.registry import DEVICE_FLAG
from ingest.journal.entries import SiteEntry
from ingest.sites.clock import ClockLimits
from sensors.averages.live.rolling_hour import CalmMeans
from sensors.calendar import SHANGHAI
from sensors.model import Checked, Reading, Statistic, StatisticName
from sensors.standards.statistics import CLOCKED, statistic_kind


class Evaluator:
    """All machines in memory; the caller writes `EvaluatedBatch.changed`, or loads them again.

    Args:
        index: Which rules apply to which series.
        page_max_age: Older events notify nobody, but never less than two cycles of the site; None: no limit.
    """

    def __init__(self, index: RuleIndex, page_max_age: timedelta | None) -> None:
        self.index = index
        self._catalogue = index.catalogue
        self._limits = ClockLimits(page_max_age)
        self._oldest: dict[str, timedelta | None] = {}
        self.restore({}, {}, {})

    def restore(
        self,
        machines: dict[WatchId, State],
        samples: dict[str, StoredSample],
        baselines: dict[BaselineId, tuple[datetime, float]],
    ) -> None:
        """Go on from what was stored."""
        self.machines = machines
        self.samples = samples
        self.baselines = baselines
        self._calm = CalmReadings(self.index, machines, baselines)

    def evaluate_readings(self, checked: Iterable[Checked | SiteEntry], batch: EvaluatedBatch) -> None:
        """Evaluate readings that are new to their series, in order, and those found to be spikes."""
        for each in checked:
            if type(each) is SiteEntry:
                self._evaluate_site(each, batch)
            elif type(each) is Checked:
                self._evaluate_one(each, batch)
        for site in batch.samples:
            evaluate_sample(self, site, batch)

    def _evaluate_site(self, entry: SiteEntry, batch: EvaluatedBatch) -> None:
        """Readings of a site's time: those that are calm mean nothing to any rule."""
        calm = self._calm.site(entry)
        batch.newest[entry.site] = entry.time
        for at, (low, value, high) in enumerate(zip(calm.low, entry.values, calm.high, strict=True)):
            if not low <= value <= high:
                self._evaluate_one(entry.checked(at), batch)

    def _evaluate_one(self, checked: Checked, batch: EvaluatedBatch) -> None:
        reading = checked.reading
        rules = self.index.series_rules(reading.site, reading.parameter)
        batch.newest[reading.site] = reading.time
        if rules.checks:
            self._evaluate_checks(checked, rules.checks, batch)
        if rules.sampled:
            collect_item(self, checked, batch)
        if checked.validity == "valid":
            for watch in rules.readings:
                self._evaluate_reading(watch, reading, batch)
        else:
            self._freeze_or_withdraw(checked, rules.readings, batch)

    def evaluate_statistics(
        self, statistics: Iterable[Statistic], batch: EvaluatedBatch, *, corrected: bool = False
    ) -> None:
        """Evaluate statistics that moved or closed; those that are not valid freeze their episodes."""
        site = parameter = name = ""
        rules = NO_RULES
        for each in statistics:
            # Those of a series stand together: its own names, the same objects.
            if each.name is not name or each.parameter is not parameter or each.site is not site:
                site, parameter, name = each.site, each.parameter, each.name
                rules = self.index.statistic_rules(site, parameter, name)
            if rules.is_baseline and each.closed:
                self._record_baseline(each, batch)
            for watch in rules.watches:
                if each.closed or not watch.rule.closed:
                    self._evaluate_statistic(watch, each, batch)
                    if corrected and each.closed and watch.rule.is_per_period:
                        withdraw_period(watch, each, batch)

    def calm_means(self, place: str, parameter: str, statistic: StatisticName) -> CalmMeans:
        """The values of a window with which no rule does anything, as things stand."""
        return calm_means(self.index.statistic_rules(place, parameter, statistic), self.machines)

    def state(self, key: WatchId) -> State:
        """A machine's state."""
        return self.machines.get(key, IDLE)

    def cap_times(self, watch: Watch, batch: EvaluatedBatch) -> None:
        """Set a watchdog's state to `now` where it lies after it.

        Otherwise a clock that was set back would leave it deaf until it has caught up.
        """
        state = self.state(watch.id)
        if state.latest is not None and state.latest > batch.now:
            self.put(watch, cap_times(state, batch.now), batch)

    def shift_times(self, by: timedelta, batch: EvaluatedBatch) -> None:
        """Shift the watchdogs' states by a change of the clock."""
        for key, state in self.machines.items():
            watch = self.index.find(key)
            if watch is not None and watch.rule.statistic in CLOCKED:
                self.put(watch, shift_times(state, by), batch)

    def put(self, watch: Watch, state: State, batch: EvaluatedBatch) -> None:
        """Change a machine's state."""
        if state.phase != self.state(watch.id).phase:
            self._calm.forget(watch.site)
        self.machines[watch.id] = state
        batch.changed[watch.id] = watch

    def feed(self, watch: Watch, event: Event, batch: EvaluatedBatch, detail: str = "") -> None:
        """Pass one event to one machine."""
        state = self.machines.get(watch.id, IDLE)
        for each in due_event(state, event):
            decision = decide(watch, state, each)
            if decision.announcement is not None:
                batch.announcements.append(replace(decision.announcement, detail=detail))
            if decision.state is not state and not (state is IDLE and decision.state.phase == "normal"):
                self.put(watch, decision.state, batch)
            if decision.missed:
                batch.missed.append(Missed(watch, each.time))
            if isinstance(each, Observed) and decision.state.open and decision.state is not state:
                batch.charted.append(decision.state)
            state = decision.state

    def _evaluate_reading(self, watch: Watch, reading: Reading, batch: EvaluatedBatch) -> None:
        against = None
        if watch.rule.against is not None:
            baseline = baseline_of(watch, self.baselines)
            if baseline is None or reading.time - baseline[0] > BASELINE_AGE:
                return
            against = baseline[1]
        is_idle = self.machines.get(watch.id, IDLE).phase == "normal"
        if is_idle and against is None and watch.is_within(reading.value, reading.time):
            return
        evaluation = evaluate(watch, reading.value, reading.time, against=against)
        if evaluation is None or (is_idle and evaluation.severity is None):
            return
        self.observe(watch, evaluation, reading.time, batch, age=reading.received - reading.time)

    def observe(
        self,
        watch: Watch,
        evaluation: Evaluation,
        time: datetime,
        batch: EvaluatedBatch,
        *,
        age: timedelta,
        period: str = "",
        detail: str = "",
    ) -> None:
        """Feed a value to its machine; beyond a limit it is an exceedance, except that of a check."""
        severity = evaluation.severity
        if severity is None:
            withdraw_newest(watch, self.state(watch.id), time, batch)
        elif watch.rule.statistic != "check":
            batch.add_exceedance(watch, evaluation, time)
        old = self._is_old(watch.site, age)
        event = Observed(time, evaluation.compared, evaluation.limit, severity, evaluation.clear, period, old)
        self.feed(watch, event, batch, detail)

    def _freeze_or_withdraw(self, checked: Checked, watches: Iterable[Watch], batch: EvaluatedBatch) -> None:
        time = checked.reading.time
        for watch in watches:
            state = self.state(watch.id)
            is_newest = state.latest == time and state.before is not None
            withdraw_newest(watch, state, time, batch)
            if is_newest or state.phase != "normal":
                self.feed(watch, Withdrawn(time) if is_newest else Frozen(time), batch)

    def _evaluate_checks(self, checked: Checked, watches: Iterable[Watch], batch: EvaluatedBatch) -> None:
        reading = checked.reading
        for watch in watches:
            is_idle = self.machines.get(watch.id, IDLE).phase == "normal"
            if is_idle and not checked.failed:
                continue
            failed = any(name in watch.rule.checks for name in checked.failed)
            if is_idle and not failed:
                continue
            if DEVICE_FLAG in checked.failed and not failed:
                self.feed(watch, Frozen(reading.time), batch)
                continue
            evaluation = evaluate(watch, float(failed), reading.time)
            if evaluation is not None:
                age, detail = reading.received - reading.time, ",".join(checked.failed)
                self.observe(watch, evaluation, reading.time, batch, age=age, detail=detail)

    def _evaluate_statistic(self, watch: Watch, statistic: Statistic, batch: EvaluatedBatch) -> None:
        time, value = self._event_time(statistic, batch), statistic.value
        if value is None or not statistic.valid:
            self._evaluate_gap(watch, statistic, time, batch)
            return
        legal = statistic.start if watch.is_per_period else time  # its date chooses the limits
        bounds = watch.bounds(legal)
        if not bounds.levels:
            return
        state = self.machines.get(watch.id, IDLE)
        is_idle = state.phase == "normal"
        if is_idle and bounds.decimals is None and watch.sign * value <= watch.sign * bounds.levels[0].limit:
            self._record_within(watch, state, time, batch)
            return
        evaluation = evaluate(watch, value, legal)
        if evaluation is None:
            return
        if is_idle and evaluation.severity is None:
            self._record_within(watch, state, time, batch)
            return
        period = f"{statistic.start.astimezone(SHANGHAI):%Y-%m-%d}" if watch.is_per_period else ""
        detail = ", ".join(statistic.grounds)
        self.observe(watch, evaluation, time, batch, age=batch.now - time, period=period, detail=detail)

    def _evaluate_gap(
        self, watch: Watch, statistic: Statistic, time: datetime, batch: EvaluatedBatch
    ) -> None:
        if self.state(watch.id).phase != "normal":
            withdraw_newest(watch, self.state(watch.id), time, batch)
            self.feed(watch, Frozen(time), batch)
        if statistic.n == 0 and not watch.rule.is_per_period:  # gone altogether: for recompute it never was
            batch.missed.append(Missed(watch, time, is_within=True))

    def _record_within(self, watch: Watch, state: State, time: datetime, batch: EvaluatedBatch) -> None:
        """Record that a window within every level was seen, so that an older one is late; once an hour."""
        latest = state.latest
        if latest is not None and time < latest:
            batch.missed.append(Missed(watch, time, is_within=True))
        elif latest is None or time - latest >= RECORDED_EVERY:
            self.put(watch, State(latest=time), batch)

    def _event_time(self, statistic: Statistic, batch: EvaluatedBatch) -> datetime:
        """The window's end; of a period still open, how far its data go."""
        if statistic.closed:
            return statistic.end
        kind = statistic_kind(statistic.name)
        if kind.running or kind.family != "calendar":
            return statistic.end
        newest = batch.newest.get(statistic.site, batch.now)
        return max(statistic.start, min(newest, statistic.end))

    def _record_baseline(self, statistic: Statistic, batch: EvaluatedBatch) -> None:
        if statistic.value is None or not statistic.valid:
            return
        key = (statistic.site, statistic.parameter, statistic.name)
        known = self.baselines.get(key)
        if known is None or known[0] < statistic.end:
            self.baselines[key] = batch.baselines[key] = (statistic.end, statistic.value)
            self._calm.forget(statistic.site)

    def _is_old(self, place: str, age: timedelta) -> bool:
        if place not in self._oldest:
            site = self._catalogue.sites.get(place)
            self._oldest[place] = self._limits.oldest(site.cycle if site is not None else timedelta())
        oldest = self._oldest[place]
        return oldest is not None and age > oldest
