"""A station that leaves its neighbours for days, and one that always differs from them."""

from datetime import timedelta

import pytest

from dashboards.review.curves import Floats
from dashboards.review.hints import leaves_neighbours
from dashboards.review.hints.hint import Hint, LeavesNeighbours
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import made_month, site_month

TABLES = made_month(4)


def hints(values: Floats, sites: int = 6) -> list[Hint]:
    others = {name: TABLES["pm25"][name] for name in list(TABLES["pm25"])[1:sites]}
    month = site_month("s0", "2026-10-01", {"pm25": {"s0": values} | others})
    return list(leaves_neighbours.look(month, shipped_thresholds()))


def times(factor: float, start: int, days: int) -> Floats:
    values = TABLES["pm25"]["s0"].copy()
    values[start : start + 24 * days] *= factor
    return values


def test_nothing_is_said_of_a_station_that_goes_with_them() -> None:
    assert hints(TABLES["pm25"]["s0"]) == []


@pytest.mark.parametrize("start", [0, 200, 648])
@pytest.mark.parametrize("factor", [0.5, 0.6, 1.7, 2.0])
def test_three_days_at_another_level_are_found(factor: float, start: int) -> None:
    (hint,) = hints(times(factor, start, 3))

    assert isinstance(hint.reason, LeavesNeighbours)
    assert (hint.reason.ratio < 1) is (factor < 1)
    assert hint.reason.neighbours == 5
    begin = SITE_START + start * HOUR
    inside = [min(one.end, begin + 3 * DAY) - max(one.start, begin) for one in hint.intervals]
    assert max(inside) > 2 * DAY


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE_START = site_month("s0", "2026-10-01", {"pm25": TABLES["pm25"]}).grid.start


def test_a_station_that_is_always_twice_its_neighbours_has_not_left_them() -> None:
    assert hints(times(2.0, 0, 30)) == []


def test_one_neighbour_is_not_enough() -> None:
    assert hints(times(0.5, 200, 3), sites=2) == []
