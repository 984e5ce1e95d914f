"""The register of episodes follows late readings, revisions and marks: it is that of the sorted stream."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.episodes import register
from alerts.episodes.register import Episode
from alerts.rules.definition import Rule, RuleLevel
from ingest.marks import submit
from sensors.catalogue import loader
from sensors.marks import Mark, What
from sensors.model import Severity
from tests.support import rule_streams
from tests.support.pipeline_harness import NOW, SITES, PipelineHarness, at
from tests.support.scale import scaled

START = at("2023-12-28T00:00")

Build = Callable[..., PipelineHarness]
Message = tuple[str, datetime, dict[str, float]]


def levels(*limits: float, clear: float | None = None) -> tuple[RuleLevel, ...]:
    severities: tuple[Severity, ...] = ("watch", "warning", "critical")
    return tuple(
        RuleLevel(severity, limit, clear if number == 0 else None)
        for number, (severity, limit) in enumerate(zip(severities, limits, strict=False))
    )


RULES = [
    rule_streams.rule(id="reading", media=("air",), parameters=("pm25",), levels=levels(25, 40, clear=22)),
    rule_streams.rule(
        id="patient", media=("air",), parameters=("pm25",), for_="1h", clear_for="1h", levels=levels(25)
    ),
    rule_streams.rule(id="hour", statistic="1h", media=("air",), parameters=("pm25",), levels=levels(25)),
    rule_streams.rule(
        id="eight", statistic="8h", media=("air",), parameters=("o3",), levels=levels(50, clear=45)
    ),
    rule_streams.rule(id="day", statistic="24h", media=("air",), levels=levels(26)),
    rule_streams.rule(id="aqi", statistic="1h", parameters=("aqi",), hold="2h", levels=levels(38, 50)),
    rule_streams.rule(id="water", statistic="sample", media=("water",), levels=levels(3)),
    rule_streams.rule(id="invalid", statistic="check", checks=("flag",), levels=levels(0), clear_for="2h"),
]


def course(days: float, seed: int) -> Iterator[Message]:
    """Messages in order of time: slow walks around the limits, with gaps; nothing that checks doubt."""
    order = random.Random(seed)
    level = dict.fromkeys(("hourly", "quick", "declared", "upper", "lower"), 25.0)
    for step in range(int(days * 72)):
        time = START + timedelta(minutes=20 * step)
        for site in level:
            cycle = {"quick": 1, "upper": 12, "lower": 12}.get(site, 3)
            if step % cycle or order.random() < 0.05:
                continue
            level[site] = min(max(level[site] + order.uniform(-4, 4), 12), 45)
            value = round(level[site], 2)
            if site in {"upper", "lower"}:
                yield (
                    site,
                    time,
                    {"ph": 7.0 + step % 5 / 50, "nh3n": round(value / 25, 3), "do": 8.0 + step % 3},
                )
            elif site == "declared":
                yield site, time, {"pm25": value, "o3": round(2 * value, 2)}
            else:
                values = {"pm25": value, "pm10": value + 20, "so2": 8.0 + step % 3, "o3": round(2 * value, 2)}
                yield site, time, values | {"no2": value / 2, "co": round(value / 50, 3)}


def play(harness: PipelineHarness, messages: Sequence[Message], batch: int = 40) -> None:
    for count, message in enumerate(messages):
        harness.send(*message)
        if count % batch == batch - 1:
            harness.work()
    harness.settle()


Row = tuple[str, str, str, datetime, datetime | None, str, float, float, int]


def rows(harness: PipelineHarness) -> list[Row]:
    return sorted(
        (e.rule, e.site, e.parameter, e.begun, e.ended, e.severity, round(e.peak, 9), round(e.mean, 9), e.n)
        for e in episodes(harness)
        if e.reason != "invalidated"
    )


def episodes(harness: PipelineHarness) -> list[Episode]:
    return list(register.history(harness.journal.connection()))


def told(harness: PipelineHarness, rule: str) -> list[tuple[str, str]]:
    """What went out over MQTT for a rule, in order."""
    query = "SELECT document ->> 'state', document ->> 'reason' FROM notification"
    query += " WHERE channel = 'mqtt' AND document ->> 'rule' = ? ORDER BY id"
    return harness.journal.connection().execute(query, (rule,)).fetchall()


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    built: list[PipelineHarness] = []

    def make(rules: Sequence[Rule] = RULES) -> PipelineHarness:
        folder = tmp_path / str(len(built))
        folder.mkdir()
        file = folder / "sites.toml"
        file.write_text(SITES, encoding="utf-8")
        built.append(PipelineHarness(folder, loader.load([file]), rules))
        return built[-1]

    yield make
    for harness in built:
        harness.close()


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(scaled(20)))
def test_late_readings_at_last_give_the_register_of_the_sorted_stream(build: Build, seed: int) -> None:
    order = random.Random(seed)
    messages = list(course(4, seed))
    held_back = [message for message in messages if order.random() < 0.2]
    in_order, arrived = build(), build()
    play(in_order, messages)
    play(arrived, [message for message in messages if message not in held_back])
    assert rows(arrived) != rows(in_order)

    order.shuffle(held_back)
    play(arrived, held_back)

    assert {row[0] for row in rows(in_order)} >= {"reading", "patient", "hour", "day", "aqi", "water"}
    assert rows(arrived) == rows(in_order)
    arrived.restart()
    assert rows(arrived) == rows(in_order)


PLAIN = [RULES[0]]  # readings above 25, over below 22


def hours(*values: float) -> list[Message]:
    """PM2.5 of one site, hour by hour."""
    return [("declared", START + timedelta(hours=hour), {"pm25": value}) for hour, value in enumerate(values)]


def mark(harness: PipelineHarness, what: What, first: float, past: float, made: int) -> None:
    """As the command does: from `first` to `past` hours after the start; the `made`th of the test."""
    start, end = (START + timedelta(hours=hour) for hour in (first, past))
    moment = NOW + timedelta(seconds=made)
    with harness.journal.transaction() as connection:
        submit(connection, Mark("declared", "pm25", start, end, what, "校准", "李", moment), moment)
    harness.settle()


def test_a_mark_invalidates_what_fires_with_one_message_and_unmark_brings_another(build: Build) -> None:
    harness = build(PLAIN)
    play(harness, hours(10, 12, 41, 43))
    [first] = episodes(harness)

    mark(harness, "invalid", 1.5, 4, 1)

    [invalidated] = episodes(harness)
    assert (invalidated.id, invalidated.reason, invalidated.ended is not None) == (
        first.id,
        "invalidated",
        True,
    )
    assert told(harness, "reading") == [("firing", "exceeded"), ("resolved", "invalidated")]

    mark(harness, "withdrawn", 1.5, 4, 2)
    play(harness, hours(10, 12, 41, 43, 44, 8)[4:])

    invalidated, again = episodes(harness)
    assert (again.begun, again.ended, again.n, again.peak) == (first.begun, START + timedelta(hours=5), 3, 44)
    assert invalidated.reason == "invalidated"
    assert told(harness, "reading")[2:] == [
        ("firing", "exceeded"),
        ("firing", "still_exceeded"),
        ("resolved", "clear"),
    ]


def test_a_mark_on_what_is_over_is_said_in_the_register_alone(build: Build) -> None:
    harness = build(PLAIN)
    play(harness, hours(10, 41, 8, 9))
    before = told(harness, "reading")
    assert before == [("firing", "exceeded"), ("resolved", "clear")]

    mark(harness, "maintenance", 0.5, 1.5, 1)
    [invalidated] = episodes(harness)
    assert invalidated.reason == "invalidated"

    mark(harness, "withdrawn", 0.5, 1.5, 2)
    [back] = episodes(harness)
    assert (back.id, back.reason, back.n) == (invalidated.id, "clear", 1)
    assert told(harness, "reading") == before


def test_a_revision_ends_what_fires_and_splits_what_was_one(build: Build) -> None:
    harness = build(PLAIN)
    play(harness, hours(10, 41, 42, 43))
    [first] = episodes(harness)

    play(harness, [("declared", START + timedelta(hours=2), {"pm25": 11.0})])

    before, lasting = episodes(harness)
    assert (before.begun, before.ended, before.historical) == (first.begun, START + timedelta(hours=2), True)
    assert (lasting.id, lasting.begun, lasting.ended) == (first.id, START + timedelta(hours=3), None)

    play(harness, [("declared", START + timedelta(hours=3), {"pm25": 12.0})])

    assert [(e.id, e.reason) for e in episodes(harness)] == [
        (before.id, before.reason),
        (first.id, "invalidated"),
    ]
    assert told(harness, "reading") == [("firing", "exceeded"), ("resolved", "invalidated")]


OVERLAPPING = [
    pytest.param("0s", "0s", id="at once"),
    pytest.param("40m", "0s", id="after a while"),
    pytest.param("0s", "40m", id="over after a while"),
    pytest.param("40m", "2h", id="both"),
]


@pytest.mark.parametrize(("for_", "clear_for"), OVERLAPPING)
def test_a_late_reading_leaves_an_episode_that_overlaps_the_begin_of_another_rules(
    build: Build, for_: str, clear_for: str
) -> None:
    """The review's: what lasts by one rule began within the episode of another."""
    of_pm25 = {"media": ("air",), "parameters": ("pm25",)}
    rules = [
        rule_streams.rule(id="short", levels=levels(150), for_=for_, clear_for=clear_for, **of_pm25),
        rule_streams.rule(id="long", statistic="1h", levels=levels(80), **of_pm25),
        rule_streams.rule(id="longer", statistic="24h", levels=levels(50), for_="2h", **of_pm25),
    ]
    values = [20.0] * 72 + [160.0] * 9 + [90.0] * 30 + [161.0] * 3 + [91.0] * 150
    course = [
        ("quick", START + timedelta(minutes=20 * step), {"pm25": value + step % 3 / 10})
        for step, value in enumerate(values)
    ]
    late = course[200]
    harness, in_order = build(rules), build(rules)
    play(in_order, course)
    play(harness, [message for message in course if message is not late])
    before = [row for row in rows(harness) if row[0] == "short"]
    assert len(before) == 2

    play(harness, [late])

    assert [row for row in rows(harness) if row[0] == "short"] == before
    assert rows(harness) == rows(in_order)
    assert not [e for e in episodes(harness) if e.reason == "invalidated"]


