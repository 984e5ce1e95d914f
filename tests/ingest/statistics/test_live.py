"""What the pipeline writes equals the bulk form over the raw readings, whatever happens in between."""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import check_state, inbox, requests
from ingest.journal.inbox import InboxMessage as Received
from sensors.calendar import SHANGHAI, shanghai_day
from sensors.catalogue import loader
from sensors.model import Checked
from tests.support.frames import times_of
from tests.support.pipeline_harness import AGES, NOW, SITES, PipelineHarness, at, same

START = at("2023-12-28T00:00")


Message = tuple[str, datetime, dict[str, float], dict[str, str]]


def week(days: float = 5, seed: int = 1) -> Iterator[Message]:
    """Messages in order of time: gaps, flags, spikes, a silent afternoon."""
    order = random.Random(seed)
    level = dict.fromkeys(("hourly", "quick", "declared", "upper", "lower"), 40.0)
    for step in range(int(days * 72)):
        time = START + timedelta(minutes=20 * step)
        for site in level:
            cycle = {"quick": 1, "upper": 12, "lower": 12}.get(site, 3)
            if step % cycle or order.random() < 0.06 or (site == "hourly" and 100 < step < 120):
                continue
            level[site] = min(max(level[site] + order.uniform(-5, 5), 5), 90)
            value = round(level[site], 1)
            if site in {"upper", "lower"}:
                values = {
                    "ph": 6 + value / 40,
                    "nh3n": value / 40,
                    "codmn": value / 10,
                    "do": 12 - value / 20,
                }
                values = {name: round(one, 2) for name, one in values.items()}
            elif site == "declared":
                values = {"pm25": value, "o3": value + 60}
            else:
                values = {"pm25": value, "pm10": value + 20, "so2": 8.0 + step % 3, "o3": 2 * value}
                values |= {"no2": value / 2, "co": round(value / 50, 2)}
            if order.random() < 0.03:
                values[next(iter(values))] *= 20
            flags = {next(iter(values)): "M"} if order.random() < 0.03 else {}
            yield site, time, values, flags


