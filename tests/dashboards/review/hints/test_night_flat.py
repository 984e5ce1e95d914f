"""Flat lines at night: while neighbours move, and not where equal values are usual."""

from datetime import timedelta

import numpy as np
import pytest

from dashboards.review.curves import Floats
from dashboards.review.hints import night_flat
from dashboards.review.hints.hint import Hint, NightFlat
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(5)
OTHERS = {name: values for name, values in TABLES["pm25"].items() if name != "s0"}


def hints(values: Floats, others: dict[str, Floats] = OTHERS) -> list[Hint]:
    month = site_month("s0", "2026-10-01", {"pm25": {"s0": values} | others})
    return list(night_flat.look(month, shipped_thresholds()))


def flat(hour: int, hours: int, value: float | None = None, day: int = 10) -> Floats:
    values = TABLES["pm25"]["s0"].copy()
    start = 24 * day + hour
    values[start : start + hours] = values[start] if value is None else value
    return values


def test_nothing_is_said_of_values_that_move() -> None:
    assert hints(TABLES["pm25"]["s0"]) == []


@pytest.mark.parametrize("day", [8, 10, 20])
@pytest.mark.parametrize(("hour", "hours"), [(0, 6), (22, 8), (1, 5)])
def test_a_flat_night_is_found(hour: int, hours: int, day: int) -> None:
    (hint,) = hints(flat(hour, hours, day=day))

    assert isinstance(hint.reason, NightFlat)
    assert hint.reason.steps >= hours
    assert hint.reason.moving >= 3


@pytest.mark.parametrize(
    ("hour", "hours", "value"),
    [
        pytest.param(0, 3, None, id="short"),
        pytest.param(11, 6, None, id="by day"),
        pytest.param(0, 6, 5.0, id="at the value that clean air may stay at"),
    ],
)
def test_what_is_short_by_day_or_clean_is_not_said(hour: int, hours: int, value: float | None) -> None:
    assert hints(flat(hour, hours, value)) == []


def test_a_series_that_often_stays_may_stay_at_night() -> None:
    assert hints(np.repeat(TABLES["pm25"]["s0"][::3], 3)) == []


def test_neighbours_that_stand_still_too_are_calm_air() -> None:
    still = {name: values.copy() for name, values in OTHERS.items()}
    for values in still.values():
        values[240:246] = values[240]

    assert hints(flat(0, 6), still) == []


def test_a_site_that_reports_once_a_day_has_no_nights() -> None:
    values, others = flat(0, 6)[:120], {name: column[:120] for name, column in OTHERS.items()}
    tables = {"pm25": {"s0": np.concatenate((values[:60], np.full(60, 40.0)))} | others}

    month = site_month("s0", "2026-10-01", tables, cycle=timedelta(days=1))

    assert list(night_flat.look(month, shipped_thresholds())) == []