def test_a_wait_that_bad_quality_has_drawn_out_is_found_from_its_begin(build: Build) -> None:
    """Frozen values stop the clock of `for`: it may run since long before, and is in no register."""
    rule = rule_streams.rule(id="patient", media=("air",), parameters=("pm25",), for_="3h", levels=levels(25))
    harness, in_order = build([rule]), build([rule])
    values = [10.0, *[30.0, 30.5] * 20, 31.0, 32.0, 33.0, 34.0, 35.0]
    course = hours(*values)
    late = course[41:44]
    for which in (harness, in_order):
        for number, message in enumerate(course):
            if which is harness and message in late:
                continue
            flags = {"pm25": "M"} if number % 2 and number < 40 else None
            which.send(*message, flags=flags)
            which.work()
        which.settle()

    play(harness, late)

    [one] = rows(in_order)
    assert one[3] == START + timedelta(hours=2)  # the first value that counts
    assert rows(harness) == [one]


def test_an_episode_that_has_not_shown_its_end_yet_is_continued(build: Build) -> None:
    """As far as was known it ended long before the day that is judged again; a late value shows: not yet."""
    rule = rule_streams.rule(
        id="patient", media=("air",), parameters=("pm25",), clear_for="30h", levels=levels(25, clear=22)
    )
    harness, in_order = build([rule]), build([rule])
    course = hours(10, 40, 41, *[12.0, 13.5, 14.0] * 8, 42.0, *[12.0, 13.5, 14.0] * 15)
    late = course[27]
    play(in_order, course)
    play(harness, [message for message in course if message is not late])
    assert rows(harness) != rows(in_order)

    play(harness, [late])

    assert rows(harness) == rows(in_order)


