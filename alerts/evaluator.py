"""From readings and statistics to decisions, in memory: which rules apply, and what changes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.batch import EvaluatedBatch, Missed
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
from alerts.rules.index import NONE, RuleIndex, Watch, WatchId
from ingest.checks.registry import DEVICE_FLAG
from ingest.sites.clock import ClockLimits
from sensors.calendar import SHANGHAI
from sensors.model import Checked, Reading, Statistic
from sensors.standards.statistics import CLOCKED, statistic_kind
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed, standard_on

_HOUR = timedelta(hours=1)
_BASELINE_AGE = timedelta(days=2)


class Evaluator:
    """All machines in memory; the caller writes `EvaluatedBatch.changed`, or loads them again.

    Args:
        index: Which rules apply to which series.
        page_max_age: Older events notify nobody, but never less than two cycles of the site; None: no limit.
    """

    def __init__(self, index: RuleIndex, page_max_age: timedelta | None) -> None:
        self.index = index
        self.machines: dict[WatchId, State] = {}
        self.samples: dict[str, StoredSample] = {}
        self.baselines: dict[BaselineId, tuple[datetime, float]] = {}
        self._catalogue = index.catalogue
        self._limits = ClockLimits(page_max_age)
        self._oldest: dict[str, timedelta | None] = {}

    def evaluate_readings(self, checked: Iterable[Checked], batch: EvaluatedBatch) -> None:
        """Evaluate readings that are new to their series, in order, and those found to be spikes."""
        for each in checked:
            reading = each.reading
            rules = self.index.series_rules(reading.site, reading.parameter)
            if reading.kind not in rules.kinds:
                continue
            missed = len(batch.missed)
            batch.newest[reading.site] = reading.time
            if rules.checks:
                self._evaluate_checks(each, rules.checks, batch)
            if rules.sampled:
                self._collect_item(each, batch)
            if each.validity == "valid":
                for watch in rules.readings:
                    self._evaluate_reading(watch, reading, batch)
            else:
                self._freeze_or_withdraw(each, rules.readings, batch)
            if reading.kind != rules.kinds[0]:  # recompute reads that one alone
                del batch.missed[missed:]
        for site in batch.samples:
            self._evaluate_sample(site, batch)

    def evaluate_statistics(self, statistics: Iterable[Statistic], batch: EvaluatedBatch) -> None:
        """Evaluate statistics that moved or closed; those that are not valid freeze their episodes."""
        for each in statistics:
            if each.closed:
                self._record_baseline(each, batch)
            for watch in self.index.watches(each.site, each.parameter, each.name):
                if watch.rule.closed and not each.closed:
                    continue
                self._evaluate_statistic(watch, each, batch)

    def state(self, key: WatchId) -> State:
        """A machine's state."""
        return self.machines.get(key, IDLE)

    def cap_times(self, watch: Watch, batch: EvaluatedBatch) -> None:
        """Set a watchdog's state to `now` where it lies after it.

        Otherwise a clock that was set back would leave it deaf until it has caught up.
        """
        state = self.state(watch.id)
        if state.latest is not None and state.latest > batch.now:
            self.machines[watch.id] = cap_times(state, batch.now)
            batch.changed[watch.id] = watch

    def shift_times(self, by: timedelta, batch: EvaluatedBatch) -> None:
        """Shift the watchdogs' states by a change of the clock."""
        for key, state in self.machines.items():
            watch = self.index.find(key)
            if watch is not None and watch.rule.statistic in CLOCKED:
                self.machines[key] = shift_times(state, by)
                batch.changed[key] = watch

    def feed(self, watch: Watch, event: Event, batch: EvaluatedBatch, detail: str = "") -> None:
        """Pass one event to one machine."""
        state = self.machines.get(watch.id, IDLE)
        for each in due_event(state, event):
            decision = decide(watch, state, each)
            if decision.announcement is not None:
                batch.announcements.append(replace(decision.announcement, detail=detail))
            if decision.state is not state and not (state is IDLE and decision.state.phase == "normal"):
                self.machines[watch.id] = decision.state
                batch.changed[watch.id] = watch
            if decision.missed:
                batch.missed.append(Missed(watch, each.time))
            if isinstance(each, Observed) and decision.state.open and decision.state is not state:
                batch.charted.append(decision.state)
            state = decision.state

    def _evaluate_reading(self, watch: Watch, reading: Reading, batch: EvaluatedBatch) -> None:
        against = None
        if watch.rule.against is not None:
            baseline = self.baselines.get((reading.site, reading.parameter, watch.rule.against))
            if baseline is None or baseline[1] <= 0 or reading.time - baseline[0] > _BASELINE_AGE:
                return
            against = baseline[1]
        is_idle = self.machines.get(watch.id, IDLE).phase == "normal"
        if is_idle and against is None and watch.is_within(reading.value, reading.time):
            return
        evaluation = evaluate(watch, reading.value, reading.time, against=against)
        if evaluation is None or (is_idle and evaluation.severity is None):
            return
        self._observe(watch, evaluation, reading.time, batch, age=reading.received - reading.time)

    def _observe(
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
        if severity is not None and watch.rule.statistic != "check":
            batch.add_exceedance(watch, evaluation, time)
        old = self._is_old(watch.site, age)
        event = Observed(time, evaluation.compared, evaluation.limit, severity, evaluation.clear, period, old)
        self.feed(watch, event, batch, detail)

    def _freeze_or_withdraw(self, checked: Checked, watches: Iterable[Watch], batch: EvaluatedBatch) -> None:
        time = checked.reading.time
        for watch in watches:
            state = self.state(watch.id)
            is_newest = state.latest == time and state.before is not None
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
                self._observe(watch, evaluation, reading.time, batch, age=age, detail=detail)

    def _collect_item(self, checked: Checked, batch: EvaluatedBatch) -> None:
        """Add an item to its sample; a station may send a sample's items one by one."""
        reading = checked.reading
        sample = self.samples.get(reading.site)
        if sample is not None and reading.time < sample.time:
            watches = self.index.watches(reading.site, NONE, "sample")
            batch.missed += [Missed(watch, reading.time) for watch in watches]
            return
        if sample is None or reading.time > sample.time:
            if reading.site in batch.samples:
                self._evaluate_sample(reading.site, batch)  # the sample before it is complete now
            sample = StoredSample(reading.time) if sample is None else sample.next(reading.time)
            self.samples[reading.site] = sample
        if checked.validity == "valid":
            sample.items[reading.parameter] = reading.value
        else:
            sample.items.pop(reading.parameter, None)
        batch.samples[reading.site] = sample

    def _evaluate_sample(self, place: str, batch: EvaluatedBatch) -> None:
        sample, site = self.samples[place], self._catalogue.sites[place]
        try:
            limits = assessed(standard_on(sample.time.astimezone(SHANGHAI).date()), site.waterbody)
        except NoStandard:
            return
        for watch in self.index.watches(place, NONE, "sample"):
            levels = watch.bounds(sample.time).levels
            if not levels:
                continue
            target, rule = int(levels[0].limit), watch.rule.id
            quality = sample_class(sample.items, limits, target=target)
            if quality is None:
                continue
            evaluation = evaluate(watch, float(quality.number), sample.time)
            if evaluation is None or (evaluation.severity is None and self.state(watch.id).phase == "normal"):
                continue
            if evaluation.severity is None and not sample.is_decisive(rule):
                sample.worse[rule] = sample.before.get(rule, sample.over)
                self.feed(watch, Frozen(sample.time), batch)
                continue
            sample.worse[rule] = {grade.limits.item for grade in quality.grades if grade.number > target}
            detail = "; ".join(str(over) for over in quality.times_over) or ", ".join(quality.determining)
            age = batch.now - sample.time
            self._observe(watch, evaluation, sample.time, batch, age=age, detail=detail)

    def _evaluate_statistic(self, watch: Watch, statistic: Statistic, batch: EvaluatedBatch) -> None:
        time = self._event_time(statistic, batch)
        if statistic.value is None or not statistic.valid:
            self._evaluate_gap(watch, statistic, time, batch)
            return
        is_per_period = watch.rule.is_per_period
        legal = statistic.start if is_per_period else time  # its date chooses the limits
        bounds = watch.bounds(legal)
        if not bounds.levels:
            return
        is_idle = self.machines.get(watch.id, IDLE).phase == "normal"
        if is_idle and bounds.decimals is None and watch.is_within(statistic.value, legal):
            self._record_within(watch, time, batch)
            return
        evaluation = evaluate(watch, statistic.value, legal)
        if evaluation is None:
            return
        if is_idle and evaluation.severity is None:
            self._record_within(watch, time, batch)
            return
        period = f"{statistic.start.astimezone(SHANGHAI):%Y-%m-%d}" if is_per_period else ""
        self._observe(watch, evaluation, time, batch, age=batch.now - time, period=period)

    def _evaluate_gap(
        self, watch: Watch, statistic: Statistic, time: datetime, batch: EvaluatedBatch
    ) -> None:
        if self.state(watch.id).phase != "normal":
            self.feed(watch, Frozen(time), batch)
        if statistic.n == 0 and not watch.rule.is_per_period:  # gone altogether: for recompute it never was
            batch.missed.append(Missed(watch, time, is_within=True))

    def _record_within(self, watch: Watch, time: datetime, batch: EvaluatedBatch) -> None:
        """Record that a window within every level was seen, so that an older one is late; once an hour."""
        latest = self.state(watch.id).latest
        if latest is not None and time < latest:
            batch.missed.append(Missed(watch, time, is_within=True))
        elif latest is None or time - latest >= _HOUR:
            batch.changed[watch.id] = watch
            self.machines[watch.id] = State(latest=time)

    def _event_time(self, statistic: Statistic, batch: EvaluatedBatch) -> datetime:
        """The window's end; of a period still open, how far its data go."""
        kind = statistic_kind(statistic.name)
        if statistic.closed or kind.running or kind.family != "calendar":
            return statistic.end
        newest = batch.newest.get(statistic.site, batch.now)
        return max(statistic.start, min(newest, statistic.end))

    def _record_baseline(self, statistic: Statistic, batch: EvaluatedBatch) -> None:
        if not self.index.is_baseline(statistic.site, statistic.parameter, statistic.name):
            return
        if statistic.value is None or not statistic.valid:
            return
        key = (statistic.site, statistic.parameter, statistic.name)
        known = self.baselines.get(key)
        if known is None or known[0] < statistic.end:
            self.baselines[key] = batch.baselines[key] = (statistic.end, statistic.value)

    def _is_old(self, place: str, age: timedelta) -> bool:
        if place not in self._oldest:
            site = self._catalogue.sites.get(place)
            self._oldest[place] = self._limits.oldest(site.cycle if site is not None else timedelta())
        oldest = self._oldest[place]
        return oldest is not None and age > oldest
