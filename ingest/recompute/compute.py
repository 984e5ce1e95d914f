"""Computes a plan's result: raw readings from the store, derived series from them; nothing is written."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.recompute import derived_series
from ingest.recompute.alert_replay import PlaceView, feed, withdraw_exceedances
from ingest.recompute.model import (
    AlertReplay,
    RecomputedSeries,
    RecomputePlan,
    RecomputeResult,
    ReplaysOf,
)
from ingest.recompute.plan_reader import PlanReader
from ingest.recompute.series_input import SeriesInput
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.points import PointBuilder
from ingest.statistics.samples import HELD
from ingest.stores.base import Store
from sensors.averages.bulk.months import month_rows
from sensors.averages.bulk.tables import DayTable, day_rows, day_table
from sensors.averages.live.calendar_periods import KEPT_DAYS
from sensors.averages.live.state import MonthMean
from sensors.calendar import (
    DayNumber,
    EpochMs,
    MonthNumber,
    day_of,
    first_day,
    from_ms,
    month_of,
)
from sensors.catalogue.model import Catalogue

if TYPE_CHECKING:
    from ingest.statistics.assessment import Assessment
    from sensors.model import Statistic


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
    reader = PlanReader(plan, catalogue, store)
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
        assessments += list(reader.withdrawn_classes(assessments))
        newest = {at: samples[at] for at in list(samples)[-HELD:]}
    made = BatchResult(statistics, stored=statistics, assessments=assessments)
    replays: Sequence[AlertReplay] = ()
    if replays_of is not None and not plan.whole:
        replays = replays_of(connection, plan.place.id, plan.series.keys(), from_ms(plan.days.start))
        _feed_all(replays, plan, reader.place_view(made.all_statistics()), connection)
    return RecomputeResult(
        plan.place.id, plan.days, series, made.entries(PointBuilder(catalogue.places)), plan.requests,
        plan.whole, newest, replays, reader.standing_classes(),
    )  # fmt: skip


def _feed_all(
    replays: Sequence[AlertReplay], plan: RecomputePlan, view: PlaceView, connection: sqlite3.Connection
) -> None:
    """Evaluate the days again; what of them the store has and nothing bears out any more is withdrawn."""
    for replay in replays:
        feed(replay, plan, view, connection)
        withdraw_exceedances(replay, view)


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
        kind=one.basis.kind,
    )


def _month_rows(plan: RecomputePlan, table: DayTable, one: SeriesInput, held: MonthNumber) -> list[MonthMean]:
    first, last = month_of(plan.days.first), month_of(plan.days.past - 1)
    rows = (row for row in month_rows(table, one.basis) if row.month < held)
    return [row for row in rows if plan.whole or first <= row.month <= last]
