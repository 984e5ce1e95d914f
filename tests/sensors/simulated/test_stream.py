"""Simulated stations: the same whatever slice is asked for, and in the form of messages."""

import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.catalogue.loader import load
from sensors.catalogue.model import Site
from sensors.decoding.decoder import decode_message
from sensors.simulated import demo_scenario, messages
from sensors.simulated.noise import key, normal, smooth_noise, uniform
from tests.sensors.simulated.simulated_sites import (
    BAHAOQIAO,
    BOUNDS,
    CATALOGUE,
    CST,
    DEMO,
    DEMO_START,
    RANGES,
    SITES,
    TOWN,
    YEAR,
    payload,
    rows_of,
    schedule,
    site_of,
)
from tests.support.paths import ROOT


@settings(max_examples=200 if os.environ.get("LIANGQU_PROVE") == "full" else 20, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    cuts=st.lists(st.integers(0, 12 * 24 * 60), min_size=1, max_size=4).map(sorted),
    scripted=st.booleans(),
)
def test_any_slices_add_up_to_the_whole(seed: int, cuts: list[int], scripted: bool) -> None:
    sites = [TOWN[1], TOWN[3], BAHAOQIAO]
    script = demo_scenario(sites, DEMO_START) if scripted else None
    start, end = DEMO_START - timedelta(days=6), DEMO_START + timedelta(days=6)
    edges = [start, *(start + timedelta(minutes=cut) for cut in cuts), end]

    whole = list(messages(sites, CATALOGUE, start, end, seed, scenario=script))
    parts = [
        sent
        for left, right in pairwise(edges)
        for sent in messages(sites, CATALOGUE, left, right, seed, scenario=script)
    ]

    assert parts == whole
    assert [sent.due for sent in whole] == sorted(sent.due for sent in whole)
    assert all(start <= sent.due < end for sent in whole)


@pytest.mark.parametrize("cut", [44, 47.5, 50, 51, 52], ids="cut {} hours in".format)
def test_a_restart_within_a_gap_loses_none_of_the_late_burst(cut: float) -> None:
    """The demo's gap runs from hour 44 to 51; all of it is due in the slice that holds hour 51."""
    end, middle = DEMO_START + timedelta(hours=60), DEMO_START + timedelta(hours=cut)

    first, second = (
        list(messages(SITES, CATALOGUE, left, right, 7, scenario=DEMO))
        for left, right in ((DEMO_START, middle), (middle, end))
    )

    assert first + second == list(messages(SITES, CATALOGUE, DEMO_START, end, 7, scenario=DEMO))
    assert sum(sent.topic.endswith("town-1") for sent in first + second) == 60


def test_a_site_is_the_same_alone_and_among_others() -> None:
    end = YEAR + timedelta(days=3)
    among = [sent for sent in messages(SITES, CATALOGUE, YEAR, end, 3) if sent.topic == "liangqu/air/town-1"]

    assert list(messages([TOWN[1]], CATALOGUE, YEAR, end, 3)) == among


def test_another_process_with_another_hash_seed_says_the_same() -> None:
    program = (
        "from sensors.simulated.noise import key, normal, smooth_noise;"
        "print(key(7, 'a', 'b'), normal(key(7, 'x'), 5), smooth_noise(key(7, 'y'), 480000.25, 33))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert said == {
        f"{key(7, 'a', 'b')} {normal(key(7, 'x'), 5)} {smooth_noise(key(7, 'y'), 480000.25, 33)}\n"
    }


def test_seeds_differ() -> None:
    first, second = (list(messages(TOWN, CATALOGUE, YEAR, YEAR + timedelta(days=2), seed)) for seed in (1, 2))

    assert len({sent.payload for sent in first} & {sent.payload for sent in second}) == 0


def test_one_payload_is_the_message_of_the_stream() -> None:
    for sent, site, body in rows_of(SITES, YEAR, 10, 11):
        time = datetime.fromisoformat(body["time"])
        assert payload(CATALOGUE.sites[site], CATALOGUE, time, 11) == body, sent


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(4, [0, 4, 8, 12, 16, 20], id="every four hours from Shanghai's midnight"),
        pytest.param(1, list(range(24)), id="on the hour"),
    ],
)
def test_cycles_fall_on_shanghais_clock(hours: int, expected: list[int]) -> None:
    times = list(schedule(site_of("x", hours=hours), YEAR, YEAR + timedelta(days=1)))

    assert [time.astimezone(CST).hour for time in times] == expected
    assert all(time.tzinfo is UTC for time in times)


