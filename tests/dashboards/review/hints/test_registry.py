"""All hints together, on months of any length, with gaps and without anything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dashboards.review.curves import Floats, MaintenanceSpan
from dashboards.review.hints.registry import HINTS, hints_of
from tests.support.review_months import made_month, site_month


@given(
    size=st.integers(1, 200),
    sites=st.integers(1, 4),
    missing=st.sampled_from([0.0, 0.3, 0.97, 1.0]),
    seed=st.integers(0, 1000),
)
def test_no_month_is_too_short_or_too_empty(size: int, sites: int, missing: float, seed: int) -> None:
    tables = made_month(seed, sites=sites, hours=size)
    numbers = np.random.default_rng(seed)
    for table in tables.values():
        for values in table.values():
            values[numbers.random(size) < missing] = np.nan
    month = site_month("s0", "2026-10-01", tables)
    grid = month.grid
    span = MaintenanceSpan("all", grid.time(size // 2), grid.time(size // 2 + 3), "mark")

    for hint in hints_of(replace(month, maintenance=(span,))):
        assert hint.start < hint.end
        assert hint.kind in HINTS
        assert all(hint.start <= one.start < one.end <= hint.end for one in hint.intervals)


@pytest.mark.parametrize("value", [0.0, 75.0, -3.0])
def test_a_month_of_one_value_says_nothing(value: float) -> None:
    flat: dict[str, dict[str, Floats]] = {
        parameter: {f"s{at}": np.full(720, value) for at in range(4)} for parameter in ("pm25", "pm10", "o3")
    }

    assert hints_of(site_month("s0", "2026-10-01", flat)) == []


def test_hints_lie_in_the_order_of_time_and_the_same_month_has_the_same() -> None:
    tables = made_month(3)
    tables["pm25"]["s0"][500:506] = tables["pm10"]["s0"][500:506] * 1.5
    tables["pm25"]["s0"][100:172] *= 0.4

    found = hints_of(site_month("s0", "2026-10-01", tables))

    assert [hint.start for hint in found] == sorted(hint.start for hint in found)
    assert len(found) >= 2
    assert found == hints_of(site_month("s0", "2026-10-01", tables))
