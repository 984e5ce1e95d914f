"""What the clock closes: complete hours at once, what a silent series leaves open once its site is late."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.observer import Health
from sensors.catalogue import loader
from tests.support.pipeline_harness import SITES, PipelineHarness, at

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEW_YEAR = at("2026-01-01T00:00")
RTD = (
    SITES
    + """
[[site]]
id = "live"
medium = "air"
name = { zh = "丁", en = "D" }
zone = "competition"
cycle = "1h"
basis = "rtd"
"""
)


class Clock:
    """A pipeline whose clock is told, connected since long ago unless told otherwise."""

    def __init__(self, harness: PipelineHarness) -> None:
        self.harness = harness
        self.since: datetime | None = at("2025-01-01T00:00")

    def tick(self, now: datetime) -> None:
        self.harness.now = now
        self.harness.pipeline.tick(Health(self.since))
        self.harness.settle()

    def send(self, site: str, time: datetime, **values: float) -> None:
        self.harness.now = time + MINUTE
        self.harness.send(site, time, values)
        self.harness.settle()

    def stored(self, place: str, parameter: str, name: str, start: datetime, end: datetime) -> list[object]:
        """n, valid and closed of each row, newest last."""
        frame = self.harness.store.statistics(place, parameter, name, start, end)  # type: ignore[arg-type]
        return [tuple(row) for row in frame[["n", "valid", "closed"]].to_numpy().tolist()]


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    file = tmp_path / "sites.toml"
    file.write_text(RTD, encoding="utf-8")
    with closing(PipelineHarness(tmp_path, loader.load([file]))) as harness:
        yield Clock(harness)


def test_the_last_day_month_and_year_of_a_station_that_closes_are_closed(clock: Clock) -> None:
    """24 readings of 2025-12-31, 23 of 30 and the last of 100: a mean of 32.9167 of 24."""
    for hour in range(24):
        value = 100.0 if hour == 23 else 30.0 + hour % 2 - 0.5 if hour < 22 else 30.0
        clock.send("live", NEW_YEAR - 24 * HOUR + hour * HOUR, pm25=value)
    day = NEW_YEAR - 24 * HOUR
    assert clock.stored("live", "pm25", "day", day, NEW_YEAR) == [(23, True, False)]

    clock.tick(NEW_YEAR + 2 * HOUR + MINUTE)

    assert clock.stored("live", "pm25", "day", day, NEW_YEAR) == [(24, True, True)]
    frame = clock.harness.store.statistics("live", "pm25", "day", day, NEW_YEAR)
    assert frame["value"].tolist() == [pytest.approx((30.0 * 23 + 100.0) / 24)]
    assert clock.stored("live", "pm25", "month", at("2025-12-01T00:00"), NEW_YEAR) == [(1, False, True)]
    assert clock.stored("live", "pm25", "year", at("2025-01-01T00:00"), NEW_YEAR) == [(1, False, True)]
    # one of its sites alone: the day is over, and rests on too few
    assert clock.stored("zone-competition", "pm25", "day", day, NEW_YEAR) == [(24, False, True)]


def test_an_hour_with_all_its_readings_counts_when_it_is_over(clock: Clock) -> None:
    for hour in range(8):
        clock.send("live", NEW_YEAR + hour * HOUR, o3=100.0 + hour)
    eight = NEW_YEAR + 8 * HOUR
    assert clock.stored("live", "o3", "8h", eight, eight + MINUTE) == []

    clock.tick(eight - MINUTE)
    assert clock.stored("live", "o3", "8h", eight, eight + MINUTE) == []
    clock.tick(eight)

    assert clock.stored("live", "o3", "8h", eight, eight + MINUTE) == [(8, True, True)]


def test_an_hour_that_lacks_readings_waits_until_the_site_is_late(clock: Clock) -> None:
    for minutes in (0, 20, 40, 60, 80):  # cycle 20m, late after 40m
        clock.send("quick", NEW_YEAR + minutes * MINUTE, pm25=30.0 + minutes)
    day = NEW_YEAR, NEW_YEAR + HOUR
    clock.tick(NEW_YEAR + 2 * HOUR)
    assert clock.stored("quick", "pm25", "day", *day) == [(1, False, False)]
    clock.tick(NEW_YEAR + 2 * HOUR + 40 * MINUTE)

    assert clock.stored("quick", "pm25", "24h", NEW_YEAR, NEW_YEAR + 3 * HOUR)[-1] == (1, False, True)
    clock.send("quick", NEW_YEAR + 100 * MINUTE, pm25=130.0)

    assert clock.stored("quick", "pm25", "day", *day) == [(2, False, False)]


def test_a_water_section_closes_its_day_and_its_month(clock: Clock) -> None:
    for sample in range(6):
        clock.send("upper", NEW_YEAR - 24 * HOUR + sample * 4 * HOUR, ph=7.0 + sample / 10)
    clock.tick(NEW_YEAR + 7 * HOUR)
    day = NEW_YEAR - 24 * HOUR, NEW_YEAR
    assert clock.stored("upper", "ph", "day", *day) == [(6, True, False)]

    clock.tick(NEW_YEAR + 8 * HOUR)

    assert clock.stored("upper", "ph", "day", *day) == [(6, True, True)]
    assert clock.stored("upper", "ph", "month", at("2025-12-01T00:00"), NEW_YEAR) == [(6, False, True)]


@pytest.mark.parametrize(
    "since", [None, NEW_YEAR + 4 * HOUR], ids=["the broker is away", "the broker was away"]
)
def test_while_nothing_can_come_nothing_closes(clock: Clock, since: datetime | None) -> None:
    for hour in range(24):
        clock.send("live", NEW_YEAR - 24 * HOUR + hour * HOUR, pm25=30.0 + hour)
    clock.since = since

    clock.tick(NEW_YEAR + 5 * HOUR)

    assert clock.stored("live", "pm25", "day", NEW_YEAR - 24 * HOUR, NEW_YEAR) == [(23, True, False)]


def test_a_backlog_after_the_closing_comes_to_the_same(clock: Clock) -> None:
    values = {hour: 30.0 + hour % 7 for hour in range(24 * 4)}
    for hour in range(24):
        clock.send("live", NEW_YEAR + hour * HOUR, pm25=values[hour])
    clock.tick(NEW_YEAR + 90 * HOUR)
    for hour in range(24, 24 * 4):
        clock.harness.now = NEW_YEAR + 96 * HOUR
        clock.harness.send("live", NEW_YEAR + hour * HOUR, {"pm25": values[hour]})
    clock.harness.settle()
    clock.tick(NEW_YEAR + 99 * HOUR)

    days = clock.harness.store.statistics("live", "pm25", "day", NEW_YEAR, NEW_YEAR + 96 * HOUR)
    assert days["n"].tolist() == [24] * 4
    assert days["closed"].tolist() == [True] * 4
    means = [sum(values[24 * day + hour] for hour in range(24)) / 24 for day in range(4)]
    assert days["value"].tolist() == pytest.approx(means)


def test_what_was_closed_is_closed_after_a_restart(clock: Clock) -> None:
    for hour in range(24):
        clock.send("live", NEW_YEAR - 24 * HOUR + hour * HOUR, pm25=30.0 + hour)
    clock.tick(NEW_YEAR + 3 * HOUR)
    clock.harness.restart()
    clock.send("live", NEW_YEAR + 3 * HOUR, pm25=50.0)

    days = clock.harness.store.statistics("live", "pm25", "day", NEW_YEAR - 24 * HOUR, NEW_YEAR + HOUR)
    assert days["n"].tolist()[0] == 24


def test_without_a_service_what_is_silent_for_days_closes_and_nothing_current(clock: Clock) -> None:
    """As after an import: nobody is connected, so an hour ago nothing is known to be missing."""
    day = NEW_YEAR - 24 * HOUR
    for hour in range(24):
        clock.send("live", day + hour * HOUR, pm25=30.0 + hour % 2)

    clock.harness.now = NEW_YEAR + 40 * HOUR
    clock.harness.pipeline.close_silent()
    clock.harness.settle()
    assert clock.stored("live", "pm25", "day", day, NEW_YEAR) == [(23, True, False)]

    clock.harness.now = NEW_YEAR + 72 * HOUR
    clock.harness.pipeline.close_silent()
    clock.harness.settle()
    assert clock.stored("live", "pm25", "day", day, NEW_YEAR) == [(24, True, True)]
    assert clock.stored("live", "pm25", "month", at("2025-12-01T00:00"), NEW_YEAR) == [(1, False, True)]
    # one of its sites alone: the day is over, and rests on too few
    assert clock.stored("zone-competition", "pm25", "day", day, NEW_YEAR) == [(24, False, True)]
