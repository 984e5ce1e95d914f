"""What has lost its basis, by a revision, a mark or a spike, no longer stands in the store."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.rules.definition import Rule, RuleLevel
from sensors.catalogue import loader
from tests.support import rule_streams
from tests.support.pipeline_harness import AGES, NOW, SITES, PipelineHarness

START = datetime.fromisoformat("2023-12-28T00:00+08:00")
HOUR = timedelta(hours=1)
RULES = [
    rule_streams.rule(id="reading"),
    rule_streams.rule(id="one-hour", statistic="1h"),
    rule_streams.rule(id="day-long", statistic="24h"),
    rule_streams.rule(id="month", statistic="month", levels=(RuleLevel("watch", 25.0),)),
    Rule(
        id="class",
        category="exceedance",
        statistic="sample",
        levels=(RuleLevel("watch", 3.0),),
        name=rule_streams.rule().name,
    ),
]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[PipelineHarness]:
    file = tmp_path / "sites.toml"
    file.write_text(SITES, encoding="utf-8")
    with closing(PipelineHarness(tmp_path, loader.load([file]), RULES)) as harness:
        yield harness


def standing(harness: PipelineHarness, site: str) -> list[tuple[str, str, float]]:
    """The exceedances that stand: rule, hour since the start, value."""
    found = harness.store.points("exceedance", *AGES, {"site": site})
    hours = [(at.to_pydatetime() - START) / HOUR for at in found.index]
    rows = zip(found["rule"], hours, found["value"], found["valid"], strict=True)
    return sorted((rule, f"{hour:g}", value) for rule, hour, value, valid in rows if valid)


def send_hours(harness: PipelineHarness, values: list[float], flag: str = "N", first: int = 0) -> None:
    for hour, value in enumerate(values, first):
        harness.send("hourly", START + hour * HOUR, {"pm25": value}, flags={"pm25": flag})
    harness.settle()


def test_a_revision_within_the_limit_withdraws_the_hour_and_what_rested_on_it(
    watched: PipelineHarness,
) -> None:
    send_hours(watched, [10.0] * 5 + [80.0] + [10.0] * 30)
    assert ("reading", "5", 80.0) in standing(watched, "hourly")
    assert [rule for rule, _, _ in standing(watched, "hourly")].count("one-hour") == 1

    send_hours(watched, [11.0], first=5)

    assert standing(watched, "hourly") == []


def test_a_revision_that_is_still_beyond_it_leaves_one_with_the_new_value(watched: PipelineHarness) -> None:
    send_hours(watched, [10.0] * 5 + [80.0] + [10.0] * 30)
    send_hours(watched, [40.0], first=5)

    assert [row for row in standing(watched, "hourly") if row[0] == "reading"] == [("reading", "5", 40.0)]


def test_what_is_marked_by_its_logger_withdraws_a_whole_day(watched: PipelineHarness) -> None:
    send_hours(watched, [60.0] * 24 + [10.0] * 24)
    assert {rule for rule, _, _ in standing(watched, "hourly")} >= {"reading", "one-hour", "day-long"}

    send_hours(watched, [60.0] * 24, flag="C")

    assert standing(watched, "hourly") == []


def test_a_spike_is_withdrawn_with_the_next_reading(watched: PipelineHarness) -> None:
    send_hours(watched, [10.0] * 5 + [900.0])
    assert ("reading", "5", 900.0) in standing(watched, "hourly")

    send_hours(watched, [10.0], first=6)

    assert standing(watched, "hourly") == []


def test_a_month_that_is_corrected_below_its_limit_is_withdrawn(watched: PipelineHarness) -> None:
    hours = [26.0 + 4.0 * (-1) ** hour for hour in range(24 * 31 + 2)]  # no two alike: a flat line is suspect
    first = -24 * 27  # December of 2023, and two hours more
    send_hours(watched, hours, first=first)
    assert ("month", "96", 26.0) in standing(watched, "hourly")

    send_hours(watched, [hour - 20.0 for hour in hours[: 24 * 5]], first=first)

    assert [row for row in standing(watched, "hourly") if row[0] == "month"] == []


def test_a_sample_without_a_valid_item_has_no_class_and_no_exceedance(watched: PipelineHarness) -> None:
    bad = {"ph": 7.5, "do": 1.0, "codmn": 3.0, "nh3n": 0.1, "tp": 0.05}
    watched.send("upper", START, bad)
    for sample in range(1, 8):
        watched.send("upper", START + sample * 4 * HOUR, bad | {"do": 8.0})
    watched.settle()
    assert classes(watched) == [6.0] + [2.0] * 7
    assert [rule for rule, _, _ in standing(watched, "upper")] == ["class"]

    watched.send("upper", START, bad, flags=dict.fromkeys(bad, "C"))
    watched.settle()

    assert classes(watched) == [0.0] + [2.0] * 7
    assert standing(watched, "upper") == []


def classes(harness: PipelineHarness) -> list[float]:
    tags = {"site": "upper", "statistic": "reading"}
    return list(harness.store.points("water_class", START, NOW, tags)["class"])
