"""The live statistics: every new valid reading goes into its series; what changed is collected per batch."""

import sqlite3
from collections.abc import Callable, Iterable

from ingest.journal import statistics_state
from ingest.journal.entries import SiteEntry
from ingest.journal.statistics_state import Id, SeriesChanges
from ingest.observer import CalmMeansOf, no_calm_means
from ingest.recompute.apply import to_rows
from ingest.recompute.model import RecomputeResult
from ingest.statistics.area_points import AreaPoints
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.begun_series import BegunSeries
from ingest.statistics.closing import Closing
from ingest.statistics.indices import IndexCalculator
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import Samples
from ingest.statistics.series_config import config_on, members_of
from ingest.statistics.waiting_values import WaitingValues
from sensors.averages.live.changes import Changes, HourChange
from sensors.averages.live.rolling_hour import NONE_IS_CALM
from sensors.averages.live.series import LiveSeries
from sensors.calendar import DAY_MS, HOUR_MS, EpochMs, HourNumber, day_of, day_of_hour, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.model import Checked, Kind, Reading
from sensors.standards.statistics import ROLLING_1H


class LiveStatistics:
    """All series of the catalogue's sites, zones and rivers; one thread uses it.

    A series is restored from the journal when it is first needed. After a transaction that failed, `forget`
    everything: it is restored again.

    Args:
        catalogue: The sites, and which zone or river each belongs to.
        connection: Gives this thread's connection to the journal.
        calm_means: Which means of a place's parameter and statistic rules need not see, as things stand; of
            `1h` they are made only where the store keeps them.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        connection: Callable[[], sqlite3.Connection],
        calm_means: CalmMeansOf = no_calm_means,
    ) -> None:
        self.points = PointBuilder(catalogue.places)
        self._begun = BegunSeries(catalogue, connection)
        self._kinds = self._begun.kinds
        self._points = AreaPoints(catalogue, self._begun.find)
        self.indices = IndexCalculator(catalogue.places, self._begun.find, self._points)
        self._catalogue = catalogue
        self._connection = connection
        self._calm_means = calm_means
        self.forget()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._begun.forget()
        self._samples: dict[str, Samples] = {}
        self._changed: dict[Id, LiveSeries] = {}
        self._sampled: set[str] = set()
        self._first_added: dict[str, EpochMs] = {}  # of each site, since the series were advanced
        self._result = BatchResult()
        self._waiting: dict[str, WaitingValues] = {}  # of each site, as its last readings came

    def add_site(self, entry: SiteEntry, ms: EpochMs) -> SiteEntry | None:
        """Add readings of one time that are new to their series and valid, with their time.

        Returns those of the kind that counts, nearly always all; None if none is.
        """
        site = entry.site
        waiting = self._waiting.get(site)
        if waiting is None or waiting.parameters != entry.parameters or waiting.kind != entry.kind:
            waiting = self._wait(entry, ms)
        counted = entry if waiting.all_count else self._pass_over_some(waiting, entry, ms)
        if not waiting.feeds:
            return counted
        self._begin_day(site, ms)
        if not waiting.times:
            for parameter, series in zip(waiting.parameters, waiting.series, strict=True):
                if series is not None:
                    self._changed[site, parameter] = series
        waiting.times.append(ms)
        waiting.rows.append(entry.values)
        return counted

    def _pass_over_some(self, waiting: WaitingValues, entry: SiteEntry, ms: EpochMs) -> SiteEntry | None:
        """Let the readings of a kind that does not count pass; returns the others."""
        for parameter in waiting.passed:
            series = self._begun.find(entry.site, parameter)
            if series is not None:
                self._pass_over(series, (entry.site, parameter), entry.kind, ms, valid=True)
        return entry.only(waiting.counted) if waiting.counted else None

    def _wait(self, entry: SiteEntry, ms: EpochMs) -> WaitingValues:
        self._hand_over(entry.site)
        begun = [self._begun.begin((entry.site, p), entry.kind, ms, valid=True) for p in entry.parameters]
        series = [one if one is not None and one.basis.kind == entry.kind else None for one in begun]
        counted = [p for p in entry.parameters if self._begun.kind_of((entry.site, p)) == entry.kind]
        waiting = self._waiting[entry.site] = WaitingValues(entry.kind, entry.parameters, series, counted)
        return waiting

    def _hand_over(self, site: str) -> None:
        """Give the series of a site the values that wait for them, and its samples their items."""
        waiting = self._waiting.get(site)
        if waiting is None or not waiting.times:
            return
        if self._catalogue.sites[site].medium == "water":
            for ms, values in zip(waiting.times, waiting.rows, strict=True):
                for parameter, value in zip(waiting.parameters, values, strict=True):
                    if parameter in waiting.counted:
                        self._sample(site, ms, parameter, value)
        waiting.hand_over()

    def _begin_day(self, site: str, ms: EpochMs) -> None:
        """Advance what comes before a day is in: while the hours that indices rest on are still held."""
        if ms - self._first_added.setdefault(site, ms) >= DAY_MS:
            self._advance()
            self._first_added[site] = ms

    def add(self, checked: Checked, ms: EpochMs) -> bool:
        """Add a reading that is new to its series, with its time; one that is not valid counts in nothing.

        Returns whether it is of the kind that counts.
        """
        reading = checked.reading
        site, parameter = reading.site, reading.parameter
        id_ = site, parameter
        valid = checked.validity == "valid"
        series = self._begun.begin(id_, reading.kind, ms, valid=valid)
        if series is None:
            return self._kinds.in_force(id_) == reading.kind
        self._begin_day(site, ms)
        if reading.kind != series.basis.kind:
            self._pass_over(series, id_, reading.kind, ms, valid=valid)
            return False
        self._hand_over(site)
        if valid:
            series.add(ms, reading.value)
        else:  # time has gone on
            series.until = max(series.until, ms + series.basis.lead)
        self._changed[id_] = series
        if valid and series.basis.medium == "water":
            self._sample(site, ms, parameter, reading.value)
        return True

    def retract(self, previous: Checked) -> None:
        """Retract an added reading that is no longer valid, as a later one shows."""
        reading = previous.reading
        id_, ms = (reading.site, reading.parameter), to_ms(reading.time)
        series = self._begun.find(*id_)
        if series is None:
            return
        # What rested on it alone is withdrawn there; or an hour may be another kind's now.
        self._result.recompute.add((reading.site, day_of(ms)))
        if reading.kind != series.basis.kind:
            return
        self._hand_over(reading.site)
        series.remove(ms, reading.value)
        self._changed[id_] = series
        if series.basis.medium == "water":
            self._sample(reading.site, ms, reading.parameter, None)

    def close(self, one: Closing) -> None:
        """Close a site's series up to where the clock is, or has been for long enough."""
        series = self._begun.find(*one.id)
        if series is not None and series.close(one.until, if_complete=one.if_complete):
            self._changed[one.id] = series

    def counts(self, reading: Reading) -> bool:
        """Whether a reading is of the kind that counts."""
        return reading.kind == self._begun.kind_of((reading.site, reading.parameter))

    def collect(self) -> BatchResult:
        """Close what is over; returns the result of everything added since the last call."""
        self._advance()
        result, self._result = self._result, BatchResult()
        result.kinds = self._kinds.take_changes()
        return result

    def _advance(self) -> None:
        """Advance every changed series, then what depends on several series."""
        result = self._result
        first = len(result.statistics)
        hours_by_area: dict[Id, list[HourChange]] = {}
        for site in self._first_added:
            self._hand_over(site)
        changed, self._changed = self._changed, {}
        self._first_added.clear()
        for id_, series in changed.items():
            closed = series.hours.closed
            # What rules have not seen yet of this batch may change what they need to see.
            calm = NONE_IS_CALM if first else self._calm_means(*id_, ROLLING_1H)
            changes = series.changes(calm=calm)
            self._add_changes(id_, series, changes, closed)
            result.recompute |= {(id_[0], day) for day in self._kinds.days_in_doubt(id_, series)}
            if changes.hours or series.hours.closed != closed:
                area = area_of(self._catalogue.sites[id_[0]])
                if area is not None:
                    hours_by_area.setdefault((area, id_[1]), []).extend(changes.hours)
        for id_, hours in hours_by_area.items():
            self._advance_area(id_, hours)
        for site in sorted(self._sampled):
            result.assessments += self._samples[site].take_classes()
            result.samples.append((site, self._samples[site].encoded()))
        self._sampled.clear()
        self.indices.assess(result.statistics[first:], result)

    def apply(self, recomputed: RecomputeResult) -> BatchResult | None:
        """Apply what was recomputed; None if the place has changed since the raw readings were read.

        Only changes count of days that live series may still change, or of what rules evaluated again up to
        now.
        """
        place, days = recomputed.place, recomputed.days
        if any(self._begun.is_outdated(recomputed, one) for one in recomputed.series):
            return None
        result = self._result
        self._waiting.pop(place, None)  # it has the former series
        for one in recomputed.series:
            id_ = place, one.parameter
            series = self._begun.replace(id_, days, one)
            if series is None:
                continue
            self._add_changes(id_, series, series.changes(), None)
            result.rows[-1] = to_rows(result.rows[-1], series)
        if recomputed.samples:
            samples = self._samples_of(place)
            samples.correct(days.start, days.end, recomputed.samples)
            result.samples.append((place, samples.encoded()))
        self.indices.assess(result.statistics, result, recomputed.standing)
        self._result = BatchResult()
        result.kinds = self._kinds.take_changes()
        return result

    def _pass_over(self, series: LiveSeries, id_: Id, kind: Kind, ms: EpochMs, *, valid: bool) -> None:
        """A reading of another kind than the series' counts in nothing, but time has gone on."""
        config = config_on(self._catalogue, *id_, day_of(ms), kind)
        if config is None or not self._kinds.note(id_, kind, series.basis.kind):
            return
        self._kinds.pass_over(id_, config, ms, valid=valid)
        self._hand_over(id_[0])
        series.until = max(series.until, ms + config.lead)
        self._changed[id_] = series

    def _sample(self, site: str, ms: EpochMs, parameter: str, value: float | None) -> None:
        samples = self._samples_of(site)
        held = samples.remove(ms, parameter) if value is None else samples.put(ms, parameter, value)
        self._sampled.add(site)
        if not held:
            self._result.recompute.add((site, day_of(ms)))

    def _samples_of(self, site: str) -> Samples:
        samples = self._samples.get(site)
        if samples is None:
            stored = statistics_state.samples(self._connection(), site)
            samples = self._samples[site] = Samples(self._catalogue.places[site], stored)
        return samples

    def _advance_area(self, id_: Id, hours: Iterable[HourChange]) -> None:
        """Advance a zone or river, and close it as far as its sites have come.

        That is where the slowest of them is, but at most an hour behind the quickest: a site that has fallen
        silent does not hold up the others.
        """
        sites = members_of(self._catalogue, self._catalogue.places[id_[0]], id_[1])
        members = [self._begun.find(site.id, id_[1]) for site in sites]
        reached = [member.until for member in members if member is not None]
        until = max(min(reached), max(reached) - HOUR_MS)
        series = self._begun.begin_area(id_, until)
        if series is None:
            return
        for change in hours:
            series.follow_member(change)
        closed = series.hours.closed
        self._add_changes(id_, series, series.changes(until), closed)

    def _add_changes(self, id_: Id, series: LiveSeries, changes: Changes, former: HourNumber | None) -> None:
        """Add one series' changes to the result; `former` is the first open hour before them."""
        result, head = self._result, series.state()
        changes = self._points.judge(id_, series, changes)
        version = self._begun.next_version(id_)
        rows = changes.hour_rows, changes.day_rows, changes.month_rows
        closed = head.closed
        prune = (
            former is not None
            and closed is not None
            and former < closed
            and day_of_hour(former) < day_of_hour(closed)
        )
        result.rows.append(SeriesChanges(id_, version, head, *rows, prune=prune))
        result.recompute |= {(id_[0], day) for day in changes.recompute}
        result.statistics += changes.statistics
        result.stored += changes.stored
