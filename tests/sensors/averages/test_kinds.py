"""Which of several kinds an hour belongs to; that no order matters is shown in ingest/statistics."""

from collections.abc import Mapping

import pytest

from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.config import config_of_site
from sensors.calendar import HOUR_MS, hour_of
from sensors.model import BASES, Kind
from tests.support.feeds import frame_of, ms, site

EIGHT = ms("2026-03-02T08:00")

Values = Mapping[Kind, Mapping[int, float]]
"""By kind values by their stamps, in minutes from 08:00."""


def kinds(values: Values, cycle: str = "5min") -> SeriesKinds:
    """A station's, whose stamps name the end of an interval."""
    air, parts = site("air", cycle), []
    for kind in BASES:
        if kind in values:
            config = config_of_site(air, "pm25", kind)
            assert config is not None
            readings = frame_of({EIGHT + minute * 60_000: value for minute, value in values[kind].items()})
            parts.append(KindReadings(config, readings))
    return SeriesKinds(parts)


def moments(hour: int, value: float, n: int = 12) -> dict[int, float]:
    """Of five minutes each, from the hour on."""
    return {60 * hour + 5 * number: value for number in range(n)}


def means(hour: int, value: float, n: int = 12) -> dict[int, float]:
    """The same by their end."""
    return {60 * hour + 5 * number + 5: value for number in range(n)}


def hourly(of: SeriesKinds) -> dict[int, float]:
    """The hourly means by the hour after 08:00."""
    table = of.hours()
    values = (number / table.total.denominator / 1e6 for number in table.total.numbers.tolist())
    return dict(zip((table.hour - hour_of(EIGHT)).tolist(), values, strict=True))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"min": means(0, 30)}, {0: 30}, id="five-minute means alone"),
        pytest.param({"hour": {60: 30, 120: 31}}, {0: 30, 1: 31}, id="hours alone"),
        pytest.param(
            {"rtd": moments(0, 10) | {60: 10}, "min": means(0, 20), "hour": {60: 30}},
            {0: 10},
            id="all three: the moments, once",
        ),
        pytest.param(
            {"rtd": moments(0, 10, 8), "min": means(0, 20), "hour": {60: 30}},
            {0: 20},
            id="40 minutes of moments are too few: the next finest",
        ),
        pytest.param(
            {"rtd": moments(0, 10, 9), "hour": {60: 30}}, {0: 10}, id="45 minutes are enough (HJ 663: 45)"
        ),
        pytest.param(
            {"rtd": moments(0, 10) | moments(2, 10), "hour": {60: 30, 120: 31, 180: 32}},
            {0: 10, 1: 31, 2: 10},
            id="an hour's gap is the hour's own",
        ),
        pytest.param(
            {"rtd": moments(0, 10, 3), "hour": {120: 31}}, {1: 31}, id="an hour that none fills has no mean"
        ),
        pytest.param(
            {"rtd": {0: 10, 65: 11}, "min": means(0, 20, 3)}, {}, id="nothing is added up across kinds"
        ),
    ],
)
def test_an_hour_is_the_finest_kinds_that_fills_it(values: Values, expected: dict[int, float]) -> None:
    assert hourly(kinds(values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            {"rtd": {5: 10, 10: 10}, "hour": {60: 30}}, {"rtd": [], "hour": [60]}, id="of a filled hour"
        ),
        pytest.param(
            {"rtd": {65: 10}, "hour": {60: 30}},
            {"rtd": [], "hour": [60]},
            id="after an hour that the other filled",
        ),
        pytest.param(
            {"rtd": moments(0, 10, 2) | {26 * 60 + 5: 10}, "hour": {120: 30}},
            {"rtd": [0, 5], "hour": [120]},
            id="before it, and still the day after",
        ),
        pytest.param(
            {"rtd": {45 * 60: 10}, "hour": {120: 30}},
            {"rtd": [45 * 60], "hour": [120]},
            id="two days after, the finest there is",
        ),
        pytest.param(
            {"rtd": moments(0, 10) | {60: 10, 65: 11}, "hour": {60: 30}},
            {"rtd": [*range(0, 70, 5)], "hour": []},
            id="what ends on the hour is the hour's before it",
        ),
    ],
)
def test_readings_count_by_themselves_where_their_kind_has_the_hour(
    values: Values, expected: dict[Kind, list[int]]
) -> None:
    found = {
        part.config.kind: [(time.timestamp() * 1000 - EIGHT) / 60_000 for time in part.readings.index]
        for part in kinds(values).counted()
    }

    assert found == expected


def test_a_quick_hour_is_one_kinds_at_a_time() -> None:
    """08:00 to 09:00 in moments, 09:00 to 10:00 only as an hour, whose own is 10:00.

    What ends at 09:00 is the first hour's: 08:05 to 08:55, eleven times 10, and 11.
    """
    of = kinds({"rtd": moments(0, 10) | moments(1, 11, 3), "hour": {60: 30, 120: 31}})

    rows = of.one_hour()

    assert rows["end"].is_unique
    assert rows["end"].is_monotonic_increasing
    assert rows["value"].iloc[-1] == 31
    assert list(rows["value"].iloc[:-1]) == [10] * 12 + [pytest.approx(121 / 12)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"rtd": 6, "hour": 6}, "rtd", id="both whole: the finer"),
        pytest.param({"rtd": 5, "hour": 6}, "rtd", id="one sample fewer"),
        pytest.param({"rtd": 4, "hour": 6}, "hour", id="two fewer"),
        pytest.param({"rtd": 6, "hour": 24}, "rtd", id="more than the cycle asks for is no better"),
        pytest.param({"hour": 1}, "hour", id="there is no other"),
    ],
)
def test_a_day_of_samples_is_one_kinds(values: dict[Kind, int], expected: Kind) -> None:
    water, parts = site("water", "4h"), []
    for kind, n in values.items():
        config = config_of_site(water, "nh3n", kind)
        assert config is not None
        step = min(4 * HOUR_MS, 24 * HOUR_MS // n)
        stamps = {EIGHT - 7 * HOUR_MS + number * step: float(n) for number in range(n)}
        parts.append(KindReadings(config, frame_of(stamps)))

    table = SeriesKinds(parts).hours()

    assert int(table.n.sum()) == values[expected]
    assert {part.config.kind for part in SeriesKinds(parts).counted() if len(part.readings)} == {expected}
