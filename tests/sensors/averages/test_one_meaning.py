"""Streaming and bulk have one meaning, whatever the order, chunking, corrections and removals."""

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.averages.bulk.months import month_rows
from sensors.averages.bulk.tables import day_rows, day_table, hour_table
from sensors.averages.config import AveragingConfig
from sensors.calendar import HOUR_MS, EpochMs
from tests.support.feeds import SeriesPipeline, Table, basis, bulk, frame_of, ms
from tests.support.scale import scaled

DAY = 24 * HOUR_MS
NOON = ms("2019-07-30T12:00")
COMPETITION = replace(basis(basis="hour"), site="zone-competition")  # it has a target, and so an outlook
BASES = {
    "air, a place with a target": COMPETITION,
    "air, hourly means labelled at the end": basis(basis="hour"),
    "air, hourly means labelled at the start": basis(basis="hour", label="start"),
    "air, one moment an hour": basis(),
    "air, every 10 minutes": basis(cycle="10min"),
    "air, every 7 minutes": basis(cycle="7min"),
    "ozone, hourly means": basis(parameter="o3", basis="hour"),
    "water, every 4 hours": basis("water", "4h", "codmn"),
    "water, every 4 hours, pH": basis("water", "4h", "ph"),
    "water, every 20 minutes": basis("water", "20min", "do"),
    "water, hourly kind, labelled at the end": basis("water", "4h", "nh3n", basis="hour"),
}
EDGES = (
    "2019-07-30T00:00",
    "2020-12-30T12:00",
    "2015-12-31T00:00",
    "2016-02-28T12:00",
    "2016-12-30T20:00",
    "2017-02-27T23:00",
)

decimals = st.integers(0, 3)
values = st.one_of(
    st.builds(lambda whole, places: whole / 10**places, st.integers(0, 1400), decimals),
    st.floats(0, 1000, allow_nan=False),
)
ph_values = st.one_of(st.integers(0, 1400).map(lambda hundredths: hundredths / 100), st.floats(0, 14))


def same(live: Table, whole: Table) -> None:
    assert live.keys() == whole.keys()
    wrong = {key: (live[key], whole[key]) for key in whole if live[key] != whole[key]}
    assert not wrong