def play(harness: PipelineHarness, messages: Iterator[Message], batch: int = 50, restarts: int = 0) -> None:
    for count, (site, time, values, flags) in enumerate(messages):
        harness.send(site, time, values, flags=flags)
        if count % batch == batch - 1:
            harness.work()
            if restarts and (count // batch) % restarts == 0:
                harness.restart()
    harness.settle()


@pytest.mark.parametrize("batch", [1, 37, 1000])
def test_what_is_written_live_equals_the_bulk_form(harness: PipelineHarness, batch: int) -> None:
    play(harness, week(2.5 if batch == 1 else 5), batch)

    found = harness.statistics()

    same(found, harness.expected())
    assert {row[2] for row in found} >= {"1h", "8h", "24h", "day", "o3_8h_max", "month", "year_to_date"}
    assert {row[0] for row in found} >= {"zone-quarter", "river-brook"}
    outlooks = {(row[0], row[1], row[3]) for row in found if row[2] == "outlook"}
    open_year = {("zone-competition", "pm25", at("2023-01-01T00:00"))}  # of the longer one the year is over
    assert outlooks == (open_year if batch == 1 else set())


def test_a_restart_after_any_batch_changes_nothing(harness: PipelineHarness) -> None:
    play(harness, week(3), 25, restarts=1)

    same(harness.statistics(), harness.expected())


def points(harness: PipelineHarness, measurement: str, site: str, name: str) -> dict[str, dict[str, object]]:
    """The points of a place and statistic by local time."""
    frame = harness.store.points(measurement, *AGES, {"site": site, "statistic": name})
    rows = frame.drop(columns=["site", "statistic"]).iterrows()
    return {
        f"{time.astimezone(SHANGHAI):%d %H:%M}": dict(row)
        for time, (_, row) in zip(times_of(frame), rows, strict=True)
    }


def test_a_spike_is_taken_out_when_the_next_reading_shows_it(harness: PipelineHarness) -> None:
    for hour, value in enumerate((40.0, 41.0, 900.0, 42.0, 41.0)):
        harness.send("declared", START + timedelta(hours=hour), {"pm25": value})
        harness.work()
    harness.settle()

    same(harness.statistics(), harness.expected())


def test_other_kinds_than_the_basis_feed_nothing(harness: PipelineHarness) -> None:
    payload = {"time": START.isoformat(), "values": {"pm25": 40.0}, "kind": "day"}
    with harness.journal.transaction() as connection:
        inbox.add(connection, [Received("liangqu/air/quick", json.dumps(payload).encode(), NOW)])
    harness.settle()

    assert harness.statistics() == {}


def test_a_silent_site_holds_its_zone_up_for_an_hour_at_most(harness: PipelineHarness) -> None:
    for hour in range(5):
        if hour < 2:
            harness.send("hourly", START + timedelta(hours=hour), {"pm25": 40.0})
        harness.send("quick", START + timedelta(hours=hour, minutes=40), {"pm25": 20.0})
        for minutes in (0, 20):
            harness.send("quick", START + timedelta(hours=hour + 1, minutes=minutes), {"pm25": 20.0})
    harness.settle()

    assert [
        (row["value"], row["n"]) for row in points(harness, "statistic", "zone-quarter", "1h").values()
    ] == [
        (40.0, 1.0),  # before `quick` began
        (40.0, 1.0),
        (20.0, 1.0),
        (20.0, 1.0),
        (20.0, 1.0),
    ]


def test_pollutants_that_a_site_never_measures_do_not_block_its_index(harness: PipelineHarness) -> None:
    for hour in range(3):
        time = at("2026-06-01T08:00") + timedelta(hours=hour)
        harness.send("declared", time, {"pm25": 20.0 + hour, "o3": 90.0})
        harness.send("quick", time, {"pm25": 20.0, "o3": 90.0})
    harness.settle()

    # HJ 633-2026: PM2.5 20 is IAQI 29 (50/35 * 20, up), 21 is 30; ozone 90 is 29 (50/160 * 90, up).
    assert points(harness, "aqi", "declared", "1h") == {
        "01 09:00": {"aqi": 29.0, "level": 1.0, "primary": "", "standard": "HJ 633-2026"},
        "01 10:00": {"aqi": 30.0, "level": 1.0, "primary": "", "standard": "HJ 633-2026"},
    }
    assert points(harness, "aqi", "quick", "1h") == {}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        pytest.param((8, 11, 14, 17, 20), 29.0, id="19 hours: none of them stands for the day"),
        pytest.param((8, 11, 14, 17), 47.0, id="20 hours, as many as a daily mean asks for"),
    ],
)
def test_the_largest_hour_of_ozone_counts_in_a_day_of_twenty_hours(
    harness: PipelineHarness, missing: tuple[int, ...], expected: float
) -> None:
    """HJ 633-2012: as the day's largest hour ozone 150 is IAQI 47 (50/160 × 150, up), PM2.5 20 is 29.

    Hours are missing so that too few 8 h means are there for ozone's other item.
    """
    begin = at("2025-06-01T00:00")
    for hour in range(26):
        values = {"pm25": 20.0 + hour % 2 / 10}
        if hour not in missing:
            values["o3"] = 150.0 - hour % 3
        harness.send("hourly", begin + timedelta(hours=hour + 1), values)
    harness.settle()
    live = points(harness, "aqi", "hourly", "day")
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, [("hourly", "2025-06-01")], "command")
    harness.settle()

    assert points(harness, "aqi", "hourly", "day") == live
    assert live["01 00:00"]["aqi"] == expected


def test_items_of_one_time_are_one_sample_whatever_message_brings_them(harness: PipelineHarness) -> None:
    harness.send("upper", START, {"nh3n": 0.4})
    harness.work()
    harness.restart()
    harness.send("upper", START, {"codmn": 7.0})
    harness.settle()

    assert points(harness, "water_class", "upper", "reading") == {
        "28 00:00": {
            "class": 4.0,
            "target": pytest.approx(float("nan"), nan_ok=True),
            "met": "",
            "determining": "codmn",
        }
    }


def test_a_revised_item_still_counts_when_another_joins_the_sample(harness: PipelineHarness) -> None:
    harness.send("upper", START, {"nh3n": 0.4, "codmn": 2.0})
    harness.send("upper", START + timedelta(hours=4), {"nh3n": 0.4, "codmn": 2.0})
    harness.settle()
    harness.send("upper", START, {"codmn": 12.0})
    harness.settle()
    harness.send("upper", START, {"tp": 0.05})
    harness.settle()

    assert points(harness, "water_class", "upper", "reading")["28 00:00"]["class"] == 5.0


