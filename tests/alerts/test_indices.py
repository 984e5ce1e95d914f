"""Points of indices and classes as statistics, and the rules that look at them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.index_statistics import statistics_of
from ingest.journal.outgoing import PointEntry
from sensors.calendar import SHANGHAI
from sensors.model import Point
from tests.alerts.desk import SHIPPED, Desk


def point(measurement: str, name: str, stamp: str, **fields: float | str) -> PointEntry:
    tags = {"site": "wujinku" if measurement == "aqi" else "houcheng", "statistic": name}
    return PointEntry(Point(measurement, tags, fields, local(stamp)))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


BOUNDS = [
    pytest.param(
        "1h", "2026-03-01 10:00", "2026-03-01 09:00", "2026-03-01 10:00", id="an hour ends at its stamp"
    ),
    pytest.param("day", "2026-03-01 00:00", "2026-03-01 00:00", "2026-03-02 00:00", id="a day begins at it"),
    pytest.param("month", "2026-02-01 00:00", "2026-02-01 00:00", "2026-03-01 00:00", id="a month too"),
    pytest.param("month", "2025-12-01 00:00", "2025-12-01 00:00", "2026-01-01 00:00", id="December"),
    pytest.param(
        "12month", "2026-03-01 00:00", "2025-03-01 00:00", "2026-03-01 00:00", id="twelve months end at it"
    ),
]


@pytest.mark.parametrize(("name", "stamp", "start", "end"), BOUNDS)
def test_bounds(name: str, stamp: str, start: str, end: str) -> None:
    made = point("aqi", name, stamp, aqi=120.0, level=3.0)

    [statistic] = statistics_of([made], local(end))
    [still] = statistics_of([made], local(end) - timedelta(seconds=1))

    assert (statistic.start, statistic.end, statistic.value) == (local(start), local(end), 120.0)
    assert (statistic.closed, still.closed) == (True, False)


def test_other_points_are_none() -> None:
    flag = PointEntry(Point("exceedance", {"site": "x"}, {"value": 1.0}, local("2026-03-01 00:00")))

    assert list(statistics_of([flag], local("2026-03-02 00:00"))) == []


def test_the_index_rises_falls_after_a_hold_and_ends(tmp_path: Path) -> None:
    desk = Desk(tmp_path, own=[rule for rule in SHIPPED if rule.id == "aqi"], age=None)
    for hour, value in enumerate([90.0, 100.0, 101.0, 200.0, 201.0, 150.0, 140.0, 130.0, 120.0, 100.0]):
        made = point("aqi", "1h", f"2026-03-01 {10 + hour}:00", aqi=value)
        with desk.journal.transaction() as connection:
            found = list(statistics_of([made], made.point.time))
            desk.alerting.evaluate(connection, (), found, made.point.time)

    assert desk.events() == [
        "aqi wujinku firing watch exceeded",
        "aqi wujinku firing critical worse",
        "aqi wujinku firing watch milder",
        "aqi wujinku resolved watch clear",
    ]


def test_a_month_of_water_that_closes_worse(tmp_path: Path) -> None:
    desk = Desk(tmp_path, own=[rule for rule in SHIPPED if rule.id == "water-month"], age=None)
    made = point("water_class", "month", "2026-02-01 00:00", **{"class": 4.0})
    for now in (local("2026-02-20 00:00"), local("2026-03-01 00:00")):
        with desk.journal.transaction() as connection:
            desk.alerting.evaluate(connection, (), list(statistics_of([made], now)), now)

    assert desk.events() == ["water-month houcheng firing critical exceeded"]