@st.composite
def histories(draw: st.DrawFn, of: AveragingConfig) -> list[list[tuple[EpochMs, float | None]]]:
    """Batches of readings around an edge of the calendar, in any order, some corrected or taken out."""
    start = ms(draw(st.sampled_from(EDGES)))
    step = min(of.cycle, 4 * HOUR_MS)
    slots = draw(st.lists(st.integers(0, 4 * DAY // step), min_size=1, max_size=60))
    jitter = draw(st.sampled_from([0, 0, 1, 61_000]))
    allowed = ph_values if of.parameter == "ph" else values
    changes = [
        (start + slot * step + jitter * (slot % 3), draw(st.one_of(allowed, allowed, allowed, st.none())))
        for slot in slots
    ]
    if draw(st.booleans()):
        changes.sort(key=lambda change: change[0])
    cuts = sorted(draw(st.lists(st.integers(0, len(changes)), max_size=8)))
    return [changes[a:b] for a, b in zip([0, *cuts], [*cuts, len(changes)], strict=True)]


@pytest.mark.parametrize("of", BASES.values(), ids=BASES.keys())
def test_any_order_and_chunking_with_corrections_and_removals(of: AveragingConfig) -> None:
    first, second, later_on = NOON, NOON + of.cycle, NOON + of.cycle + 3 * HOUR_MS
    corrected_after_a_restart = [[(first, 0.0)], [(first, 1.0)], [(second, 0.0)]]
    new_and_gone_after_a_restart = [[(first, 0.0)], [(first, 1.0), (second, 0.0), (second, None)]]
    corrected_behind_a_gap = [
        [(first, 0.0), (first, None), (second, 1.0), (later_on, 0.0), (later_on, 2.0)],
        [(later_on + of.cycle, 0.0)],
    ]
    late_after_a_restart = [[(second, 0.0)], [(first, 1.0)], [(second + of.cycle, 0.0)]]
    hour: list[tuple[EpochMs, float | None]] = [(NOON + at, 0.0) for at in range(0, HOUR_MS, of.cycle)]
    late_behind_what_was_withdrawn = [hour, [(later_on, 2.0)], [(later_on, None)], [(NOON + HOUR_MS, 4.0)]]

    @settings(max_examples=scaled(400), deadline=None)
    @given(histories(of), st.booleans(), st.sampled_from([0, 3 * HOUR_MS, 40 * DAY]))
    @example(batches=corrected_after_a_restart, restarts=True, later=0)
    @example(batches=new_and_gone_after_a_restart, restarts=True, later=0)
    @example(batches=corrected_behind_a_gap, restarts=False, later=0)
    @example(batches=late_after_a_restart, restarts=True, later=0)
    @example(batches=late_behind_what_was_withdrawn, restarts=False, later=0)
    def prove(batches: list[list[tuple[EpochMs, float | None]]], restarts: bool, later: int) -> None:
        pipeline = SeriesPipeline(of)
        for batch in batches:
            for at, value in batch:
                pipeline.take(at, value)
            pipeline.flush()
            if restarts:
                pipeline.restart()
        if not pipeline.raw:
            return
        until = pipeline.series.until + later
        pipeline.flush(until)
        same(pipeline.table(), bulk(pipeline.raw, of, until))

    prove()


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("of", "step"),
    [
        pytest.param(basis(basis="hour"), timedelta(hours=1), id="air, hourly"),
        pytest.param(COMPETITION, timedelta(hours=1), id="air, with a target"),
        pytest.param(basis("water", "12h", "codmn"), timedelta(hours=12), id="water, twice a day"),
        pytest.param(basis("water", "12h", "ph"), timedelta(hours=12), id="water, pH"),
    ],
)
def test_years_with_holes_and_late_days(of: AveragingConfig, step: timedelta) -> None:
    stride = step // timedelta(milliseconds=1)

    @settings(max_examples=scaled(30), deadline=None)
    @given(st.data())
    def prove(data: st.DataObject) -> None:
        months = data.draw(st.integers(1, 45))
        start = ms(
            data.draw(
                st.sampled_from(
                    ("2012-01-01T12:00", "2015-03-31T12:00", "2018-03-01T12:00", "2019-11-30T12:00")
                )
            )
        )
        holes = data.draw(st.lists(st.tuples(st.integers(0, months * 30), st.integers(1, 45)), max_size=4))
        seed = data.draw(st.integers(0, 10**6))
        pipeline = SeriesPipeline(of)
        for at in map(EpochMs, range(start, start + months * 30 * DAY, stride)):
            day = (at - start) // DAY
            if not any(first <= day < first + length for first, length in holes):
                pipeline.take(at, ((at // stride * 7919 + seed) % 130 + 1) / 10)
            if data.draw(st.booleans()) if at % (97 * DAY) < stride else False:
                pipeline.flush()
        pipeline.flush()
        for back in data.draw(st.lists(st.integers(0, 350), max_size=4)):
            at = start + months * 30 * DAY - back * DAY - stride
            pipeline.take(EpochMs(max(at, start) // stride * stride + start % stride), data.draw(values))
            pipeline.flush()
        if pipeline.raw:
            same(pipeline.table(), bulk(pipeline.raw, of, pipeline.series.until))

    prove()


@pytest.mark.parametrize("of", [basis(basis="hour"), basis("water", "12h", "codmn")], ids=["air", "water"])
def test_a_month_of_lost_days_comes_back_as_a_whole(of: AveragingConfig) -> None:
    start, step = ms("2024-01-01T06:00"), min(of.cycle, 12 * HOUR_MS)
    pipeline = SeriesPipeline(of)
    for at in map(EpochMs, range(start, start + 600 * DAY, step)):
        pipeline.take(at, (at // step % 900) / 10)
    pipeline.flush()
    old = start + 10 * DAY
    pipeline.take(old, 999.0)
    changes = pipeline.series.changes()
    assert len(changes.recompute) == 1
    assert changes.statistics == []

    table = day_table(hour_table(frame_of(pipeline.raw), of))
    row = next(row for row in day_rows(table) if row.day == changes.recompute[0])
    assert not pipeline.series.calendar_periods.put_day(row)
    month = next(month for month in month_rows(table, of) if month.month == 2024 * 12)
    pipeline.series.calendar_periods.put_month(month)
    pipeline.flush()

    whole = bulk(pipeline.raw, of)
    longer = {key for key in whole if key[0] in {"month", "year", "year_to_date", "12month", "36month"}}
    assert {key: pipeline.table()[key] for key in longer} == {key: whole[key] for key in longer}
