"""The live statistics: every new valid reading goes into its series; what changed is collected per batch."""

import sqlite3
from collections.abc import Callable, Iterable

from ingest.journal import statistics_state
from ingest.journal.entries import SiteEntry
from ingest.journal.statistics_state import Id, SeriesChanges
from ingest.observer import CalmMeansOf, no_calm_means
from ingest.recompute.apply import rebuild, to_rows
from ingest.recompute.model import LIVE_HOURS, RecomputedSeries, RecomputeResult
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.closing import Closing
from ingest.statistics.indices import IndexCalculator
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import Samples
from ingest.statistics.series_config import config_on, members_of
from ingest.statistics.waiting_values import WaitingValues
from sensors.averages.live.changes import Changes, HourChange
from sensors.averages.live.rolling_hour import NONE_IS_CALM
from sensors.averages.live.series import LiveSeries
from sensors.calendar import DAY_MS, HOUR_MS, EpochMs, HourNumber, day_of, day_of_hour, first_hour, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.model import Checked, Kind
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
        self.indices = IndexCalculator(catalogue.places, self.find)
        self._catalogue = catalogue
        self._connection = connection
        self._calm_means = calm_means
        self.forget()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._series: dict[Id, LiveSeries | None] = {}
        self._versions: dict[Id, int] = {}
        self._samples: dict[str, Samples] = {}
        self._changed: dict[Id, LiveSeries] = {}
        self._sampled: set[str] = set()
        self._first_added: dict[str, EpochMs] = {}  # of each site, since the series were advanced
        self._result = BatchResult()
        self._waiting: dict[str, WaitingValues] = {}  # of each site, as its last readings came

    def feeds(self, site: str, kind: Kind) -> bool:
        """Whether the site's statistics rest on readings of this kind."""
        return kind == self._catalogue.sites[site].basis

    def add_site(self, entry: SiteEntry, ms: EpochMs) -> None:
        """Add readings of one time that are new to their series and valid, with their time."""
        site = entry.site
        waiting = self._waiting.get(site)
        if waiting is None or waiting.parameters != entry.parameters or waiting.kind != entry.kind:
            waiting = self._wait(entry, ms)
        if not waiting.feeds:
            return
        self._begin_day(site, ms)
        if not waiting.times:
            for parameter, series in zip(waiting.parameters, waiting.series, strict=True):
                if series is not None:
                    self._changed[site, parameter] = series
        waiting.times.append(ms)
        waiting.rows.append(entry.values)

    def _wait(self, entry: SiteEntry, ms: EpochMs) -> WaitingValues:
        self._hand_over(entry.site)
        feeds = self.feeds(entry.site, entry.kind)
        series = [self._find_or_make((entry.site, p), ms) if feeds else None for p in entry.parameters]
        waiting = self._waiting[entry.site] = WaitingValues(entry.kind, entry.parameters, series)
        return waiting

    def _hand_over(self, site: str) -> None:
        """Give the series of a site the values that wait for them, and its samples their items."""
        waiting = self._waiting.get(site)
        if waiting is None or not waiting.times:
            return
        if self._catalogue.sites[site].medium == "water":
            for ms, values in zip(waiting.times, waiting.rows, strict=True):
                for parameter, value in zip(waiting.parameters, values, strict=True):
                    self._sample(site, ms, parameter, value)
        waiting.hand_over()

    def _begin_day(self, site: str, ms: EpochMs) -> None:
        """Advance what comes before a day is in: while the hours that indices rest on are still held."""
        if ms - self._first_added.setdefault(site, ms) >= DAY_MS:
            self._advance()
            self._first_added[site] = ms

    def add(self, checked: Checked, ms: EpochMs) -> None:
        """Add a reading that is new to its series, with its time; one that is not valid counts in nothing."""
        reading = checked.reading
        site, parameter = reading.site, reading.parameter
        if not self.feeds(site, reading.kind):
            return
        id_ = site, parameter
        valid = checked.validity == "valid"
        series = self._find_or_make(id_, ms) if valid else self.find(site, parameter)
        if series is None:
            return
        self._begin_day(site, ms)
        self._hand_over(site)
        if valid:
            series.add(ms, reading.value)
        else:  # time has gone on
            series.until = max(series.until, ms + series.basis.lead)
        self._changed[id_] = series
        if valid and series.basis.medium == "water":
            self._sample(site, ms, parameter, reading.value)

    def retract(self, previous: Checked) -> None:
        """Retract an added reading that is no longer valid, as a later one shows."""
        reading = previous.reading
        site = self._catalogue.sites[reading.site]
        series = self.find(reading.site, reading.parameter)
        if not self.feeds(reading.site, reading.kind) or series is None:
            return
        self._hand_over(reading.site)
        ms = to_ms(reading.time)
        series.remove(ms, reading.value)
        self._changed[reading.site, reading.parameter] = series
        self._result.recompute.add((reading.site, day_of(ms)))  # what rested on it alone is withdrawn there
        if site.medium == "water":
            self._sample(reading.site, ms, reading.parameter, None)

    def close(self, one: Closing) -> None:
        """Close a site's series up to where the clock is, or has been for long enough."""
        series = self.find(*one.id)
        if series is not None and series.close(one.until, if_complete=one.if_complete):
            self._changed[one.id] = series

    def collect(self) -> BatchResult:
        """Close what is over; returns the result of everything added since the last call."""
        self._advance()
        result, self._result = self._result, BatchResult()
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

    def find(self, place: str, parameter: str) -> LiveSeries | None:
        """A series that has begun; restored from the journal where it is not yet in memory."""
        id_ = place, parameter
        if id_ in self._series:
            return self._series[id_]
        stored = statistics_state.read(self._connection(), id_)
        series = None
        if stored is not None and stored.head.until is not None:
            series = self._new(id_, stored.head.until)
            if series is not None:
                series.restore(stored.head, stored.hours, stored.days, stored.months)
        self._series[id_] = series
        self._versions[id_] = 0 if stored is None else stored.version
        return series

    def apply(self, recomputed: RecomputeResult) -> BatchResult | None:
        """Apply what was recomputed; None if the place has changed since the raw readings were read.

        Only changes count of days that live series may still change, or of what rules evaluated again up to
        now.
        """
        place, days = recomputed.place, recomputed.days
        if any(self._is_outdated(recomputed, one) for one in recomputed.series):
            return None
        result = self._result
        self._waiting.pop(place, None)  # it has the former series
        for one in recomputed.series:
            id_ = place, one.parameter
            series = rebuild(self._find_or_make(id_, one.until), days, one)
            if series is None:
                continue
            self._series[id_] = series
            self._add_changes(id_, series, series.changes(), None)
            result.rows[-1] = to_rows(result.rows[-1], series)
        if recomputed.samples:
            samples = self._samples_of(place)
            samples.correct(days.start, days.end, recomputed.samples)
            result.samples.append((place, samples.encoded()))
        self.indices.assess(result.statistics, result, recomputed.standing)
        self._result = BatchResult()
        return result

    def _is_outdated(self, recomputed: RecomputeResult, one: RecomputedSeries) -> bool:
        series = self.find(recomputed.place, one.parameter)
        if series is None or series.hours.closed is None:
            return False
        live = first_hour(recomputed.days.past) > series.hours.closed - LIVE_HOURS
        replayed = any(to_ms(each.until) > one.until for each in recomputed.replays)
        return (live or replayed) and self._versions[recomputed.place, one.parameter] != one.version

    def _find_or_make(self, id_: Id, ms: EpochMs) -> LiveSeries | None:
        """The series of a valid reading; None if it has no statistics."""
        series = self.find(*id_)
        if series is None:
            series = self._series[id_] = self._new(id_, ms)
        return series

    def _new(self, id_: Id, ms: EpochMs) -> LiveSeries | None:
        basis = config_on(self._catalogue, *id_, day_of(ms))
        return None if basis is None else LiveSeries(basis)

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
        members = [self.find(site.id, id_[1]) for site in sites]
        reached = [member.until for member in members if member is not None]
        until = max(min(reached), max(reached) - HOUR_MS)
        series = self._find_or_make(id_, until)
        if series is None:
            return
        for change in hours:
            series.follow_member(change)
        closed = series.hours.closed
        self._add_changes(id_, series, series.changes(until), closed)

    def _add_changes(self, id_: Id, series: LiveSeries, changes: Changes, former: HourNumber | None) -> None:
        """Add one series' changes to the result; `former` is the first open hour before them."""
        result, head = self._result, series.state()
        version = self._versions[id_] = self._versions[id_] + 1
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
