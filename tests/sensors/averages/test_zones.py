"""Zones and rivers: concentrations averaged over the sites of an hour first, the same live and in bulk."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.averages.bulk.frames import hourly_statistics
from sensors.averages.bulk.tables import hour_table, zone_hours
from sensors.averages.bulk.zone_points import judge, point_starts
from sensors.averages.config import config_of_zone
from sensors.averages.exact_sum import UNIT
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.zone_points import ZonePoints
from sensors.calendar import HOUR_MS, EpochMs, day_of, from_ms
from sensors.model import Statistic
from tests.support.feeds import Table, basis, frame_of, ms, stamp_of, table_of, table_of_frames
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


COUNTS_OF_FIVE = [
    pytest.param([30] * 5, {"day": True, "month": True, "year_to_date": True}, id="all"),
    pytest.param([30, 30, 30, 30, 0], {"day": True, "month": True, "year_to_date": True}, id="four of five"),
    pytest.param([30, 30, 30, 0, 0], {"day": False, "month": False, "year_to_date": False}, id="three"),
    pytest.param([30, 30, 30, 26, 0], {"day": False, "month": False, "year_to_date": False}, id="26 of 30"),
    pytest.param([30, 30, 30, 27, 0], {"day": False, "month": True, "year_to_date": True}, id="27 of 30"),
    pytest.param([30, 30, 30, 21, 0], {"day": False, "month": False, "year_to_date": False}, id="21 of 30"),
]


@pytest.mark.parametrize(("days", "expected"), COUNTS_OF_FIVE)
def test_a_zone_counts_with_four_of_five_sites_live_and_in_bulk(
    days: list[int], expected: dict[str, bool]
) -> None:
    """January 2024 by days of the sites, from the second on; the month of a site wants 27 of its 30."""
    first = ms("2024-01-02T00:00")
    zone = Zone(["pm25"] * 5)
    for day in range(30):
        for site, sent in enumerate(days):
            if day < sent:
                for hour in range(24):
                    zone.send(site, first + (24 * day + hour) * HOUR_MS, 10.0 + site)
        zone.advance()
    for site in range(3):
        zone.send(site, first + 30 * 24 * HOUR_MS, 10.0)
    zone.advance()

    live = {(row.name, row.start): row for row in zone.made.values()}
    valid = {
        "day": live["day", from_ms(first + 29 * 24 * HOUR_MS)],
        "month": live["month", from_ms(ms("2024-01-01T00:00"))],
        "year_to_date": live["year_to_date", from_ms(ms("2024-01-01T00:00"))],
    }
    assert {name: row.valid for name, row in valid.items()} == expected
    assert {row.n for name, row in valid.items() if name != "day"} == {30}
    assert zone.live() == zone.bulk()


@pytest.mark.parametrize("parameter", ["pm25", "o3"])
def test_points_are_the_same_live_and_in_bulk_however_late_the_sites_are(parameter: str) -> None:
    """Sites of their own pace: hours of each third of a day there or not, and each up to 20 hours late."""
    thirds = st.tuples(st.booleans(), st.integers(0, 20), st.integers(2, 8))

    @settings(max_examples=scaled(150), deadline=None)
    @given(st.lists(st.lists(thirds, min_size=9, max_size=9), min_size=2, max_size=5), st.booleans())
    def prove(sites: list[list[tuple[bool, int, int]]], silent_stay_open: bool) -> None:
        zone = Zone([parameter] * len(sites))
        for now in range(72 + 20):
            for site, third in enumerate(sites):
                for hour in range(max(now - 20, 0), min(now + 1, 72)):
                    there, late, length = third[hour // 8]
                    if there and hour % 8 < length and hour + late == now:
                        zone.send(site, START + (4 + hour) * HOUR_MS, 10.0 * (site + hour % 5))
            zone.advance()
        if not silent_stay_open:
            zone.advance(UNTIL)
        assert zone.live() == zone.bulk()

    prove()


def test_an_ozone_day_whose_hours_a_site_no_longer_holds_is_left_to_be_recomputed() -> None:
    """A series holds 48 hours: of the first day those of the site that came back after three are gone."""
    zone = Zone(["o3", "o3"])
    for hour in (*range(24), 24 * 4):
        zone.send(0, START + (4 + hour) * HOUR_MS, 50.0)
    zone.sites[0].changes()
    points = ZonePoints(zone.zone, zone.sites[:1], 2)
    first = day_of(EpochMs(START + 4 * HOUR_MS))

    assert not points.are_enough("o3_8h_max", first)
    assert points.unknown == {first}
    assert points.are_enough("day", first)  # one of two: a day's row is held for 400 days
    assert points.are_enough("8h", first)


class Zone:
    """A zone as the service advances it: its sites' hours as they come, what it says judged by its points."""

    def __init__(self, parameters: list[str]) -> None:
        [parameter] = set(parameters)
        self.basis = basis(basis="hour", label="start", parameter=parameter)
        self.sites = [LiveSeries(self.basis) for _ in parameters]
        self.sent: list[dict[EpochMs, float]] = [{} for _ in parameters]
        self.zone = LiveSeries(
            config_of_zone("zone-z", parameter, [self.basis] * len(parameters), o3_limit=160.0)
        )
        self.made: dict[tuple[str, object], Statistic] = {}
        self.closed: EpochMs | None = None  # the moment up to which the clock has closed every site

    def send(self, site: int, at: EpochMs, value: float) -> None:
        self.sent[site][at] = value
        self.sites[site].add(at, value)

    def advance(self, until: EpochMs | None = None) -> None:
        self.closed = until
        hours = [change for site in self.sites for change in site.changes(until).hours]
        reached = [site.until for site, sent in zip(self.sites, self.sent, strict=True) if sent]
        if not reached:
            return
        for change in hours:
            self.zone.follow_member(change)
        made = self.zone.changes(until or max(min(reached), max(reached) - HOUR_MS)).statistics
        begun = [site for site, sent in zip(self.sites, self.sent, strict=True) if sent]
        points = ZonePoints(self.zone, begun, len(self.sites))
        self.made |= {(one.name, stamp_of(one)): one for one in points.judge(made)}
        assert not points.unknown

    def live(self) -> Table:
        return {key: row for key, row in table_of(self.made.values()).items() if key[0] != "1h"}

    def bulk(self) -> Table:
        if not self.made:
            return {}
        until = from_ms(self.zone.until)
        clock = None if self.closed is None else until
        tables = [hour_table(frame_of(sent), self.basis, clock) for sent in self.sent if sent]
        made = hourly_statistics(zone_hours(tables, until), self.zone.basis)
        closed, of = self.zone.calendar_periods.closed, len(self.sites)
        points = point_starts([(self.basis, table) for table in tables], closed, of, longer=True)
        return table_of_frames(judge(made, points, "air"))
