"""Computes a plan's result: raw readings from the store, derived series from them; nothing is written."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pandas as pd

from ingest.marks import all_marks
from ingest.recompute import derived_series
from ingest.recompute.alert_replay import PlaceView, feed, times_of
from ingest.recompute.derived_series import SeriesInput
from ingest.recompute.model import (
    AlertReplay,
    DayRange,
    RecomputedSeries,
    RecomputePlan,
    RecomputeResult,
    ReplaysOf,
)
from ingest.statistics import points
from ingest.statistics.assessment import Assessment, withdrawn_index
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import HELD
from ingest.statistics.series_config import config_on, members_of
from ingest.stores.base import Store
from sensors.averages.bulk.months import month_rows
from sensors.averages.bulk.tables import DayTable, day_rows, day_table
from sensors.averages.config import AveragingConfig
from sensors.averages.live.calendar_periods import KEPT_DAYS, KEPT_MONTHS
from sensors.averages.live.state import MonthMean
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
from sensors.catalogue.model import Catalogue
from sensors.marks import apply_marks, effective_marks
from sensors.model import Kind, Statistic
from sensors.standards.statistics import BELOW_MONTH, INDEXED, ROLLING_1H_STORED_MS, StatisticKind

LONGEST = 3 * MONTHS_A_YEAR  # months in the longest window
_HOUR, _MOMENT = timedelta(hours=1), timedelta(milliseconds=1)


def compute(
    plan: RecomputePlan,
    catalogue: Catalogue,
    store: Store,
    connection: sqlite3.Connection,
    replays_of: ReplaysOf | None = None,
) -> RecomputeResult:
    """Compute a plan's days from what the store holds, and replay the alerts of these days.

    A new journal has nothing to correct: its register begins with it.

    Raises:
        StoreAway: the store does not answer.
    """
    reader = _Reader(plan, catalogue, store)
    series: list[RecomputedSeries] = []
    statistics: list[Statistic] = []
    inputs: dict[str, SeriesInput] = {}
    for parameter in sorted(plan.series):
        one = reader.input(parameter)
        if one is None:
            continue
        inputs[parameter] = one
        far = plan.whole or reader.is_far(parameter)
        statistics += derived_series.statistics(one, plan.days, far=far)
        series.append(_recomputed(plan, parameter, one, far=far))
    statistics += reader.removed_statistics(statistics, inputs)
    assessments: list[Assessment] = []
    newest: Mapping[EpochMs, dict[str, float]] = {}
    if plan.place.medium == "air":
        assessments += derived_series.indices(plan.place, inputs, statistics, plan.days)
        assessments += list(reader.withdrawn_indices(assessments))
    else:
        samples = derived_series.samples(reader.samples, plan.days)
        assessments += derived_series.sample_classes(plan.place, samples)
        assessments += derived_series.period_classes(plan.place, statistics)
        newest = {at: samples[at] for at in list(samples)[-HELD:]}
    replays: Sequence[AlertReplay] = ()
    if replays_of is not None and not plan.whole:
        replays = replays_of(connection, plan.place.id, plan.series.keys(), from_ms(plan.days.start))
        view = reader.place_view([*statistics, *(one.statistic for one in assessments)])
        for replay in replays:
            feed(replay, plan, view, connection)
    made = BatchResult(stored=statistics, assessments=assessments)
    derived = made.entries(PointBuilder(catalogue.places))
    return RecomputeResult(
        plan.place.id, plan.days, series, derived, plan.requests, plan.whole, newest, replays
    )


class _Reader:
    """Reads a plan's series, each as far as its days need it."""

    def __init__(self, plan: RecomputePlan, catalogue: Catalogue, store: Store) -> None:
        self._plan = plan
        self._place = plan.place.id
        self._catalogue = catalogue
        self._store = store
        self._marks = effective_marks(all_marks(store))
        self.samples: dict[str, pd.DataFrame] = {}  # a section's readings of the days

    def is_far(self, parameter: str) -> bool:
        """Whether the days are older than those live series hold."""
        return month_of(self._plan.days.first) < month_of(
            max(self._newest(parameter) - KEPT_DAYS, DayNumber(0))
        )

    def input(self, parameter: str) -> SeriesInput | None:
        """One series of the place; None where it has no mean."""
        plan, days = self._plan, self._plan.days
        until, basis = plan.series[parameter].until, self._config(self._place, parameter)
        if basis is None:
            return None
        if plan.place.is_site:
            raw = self._raw(self._place, parameter, basis.kind)
            if plan.place.medium == "water":
                self.samples[parameter] = raw[: from_ms(days.end)]
            return derived_series.from_readings(raw, basis, until, days)
        members = {}
        for site in members_of(self._catalogue, plan.place, parameter):
            of_site = self._config(site.id, parameter)
            closed = plan.members.get((site.id, parameter))
            if of_site is not None and closed is not None:
                raw = self._raw(site.id, parameter, of_site.kind)
                members[site.id] = derived_series.from_readings(raw, of_site, closed, days)
        return derived_series.from_members(members, basis, until)

    def removed_statistics(
        self, computed: Sequence[Statistic], inputs: Mapping[str, SeriesInput]
    ) -> Iterator[Statistic]:
        """Those that the store holds of the days and that have no input now: `n` = 0 and no value."""
        there = {(one.parameter, one.name, points.stamp_of(one)) for one in computed}
        for parameter, one in inputs.items():
            for kind in BELOW_MONTH:
                series = self._place, parameter, kind.id
                for stamp, expected in self._stored(parameter, kind):
                    if (parameter, kind.id, stamp) in there:
                        continue
                    start = stamp - kind.span if kind.family == "rolling" else stamp
                    end = start + kind.span
                    closed = to_ms(end) <= one.until
                    yield Statistic(*series, start, end, None, 0, expected, valid=False, closed=closed)

    def withdrawn_indices(self, computed: Sequence[Assessment]) -> Iterator[Assessment]:
        """The indices that the store holds of the days and that may not be published any more."""
        days = self._plan.days
        for kind in INDEXED:
            start, end = from_ms(days.start), from_ms(days.end)
            if kind.stamped == "end":
                start, end = start + _MOMENT, from_ms(days.end + DAY_MS) + _MOMENT
            there = {points.stamp_of(one.statistic) for one in computed if one.statistic.name == kind.id}
            found = self._store.points("aqi", start, end, {"site": self._place, "statistic": kind.id})
            for stamp, value, level in zip(times_of(found.index), found["aqi"], found["level"], strict=True):
                if level > 0 and stamp not in there:
                    yield withdrawn_index(self._place, kind.id, value, stamp)

    def place_view(self, computed: Sequence[Statistic]) -> PlaceView:
        """The place for the rules, with the recomputed days."""
        site = self._catalogue.sites.get(self._place)
        kind, cycle = (site.basis, site.cycle) if site is not None else ("hour", _HOUR)
        bases: dict[str, AveragingConfig] = {}
        if cycle < timedelta(milliseconds=ROLLING_1H_STORED_MS):
            found = {parameter: self._config(self._place, parameter) for parameter in self._plan.series}
            bases = {parameter: basis for parameter, basis in found.items() if basis is not None}
        return PlaceView(self._place, kind, cycle, self._store, self._marks, computed, bases)

    def _config(self, place: str, parameter: str) -> AveragingConfig | None:
        return config_on(self._catalogue, place, parameter, self._plan.days.past - 1)

    def _stored(self, parameter: str, kind: StatisticKind) -> Iterator[tuple[datetime, int]]:
        """Stamp and expected count of the stored statistics of the days that have input."""
        days = self._plan.days
        start, end = from_ms(days.start), from_ms(days.end)
        if kind.family == "rolling":
            if kind.span > _HOUR:
                start, end = start + _MOMENT, from_ms(days.end + DAY_MS) + _MOMENT
            else:
                end = from_ms(days.end + HOUR_MS) + _MOMENT
        found = self._store.statistics(self._place, parameter, kind.id, start, end)
        found = found[(found["n"] > 0).to_numpy()]
        return zip(times_of(found.index), found["expected"].astype(int).tolist(), strict=True)

    def _raw(self, site: str, parameter: str, kind: Kind) -> pd.DataFrame:
        days = self._days_to_read(parameter)
        raw = self._store.readings(site, parameter, from_ms(days.start), from_ms(days.end), kind)
        return apply_marks(raw, [mark for mark in self._marks if mark.concerns(site, parameter)])

    def _days_to_read(self, parameter: str) -> DayRange:
        """The days whose readings are needed: a day each side, or what the longest windows hold."""
        days, newest = self._plan.days, self._newest(parameter)
        if self._plan.whole:
            return DayRange(first_day(month_of(newest) - KEPT_MONTHS), newest + 2)
        if not self.is_far(parameter):
            return days.widened(1, 2)
        past = first_day(month_of(days.past - 1) + LONGEST + 1)
        return DayRange(
            first_day(month_of(days.first) - LONGEST + 1), max(min(past, newest + 2), days.past + 2)
        )

    def _newest(self, parameter: str) -> DayNumber:
        return day_of(self._plan.series[parameter].until)


def _recomputed(plan: RecomputePlan, parameter: str, one: SeriesInput, *, far: bool) -> RecomputedSeries:
    """The rows for the live series: days as far as it holds them, months beyond."""
    table = day_table(one.hours)
    closed = day_of(one.until)
    held = month_of(max(closed - KEPT_DAYS, DayNumber(0)))
    first = first_day(held) if plan.whole else max(plan.days.first, first_day(held))
    return RecomputedSeries(
        parameter=parameter,
        version=plan.series[parameter].version,
        until=one.until,
        hours=one.sums,
        days={row.day: row for row in day_rows(table._replace(until=plan.days.past)) if first <= row.day},
        months=_month_rows(plan, table, one, held) if far else [],
        recent=one.recent,
    )


def _month_rows(plan: RecomputePlan, table: DayTable, one: SeriesInput, held: MonthNumber) -> list[MonthMean]:
    first, last = month_of(plan.days.first), month_of(plan.days.past - 1)
    rows = (row for row in month_rows(table, one.basis) if row.month < held)
    return [row for row in rows if plan.whole or first <= row.month <= last]
