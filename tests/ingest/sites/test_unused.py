"""What is stored and feeds nothing: why, in the words that say what to change."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.sites.unused import (
    ArrivedKinds,
    Unused,
    contradicts,
    describe_unused,
    read_unused,
    usual_distance,
)
from sensors.catalogue import loader
from sensors.model import Kind, Reading
from tests.support.pipeline_harness import NOW, PipelineHarness, at

SITES = """
[[site]]
id = "quick"
medium = "air"
name = { zh = "甲", en = "Quick" }
cycle = "5m"

[[site]]
id = "ordered"
medium = "air"
name = { zh = "乙", en = "Ordered" }
basis = "rtd"

[[site]]
id = "section"
medium = "water"
name = { zh = "丙", en = "Section" }
river = "brook"
"""
START = at("2026-03-01T00:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[PipelineHarness]:
    (tmp_path / "sites.toml").write_text(SITES, encoding="utf-8")
    made = PipelineHarness(tmp_path, loader.load([tmp_path / "sites.toml"]))
    yield made
    made.close()


def send(
    harness: PipelineHarness, site: str, kind: Kind, step: timedelta, n: int, parameter: str = "pm25"
) -> None:
    for number in range(n):
        harness.send(site, START + number * step, {parameter: 20.0 + number % 7}, kind=kind)
    harness.settle()


def found(harness: PipelineHarness, *, judged: bool = True) -> list[Unused]:
    with harness.journal.snapshot() as connection:
        return read_unused(connection, harness.catalogue, lambda *_: judged)


def told(harness: PipelineHarness, *, judged: bool = True) -> list[str]:
    return list(describe_unused(found(harness, judged=judged), harness.catalogue))


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([(1, 1), (2, 1)], None, id="two say too little"),
        pytest.param([(1, 1), (2, 1), (3, 1)], 60, id="once an hour"),
        pytest.param([(1, 6), (2, 12), (3, 6)], 10, id="one hour has twice as many"),
        pytest.param([(1, 12), (2, 12), (3, 5), (30, 12)], 5, id="every five minutes, with a gap"),
        pytest.param([(1, 1), (2, 1), (3, 1), (30, 1), (31, 1)], 60, id="an hour, and a day's outage"),
        pytest.param([(8, 1), (32, 1), (56, 1)], 1440, id="once a day"),
        pytest.param([(1, 1), (2, 0), (3, 1), (5, 1)], 120, id="an hour without any is none"),
    ],
)
def test_how_far_apart_readings_come(hours: list[tuple[int, int]], minutes: int | None) -> None:
    distance = usual_distance(hours)

    assert distance == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("distance", "kind", "cycle", "expected"),
    [
        pytest.param(60, "rtd", 5, True, id="hourly moments at a cycle of five minutes"),
        pytest.param(10, "rtd", 5, True, id="exactly twice"),
        pytest.param(9, "rtd", 5, False, id="less than twice"),
        pytest.param(5, "rtd", 60, True, id="a twelfth"),
        pytest.param(30, "rtd", 60, True, id="exactly half"),
        pytest.param(5, "min", 60, False, id="five-minute means where the row says nothing"),
        pytest.param(5, "min", 1, False, id="beside moments each minute"),
        pytest.param(60, "hour", 5, False, id="hours beside moments"),
        pytest.param(240, "hour", 240, False, id="hours of every fourth"),
        pytest.param(1440, "rtd", 240, True, id="a section sampled once a day, by the usual four hours"),
    ],
)
def test_a_distance_contradicts_a_cycle(distance: int, kind: Kind, cycle: int, expected: bool) -> None:
    assert contradicts(timedelta(minutes=distance), kind, timedelta(minutes=cycle)) is expected


def test_hourly_moments_at_a_cycle_of_five_minutes_are_told(harness: PipelineHarness) -> None:
    send(harness, "quick", "rtd", HOUR, 6)

    (line,) = told(harness)
    assert line == (
        "Quick (quick): pm25: rtd readings come every 1h, but its cycle is 5m, by which hours and days are"
        ' taken for complete; say cycle = "1h" in its row'
    )


def test_what_is_cured_is_over(harness: PipelineHarness) -> None:
    send(harness, "quick", "rtd", timedelta(minutes=5), 60)

    assert told(harness) == []


def test_another_kind_than_the_basis_is_told_where_that_does_not_come(harness: PipelineHarness) -> None:
    send(harness, "ordered", "hour", HOUR, 4)

    (line,) = told(harness)
    assert line == (
        'Ordered (ordered): pm25: hour readings are stored and feed nothing, as its row says basis = "rtd";'
        ' leave basis out of its row, or say basis = "hour"'
    )

    send(harness, "ordered", "rtd", HOUR, 4)

    assert told(harness) == []
    assert [(one.kind, one.reason) for one in found(harness)] == [("hour", "other_kind")]


def test_days_feed_nothing_and_are_told_in_one_line(harness: PipelineHarness) -> None:
    for parameter in ("pm25", "pm10", "no2", "so2", "co"):
        send(harness, "quick", "day", timedelta(days=1), 2, parameter)

    (line,) = told(harness)
    assert line == (
        "Quick (quick): co, no2, pm10 and 2 more: day readings are stored and feed nothing: statistics rest"
        " on hours and less; send these"
    )


def test_a_healthy_station_of_all_kinds_has_nothing_told(harness: PipelineHarness) -> None:
    send(harness, "quick", "rtd", timedelta(minutes=5), 40)
    send(harness, "quick", "min", timedelta(minutes=5), 40)
    send(harness, "quick", "hour", HOUR, 4)

    assert told(harness) == []
    assert {one.kind for one in found(harness)} == {"min", "hour"}


def test_a_finer_kind_that_fills_no_hour_is_the_one_that_does_not_count(harness: PipelineHarness) -> None:
    send(harness, "quick", "hour", HOUR, 6)
    send(harness, "quick", "rtd", HOUR, 6)

    assert [(one.kind, one.reason) for one in found(harness)] == [("rtd", "other_kind")]


def test_a_kind_that_has_ended_is_no_state_any_more(harness: PipelineHarness) -> None:
    send(harness, "ordered", "hour", HOUR, 2)
    for day in range(4):
        harness.send("ordered", START + day * timedelta(days=1), {"pm25": 20.0}, kind="rtd")
    harness.settle()

    assert found(harness) == []


@pytest.mark.parametrize(("judged", "lines"), [(True, 0), (False, 1)])
def test_a_parameter_without_a_mean_is_used_where_a_rule_looks_at_it(
    harness: PipelineHarness, judged: bool, lines: int
) -> None:
    send(harness, "quick", "rtd", timedelta(minutes=5), 3, "wind_dir")

    assert len(told(harness, judged=judged)) == lines


def test_what_an_import_brings_tells_the_same(harness: PipelineHarness) -> None:
    arrived = ArrivedKinds()
    for hour in reversed(range(200)):
        arrived.add(Reading("quick", "pm25", "rtd", START + hour * HOUR, 1.0, "N", NOW))
    arrived.add(Reading("ordered", "pm25", "day", START, 1.0, "N", NOW))

    lines = [*describe_unused(arrived.unused(harness.catalogue, lambda *_: True), harness.catalogue)]

    assert [line.partition(":")[0] for line in lines] == ["Ordered (ordered)", "Quick (quick)"]


def test_a_section_by_its_samples(harness: PipelineHarness) -> None:
    send(harness, "section", "rtd", timedelta(hours=4), 13, "nh3n")
    assert told(harness) == []

    later = datetime.fromisoformat("2026-04-01T08:00:00+08:00")
    for day in range(5):
        harness.send("section", later + day * timedelta(days=1), {"nh3n": 0.3 + day / 10})
    harness.settle()

    assert [line.partition(";")[2] for line in told(harness)] == [' say cycle = "1d" in its row']


def test_files_that_overlap_contradict_no_cycle(harness: PipelineHarness) -> None:
    """Each hour came from two files; they were told to come every 30 minutes."""
    arrived = ArrivedKinds()
    for time in [START + number * timedelta(hours=1) for number in range(24)] * 2:
        arrived.add(Reading("ordered", "pm25", "rtd", time, 31.0, "N", START))

    assert arrived.unused(harness.catalogue, lambda *_: True) == []


def test_one_that_comes_rarely_beside_others_does_not_change_the_cycle(harness: PipelineHarness) -> None:
    """Half of one pollutant's hours were missing, and a cycle of 2 h was advised for the station."""
    arrived = ArrivedKinds()
    for number in range(24):
        for parameter in ("pm25", "o3")[: 2 - number % 2]:
            time = START + number * timedelta(hours=1)
            arrived.add(Reading("ordered", parameter, "rtd", time, 31.0, "N", START))

    (line,) = describe_unused(arrived.unused(harness.catalogue, lambda *_: True), harness.catalogue)

    assert line.endswith(
        "o3: rtd readings come every 2h, others of the site every 1h, as its row says:"
        " hours and days are judged by that"
    )
