"""Zones and rivers: concentrations averaged over the sites of an hour first, the same live and in bulk."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.averages.bulk.frames import hourly_statistics
from sensors.averages.bulk.tables import hour_table, zone_hours
from sensors.averages.config import config_of_zone
from sensors.averages.exact_sum import UNIT
from sensors.averages.live.series import LiveSeries
from sensors.calendar import HOUR_MS, from_ms
from sensors.standards import completeness
from tests.support.feeds import basis, frame_of, ms, table_of, table_of_frames
from tests.support.scale import scaled

START = ms("2023-12-30T20:00")
UNTIL = START + 80 * HOUR_MS
KINDS = {
    "air, hourly": basis(basis="hour", label="start"),
    "air, every 15 minutes": basis(cycle="15min"),
    "ozone": basis(parameter="o3", basis="hour"),
    "river, every 4 hours": basis("water", "4h", "nh3n"),
    "river, pH": basis("water", "4h", "ph"),
}
values = st.integers(0, 1400).map(lambda hundredths: hundredths / 100)


@pytest.mark.parametrize("of", KINDS.values(), ids=KINDS.keys())
def test_live_and_bulk_agree_whatever_is_missing(of: object) -> None:
    assert isinstance(of, type(basis()))
    member = of
    zone = config_of_zone("zone-z", member.parameter, [member] * 3, o3_limit=160.0)
    step = min(member.cycle, 4 * HOUR_MS)
    slots = st.dictionaries(st.integers(0, 76 * HOUR_MS // step), values, max_size=60)

    @settings(max_examples=scaled(200), deadline=None)
    @given(st.lists(slots, min_size=3, max_size=3), st.integers(1, 40))
    def prove(sites: list[dict[int, float]], batch: int) -> None:
        raw = [{START + slot * step: value for slot, value in sorted(site.items())} for site in sites]
        live, series = [], LiveSeries(zone)
        for readings in raw:
            one = LiveSeries(member)
            for count, (at, value) in enumerate(readings.items()):
                one.add(at, value)
                if count % batch == 0:
                    for change in one.changes().hours:
                        series.follow_member(change)
            for change in one.changes(UNTIL).hours:
                series.follow_member(change)
        live = series.changes(UNTIL).statistics

        tables = {str(k): hour_table(frame_of(r), member, from_ms(UNTIL)) for k, r in enumerate(raw)}
        bulk = table_of_frames(hourly_statistics(zone_hours(tables.values(), from_ms(UNTIL)), zone))
        assert {key: row for key, row in table_of(live).items() if key[0] != "1h"} == bulk

    prove()


def test_a_missing_site_is_left_out_of_its_hour() -> None:
    member = basis(basis="hour", label="start")
    zone = config_of_zone("zone-z", "pm25", [member, member])
    one, two, together = LiveSeries(member), LiveSeries(member), LiveSeries(zone)
    for hour in range(24):
        one.add(START + hour * HOUR_MS, 10.0)
        if hour < 12:
            two.add(START + hour * HOUR_MS, 40.0)
    for series in (one, two):
        for change in series.changes().hours:
            together.follow_member(change)

    made = {(row.name, row.end): row for row in together.changes(START + 24 * HOUR_MS).statistics}
    window = made["24h", from_ms(START + 24 * HOUR_MS)]

    assert window.value == pytest.approx(float(Fraction(12 * 25 + 12 * 10, 24)))
    assert made["1h", from_ms(START + 12 * HOUR_MS)].n == 2
    assert made["1h", from_ms(START + 13 * HOUR_MS)].n == 1
    assert together.hours.means[max(together.hours.means)] == 10 * UNIT


def test_a_day_of_one_site_of_five_is_valid_in_the_store_and_not_in_a_report() -> None:
    """What boards and rules rest on: a zone has a day with the hours of one site; a report asks for four."""
    member = basis(basis="hour", label="start")
    one, together = LiveSeries(member), LiveSeries(config_of_zone("zone-z", "pm25", [member] * 5))
    for hour in range(30):
        one.add(START + hour * HOUR_MS, 10.0)
    for change in one.changes().hours:
        together.follow_member(change)

    [day] = [
        row
        for row in together.changes(START + 30 * HOUR_MS).statistics
        if row.name == "day" and row.end == from_ms(START + 28 * HOUR_MS)
    ]

    assert (day.n, day.expected, day.valid, day.closed) == (24, 24, True, True)
    assert not completeness.rules()["air", "zone_points"].enough_points(1, 5)
