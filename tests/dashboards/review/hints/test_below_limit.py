"""Values that stop just below a limit: heaped there, next to none beyond, others clearly lower."""

import numpy as np
import pytest

from dashboards.review.curves import Floats
from dashboards.review.hints import below_limit
from dashboards.review.hints.hint import BelowLimit, Hint
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(3)


def hints(values: Floats) -> list[Hint]:
    month = site_month("s0", "2026-10-01", {"pm25": {"s0": values}})
    return list(below_limit.look(month, shipped_thresholds()))


def clipped(days: int, limit: float, held: list[float]) -> Floats:
    """From the window of so many days that is most often above the limit."""
    values = TABLES["pm25"]["s0"].copy()
    over = np.convolve(values > limit, np.ones(24 * days), "valid")
    start = int(np.argmax(np.where(over <= 18 * days, over, 0)))
    part = values[start : start + 24 * days]
    above = np.flatnonzero(part > limit)
    part[above] = np.resize(held, len(above))
    return values


def test_nothing_is_said_of_values_that_pass_limits() -> None:
    assert hints(TABLES["pm25"]["s0"]) == []


@pytest.mark.parametrize(
    ("days", "limit", "held", "source"),
    [
        pytest.param(7, 60, [59.0], "GB 3095-2026 day", id="one value"),
        pytest.param(7, 60, [60.0], "GB 3095-2026 day", id="exactly at the limit, which is within it"),
        pytest.param(7, 60, [59.0, 58.5, 60.0], "GB 3095-2026 day", id="some noise"),
        pytest.param(7, 60, [57.0, 59.0, 60.0, 58.0, 56.5], "GB 3095-2026 day", id="spread over a twentieth"),
        pytest.param(3, 60, [59.2, 59.6], "GB 3095-2026 day", id="three days"),
        pytest.param(7, 75, [74.0], "GB 3095-2012 day", id="the former limit, said to be former"),
    ],
)
def test_a_clipped_stretch_is_found_with_its_limit(
    days: int, limit: float, held: list[float], source: str
) -> None:
    (hint,) = hints(clipped(days, limit, held))

    assert isinstance(hint.reason, BelowLimit)
    assert (hint.reason.limit, hint.reason.source) == (limit, source)
    assert hint.reason.in_force is ("2026" in source)
    assert hint.reason.held >= 10
    assert hint.reason.beyond <= 0.1 * hint.reason.held


def test_a_series_that_always_stays_there_stops_at_nothing() -> None:
    assert hints(np.resize([58.0, 59.0, 60.0], 720)) == []


def test_values_that_stop_where_no_limit_is_are_not_said() -> None:
    assert hints(clipped(7, 68, [67.0])) == []
