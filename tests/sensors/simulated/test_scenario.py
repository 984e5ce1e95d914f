"""The simulated demonstration: every scripted event is visible in the stream."""

import json
from datetime import datetime, timedelta
from itertools import groupby, islice
from statistics import mean
from typing import Any

import msgspec
import pytest

from sensors.catalogue.model import Site
from sensors.decoding.decoder import decode_message
from sensors.simulated import Scenario, Sent, demo_scenario, messages
from sensors.simulated.garbage import SPOILED
from sensors.simulated.scenario import Gap
from tests.sensors.simulated.simulated_sites import (
    BOUNDS,
    CATALOGUE,
    DEMO,
    DEMO_START,
    HILLS,
    HOUCHENG,
    SITES,
    TOWN,
    YEAR,
    payload,
    rows_of,
)


@pytest.fixture(scope="module")
def show() -> dict[str, list[tuple[Sent, Any]]]:
    """The demo's messages by site, decoded where they can be."""
    sent_by_site: dict[str, list[tuple[Sent, Any]]] = {}
    for sent in messages(SITES, CATALOGUE, DEMO_START, DEMO_START + timedelta(hours=80), 7, scenario=DEMO):
        try:
            body = json.loads(sent.payload)
        except ValueError:
            body = None
        sent_by_site.setdefault(sent.topic.split("/")[2], []).append((sent, body))
    return sent_by_site


def _hour(body: Any) -> float:
    return (datetime.fromisoformat(body["time"]) - DEMO_START) / timedelta(hours=1)


def _course(show: dict[str, list[tuple[Sent, Any]]], site: str, name: str) -> dict[float, float]:
    return {_hour(body): body["values"][name] for _, body in show[site] if body}


@pytest.mark.parametrize("hill", [site.id for site in HILLS])
def test_the_episode_climbs_from_12_to_90_and_back(
    show: dict[str, list[tuple[Sent, Any]]], hill: str
) -> None:
    pm25 = _course(show, hill, "pm25")

    assert 8 < mean(pm25[hour] for hour in range(6)) < 18
    assert 75 < max(pm25.values()) < 110
    assert 15 < max(pm25, key=lambda hour: pm25[hour]) < 22
    assert max(pm25[hour] for hour in range(31, 72)) < 25


def test_the_section_slips_below_class_iii_and_recovers(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    """Class III: CODMn 6, NH3-N 1.0, TP 0.2 mg/L (GB 3838-2002 table 1)."""
    for name, limit in (("codmn", 6.0), ("nh3n", 1.0), ("tp", 0.2)):
        course = _course(show, "bahaoqiao", name)
        assert all(value <= limit for hour, value in course.items() if hour < 32)
        assert all(value > limit for hour, value in course.items() if 48 <= hour <= 58)
    assert _course(show, "bahaoqiao", "codmn")[76] < 7


def test_the_stuck_sensor_repeats_itself_for_thirty_hours(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    no2 = _course(show, "town-0", "no2")
    other = _course(show, "town-0", "o3")

    assert len({no2[hour] for hour in range(10, 40)}) == 1
    assert no2[10] > 5
    assert len({no2[hour] for hour in range(40, 60)}) > 3
    assert len({other[hour] for hour in range(10, 40)}) > 3


def test_nothing_else_looks_stuck(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    for site, name in (("hill-0", "pm25"), ("town-1", "no2"), ("town-2", "pm25"), ("bahaoqiao", "codmn")):
        longest = max(len(list(run)) for _, run in groupby(_course(show, site, name).values()))
        assert longest < 12, (site, name)


def test_the_gap_arrives_in_one_burst(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    late = [(sent, body) for sent, body in show["town-1"] if sent.due > datetime.fromisoformat(body["time"])]

    assert [_hour(body) for _, body in late] == list(range(44, 51))
    assert {sent.due for sent, _ in late} == {DEMO_START + timedelta(hours=51)}
    assert len(_course(show, "town-1", "pm25")) == 80


def test_the_visit_flags_two_gases(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    flagged = {_hour(body): body["flags"] for _, body in show["town-2"] if "flags" in body}

    assert flagged == {float(hour): {"so2": "M", "no2": "M"} for hour in range(26, 30)}


RUBBISH = {
    "cut off in the middle": ["not_json"],
    "text where a number belongs": ["wrong_type"],
    "no UTF-8": ["not_utf8"],
    "not a number": ["not_a_number"],
    "time without a zone": ["time_without_zone"],
    "the clock's battery is empty": ["time_too_old"],
    "a clock years ahead": ["time_in_future"],
    "a parameter nobody knows": ["unknown_parameter"],
    "a flag nobody knows": ["unknown_flag"],
    "no values": ["bad_envelope"],
    "an empty message": ["not_json"],
}
"""Each kind, and the reason (docs/reference/messages.md#refusal-reasons) with which it is refused."""


@pytest.mark.parametrize(("name", "spoil"), SPOILED, ids=[name for name, _ in SPOILED])
def test_each_kind_of_rubbish_is_refused_for_its_reason(name: str, spoil: Any) -> None:
    body = msgspec.json.encode(payload(TOWN[3], CATALOGUE, DEMO_START, 7, DEMO))

    decoded = decode_message("liangqu/air/town-3", spoil(body), DEMO_START, CATALOGUE, BOUNDS)

    assert [refused.reason for refused in decoded.refused] == RUBBISH[name]


def test_the_broken_logger_sends_every_kind_of_rubbish(show: dict[str, list[tuple[Sent, Any]]]) -> None:
    refused = [
        tuple(
            each.reason
            for each in decode_message(sent.topic, sent.payload, sent.due, CATALOGUE, BOUNDS).refused
        )
        for sent, _ in show["town-3"]
        if sent.due < DEMO_START + timedelta(hours=72)
    ]
    rubbish = [reasons for reasons in refused if reasons]

    assert 14 <= len(rubbish) <= 15
    assert set(rubbish) == {tuple(reasons) for reasons in RUBBISH.values()}


@pytest.mark.parametrize(
    "sites",
    [
        pytest.param([], id="none"),
        pytest.param([TOWN[0]], id="one air station"),
        pytest.param([HOUCHENG], id="one section"),
        pytest.param([HILLS[0], HOUCHENG], id="one of each"),
    ],
)
def test_the_demo_plays_with_any_sites(sites: list[Site]) -> None:
    script = demo_scenario(sites, DEMO_START)
    sent = list(messages(sites, CATALOGUE, DEMO_START, DEMO_START + script.length, 7, scenario=script))

    assert bool(sent) == bool(sites)


def test_a_lost_gap_never_arrives() -> None:
    gap = Gap(sites=("town-0",), begin=timedelta(hours=2), end=timedelta(hours=5), lost=True)
    script = Scenario(start=YEAR, events=(gap,))

    hours = [
        datetime.fromisoformat(body["time"]).hour for _, _, body in rows_of([TOWN[0]], YEAR, 1 / 3, 7, script)
    ]

    assert hours == [0, 1, 5, 6, 7]


def test_memory_holds_only_what_waits() -> None:
    """A thousand years are no more to ask for than a day: nothing is made before it is taken."""
    stream = messages(SITES, CATALOGUE, YEAR, YEAR.replace(year=3025), 7)

    assert len(list(islice(stream, 1000))) == 1000
