"""The live statistics: every new valid reading goes into its series; what moved is collected per batch."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ingest.journal import statistics_state
from ingest.journal.requests import NEW_JOURNAL
from ingest.journal.statistics_state import Id, SeriesChanges
from ingest.recompute.apply import rebuild, to_rows
from ingest.recompute.model import LIVE_HOURS, RecomputedSeries, RecomputeResult
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.indices import IndexCalculator
from ingest.statistics.places import Places
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import Samples
from sensors.averages.live.series import Changes, HourChange, LiveSeries
from sensors.calendar import (
    DAY_MS,
    HOUR_MS,
    EpochMs,
    HourNumber,
    calendar_day,
    day_of,
    day_of_hour,
    first_hour,
    numbers_from,
    to_ms,
)
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Statistic

if TYPE_CHECKING:
    from datetime import datetime

MINUTE_MS = 60_000  # a site that is quicker has its `1h` stored once a minute


class LiveStatistics:
    """All series of the catalogue's sites, zones and rivers; one thread uses it.

    A series is restored from the journal when it is first needed. After a transaction that failed, `forget`
    what was not written: it is restored again.

    Args:
        catalogue: The sites, and which zone or river each belongs to.
        connection: Gives this thread's connection to the journal.
    """

    def __init__(self, catalogue: Catalogue, connection: Callable[[], sqlite3.Connection]) -> None:
        self.places = Places(catalogue)
        self.points = PointBuilder(self.places)
        self.indices = IndexCalculator(self.places, self.find)
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._series: dict[Id, LiveSeries | None] = {}
        self._fed: dict[Id, int] = {}
        self._samples: dict[str, Samples] = {}
        self._touched: dict[Id, LiveSeries] = {}
        self._sampled: set[str] = set()
        self._written: dict[Id, datetime] = {}
        self._since: dict[str, EpochMs] = {}  # the first reading of each site that is not yet moved on
        self._step = BatchResult()

    def add(self, checked: Checked, ms: EpochMs) -> None:
        """Add a reading that was found to be new, with its time.

        Other kinds than the site's basis feed nothing.
        """
        reading = checked.reading
        site, parameter = reading.site, reading.parameter
        id_ = site, parameter
        valid = checked.validity == "valid"
        series = self._series.get(id_)
        if series is None:
            if reading.kind != self.places.sites[site].basis:
                return
            series = self._begin(id_, ms) if valid else self.find(site, parameter)
            if series is None:
                return
        basis = series.basis
        if reading.kind != basis.kind:
            return
        if ms - self._since.setdefault(site, ms) >= DAY_MS:
            self._flush()  # while the hours that indices rest on are still held
        if valid:
            series.add(ms, reading.value)
        else:  # it feeds nothing, but time has gone on
            series.until = max(series.until, ms + basis.lead)
        self._touched[id_] = series
        if valid and basis.medium == "water":
            self._sample(site, ms, parameter, reading.value)

    def retract(self, previous: Checked) -> None:
        """Retract an added reading that is no longer valid, as a later one shows."""
        reading = previous.reading
        site = self.places.sites[reading.site]
        series = self.find(reading.site, reading.parameter)
        if reading.kind != site.basis or series is None:
            return
        ms = to_ms(reading.time)
        series.remove(ms, reading.value)
        self._touched[reading.site, reading.parameter] = series
        if site.medium == "water":
            self._sample(reading.site, ms, reading.parameter, None)

    def collect(self) -> BatchResult:
        """Close what is over; returns the result of everything added since the last call."""
        self._flush()
        made, self._step = self._step, BatchResult()
        return made

    def _flush(self) -> None:
        """Advance every touched series, then what depends on several series."""
        made = self._step
        begun = len(made.statistics)
        above: dict[Id, list[HourChange]] = {}
        touched, self._touched = self._touched, {}
        self._since.clear()
        for id_, series in touched.items():
            former = series.hours.closed
            changes = series.changes()
            self._take(id_, series, changes, former)
            if changes.hours or series.hours.closed != former:
                place = self.places.above(id_[0])
                if place is not None:
                    above.setdefault((place.id, id_[1]), []).extend(changes.hours)
        for id_, hours in above.items():
            self._follow(id_, hours)
        for site in sorted(self._sampled):
            made.assessments += self._samples[site].classes()
            made.samples.append((site, self._samples[site].kept()))
        self._sampled.clear()
        self._derive(made.statistics[begun:])

    def find(self, place: str, parameter: str) -> LiveSeries | None:
        """A series that has begun; restored from the journal where it is not yet in memory."""
        id_ = place, parameter
        if id_ in self._series:
            return self._series[id_]
        kept = statistics_state.read(self._connection(), id_)
        series = None
        if kept is not None and kept.head.until is not None:
            series = self._new(id_, kept.head.until)
            if series is not None:
                series.restore(kept.head, kept.hours, kept.days, kept.months)
        self._series[id_] = series
        self._fed[id_] = 0 if kept is None else kept.version
        return series

    def version(self, place: str, parameter: str) -> int:
        """A number that grows with every change of the series."""
        self.find(place, parameter)
        return self._fed[place, parameter]

    def apply(self, answer: RecomputeResult) -> BatchResult | None:
        """Apply what was recomputed; None if the place has changed since the raw readings were read.

        That concerns days that live series may still change, and what rules evaluated again up to
        now.
        """
        if any(self._moved_on(answer, one) for one in answer.series):
            return None
        for one in answer.series:
            id_ = answer.place, one.parameter
            series = rebuild(self._begin(id_, one.until), answer.days, one)
            if series is None:
                continue
            self._series[id_] = series
            self._take(id_, series, series.changes(), None)
            self._step.rows[-1] = to_rows(self._step.rows[-1], series)
        if answer.samples:
            samples = self._samples_of(answer.place)
            samples.correct(answer.days.start, answer.days.end, answer.samples)
            self._step.samples.append((answer.place, samples.kept()))
        self._derive(self._step.statistics)
        made, self._step = self._step, BatchResult()
        return made

    def zone_requests(self, answer: RecomputeResult) -> tuple[list[tuple[str, str]], str]:
        """The days of the zone or river above that are to be recomputed, and why."""
        place = self.places.get(answer.place)
        above = self.places.above(answer.place) if place is not None and place.is_site else None
        cause = answer.completed[0].cause if answer.completed else "late"
        if above is None:
            return [], cause
        if answer.whole:
            return [(above.id, calendar_day(answer.days.first).isoformat())], NEW_JOURNAL
        days = numbers_from(answer.days.first, answer.days.past)
        return [(above.id, calendar_day(day).isoformat()) for day in days], cause

    def _moved_on(self, answer: RecomputeResult, one: RecomputedSeries) -> bool:
        series = self.find(answer.place, one.parameter)
        if series is None or series.hours.closed is None:
            return False
        live = first_hour(answer.days.past) > series.hours.closed - LIVE_HOURS
        judged = any(to_ms(each.until) > one.until for each in answer.replays)
        return (live or judged) and self._fed[answer.place, one.parameter] != one.version

    def _begin(self, id_: Id, ms: EpochMs) -> LiveSeries | None:
        """The series of a valid reading, made where it has not begun; None if it has no statistics."""
        series = self.find(*id_)
        if series is None:
            series = self._series[id_] = self._new(id_, ms)
        return series

    def _new(self, id_: Id, ms: EpochMs) -> LiveSeries | None:
        basis = self.places.basis(*id_, day_of(ms))
        return None if basis is None else LiveSeries(basis)

    def _sample(self, site: str, ms: EpochMs, parameter: str, value: float | None) -> None:
        samples = self._samples_of(site)
        held = samples.take_out(ms, parameter) if value is None else samples.put(ms, parameter, value)
        self._sampled.add(site)
        if not held:
            self._step.stale.add((site, day_of(ms)))

    def _samples_of(self, site: str) -> Samples:
        samples = self._samples.get(site)
        if samples is None:
            kept = statistics_state.samples(self._connection(), site)
            samples = self._samples[site] = Samples(self.places.of(site), kept)
        return samples

    def _follow(self, id_: Id, hours: Iterable[HourChange]) -> None:
        """Advance the zone or river above, and close it as far as its sites have come.

        That is where the slowest of them is, but at most an hour behind the quickest: a site that has fallen
        silent does not hold up the others.
        """
        place = self.places.of(id_[0])
        members = [self.find(site.id, id_[1]) for site in self.places.members(place, id_[1])]
        reached = [member.until for member in members if member is not None]
        until = max(min(reached), max(reached) - HOUR_MS)
        series = self._begin(id_, until)
        if series is None:
            return
        for change in hours:
            series.follow_member(change)
        former = series.hours.closed
        self._take(id_, series, series.changes(until), former)

    def _take(self, id_: Id, series: LiveSeries, changes: Changes, former: HourNumber | None) -> None:
        """Add one series' result."""
        made, head = self._step, series.state()
        self._fed[id_] += 1
        closed = head.closed
        prune = (
            former is not None
            and closed is not None
            and former < closed
            and day_of_hour(former) < day_of_hour(closed)
        )
        made.rows.append(
            SeriesChanges(
                id_,
                self._fed[id_],
                head,
                changes.hour_rows,
                changes.day_rows,
                changes.month_rows,
                prune=prune,
            )
        )
        made.stale |= {(id_[0], day) for day in changes.recompute}
        made.statistics += changes.statistics
        if series.basis.cycle < MINUTE_MS:
            made.kept += self._thinned(id_, changes.statistics)
        else:
            made.kept += changes.statistics

    def _thinned(self, id_: Id, statistics: Sequence[Statistic]) -> Iterable[Statistic]:
        """All but the `1h` of a minute in which one was written."""
        written = self._written
        for one in statistics:
            if one.name == "1h":
                minute = to_ms(one.end) // MINUTE_MS
                last = written.get(id_)
                if last is not None and minute == to_ms(last) // MINUTE_MS and one.end > last:
                    continue
                written[id_] = one.end
            yield one

    def _derive(self, statistics: Iterable[Statistic]) -> None:
        """Add the indices and classes that the statistics move."""
        moved = self.indices.moved_by(statistics)
        self._step.assessments += moved.assessments
        self._step.stale |= moved.stale
