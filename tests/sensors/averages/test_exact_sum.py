"""Exact sums: nothing lost, ties kept, pH through hydrogen ions."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import fsum, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.averages.bulk.exact_column import ExactColumn, to_floats, to_summands
from sensors.averages.config import config_of_site
from sensors.averages.exact_sum import ACIDITY, ARITHMETIC, UNIT, mean, mean_ph, to_exact, to_hydrogen_ions
from sensors.averages.live.state import parse_total, to_text
from sensors.catalogue.model import Site
from sensors.model import Name
from sensors.standards.rounding import round_half_even
from tests.support.scale import scaled

LIKE_A_STATION = config_of_site(
    Site("s", "air", Name("站", "s"), timedelta(minutes=1), timedelta(minutes=2)), "pm25"
)
finite = st.floats(allow_nan=False, allow_infinity=False)
printed = st.builds(lambda whole, places: whole / 10**places, st.integers(-(10**8), 10**8), st.integers(0, 7))


@given(st.one_of(finite, printed))
def test_a_summand_is_the_shortest_decimal_text(value: float) -> None:
    assert Fraction(to_exact(value)) / UNIT == Fraction(repr(value))


@given(st.one_of(finite, printed))
def test_a_sum_survives_the_journal_as_text(value: float) -> None:
    assert parse_total(to_text(to_exact(value))) == to_exact(value)


@pytest.mark.heavy
@settings(max_examples=scaled(20_000))
@given(st.lists(printed, min_size=1, max_size=30), st.integers(0, 4))
def test_rounding_the_mean_rounds_the_fraction(values: list[float], decimals: int) -> None:
    total = sum(to_exact(value) for value in values)
    fraction = sum((Fraction(repr(value)) for value in values), Fraction(0)) / len(values)

    value = mean(total, len(values))

    assert value == pytest.approx(float(fraction), rel=1e-15, abs=1e-300)
    assert round_half_even(value, decimals) == round_half_even(fraction, decimals)


@pytest.mark.parametrize(
    ("total", "n", "decimals", "rounded"),
    [
        pytest.param(Fraction(245 * UNIT, 10), 1, 0, "24", id="a tie goes to the even digit below"),
        pytest.param(Fraction(255 * UNIT, 10), 1, 0, "26", id="a tie goes to the even digit above"),
        pytest.param(Fraction(245 * UNIT, 10) + Fraction(1, 10**20), 1, 0, "25", id="a hair above a tie"),
        pytest.param(Fraction(255 * UNIT, 10) - Fraction(1, 10**20), 1, 0, "25", id="a hair below a tie"),
        pytest.param(2_675_000 * 3, 3, 2, "2.68", id="2.675, whose float lies below it"),
        pytest.param(835_000, 1, 2, "0.84", id="0.835"),
    ],
)
def test_ties_and_their_neighbours(total: int, n: int, decimals: int, rounded: str) -> None:
    assert round_half_even(mean(total, n), decimals) == Decimal(rounded)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            [6.5, 7.9, 8.8, 9, 6.78, 8.87], "7.08", id="the vector of two libraries, 环办监测函〔2020〕82号"
        ),
        pytest.param([7.1, 7.1, 7.1], "7.10", id="equal values give themselves"),
        pytest.param([6, 8], "6.30", id="the acid one weighs a hundred times"),
        pytest.param([0, 14], "0.30", id="the whole range"),
    ],
)
def test_ph_is_averaged_through_hydrogen_ions(values: list[float], expected: str) -> None:
    total = sum(to_hydrogen_ions(value) for value in values)

    assert round_half_even(mean_ph(total, len(values)), 2) == Decimal(expected)


@given(st.lists(st.floats(0, 14), min_size=1, max_size=30))
def test_the_exact_ph_is_the_one_in_floats(values: list[float]) -> None:
    total = sum(to_hydrogen_ions(value) for value in values)

    in_floats = -log10(fsum(10.0**-value for value in values) / len(values))
    assert mean_ph(total, len(values)) == pytest.approx(in_floats, rel=1e-9, abs=1e-9)


@given(st.integers(0, 1400))
def test_a_single_ph_is_its_own_mean(hundredths: int) -> None:
    assert mean_ph(to_hydrogen_ions(hundredths / 100), 1) == hundredths / 100


@given(st.lists(st.one_of(printed, finite), min_size=1, max_size=20), st.data())
def test_columns_say_what_single_values_say(values: list[float], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 9), min_size=len(values), max_size=len(values)))

    made = to_floats(to_summands(np.array(values), ARITHMETIC), np.array(counts), ARITHMETIC)

    assert [one if n else None for one, n in zip(made.tolist(), counts, strict=True)] == [
        mean(to_exact(value), n) if n else None for value, n in zip(values, counts, strict=True)
    ]


def test_a_column_of_large_numbers_does_not_overflow() -> None:
    numbers = np.array([2**61, 2**61, 2**61])
    column = ExactColumn(numbers, 1)

    assert column.sums(np.array([0])).numbers.tolist() == [3 * 2**61]
    assert column.between(np.array([0]), np.array([3])).numbers.tolist() == [3 * 2**61]
    assert column.means(np.array([1, 2, 3])).numbers.tolist() == [6 * 2**61, 3 * 2**61, 2 * 2**61]
    assert to_summands(np.array([7.0, 8.0]), ACIDITY).numbers.tolist() == [
        to_hydrogen_ions(7.0),
        to_hydrogen_ions(8.0),
    ]
