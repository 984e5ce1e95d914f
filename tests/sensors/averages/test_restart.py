"""A series goes on from its head and rows; at any moment of any stream it does so in test_one_meaning.py."""

from sensors.averages.exact import UNIT
from sensors.averages.periods import hour_of
from sensors.averages.rows import HourSum
from sensors.averages.streaming import Series
from tests.sensors.averages.feeding import basis, ms

MINUTE_MS = 60_000


def test_hours_that_are_not_over_are_in_the_head_and_no_row_is_written_for_them() -> None:
    series = Series(basis(cycle="1min"))
    start = ms("2026-11-22T08:00")
    rows = []
    for minute in range(90):
        series.add(start + minute * MINUTE_MS, 10.0)
        rows += series.changes().hour_rows

    assert [(row.hour, row.n, row.total) for row in rows] == [(hour_of(start), 60, 600 * UNIT)]
    assert series.head().open == ((hour_of(start) + 1, 30, 300 * UNIT),)


def test_an_open_hour_of_the_head_goes_before_the_row_of_an_older_build() -> None:
    """Before journal version 6 each batch wrote a row for the open hour; it is there until the hour ends."""
    series = Series(basis(cycle="1min"))
    start = ms("2026-11-22T08:00")
    for minute in range(30):
        series.add(start + minute * MINUTE_MS, 10.0)
    series.changes()
    stale = HourSum(hour_of(start), 2, 20 * UNIT)

    again = Series(series.basis)
    again.restore(series.head(), [stale], [], [])
    for minute in range(30, 61):
        again.add(start + minute * MINUTE_MS, 10.0)
    (row,) = again.changes().hour_rows

    assert (row.n, row.total) == (60, 600 * UNIT)


def test_a_head_of_an_older_build_goes_on_from_the_row() -> None:
    series = Series(basis(cycle="1min"))
    start = ms("2026-11-22T08:00")
    for minute in range(30):
        series.add(start + minute * MINUTE_MS, 10.0)
    series.changes()
    head = series.head()
    (hour, n, _), older = head.open[0], type(head)(head.until, head.closed, head.recent)

    again = Series(series.basis)
    again.restore(older, [HourSum(hour, n, 300 * UNIT)], [], [])
    for minute in range(30, 61):
        again.add(start + minute * MINUTE_MS, 10.0)
    (row,) = again.changes().hour_rows

    assert (row.n, row.total) == (60, 600 * UNIT)
