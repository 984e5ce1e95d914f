"""Each point carries the limit and target of its date, and the stamp that its statistic has."""

from datetime import date, datetime, timedelta

import pytest

from ingest.statistics.points import DAYS_REMEMBERED, PointBuilder
from sensors.catalogue import loader
from sensors.model import Statistic, StatisticName
from tests.support.pipeline_harness import at

PLACES = loader.load().places
POINTS = PointBuilder(PLACES)

# Limits: GB 3095-2012 and -2026 table 1 (class 2), GB 3838-2002 table 1. Targets: the plan's.
MARKS = {
    "PM2.5 day under GB 3095-2012": ("taizicheng", "pm25", "day", "2025-06-01", 75, 25),
    "its last day": ("taizicheng", "pm25", "day", "2026-02-28", 75, 25),
    "PM2.5 day under GB 3095-2026, interim": ("taizicheng", "pm25", "day", "2026-03-01", 60, 25),
    "PM2.5 24 h is held against the day": ("taizicheng", "pm25", "24h", "2025-06-01", 75, 25),
    "PM2.5 year": ("zone-competition", "pm25", "year", "2025-06-01", 35, 25),
    "PM2.5 year where 25 is striven for": ("zone-city", "pm25", "year", "2025-06-01", 35, None),
    "PM2.5 month has no limit": ("zone-competition", "pm25", "month", "2025-06-01", None, 25),
    "PM2.5 hour has no limit": ("zone-competition", "pm25", "1h", "2025-06-01", None, 25),
    "PM2.5 before the plan": ("zone-competition", "pm25", "day", "2019-07-31", 75, None),
    "PM2.5 on the plan's first day": ("zone-competition", "pm25", "day", "2019-08-01", 75, 25),
    "PM2.5 before any standard": ("zone-city", "pm25", "day", "2011-01-01", None, None),
    "PM10 has no target": ("wujinku", "pm10", "day", "2025-06-01", 150, None),
    "ozone 8 h": ("wujinku", "o3", "8h", "2025-06-01", 160, None),
    "humidity has neither": ("wujinku", "humidity", "day", "2025-06-01", None, None),
    "ammonia at an assessed section": ("houcheng", "nh3n", "month", "2025-06-01", 1.0, 1.0),
    "ammonia there from 2035": ("houcheng", "nh3n", "month", "2035-01-01", 1.0, 0.5),
    "ammonia before the plan": ("houcheng", "nh3n", "month", "2019-07-31", 1.0, None),
    "ammonia of the river": ("river-baihe", "nh3n", "year", "2025-06-01", 1.0, 1.0),
    "oxygen has a lowest value": ("houcheng", "do", "day", "2035-06-01", 5.0, 6.0),
    "phosphorus in a river": ("houcheng", "tp", "day", "2025-06-01", 0.2, 0.2),
    "pH has a range": ("houcheng", "ph", "day", "2025-06-01", None, None),
    "nitrogen is not assessed": ("houcheng", "tn", "day", "2025-06-01", None, None),
}


@pytest.mark.parametrize(
    ("place", "parameter", "name", "day", "limit", "target"), MARKS.values(), ids=MARKS.keys()
)
def test_limit_and_target(
    place: str, parameter: str, name: StatisticName, day: str, limit: float | None, target: float | None
) -> None:
    assert POINTS.limit_and_target(place, parameter, name, date.fromisoformat(day)) == (limit, target)


STAMPS = {
    "1h": ("2026-02-28T23:00", "2026-03-01T00:00", "end", 75),
    "24h": ("2026-02-28T00:00", "2026-03-01T00:00", "end", 75),
    "24h, an hour later": ("2026-02-28T01:00", "2026-03-01T01:00", "end", 60),
    "day": ("2026-02-28T00:00", "2026-03-01T00:00", "start", 75),
    "month": ("2026-02-01T00:00", "2026-03-01T00:00", "start", None),
    "year": ("2026-01-01T00:00", "2027-01-01T00:00", "start", 30),
    "year_to_date": ("2026-01-01T00:00", "2026-02-11T00:00", "start", 35),
    "12month": ("2025-03-01T00:00", "2026-03-01T00:00", "end", 35),
}


@pytest.mark.parametrize(("start", "end", "stamp", "limit"), STAMPS.values(), ids=STAMPS.keys())
def test_the_last_moment_chooses_the_limit_and_the_statistic_its_stamp(
    start: str, end: str, stamp: str, limit: float | None, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id.split(",")[0]
    one = Statistic("taizicheng", "pm25", name, at(start), at(end), 30.25, 20, 24, valid=True, closed=False)

    point = POINTS.statistic(one).point

    expected = None if name == "1h" else limit  # no hourly limit for particles
    assert (point.measurement, dict(point.tags)) == (
        "statistic",
        {"site": "taizicheng", "parameter": "pm25", "statistic": name},
    )
    assert point.time == (at(start) if stamp == "start" else at(end))
    assert point.fields == {
        "value": 30.25,
        "n": 20,
        "expected": 24,
        "valid": True,
        "closed": False,
        "limit": expected,
        "target": 25,
    }


def test_days_in_turn_each_get_their_own_limit() -> None:
    def limit(end: datetime) -> object:
        one = Statistic("wujinku", "pm25", "24h", end - timedelta(days=1), end, 1.0, 24, 24, True, True)
        return POINTS.statistic(one).point.fields["limit"]

    edge = at("2026-03-01T00:00")
    hour = timedelta(hours=1)
    assert [limit(end) for end in (edge, edge + hour, edge, edge + hour)] == [75, 60, 75, 60]


def test_limits_are_remembered_for_few_days_and_an_old_day_is_looked_up_again() -> None:
    """A service that runs for months must not hold those of each day: 64 days of 1,800 series are 185 MB."""
    points = PointBuilder(PLACES)
    first = at("2026-02-20T00:00")

    def limit(day: int) -> object:
        start = first + timedelta(days=day)
        one = Statistic("wujinku", "pm25", "day", start, start + timedelta(days=1), 1.0, 24, 24, True, True)
        return points.statistic(one).point.fields["limit"]

    assert [limit(day) for day in range(30)] == [75] * 9 + [60] * 21  # from 1 March 2026 on
    assert len(points._by_day) == DAYS_REMEMBERED
    assert [limit(day) for day in (0, 29, 8, 9)] == [75, 60, 75, 60]
    assert len(points._by_day) == DAYS_REMEMBERED


def test_zones_and_rivers_have_the_sites_of_the_catalogue() -> None:
    city, river = PLACES["zone-city"], PLACES["river-baihe"]

    assert set(city.members) >= {"renmin-gongyuan", "wujinku", "yanchang"}
    assert "houcheng" in river.members
    assert (city.area_class, river.waterbody) == (2, "river")
