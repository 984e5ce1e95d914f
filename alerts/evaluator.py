"""From readings and statistics to decisions, in memory: which rules apply, and what changes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.batch import EvaluatedBatch, Missed
from alerts.episodes.machine import decide, due_event
from alerts.episodes.state_store import BaselineId, StoredSample
from alerts.episodes.states import (
    REST,
    Acknowledged,
    Event,
    Frozen,
    Observed,
    State,
    Withdrawn,
    by_clock,
    moved,
)
from alerts.rules.evaluation import Evaluation, evaluate
from alerts.rules.index import NONE, RuleIndex, Watch, WatchId
from sensors.calendar import SHANGHAI
from sensors.model import Checked, Reading, Statistic
from sensors.standards.statistics import CLOCKED, statistic_kind
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed, standard_on

_HOUR = timedelta(hours=1)


class Evaluator:
    """All machines in memory; the caller writes `EvaluatedBatch.dirty`, or loads them again.

    Args:
        coverage: Which rules look where.
        page_max_age: Older events notify nobody, but never less than two cycles of the site; None: no limit.
    """

    def __init__(self, coverage: RuleIndex, page_max_age: timedelta | None) -> None:
        self.coverage = coverage
        self.machines: dict[WatchId, State] = {}
        self.samples: dict[str, StoredSample] = {}
        self.baselines: dict[BaselineId, tuple[datetime, float]] = {}
        self._catalogue = coverage.catalogue
        self._max_age = page_max_age
        self._ages: dict[str, timedelta] = {}

    def evaluate_readings(self, checked: Iterable[Checked], batch: EvaluatedBatch) -> None:
        """Evaluate readings that are new to their series, in order, and those found to be spikes."""
        for each in checked:
            reading = each.reading
            looks = self.coverage.watches_by_kind(reading.site, reading.parameter)
            if reading.kind not in looks.kinds:
                continue
            missed = len(batch.missed)
            batch.newest[reading.site] = reading.time
            if looks.checks:
                self._checks(each, looks.checks, batch)
            if looks.sampled:
                self._collect(each, batch)
            if each.validity == "valid":
                for watch in looks.readings:
                    self._reading(watch, reading, batch)
            else:
                self._does_not_count(each, looks.readings, batch)
            if reading.kind != looks.kinds[0]:  # recompute reads that one alone
                del batch.missed[missed:]
        for site in batch.samples:
            self._sample(site, batch)

    def evaluate_statistics(self, statistics: Iterable[Statistic], batch: EvaluatedBatch) -> None:
        """Evaluate statistics that moved or closed; those that are not valid freeze their episodes."""
        for each in statistics:
            if each.closed:
                self._remember(each, batch)
            for watch in self.coverage.of(each.site, each.parameter, each.name):
                if watch.rule.closed and not each.closed:
                    continue
                self._statistic(watch, each, batch)

    def state(self, key: WatchId) -> State:
        """A machine's state."""
        return self.machines.get(key, REST)

    def not_ahead(self, watch: Watch, batch: EvaluatedBatch) -> None:
        """Set the watchdogs' states to `now` where they lie after it.

        Otherwise a clock that was set back would leave them deaf until it has caught up.
        """
        state = self.state(watch.id)
        if state.latest is not None and state.latest > batch.now:
            self.machines[watch.id] = by_clock(state, batch.now)
            batch.dirty[watch.id] = watch

    def clock_set(self, by: timedelta, batch: EvaluatedBatch) -> None:
        """Shift the watchdogs' states by a change of the clock."""
        for key, state in self.machines.items():
            watch = self.coverage.known(key)
            if watch is not None and watch.rule.statistic in CLOCKED:
                self.machines[key] = moved(state, by)
                batch.dirty[key] = watch

    def acknowledge(self, key: WatchId, event: Acknowledged, batch: EvaluatedBatch) -> bool:
        """Acknowledge an episode; False if there was nothing to acknowledge."""
        watch = self.coverage.known(key)
        before = len(batch.announcements)
        if watch is not None:
            self.feed(watch, event, batch)
        return len(batch.announcements) > before

    def feed(self, watch: Watch, event: Event, batch: EvaluatedBatch, detail: str = "") -> None:
        """Pass one event to one machine."""
        state = self.machines.get(watch.id, REST)
        for each in due_event(state, event):
            decision = decide(watch, state, each)
            if decision.announcement is not None:
                batch.announcements.append(replace(decision.announcement, detail=detail))
            if decision.state is not state and not (state is REST and decision.state.phase == "normal"):
                self.machines[watch.id] = decision.state
                batch.dirty[watch.id] = watch
            if decision.missed:
                batch.missed.append(Missed(watch, each.time))
            if isinstance(each, Observed) and decision.state.open and decision.state is not state:
                batch.drawn.append(decision.state)
            state = decision.state

    def _reading(self, watch: Watch, reading: Reading, batch: EvaluatedBatch) -> None:
        against = None
        if watch.rule.against is not None:
            held = self.baselines.get((reading.site, reading.parameter, watch.rule.against))
            if held is None or held[1] <= 0 or reading.time - held[0] > 2 * timedelta(days=1):
                return
            against = held[1]
        state = self.machines.get(watch.id)
        resting = state is None or state.phase == "normal"
        if resting and against is None and watch.quiet(reading.value, reading.time):
            return
        judged = evaluate(watch, reading.value, reading.time, against=against)
        if judged is None or (resting and judged.severity is None):
            return
        old = self._is_old(reading.site, reading.received - reading.time)
        self._observe(watch, judged, _event(judged, reading.time, old=old), batch)

    def _observe(
        self, watch: Watch, judged: Evaluation, event: Observed, batch: EvaluatedBatch, detail: str = ""
    ) -> None:
        if judged.severity is not None:
            batch.flag(watch, judged, event.time)
        self.feed(watch, event, batch, detail)

    def _does_not_count(self, checked: Checked, watches: Iterable[Watch], batch: EvaluatedBatch) -> None:
        time = checked.reading.time
        for watch in watches:
            state = self.state(watch.id)
            newest = state.latest == time and state.before is not None
            if newest or state.phase != "normal":
                self.feed(watch, Withdrawn(time) if newest else Frozen(time), batch)

    def _checks(self, checked: Checked, watches: Iterable[Watch], batch: EvaluatedBatch) -> None:
        reading = checked.reading
        for watch in watches:
            state = self.machines.get(watch.id)
            resting = state is None or state.phase == "normal"
            if resting and not checked.failed:
                continue
            failed = any(name in watch.rule.checks for name in checked.failed)
            if resting and not failed:
                continue
            if "flag" in checked.failed and not failed:
                self.feed(watch, Frozen(reading.time), batch)
                continue
            judged = evaluate(watch, float(failed), reading.time)
            if judged is not None:
                detail = ",".join(checked.failed)
                old = self._is_old(reading.site, reading.received - reading.time)
                event = _event(judged, reading.time, old=old)
                self.feed(watch, event, batch, detail)

    def _collect(self, checked: Checked, batch: EvaluatedBatch) -> None:
        """Add an item to its sample; a station may send a sample's items one by one."""
        reading = checked.reading
        sample = self.samples.get(reading.site)
        if sample is not None and reading.time < sample.time:
            watches = self.coverage.of(reading.site, NONE, "sample")
            batch.missed += [Missed(watch, reading.time) for watch in watches]
            return
        if sample is None or reading.time > sample.time:
            if reading.site in batch.samples:
                self._sample(reading.site, batch)  # the sample before it is complete now
            sample = StoredSample(reading.time) if sample is None else sample.next(reading.time)
            self.samples[reading.site] = sample
        if checked.validity == "valid":
            sample.items[reading.parameter] = reading.value
        else:
            sample.items.pop(reading.parameter, None)
        batch.samples[reading.site] = sample

    def _sample(self, site: str, batch: EvaluatedBatch) -> None:
        sample, found = self.samples[site], self._catalogue.sites[site]
        try:
            limits = assessed(standard_on(sample.time.astimezone(SHANGHAI).date()), found.waterbody)
        except NoStandard:
            return
        for watch in self.coverage.of(site, NONE, "sample"):
            levels = watch.bounds(sample.time).levels
            if not levels:
                continue
            quality = sample_class(sample.items, limits, target=int(levels[0].limit))
            if quality is None:
                continue
            judged = evaluate(watch, float(quality.number), sample.time)
            if judged is None or (judged.severity is None and self.state(watch.id).phase == "normal"):
                continue
            target, rule = int(levels[0].limit), watch.rule.id
            if judged.severity is None and not sample.is_decisive(rule):
                sample.worse[rule] = sample.before.get(rule, sample.over)
                self.feed(watch, Frozen(sample.time), batch)
                continue
            sample.worse[rule] = {grade.limits.item for grade in quality.grades if grade.number > target}
            detail = "; ".join(str(over) for over in quality.times_over) or ", ".join(quality.determining)
            old = self._is_old(site, batch.now - sample.time)
            self._observe(watch, judged, _event(judged, sample.time, old=old), batch, detail)

    def _statistic(self, watch: Watch, statistic: Statistic, batch: EvaluatedBatch) -> None:
        time = self._moment(statistic, batch)
        if statistic.value is None or not statistic.valid:
            self._has_no_value(watch, statistic, time, batch)
            return
        held = statistic.start if watch.rule.keyed else time
        bounds = watch.bounds(held)
        if not bounds.levels:
            return
        state = self.machines.get(watch.id)
        resting = state is None or state.phase == "normal"
        if resting and bounds.decimals is None and watch.quiet(statistic.value, held):
            self._pass(watch, state, time, batch)
            return
        judged = evaluate(watch, statistic.value, held)
        if judged is None:
            return
        if resting and judged.severity is None:
            self._pass(watch, state, time, batch)
            return
        period = f"{statistic.start.astimezone(SHANGHAI):%Y-%m-%d}" if watch.rule.keyed else ""
        old = self._is_old(statistic.site, batch.now - time)
        self._observe(watch, judged, _event(judged, time, old=old, period=period), batch)

    def _has_no_value(
        self, watch: Watch, statistic: Statistic, time: datetime, batch: EvaluatedBatch
    ) -> None:
        if self.state(watch.id).phase != "normal":
            self.feed(watch, Frozen(time), batch)
        if statistic.n == 0 and not watch.rule.keyed:  # gone altogether: for recompute it never was
            batch.missed.append(Missed(watch, time, quiet=True))

    def _pass(self, watch: Watch, state: State | None, time: datetime, batch: EvaluatedBatch) -> None:
        """Record that a quiet window was seen, so that an older one is late; written once an hour."""
        if state is not None and state.latest is not None and time <= state.latest:
            if time < state.latest:
                batch.missed.append(Missed(watch, time, quiet=True))
            return
        if state is None or state.latest is None or time - state.latest >= _HOUR:
            batch.dirty[watch.id] = watch
            self.machines[watch.id] = State(latest=time)

    def _moment(self, statistic: Statistic, batch: EvaluatedBatch) -> datetime:
        """The event's time: the window's end; of a period still open, how far its data go."""
        kind = statistic_kind(statistic.name)
        if statistic.closed or kind.running or kind.family != "calendar":
            return statistic.end
        known = batch.newest.get(statistic.site, batch.now)
        return max(statistic.start, min(known, statistic.end))

    def _remember(self, statistic: Statistic, batch: EvaluatedBatch) -> None:
        if not self.coverage.baseline_users(statistic.site, statistic.parameter, statistic.name):
            return
        if statistic.value is None or not statistic.valid:
            return
        key = (statistic.site, statistic.parameter, statistic.name)
        held = self.baselines.get(key)
        if held is None or held[0] < statistic.end:
            self.baselines[key] = batch.baselines[key] = (statistic.end, statistic.value)

    def _is_old(self, site: str, age: timedelta) -> bool:
        if self._max_age is None:
            return False
        longest = self._ages.get(site)
        if longest is None:
            found = self._catalogue.sites.get(site)
            longest = max(self._max_age, 2 * found.cycle) if found is not None else self._max_age
            self._ages[site] = longest
        return age > longest


def _event(judged: Evaluation, time: datetime, *, old: bool, period: str = "") -> Observed:
    return Observed(time, judged.compared, judged.limit, judged.severity, judged.clear, period, old)
