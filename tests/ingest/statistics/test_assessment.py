"""Indices and classes as statistics, and the rules that look at them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.statistics.assessment import hour_index, index_assessment, withdrawn_index
from ingest.statistics.points import PointBuilder
from sensors.calendar import SHANGHAI
from sensors.model import Statistic, StatisticName
from sensors.standards.aqi import Index
from tests.support.alerting_harness import SHIPPED, AlertingHarness


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


INDEX = Index(aqi=120, level=3, primary=("pm25",), iaqi={}, missing=(), published=True, rule="HJ 633-2026")


@pytest.mark.parametrize(
    ("name", "stamp", "start", "end"),
    [
        pytest.param("1h", "2026-03-01 10:00", "2026-03-01 09:00", "2026-03-01 10:00", id="hour"),
        pytest.param("day", "2026-03-01 00:00", "2026-03-01 00:00", "2026-03-02 00:00", id="day"),
    ],
)
def test_bounds_follow_the_stamp_and_the_stamp_the_bounds(
    name: StatisticName, stamp: str, start: str, end: str
) -> None:
    made = index_assessment("wujinku", name, INDEX, local(stamp))

    assert (made.statistic.start, made.statistic.end) == (local(start), local(end))
    assert (made.statistic.parameter, made.statistic.value, made.statistic.closed) == ("aqi", 120.0, True)
    assert made.statistic.grounds == ("pm25",)
    assert PointBuilder.assessment(made).point.time == local(stamp)


def test_an_index_that_is_withdrawn_counts_for_nothing() -> None:
    made = withdrawn_index("wujinku", "day", 120.0, local("2026-03-01 00:00"))

    assert (made.statistic.valid, made.statistic.value, made.statistic.n) == (False, None, 0)
    assert PointBuilder.assessment(made).point.fields == {
        "aqi": 120.0, "level": 0.0, "primary": "", "standard": "",
    }  # fmt: skip


def test_the_index_rises_falls_after_a_hold_and_ends(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule for rule in SHIPPED if rule.id == "aqi"], age=None)
    for hour, value in enumerate([90.0, 100.0, 101.0, 200.0, 201.0, 150.0, 140.0, 130.0, 120.0, 100.0]):
        found = hour_index("wujinku", value, local(f"2026-03-01 {10 + hour}:00"))
        with harness.journal.transaction() as connection:
            harness.alerting.evaluate(connection, (), [found], found.end)

    assert harness.events() == [
        "aqi wujinku firing watch exceeded",
        "aqi wujinku firing critical worse",
        "aqi wujinku firing watch milder",
        "aqi wujinku resolved watch clear",
    ]


def test_a_month_of_water_that_closes_worse(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule for rule in SHIPPED if rule.id == "water-month"], age=None)
    start, end = local("2026-02-01 00:00"), local("2026-03-01 00:00")
    for closed, now in ((False, local("2026-02-20 00:00")), (True, end)):
        month = Statistic(
            "houcheng", "water_class", "month", start, end, 4.0, 1, 1, valid=True, closed=closed
        )
        with harness.journal.transaction() as connection:
            harness.alerting.evaluate(connection, (), [month], now)

    assert harness.events() == ["water-month houcheng firing watch exceeded"]
