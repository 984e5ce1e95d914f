"""How long somebody waits between tries: not before the free ones, longer after each, at most the longest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liangqu.desk.access.throttle import OF_A_BROWSER, OF_A_NAME, LoginThrottle, allowed_from, network_of

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AGO = st.lists(st.integers(0, 7200), max_size=40).map(lambda ages: sorted(NOW - age * SECOND for age in ages))


@given(AGO)
def test_a_wait_is_never_negative_nor_beyond_the_longest(tries: list[datetime]) -> None:
    assert NOW <= max(NOW, allowed_from(tries, OF_A_NAME, NOW)) <= NOW + OF_A_NAME.longest


@given(AGO)
def test_one_more_failure_never_shortens_the_wait(tries: list[datetime]) -> None:
    assert allowed_from([*tries, NOW], OF_A_NAME, NOW) >= allowed_from(tries, OF_A_NAME, NOW)


@given(AGO)
def test_whoever_waits_long_enough_may_try(tries: list[datetime]) -> None:
    later = NOW + OF_A_NAME.longest
    assert allowed_from(tries, OF_A_NAME, later) <= later


@pytest.mark.parametrize(
    ("failed", "seconds"),
    # OF_A_BROWSER: 5 free, then 2 s doubled up to 300 s
    [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (12, 256), (13, 300), (100, 300)],
)
def test_waits_after_failures_at_once(failed: int, seconds: int) -> None:
    assert allowed_from([NOW] * failed, OF_A_BROWSER, NOW) == NOW + seconds * SECOND


@pytest.mark.parametrize(("free", "address"), [(5, "10.0.0.1"), (20, "10.0.0.{}")], ids=["one", "many"])
@given(pauses=st.lists(st.integers(1, 600), min_size=1, max_size=60))
def test_no_pace_of_tries_gets_more_than_the_free_ones_and_one_a_wait(
    free: int, address: str, pauses: list[int]
) -> None:
    """However they are spread, of one hour no more pass than the doubling allows: free + 8 + 3600 / 300."""
    throttle, now = LoginThrottle(), NOW
    taken: list[datetime] = []
    for pause in pauses:
        now += pause * SECOND
        if not throttle.begin("wang", address.format(len(taken)), now):
            taken.append(now)
    for end in taken:
        assert sum(end - OF_A_NAME.remembered < one <= end for one in taken) <= free + 8 + 12


def test_names_that_nobody_has_and_names_in_capitals_wait_alike() -> None:
    throttle = LoginThrottle()
    for _ in range(5):
        assert not throttle.begin("Wang", "10.0.0.9", NOW)

    assert throttle.begin("wANG", "10.0.0.9", NOW) == 2 * SECOND
    assert not throttle.begin("li", "10.0.0.9", NOW)


def test_guessing_a_name_elsewhere_delays_others_only_from_many_addresses() -> None:
    throttle = LoginThrottle()
    for number in range(20):
        assert not throttle.begin("wang", f"10.0.0.{number}", NOW)
        assert bool(throttle.begin("wang", "192.0.2.1", NOW, "known")) is (number >= 5)

    assert throttle.begin("wang", "192.0.2.7", NOW) == 2 * SECOND
    assert not throttle.begin("wang", "192.0.2.7", NOW, "another that is known")


def test_an_address_waits_whatever_names_it_tries() -> None:
    throttle = LoginThrottle()
    waits = [throttle.begin(f"user{number}", "10.0.0.1", NOW) for number in range(21)]

    assert [bool(wait) for wait in waits] == [False] * 20 + [True]
    assert not throttle.begin("wang", "10.0.0.2", NOW)


def test_who_signs_in_waits_no_more() -> None:
    throttle = LoginThrottle()
    for _ in range(3):
        for _ in range(4):
            throttle.begin("wang", "10.0.0.1", NOW)
        throttle.succeed("wang", "10.0.0.1", NOW)

    assert not throttle.begin("wang", "10.0.0.1", NOW)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
    ],
)
def test_whose_tries_are_counted_together(address: str, network: str) -> None:
    assert network_of(address) == network
