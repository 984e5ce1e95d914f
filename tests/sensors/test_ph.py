"""pH is averaged through the hydrogen ion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.ph import hydrogen, ph_mean, ph_of


def test_the_published_vector() -> None:
    """Expected: two libraries citing 环办监测函〔2020〕82号; the arithmetic mean would be 7.98."""
    assert round(ph_mean([6.5, 7.9, 8.8, 9, 6.78, 8.87]), 2) == 7.08


def test_two_units_apart_is_the_lower_plus_log_2() -> None:
    """Expected by hand: -log10((1e-6 + 1e-8) / 2) = 6.2967."""
    assert ph_mean([6.0, 8.0]) == pytest.approx(6.296709, abs=1e-6)


@given(st.floats(0, 14))
def test_one_value_is_its_own_mean(ph: float) -> None:
    assert ph_mean([ph]) == pytest.approx(ph, rel=1e-12, abs=1e-12)
    assert ph_of(hydrogen(ph)) == pytest.approx(ph, rel=1e-12, abs=1e-12)


@given(st.lists(st.floats(0, 14), min_size=1, max_size=30))
def test_the_mean_lies_between_and_order_does_not_matter(values: list[float]) -> None:
    mean = ph_mean(values)
    assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
    assert mean <= sum(values) / len(values) + 1e-9, "acid weighs more"
    assert mean == ph_mean(sorted(values))


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ZeroDivisionError):
        ph_mean([])
