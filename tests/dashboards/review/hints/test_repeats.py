"""Two stations that repeat each other, at any small lag; constant values prove nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.review.curves import Floats
from dashboards.review.hints import repeats
from dashboards.review.hints.hint import Hint, Repeats
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(3)


def hints(values: Floats, others: dict[str, Floats]) -> list[Hint]:
    month = site_month("s0", "2026-10-01", {"pm25": {"s0": values} | others})
    return list(repeats.look(month, shipped_thresholds()))


OTHERS = {name: values for name, values in TABLES["pm25"].items() if name != "s0"}


def copied(start: int, hours: int, lag: int, change: float = 0.0) -> list[Hint]:
    values = TABLES["pm25"]["s0"].copy()
    values[start : start + hours] = OTHERS["s3"][start - lag : start - lag + hours] + change
    return hints(values, OTHERS)


def test_nothing_is_said_of_stations_that_rise_and_fall_together() -> None:
    assert hints(TABLES["pm25"]["s0"], OTHERS) == []


@given(start=st.integers(10, 680), lag=st.integers(-6, 6), change=st.sampled_from([0.0, 0.4, -1.0]))
def test_a_copied_day_is_found_with_whom_and_how_late(start: int, lag: int, change: float) -> None:
    (hint,) = copied(start, 24, lag, change)

    assert isinstance(hint.reason, Repeats)
    assert (hint.reason.other, hint.reason.lag) == ("s3", lag)
    # Hours beside the copied ones may lie within one of the last digit by chance, and belong to it then.
    assert abs(change) - 1e-9 <= hint.reason.largest <= max(abs(change), 1.0) + 1e-9
    assert hint.reason.steps >= 20


@pytest.mark.parametrize(
    ("hours", "change"), [pytest.param(5, 0.0, id="short"), pytest.param(48, 3.0, id="three units apart")]
)
def test_what_is_short_or_apart_is_not_said(hours: int, change: float) -> None:
    assert copied(300, hours, 0, change) == []


def test_two_flat_stations_repeat_nothing() -> None:
    flat = np.full(720, 3.0)

    assert hints(flat, {"s1": flat.copy()}) == []


def test_missing_hours_part_nothing() -> None:
    values = TABLES["pm25"]["s0"].copy()
    values[300:324] = OTHERS["s3"][300:324]
    values[[305, 311]] = np.nan

    (hint,) = hints(values, OTHERS)

    assert (hint.end - hint.start).total_seconds() / 3600 == 24


@pytest.mark.parametrize("lag", [24, 48, 168])
def test_a_station_that_repeats_its_own_day_is_found(lag: int) -> None:
    values = TABLES["pm25"]["s0"].copy()
    values[300:324] = values[300 - lag : 324 - lag]

    (hint,) = hints(values, OTHERS)

    assert isinstance(hint.reason, Repeats)
    assert (hint.reason.other, hint.reason.lag) == ("s0", lag)


@pytest.mark.parametrize("size", [1, 2, 6, 24, 100])
def test_a_month_that_has_just_begun_is_looked_at_too(size: int) -> None:
    assert hints(TABLES["pm25"]["s0"][:size], {"s1": TABLES["pm25"]["s1"][:size]}) == []
