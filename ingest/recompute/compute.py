"""Computes a plan's result: raw readings from the store, derived series from them; nothing is written."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from ingest.marks import all_marks
from ingest.recompute import derived_series
from ingest.recompute.alert_replay import PlaceView, replay_alerts
from ingest.recompute.derived_series import SeriesInput
from ingest.recompute.model import (
    AlertReplay,
    DayRange,
    RecomputedSeries,
    RecomputePlan,
    RecomputeResult,
    ReplayAlerts,
)
from ingest.statistics import points
from ingest.statistics.assessment import Assessment, withdrawn_index
from ingest.statistics.places import Places
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import HELD
from ingest.stores.base import Store
from sensors.averages.bulk.months import month_rows
from sensors.averages.bulk.tables import DayTable, day_table
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import divide
from sensors.averages.live.calendar_periods import HELD_DAYS, HELD_MONTHS
from sensors.averages.live.state import DayMean, MonthMean
from sensors.calendar import (
    DAY_MS,
    HOUR_MS,
    MONTHS_A_YEAR,
    DayNumber,
    EpochMs,
    MonthNumber,
    day_of,
    first_day,
    from_ms,
    month_of,
    to_ms,
)
from sensors.marks import apply_marks, effective_marks
from sensors.model import Kind, Statistic
from sensors.standards.statistics import BELOW_MONTH, INDEXED

if TYPE_CHECKING:
    from ingest.journal.entries import DerivedEntry

LONGEST = 3 * MONTHS_A_YEAR  # months that the longest window holds
_MINUTE = timedelta(minutes=1)


def compute(
    plan: RecomputePlan,
    places: Places,
    store: Store,
    connection: sqlite3.Connection,
    rules: ReplayAlerts | None = None,
) -> RecomputeResult:
    """Compute a plan's days from what the store holds, and replay them through the `rules`.

    A new journal has nothing to correct: its register begins with it.

    Raises:
        StoreAway: the store does not answer.
    """
    reader = _Reader(plan, places, store)
    series: list[RecomputedSeries] = []
    made: list[Statistic] = []
    inputs: dict[str, SeriesInput] = {}
    for parameter in sorted(plan.series):
        one = reader.input(parameter)
        if one is None:
            continue
        inputs[parameter] = one
        far = plan.whole or reader.is_far(parameter)
        made += derived_series.statistics(one, plan.days, far=far)
        series.append(_rows(plan, parameter, one, far=far))
    made += reader.vanished(made, inputs)
    assessed: list[Assessment] = []
    newest: Mapping[EpochMs, dict[str, float]] = {}
    if plan.place.medium == "air":
        assessed += derived_series.indices(plan.place, inputs, made, plan.days)
        assessed += list(reader.withdrawn(assessed))
    else:
        samples = derived_series.samples(reader.samples, plan.days)
        assessed += derived_series.sample_classes(plan.place, samples)
        assessed += derived_series.period_classes(plan.place, made)
        newest = {at: samples[at] for at in list(samples)[-HELD:]}
    again: Sequence[AlertReplay] = ()
    if rules is not None and not plan.whole:
        again = rules(connection, plan.place.id, plan.series.keys(), from_ms(plan.days.start))
        as_it_is = reader.as_it_is([*made, *(one.statistic for one in assessed)])
        for each in again:
            replay_alerts(each, plan, as_it_is, connection)
    points_ = PointBuilder(places)
    derived: list[DerivedEntry] = [*map(points_.statistic, made), *map(points_.assessment, assessed)]
    return RecomputeResult(plan.place.id, plan.days, series, derived, plan.rows, plan.whole, newest, again)


class _Reader:
    """Reads a plan's series, each as far as its days need it."""

    def __init__(self, plan: RecomputePlan, places: Places, store: Store) -> None:
        self._plan = plan
        self._places = places
        self._store = store
        self._marks = effective_marks(all_marks(store))
        self.samples: dict[str, pd.DataFrame] = {}  # a section's readings of the days

    def is_far(self, parameter: str) -> bool:
        """Whether the days are older than those live series hold."""
        return month_of(self._plan.days.first) < month_of(
            max(self._newest(parameter) - HELD_DAYS, DayNumber(0))
        )

    def input(self, parameter: str) -> SeriesInput | None:
        """One series of the place; None where it has no mean."""
        plan, places = self._plan, self._places
        days, until = plan.days, plan.series[parameter].until
        basis = places.basis(plan.place.id, parameter, days.past - 1)
        if basis is None:
            return None
        if plan.place.is_site:
            raw = self._raw(plan.place.id, parameter, basis.kind, parameter)
            if plan.place.medium == "water":
                self.samples[parameter] = raw[: from_ms(days.end)]
            return derived_series.from_readings(raw, basis, until, days)
        members = {}
        for site in places.members(plan.place, parameter):
            of = places.basis(site.id, parameter, days.past - 1)
            if of is not None and (site.id, parameter) in plan.members:
                raw = self._raw(site.id, parameter, of.kind, parameter)
                members[site.id] = derived_series.from_readings(
                    raw, of, plan.members[site.id, parameter], days
                )
        return derived_series.from_members(members, basis, until)

    def vanished(self, made: list[Statistic], inputs: Mapping[str, SeriesInput]) -> Iterator[Statistic]:
        """What the store holds of the days and is no more: written again, with `n` = 0 and no value."""
        there = {(one.parameter, one.name, points.stamp_of(one)) for one in made}
        days = self._plan.days
        for parameter, one in inputs.items():
            for kind in BELOW_MONTH:
                name, width = kind.id, kind.span // timedelta(milliseconds=1)
                ahead = (DAY_MS if width > HOUR_MS else HOUR_MS) if kind.family == "rolling" else 0
                found = self._store.statistics(
                    self._plan.place.id,
                    parameter,
                    name,
                    from_ms(days.start + (ahead > HOUR_MS)),
                    from_ms(days.end + (ahead and ahead + 1)),
                )
                for time in found.index[(found["n"] > 0).to_numpy()]:
                    stamp = time.to_pydatetime()
                    if (parameter, name, stamp) not in there:
                        ms = to_ms(stamp)
                        start, end = (ms - width, ms) if ahead else (ms, ms + width)
                        yield Statistic(
                            self._plan.place.id,
                            parameter,
                            name,
                            from_ms(start),
                            from_ms(end),
                            None,
                            0,
                            int(found["expected"][time]),
                            valid=False,
                            closed=end <= one.until,
                        )

    def withdrawn(self, made: Sequence[Assessment]) -> Iterator[Assessment]:
        """The indices that the store holds of the days and that may not be published any more."""
        days, place = self._plan.days, self._plan.place.id
        after_hour = timedelta(milliseconds=1)  # stamped with its end
        for kind in INDEXED:
            name, span = kind.id, (from_ms(days.start), from_ms(days.end))
            if kind.stamped == "end":
                span = span[0] + after_hour, from_ms(days.end + DAY_MS) + after_hour
            there = {points.stamp_of(one.statistic) for one in made if one.statistic.name == name}
            found = self._store.points("aqi", *span, {"site": place, "statistic": name})
            times = pd.DatetimeIndex(found.index).as_unit("ms").asi8.tolist()
            for ms, value, level in zip(times, found["aqi"], found["level"], strict=True):
                if level > 0 and (stamp := from_ms(EpochMs(ms))) not in there:
                    yield withdrawn_index(place, name, value, stamp)

    def as_it_is(self, made: Sequence[Statistic]) -> PlaceView:
        """The place for the rules, with the recomputed days."""
        place, site = self._plan.place.id, self._places.sites.get(self._plan.place.id)
        kind, cycle = (site.basis, site.cycle) if site is not None else ("hour", timedelta(hours=1))
        bases = {} if cycle >= _MINUTE else self._bases()
        return PlaceView(place, kind, cycle, self._store, self._marks, made, bases)

    def _bases(self) -> dict[str, AveragingConfig]:
        place, day = self._plan.place.id, self._plan.days.past - 1
        found = ((parameter, self._places.basis(place, parameter, day)) for parameter in self._plan.series)
        return {parameter: basis for parameter, basis in found if basis is not None}

    def _raw(self, site: str, parameter: str, kind: Kind, of: str) -> pd.DataFrame:
        span = self._span(of)
        raw = self._store.readings(site, parameter, from_ms(span.start), from_ms(span.end), kind)
        return apply_marks(raw, [mark for mark in self._marks if mark.concerns(site, parameter)])

    def _span(self, parameter: str) -> DayRange:
        """The days whose readings are needed: a day each side, or what the longest windows hold."""
        days, newest = self._plan.days, self._newest(parameter)
        if self._plan.whole:
            return DayRange(first_day(month_of(newest) - HELD_MONTHS), newest + 2)
        if not self.is_far(parameter):
            return days.widened(1, 2)
        past = first_day(month_of(days.past - 1) + LONGEST + 1)
        return DayRange(
            first_day(month_of(days.first) - LONGEST + 1), max(min(past, newest + 2), days.past + 2)
        )

    def _newest(self, parameter: str) -> DayNumber:
        return day_of(self._plan.series[parameter].until)


