"""A wider zone of stored daily means is what one service computes of the same stations as one zone."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.averages.bulk.frames import hourly_statistics
from sensors.averages.bulk.tables import Numbers, hour_table, zone_hours
from sensors.averages.bulk.wider_zones import Member, StoredDays, exact_means, wider_zone_frames
from sensors.averages.bulk.zone_points import judge, point_starts
from sensors.averages.config import AveragingConfig, config_of_wider_zone, config_of_zone
from sensors.averages.exact_sum import mean
from sensors.calendar import DAY_MS, HOUR_MS, OFFSET_MS, EpochMs, day_of, from_ms
from sensors.model import StatisticName
from tests.support.feeds import Table, basis, frame_of, ms, table_of_frames
from tests.support.scale import scaled

START = ms("2023-12-20T00:00")
DAYS = 45
UNTIL = EpochMs(START + DAYS * DAY_MS)
SITES = 5
ABOVE_DAY: tuple[StatisticName, ...] = ("month", "year_to_date", "year", "12month", "36month")
CYCLES = {"an hour": basis(basis="hour", label="start"), "15 minutes": basis(cycle="15min")}

values = st.integers(0, 1400).map(lambda hundredths: hundredths / 100)
absent = st.lists(st.frozensets(st.integers(0, DAYS - 1)), min_size=SITES, max_size=SITES)
few = st.lists(values, min_size=7, max_size=31)


@pytest.mark.parametrize("site", CYCLES.values(), ids=CYCLES)
def test_it_is_bit_for_bit_the_zone_of_one_service_where_days_are_whole(site: AveragingConfig) -> None:
    """Whatever days of whatever station are missing; a station's day is whole or not there."""

    @settings(max_examples=scaled(20), deadline=None)
    @given(few, absent)
    def prove(levels: list[float], missing: list[frozenset[int]]) -> None:
        raw = [_whole_days(levels[k % 3 :], missing[k], site.cycle) for k in range(SITES)]
        tables = [hour_table(frame_of(one), site, from_ms(UNTIL)) for one in raw if one]
        together = _zone_of_one_service(tables, site)
        wider = wider_zone_frames(
            [_stored(hourly_statistics(one, site)) for one in tables], _wider(), day_of(UNTIL), SITES
        )

        expected, found = table_of_frames(together), table_of_frames(wider)
        assert {key: row for key, row in found.items() if key[0] in ABOVE_DAY} == {
            key: row for key, row in expected.items() if key[0] in ABOVE_DAY
        }
        assert _days(found) == _days(expected)

    prove()


def _whole_days(levels: list[float], missing: frozenset[int], cycle: int) -> dict[EpochMs, float]:
    steps = DAY_MS // cycle
    return {
        EpochMs(START + day * DAY_MS + step * cycle): levels[(day * 5 + step) % len(levels)]
        for day in range(DAYS)
        if day not in missing
        for step in range(steps)
    }


def _zone_of_one_service(tables: list[Any], site: AveragingConfig) -> dict[StatisticName, pd.DataFrame]:
    zone = config_of_zone("zone-z", site.parameter, [site] * SITES)
    frames = hourly_statistics(zone_hours(tables, from_ms(UNTIL)), zone)
    points = point_starts([(site, one) for one in tables], day_of(UNTIL), SITES, longer=True)
    return judge(frames, points, "air")


def _wider() -> AveragingConfig:
    made = config_of_wider_zone("zone-z", "pm25", from_ms(EpochMs(HOUR_MS)) - from_ms(EpochMs(0)))
    assert made is not None
    return made


def _stored(frames: Mapping[StatisticName, pd.DataFrame]) -> Member:
    """What a store has of a station: floats."""
    days = frames["day"][frames["day"]["valid"]]
    starts = {name: _ms(frame["start"][frame["valid"]]) for name, frame in frames.items()}
    numbers = (_ms(days["start"]) + OFFSET_MS) // DAY_MS
    return Member(StoredDays(numbers, days["n"].to_numpy(), days["value"].to_numpy()), _none(), starts)


def _none() -> StoredDays:
    return StoredDays(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


def _ms(times: "pd.Series[Any]") -> Numbers:
    return pd.DatetimeIndex(times).as_unit("ms").asi8


def _days(table: Table) -> dict[object, object]:
    """Days by value and validity; `n` and `expected` are members here, hours there."""
    return {key[1]: (row[2], *row[5:]) for key, row in table.items() if key[0] == "day"}


EXACT = {
    "24 hours of whole numbers": (Fraction(100_000_001, 24), 24),
    "20 hours": (Fraction(3_333_333, 20), 20),
    "hours of 12 readings": (Fraction(1_000_001, 12 * 23), 23),
    "hours of 60 readings": (Fraction(77_777_777, 60 * 24), 24),
    "a text of two decimals": (Fraction(31_250_000), 24),
    "nothing": (Fraction(0), 24),
}


@pytest.mark.parametrize(("exact", "n"), EXACT.values(), ids=EXACT)
def test_a_stored_mean_is_taken_for_what_it_was(exact: Fraction, n: int) -> None:
    found = exact_means(np.array([mean(exact, 1)]), np.array([n]))
    assert Fraction(int(found.numbers[0]), found.denominator) == exact


def test_a_mean_of_other_parts_is_taken_by_its_text() -> None:
    found = exact_means(np.array([1 / 7]), np.array([24]))
    assert Fraction(int(found.numbers[0]), found.denominator) == Fraction(repr(1 / 7)) * 1_000_000
