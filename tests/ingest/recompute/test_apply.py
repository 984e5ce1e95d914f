"""A series whose days were computed from raw goes on as if it had seen those readings itself."""

from ingest.recompute.apply import rebuild
from ingest.recompute.model import DayRange, RecomputedSeries
from ingest.recompute.series_input import from_kinds
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.live.series import LiveSeries
from sensors.calendar import day_of
from sensors.model import Statistic
from tests.support.feeds import basis, bulk, frame_of, ms, table_with_empty

TEN_MINUTES = 600_000
EIGHT = ms("2019-07-30T08:00")


def test_readings_that_are_newer_in_the_store_are_not_taken_for_new() -> None:
    """A new journal has heard 08:00 alone; the store holds 06:00 to 10:00, and then 08:05 and 10:10 come."""
    of = basis(cycle="10min")
    held = {EIGHT + k * TEN_MINUTES: 10.0 for k in range(-12, 13)}
    series = LiveSeries(of)
    series.add(EIGHT, 10.0)
    series.changes()
    day = day_of(EIGHT)
    kinds = SeriesKinds([KindReadings(of, frame_of(held))])
    raw = from_kinds(kinds, EIGHT, DayRange(day, day + 1))
    answer = RecomputedSeries("pm25", 0, EIGHT, raw.sums, {}, [], raw.recent, of.kind)

    series_again = rebuild(series, of, DayRange(day, day + 1), answer)

    moved: list[Statistic] = []
    for at, value in ((EIGHT + TEN_MINUTES // 2, 70.0), (EIGHT + 13 * TEN_MINUTES, 40.0)):
        held[at] = value
        series_again.add(at, value)
        moved += series_again.changes().statistics
    hours = {key: row for key, row in table_with_empty(moved).items() if key[0] == "1h"}
    whole = bulk(held, of)
    assert hours
    assert hours == {key: whole[key] for key in hours}
