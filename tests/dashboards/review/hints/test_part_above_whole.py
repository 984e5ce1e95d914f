"""PM2.5 above PM10: long enough, beyond the rounding of both, and never out of a single hour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.review.curves import Floats
from dashboards.review.hints import part_above_whole
from dashboards.review.hints.hint import Hint, PartAboveWhole
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(1)


def hints(tables: dict[str, dict[str, Floats]]) -> list[Hint]:
    return list(part_above_whole.look(site_month("s0", "2026-10-01", tables), shipped_thresholds()))


def planted(start: int, hours: int, factor: float) -> list[Hint]:
    fine = TABLES["pm25"]["s0"].copy()
    fine[start : start + hours] = np.round(TABLES["pm10"]["s0"][start : start + hours] * factor)
    return hints({"pm25": {"s0": fine}, "pm10": TABLES["pm10"]})


def test_nothing_is_said_of_a_month_in_which_it_is_below() -> None:
    assert hints(TABLES) == []


@given(start=st.integers(0, 700), factor=st.floats(1.1, 4))
def test_six_hours_a_tenth_above_are_found_wherever_they_lie(start: int, factor: float) -> None:
    (hint,) = planted(start, 6, factor)

    assert isinstance(hint.reason, PartAboveWhole)
    assert hint.reason.steps == 6
    assert hint.reason.whole == "pm10"
    assert (hint.end - hint.start).total_seconds() == 6 * 3600


@pytest.mark.parametrize(
    ("hours", "factor"),
    [
        pytest.param(2, 3.0, id="two hours prove nothing"),
        pytest.param(12, 1.0, id="exactly the whole is within it"),
        pytest.param(720, 0.99, id="a month just below"),
    ],
)
def test_what_is_too_short_or_not_above_is_not_said(hours: int, factor: float) -> None:
    assert planted(100, hours, factor) == []


def test_one_unit_above_is_a_matter_of_rounding() -> None:
    fine = TABLES["pm10"]["s0"] + 1  # the catalogue's part_margin

    assert hints({"pm25": {"s0": fine}, "pm10": TABLES["pm10"]}) == []


def test_two_stretches_are_one_question_with_two_intervals() -> None:
    fine = TABLES["pm25"]["s0"].copy()
    for start in (50, 400):
        fine[start : start + 6] = TABLES["pm10"]["s0"][start : start + 6] * 1.3
    fine[403] = np.nan  # a missing hour parts nothing

    (hint,) = hints({"pm25": {"s0": fine}, "pm10": TABLES["pm10"]})

    assert [(one.end - one.start).total_seconds() / 3600 for one in hint.intervals] == [6, 6]
