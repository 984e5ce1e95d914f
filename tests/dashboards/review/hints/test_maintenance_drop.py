"""Drops when maintenance begins: during it or after it, against the neighbours."""

from datetime import timedelta

import numpy as np
import pytest

from dashboards.review.curves import MaintenanceSpan
from dashboards.review.hints import maintenance_drop
from dashboards.review.hints.hint import Hint, MaintenanceDrop
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(6)
START = site_month("s0", "2026-10-01", TABLES).grid.start
HOUR = timedelta(hours=1)


def hints(begin: int, hours: int, factors: dict[range, float]) -> list[Hint]:
    values = TABLES["pm25"]["s0"].copy()
    for steps, factor in factors.items():
        values[steps.start : steps.stop] *= factor
    spans = [MaintenanceSpan("all", START + begin * HOUR, START + (begin + hours) * HOUR, "mark")]
    month = site_month("s0", "2026-10-01", {"pm25": TABLES["pm25"] | {"s0": values}}, spans)
    return list(maintenance_drop.look(month, shipped_thresholds()))


def test_maintenance_while_nothing_happens_says_nothing() -> None:
    assert hints(400, 4, {}) == []


@pytest.mark.parametrize(
    ("begin", "hours", "low", "compared"),
    [
        pytest.param(300, 6, range(300, 306), "during", id="while it lasts"),
        pytest.param(300, 6, range(306, 330), "following", id="after it"),
        pytest.param(300, 24, range(300, 400), "during", id="from then on"),
    ],
)
def test_a_drop_is_found(begin: int, hours: int, low: range, compared: str) -> None:
    (hint,) = hints(begin, hours, {low: 0.4})

    assert isinstance(hint.reason, MaintenanceDrop)
    assert hint.reason.compared == compared
    assert hint.reason.after < hint.reason.before
    assert hint.reason.begin == START + begin * HOUR


def test_values_that_drop_at_another_time_are_not_said() -> None:
    assert hints(400, 4, {range(500, 520): 0.4}) == []


def test_without_values_on_both_sides_nothing_is_said() -> None:
    assert hints(300, 4, {range(304): np.nan}) == []