def test_a_slice_begins_at_its_start_and_ends_before_its_end() -> None:
    five = site_of("x", hours=1 / 12)

    times = list(schedule(five, YEAR + timedelta(seconds=1), YEAR + timedelta(minutes=10)))

    assert times == [YEAR + timedelta(minutes=5)]


def test_nothing_is_sent_off_the_cycle() -> None:
    assert payload(BAHAOQIAO, CATALOGUE, YEAR, 7) is not None
    assert payload(BAHAOQIAO, CATALOGUE, YEAR + timedelta(hours=1), 7) is None


def test_an_hour_labelled_by_its_start_says_so_and_comes_when_it_is_over() -> None:
    site = site_of("x", basis="hour", label="start")

    for sent, _, body in rows_of([site], YEAR, 1, 7):
        assert body["kind"] == "hour"
        assert sent.due - datetime.fromisoformat(body["time"]) == timedelta(hours=1)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    time=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    site=st.sampled_from(
        [
            *SITES,
            site_of("elsewhere", "water", 4, parameters=("ph", "hg", "flow")),
            site_of("odd", parameters=("radon",)),
        ]
    ),
    scripted=st.booleans(),
)
def test_every_message_is_one_that_is_taken(seed: int, time: datetime, site: Site, scripted: bool) -> None:
    at = next(schedule(site, time, time + timedelta(hours=5)))
    script = demo_scenario(SITES, at - timedelta(hours=30)) if scripted else None

    body = payload(site, CATALOGUE, at, seed, script)

    if body is None:
        assert not scripted, "only natural outages lose anything"
        return
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert set(body) <= {"time", "values", "flags"}
    assert datetime.fromisoformat(body["time"]) == at
    assert body["time"].endswith("+08:00")
    assert set(body.get("flags", {}).values()) <= {"M"}
    for name, value in body["values"].items():
        _, _, decimals, low, high = RANGES[name]
        if value is not None:
            assert low <= value <= high
            assert round(value, decimals) == value


def test_the_shipped_sites_messages_are_read_without_a_refusal() -> None:
    shipped = load()
    sent_by = set()
    for sent in messages(shipped.sites.values(), shipped, YEAR, YEAR + timedelta(days=20), 7):
        decoded = decode_message(sent.topic, sent.payload, sent.due, shipped, BOUNDS)
        assert not decoded.refused, sent
        sent_by |= {reading.site for reading in decoded.readings}
        for reading in decoded.readings:
            parameter = shipped.parameters[reading.parameter]
            assert parameter.low <= reading.value <= parameter.high

    assert sent_by == set(shipped.sites)


def test_a_site_with_units_of_its_own_sends_in_them() -> None:
    site = site_of("own", parameters=("pressure", "pm25"), units={"pressure": "hPa", "pm25": "mg/m³"})
    shipped = msgspec.structs.replace(load(), sites={"own": site})
    body = payload(site, shipped, YEAR, 7)
    assert body is not None

    sent = decode_message("liangqu/air/own", msgspec.json.encode(body), YEAR, shipped, BOUNDS)

    arrived = {reading.parameter: reading.value for reading in sent.readings}
    assert body["values"]["pressure"] == pytest.approx(10 * arrived["pressure"], rel=1e-12)
    assert body["values"]["pm25"] == pytest.approx(arrived["pm25"] / 1000, rel=1e-12)
    assert 75 < arrived["pressure"] < 96, "kPa, between 600 and 1,450 m"


def test_a_site_without_a_list_sends_what_is_typical_of_its_medium() -> None:
    air, water = (payload(site, CATALOGUE, YEAR, 7) for site in (TOWN[0], BAHAOQIAO))

    assert air is not None
    assert water is not None
    assert len(air["values"]) == 11
    assert list(water["values"]) == [
        "water_temp", "ph", "do", "conductivity", "turbidity", "codmn", "nh3n", "tp", "tn"
    ]  # fmt: skip


def test_chance_is_even_and_noise_has_mean_nought_and_deviation_one() -> None:
    of = key(1, "test")
    even = [uniform(of, i) for i in range(20_000)]
    bells = [normal(of, i) for i in range(20_000)]
    smooth = [smooth_noise(of, i * 0.37, 1.0) for i in range(50_000)]

    # Four standard errors.
    assert abs(mean(even) - 0.5) < 4 * 0.289 / math.sqrt(20_000)
    assert abs(mean(bells)) < 4 / math.sqrt(20_000)
    assert mean(x * x for x in bells) == pytest.approx(1, abs=4 * math.sqrt(2 / 20_000))
    assert mean(x * x for x in smooth) == pytest.approx(1, abs=0.05)
    assert max(map(abs, bells)) <= 3.5
