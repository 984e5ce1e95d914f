"""A series goes on from its head and rows; at any moment of any stream it does so in test_one_meaning.py."""

import pytest
from msgspec import structs

from sensors.averages.exact_sum import UNIT
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import HourSum
from sensors.calendar import hour_of
from tests.support.feeds import basis, ms

MINUTE_MS = 60_000


def test_hours_that_are_not_over_have_no_row() -> None:
    """They are in the state of the series only."""
    series = LiveSeries(basis(cycle="1min"))
    start = ms("2026-11-22T08:00")
    rows = []
    for minute in range(90):
        series.add(start + minute * MINUTE_MS, 10.0)
        rows += series.changes().hour_rows

    assert [(row.hour, row.n, row.total) for row in rows] == [(hour_of(start), 60, 600 * UNIT)]
    assert series.state().open == ((hour_of(start) + 1, 30, 300 * UNIT),)


@pytest.mark.parametrize(
    ("knows", "n"),
    [
        pytest.param(True, 2, id="the head's open hour goes before a row that an older build left"),
        pytest.param(False, 30, id="the head of an older build knows none: the row is the hour"),
    ],
)
def test_a_series_goes_on_in_an_open_hour(knows: bool, n: int) -> None:
    """Before journal version 6 each batch wrote a row for the open hour; it is there until the hour ends."""
    series = LiveSeries(basis(cycle="1min"))
    start = ms("2026-11-22T08:00")
    for minute in range(30):
        series.add(start + minute * MINUTE_MS, 10.0)
    series.changes()
    head = series.state() if knows else structs.replace(series.state(), open=())

    again = LiveSeries(series.basis)
    again.restore(head, [HourSum(hour_of(start), n, n * 10 * UNIT)], [], [])
    for minute in range(30, 61):
        again.add(start + minute * MINUTE_MS, 10.0)
    (row,) = again.changes().hour_rows

    assert (row.n, row.total) == (60, 600 * UNIT)