def test_hours_of_a_site_quicker_than_a_minute_are_replayed(tmp_path: Path) -> None:
    """The store has one `1h` a minute; rules saw each."""
    file = tmp_path / "sites.toml"
    file.write_text(SITES.replace('cycle = "20m"', 'cycle = "20s"'), encoding="utf-8")
    catalogue, order = loader.load([file]), random.Random(1)
    of_pm25 = {"media": ("air",), "parameters": ("pm25",)}
    rules = [
        rule_streams.rule(id="hour", statistic="1h", levels=levels(25, 27), **of_pm25),
        rule_streams.rule(id="reading", levels=levels(28), for_="1m", **of_pm25),
    ]
    course = [
        ("quick", START + timedelta(seconds=20 * step), {"pm25": 20.0 + step // 60 + order.uniform(-3, 3)})
        for step in range(900)
        if order.random() < 0.95
    ]
    late = course[400]
    houses = []
    for name, messages in (("in order", course), ("late", [m for m in course if m is not late])):
        (tmp_path / name).mkdir()
        harness = PipelineHarness(tmp_path / name, catalogue, rules)
        houses.append(harness)
        play(harness, messages)
    in_order, harness = houses

    play(harness, [late])

    assert len(rows(in_order)) > 3
    assert rows(harness) == rows(in_order)
    in_order.close()
    harness.close()


def test_an_index_that_may_not_be_published_after_all_fires_no_longer(build: Build) -> None:
    harness = build([rule for rule in RULES if rule.id == "aqi"])
    messages = [message for message in course(3, 3) if message[0] == "hourly"]
    play(harness, messages)
    before = episodes(harness)
    assert before

    start, end = START, START + timedelta(days=4)
    with harness.journal.transaction() as connection:
        submit(connection, Mark("hourly", "all", start, end, "invalid", "校准", "李", NOW), NOW)
    harness.settle()

    assert [row for row in rows(harness) if row[1] == "hourly"] == []
    assert {e.reason for e in episodes(harness) if e.site == "hourly"} == {"invalidated"}


def test_what_lasts_since_long_is_read_from_its_begin_and_to_its_end(build: Build) -> None:
    harness, in_order = build(PLAIN), build(PLAIN)
    values = [10, 30, *[31.0, 32.5, 33.1, 34.2] * 50, 9, 10, *[12.0, 13.5, 14.1] * 100]
    late = START + timedelta(hours=100)
    play(harness, [message for message in hours(*values) if message[1] != late])
    play(in_order, [(*m[:2], {"pm25": 39.5}) if m[1] == late else m for m in hours(*values)])

    play(harness, [("declared", late, {"pm25": 39.5})])

    assert rows(harness) == rows(in_order)
    [one] = episodes(harness)
    assert (one.peak, one.peak_at, one.n) == (39.5, late, 201)


def test_a_history_that_is_imported_enters_the_register_and_wakes_nobody(build: Build) -> None:
    harness = build(PLAIN)
    play(harness, hours(10, 41))
    older = [
        ("declared", START - timedelta(hours=h), {"pm25": 50.0 if 30 < h < 40 else 9.0})
        for h in range(90, 0, -1)
    ]

    play(harness, older)

    past, lasting = episodes(harness)
    assert (past.begun, past.ended) == (START - timedelta(hours=39), START - timedelta(hours=30))
    assert (past.historical, past.n, lasting.ended) == (True, 9, None)
    assert told(harness, "reading") == [("firing", "exceeded")]


def test_a_month_that_closed_above_its_target_and_did_not_is_invalidated(build: Build) -> None:
    rule = rule_streams.rule(
        id="month", statistic="month", parameters=("pm25",), sites=("declared",), closed=True, decimals=0,
        levels=(RuleLevel("critical", 25.0),),
    )  # fmt: skip
    harness = build([rule])
    first = at("2023-12-01T00:00")
    hours_of_december = [first + timedelta(hours=hour) for hour in range(31 * 24 + 2)]
    play(harness, [("declared", time, {"pm25": 26.0 + time.hour % 3 - 1}) for time in hours_of_december])
    [closed] = episodes(harness)
    assert (closed.begun, closed.peak, closed.ended) == (at("2024-01-01T00:00"), 26.0, None)

    # One day of 2 instead of 26: (30 x 26 + 2) / 31 = 25.2, which is 25.
    late = [time for time in hours_of_december if time.day == 9]
    play(harness, [("declared", time, {"pm25": 2.0 + time.hour % 3 - 1}) for time in late])

    assert [(e.id, e.reason) for e in episodes(harness)] == [(closed.id, "invalidated")]
    assert told(harness, "month") == [("firing", "exceeded"), ("resolved", "invalidated")]
