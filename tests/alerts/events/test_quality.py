"""The figures of alarm quality, each at its threshold; the thresholds name their sources."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from alerts.events.quality import (
    AlarmRecord,
    EpisodeBegin,
    NotifiedEvent,
    SentMessage,
    measure,
    most_within,
    thresholds,
)
from alerts.events.quality_rows import read_record
from alerts.rules.index import WatchId
from tests.alerts.test_engine import PEOPLE
from tests.support import rule_streams
from tests.support.alerting_harness import START, AlertingHarness, critical_standard
from tests.support.inbox_of_people import PeoplesInbox

T = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WATCH: WatchId = ("pm25-1h", "yunding", "pm25")


def record(
    messages: Sequence[SentMessage] = (),
    begins: Sequence[EpisodeBegin] = (),
    events: Sequence[NotifiedEvent] = (),
    days: float = 10,
) -> AlarmRecord:
    return AlarmRecord(T, T + days * DAY, messages, begins, events)


def sent(minutes: float, person: str = "wang", channel: str = "mail", rule: str = "aqi") -> SentMessage:
    return SentMessage(T + minutes * MINUTE, person, channel, "e", rule)


FLOODS = [
    pytest.param([*range(10)], 10, False, id="ten in ten minutes are none"),
    pytest.param([k * 0.99 for k in range(11)], 11, True, id="eleven in ten minutes are one"),
    pytest.param([*range(10), 10], 10, False, id="the eleventh exactly ten minutes later"),
    pytest.param([*range(10), 9.999], 11, True, id="the eleventh just before"),
]


@pytest.mark.parametrize(("minutes", "most", "is_flood"), FLOODS)
def test_a_flood_is_more_than_ten_in_ten_minutes(minutes: list[float], most: int, *, is_flood: bool) -> None:
    [load] = measure(record([sent(each) for each in minutes])).people

    assert load.most_in_ten_minutes == most
    assert load.flood_at == (T if is_flood else None)


def test_each_person_is_counted_by_days_of_shanghai() -> None:
    messages = [sent(0), sent(15 * 60 + 59), sent(16 * 60), sent(5, person="", channel="centre")]

    people = measure(record(messages, days=2)).people

    assert [
        (each.person, each.channel, each.messages, each.a_day, each.most_in_a_day) for each in people
    ] == [
        ("wang", "", 3, 1.5, 2),
        ("", "centre", 1, 0.5, 1),
    ]


def test_two_channels_of_a_person_are_two_messages_and_less_than_a_day_is_one() -> None:
    [load] = measure(record([sent(0), sent(0, channel="sms")], days=0.25)).people

    assert (load.messages, load.a_day) == (2, 2.0)


BEGINS = [
    pytest.param([0, 1], 0, id="two begins"),
    pytest.param([0, 12, 23.9], 3, id="three in less than a day"),
    pytest.param([0, 12, 24], 0, id="the third exactly a day later"),
    pytest.param([0, 20, 40, 41, 42, 43], 5, id="the worst day counts"),
]


@pytest.mark.parametrize(("hours", "begins"), BEGINS)
def test_three_begins_in_a_day_are_chattering(hours: list[float], begins: int) -> None:
    found = measure(record(begins=[EpisodeBegin(WATCH, T + each * HOUR) for each in hours]))

    assert [one.begins for one in found.chattering] == ([begins] if begins else [])
    assert [cost.chattering for cost in found.rules] == [int(bool(begins))]


def test_three_stations_that_begin_once_do_not_chatter() -> None:
    begins = [EpisodeBegin(("pm25-1h", site, "pm25"), T) for site in ("a", "b", "c")]

    assert measure(record(begins=begins)).chattering == []


def event(id_: str, begun: float, until: float | None, acked: float | None = None) -> NotifiedEvent:
    """Hours after the start; notified at its begin."""
    begin = T + begun * HOUR
    return NotifiedEvent(
        id_,
        begin,
        None if acked is None else T + acked * HOUR,
        begin,
        None if until is None else T + until * HOUR,
    )


STALE = [
    pytest.param([event("a", 0, 24)], [], 0, id="exactly a day is not stale"),
    pytest.param([event("a", 0, 24.1)], ["a"], 1, id="more is"),
    pytest.param([event("a", 0, None)], ["a"], 1, id="still open"),
    pytest.param([event("a", 230, 260)], [], 0, id="for a day, but not by the end of the span"),
    pytest.param([event("a", 210, 260)], ["a"], 1, id="so before the end of the span"),
    pytest.param([event("a", 216.1, None)], [], 0, id="open since less than a day"),
    pytest.param([event("a", 0, 30), event("b", 0, 30)], ["a", "b"], 2, id="two at once"),
    pytest.param([event("a", 0, 30), event("b", 6, 60)], ["a", "b"], 1, id="one after the other"),
]


@pytest.mark.parametrize(("events", "stale", "at_once"), STALE)
def test_stale_is_open_for_more_than_a_day(
    events: list[NotifiedEvent], stale: list[str], at_once: int
) -> None:
    found = measure(record(events=events))

    assert ([each.id for each in found.stale], found.stale_at_once) == (stale, at_once)


BEFORE = [
    pytest.param(event("a", -40, 1), ["a"], id="stale for an hour of the span"),
    pytest.param(event("a", -40, None), ["a"], id="still open"),
    pytest.param(event("a", -10, 14), [], id="over when it was a day old"),
    pytest.param(event("a", -10, 14.1), ["a"], id="a day old in the span"),
    pytest.param(event("a", -40, 0), [], id="over when the span begins"),
]


@pytest.mark.parametrize(("before", "stale"), BEFORE)
def test_what_began_before_the_span_can_be_stale_in_it(before: NotifiedEvent, stale: list[str]) -> None:
    found = measure(structs.replace(record(), open_before=[before]))

    assert ([each.id for each in found.stale], found.notified) == (stale, 0)


def test_acknowledged_how_many_and_how_fast() -> None:
    events = [event("a", 0, 1, 0.5), event("b", 2, 3, 5), event("c", 4, 5), event("d", 6, 7, 7)]

    found = measure(record(events=events))

    assert (found.notified, found.acknowledged, found.median_s, found.slowest_s) == (4, 3, 3600, 10_800)
    assert measure(record()).median_s is None


def test_rules_are_told_by_what_they_cost() -> None:
    messages = [*(sent(k, rule="aqi") for k in range(3)), sent(9, rule="pm25-1h")]

    found = measure(record(messages, [EpisodeBegin(WATCH, T), EpisodeBegin(("o3", "x", "o3"), T)]))

    assert [(cost.rule, cost.messages, cost.share, cost.begins) for cost in found.rules] == [
        ("aqi", 3, 0.75, 0),
        ("pm25-1h", 1, 0.25, 1),
        ("o3", 0, 0.0, 1),
    ]
    assert found.top_ten_share == 1.0


@given(st.lists(st.integers(0, 100), max_size=30), st.integers(1, 40))
def test_the_most_within_a_span_is_that_of_trying_each_begin(minutes: list[int], span: int) -> None:
    tried = [sum(begin <= each < begin + span for each in minutes) for begin in minutes]

    found, when = most_within((T + each * MINUTE for each in minutes), span * MINUTE)

    assert found == max(tried, default=0)
    assert (when is None) == (not minutes)


def test_every_threshold_has_a_source_and_none_is_said_to_be_read_that_was_not() -> None:
    assert all(
        row.source.zh and row.source.en and row.name.zh and row.name.en for row in thresholds().values()
    )
    assert not any(row.confirmed for row in thresholds().values())


def test_the_record_has_what_was_sent_of_events_and_neither_mqtt_nor_what_waits(tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[critical_standard()], notify=PEOPLE)
    d.statistic("wujinku", "pm25", "24h", 66.0)
    d.hour = 1
    d.statistic("wujinku", "pm25", "24h", 20.0)
    with d.journal.transaction() as connection:
        connection.execute(
            "UPDATE notification SET sent_ms = due_ms, result = 'sent' WHERE channel IN ('hook', 'mqtt')"
        )

        found = read_record(connection, START - HOUR, START + DAY)
        before = read_record(connection, START - DAY, START)
        inside = read_record(connection, START + HOUR / 2, START + DAY)
        after = read_record(connection, START + HOUR, START + DAY)

    assert [(each.channel, each.rule, each.at) for each in found.messages] == [
        ("hook", "pm25-24h-standard", START)
    ]
    assert [each.watch for each in found.begins] == [("pm25-24h-standard", "wujinku", "pm25")]
    assert [(each.first_sent, each.begun, each.until, each.area, each.cause) for each in found.events] == [
        (START, START, START + HOUR, "zone-city", "particles")
    ]
    assert (before.messages, before.begins, before.events) == ([], [], [])
    assert [each.until for each in inside.open_before] == [START + HOUR]
    assert after.open_before == []


@pytest.mark.parametrize("parameters", [("o3",), ("pm25", "o3", "so2")])
def test_a_message_of_many_events_is_one(parameters: tuple[str, ...], tmp_path: Path) -> None:
    """Two zones with each cause at once: what can wait comes to a person in one message."""
    inbox = PeoplesInbox(tmp_path, own=[rule_streams.rule(parameters=parameters)])
    for site in ("taizicheng", "wujinku"):
        inbox.reading(site, dict.fromkeys(parameters, 40.0))
    assert len(inbox.read("wang")) == 1

    with inbox.journal.snapshot() as connection:
        found = read_record(connection, START, START + HOUR)

    assert [each.channel for each in found.messages] == ["wang"]
    assert len(found.events) == 2 * len(parameters)