def test_a_section_with_a_target_says_whether_it_is_met(tmp_path: Path) -> None:
    with closing(PipelineHarness(tmp_path, loader.load())) as harness:
        harness.send("houcheng", at("2025-06-01T08:00"), {"nh3n": 1.0, "codmn": 3.0})
        harness.send("houcheng", at("2025-06-01T12:00"), {"nh3n": 1.004, "codmn": 3.0})
        harness.settle()

        readings = points(harness, "water_class", "houcheng", "reading")
        day = points(harness, "water_class", "houcheng", "day")

    # GB 3838-2002: NH3-N up to 1.0 is class III; a sample is judged unrounded, a period on two decimals.
    assert readings["01 08:00"] == {"class": 3.0, "target": 3.0, "met": "yes", "determining": "nh3n"}
    assert readings["01 12:00"] == {"class": 4.0, "target": 3.0, "met": "no", "determining": "nh3n"}
    assert day["01 00:00"] == {"class": 3.0, "target": 3.0, "met": "yes", "determining": "nh3n"}


def test_what_rules_look_at_is_in_one_place(harness: PipelineHarness) -> None:
    harness.send("quick", START, {"pm25": 40.0})
    harness.send("quick", START + timedelta(minutes=20), {"pm25": 41.0})
    harness.send("quick", START, {"pm25": 42.0})
    batch = inbox.fetch(harness.journal.connection(), 10)

    work = harness.pipeline._compute(batch)

    assert [
        (c.reading.parameter, c.reading.value, c.validity) for c in work.checked if isinstance(c, Checked)
    ] == [
        ("pm25", 40.0, "valid"),
        ("pm25", 41.0, "valid"),
    ]
    assert [(s.name, s.value, s.n) for s in work.derived.all_statistics() if s.name == "1h"] == [
        ("1h", 40.0, 1),
        ("1h", 40.5, 2),
    ]


def test_quicker_than_five_minutes_every_reading_is_told_and_one_in_five_written(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text(SITES.replace('cycle = "20m"', 'cycle = "80s"'), encoding="utf-8")
    with closing(PipelineHarness(tmp_path, loader.load([file]))) as harness:
        for step in range(9):
            harness.send("quick", START + timedelta(seconds=80 * step), {"pm25": 40.0 + step})
        told = harness.pipeline._compute(
            inbox.fetch(harness.journal.connection(), 10)
        ).derived.all_statistics()
        harness.pipeline._reload()
        harness.settle()
        written = points(harness, "statistic", "quick", "1h")

    assert len([s for s in told if s.name == "1h"]) == 9
    assert list(written) == ["28 00:00", "28 00:05", "28 00:10"]


@pytest.mark.parametrize("spike", [10, 11, None], ids=["the first of five minutes", "the second", "none"])
def test_what_is_stored_live_of_a_quick_series_is_what_a_recompute_stores(
    spike: int | None, tmp_path: Path
) -> None:
    """Also where the first is withdrawn as a spike, and where the service starts again between two."""
    file = tmp_path / "sites.toml"
    file.write_text(SITES.replace('cycle = "20m"', 'cycle = "1m"'), encoding="utf-8")
    with closing(PipelineHarness(tmp_path, loader.load([file]))) as harness:
        for minute in range(31):
            value = 900.0 if minute == spike else 40.0 + minute % 3
            harness.send("quick", START + timedelta(minutes=minute), {"pm25": value})
            harness.settle()
            if minute in (12, 18):
                harness.restart()
        live = {key: value for key, value in harness.statistics().items() if key[2] == "1h"}
        with harness.journal.transaction() as connection:
            requests.queue_recompute(connection, [("quick", shanghai_day(START))], "command")
        harness.settle()
        recomputed = {key: value for key, value in harness.statistics().items() if key[2] == "1h"}

    assert live == recomputed
    assert len(live) >= 7


def _broken(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_failing_transaction_leaves_the_statistics_as_they_were(
    harness: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = list(week(2))
    play(harness, iter(messages[:200]))
    for site, time, values, flags in messages[200:230]:
        harness.send(site, time, values, flags=flags)
    with monkeypatch.context() as broken:
        broken.setattr(check_state, "record_last_seen", _broken)
        with pytest.raises(sqlite3.OperationalError):
            harness.work()

    play(harness, iter(messages[230:]))

    same(harness.statistics(), harness.expected())