def _rows(plan: RecomputePlan, parameter: str, one: SeriesInput, *, far: bool) -> RecomputedSeries:
    """What live series take in: days as far as they hold them, months beyond."""
    known = plan.series[parameter]
    table = day_table(one.hours)
    closed = day_of(one.until)
    held = month_of(max(closed - HELD_DAYS, DayNumber(0)))
    first = first_day(held) if plan.whole else max(plan.days.first, first_day(held))
    return RecomputedSeries(
        parameter=parameter,
        version=known.version,
        until=one.until,
        hours=one.sums,
        days={row.day: row for row in _day_rows(table) if first <= row.day < plan.days.past},
        months=_months(plan, table, one, held) if far else [],
        recent=one.recent,
    )


def _day_rows(table: DayTable) -> Iterator[DayMean]:
    """As `tables.day_rows`, the open day too."""
    rows = zip(table.day.tolist(), table.n.tolist(), table.total.numbers.tolist(), strict=True)
    return (DayMean(day, n, divide(number, table.total.over)) for day, n, number in rows)


def _months(plan: RecomputePlan, table: DayTable, one: SeriesInput, held: MonthNumber) -> list[MonthMean]:
    first, last = month_of(plan.days.first), month_of(plan.days.past - 1)
    return [
        row
        for row in month_rows(table, one.basis)
        if row.month < held and (plan.whole or first <= row.month <= last)
    ]
