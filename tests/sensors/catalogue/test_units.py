"""Units convert by moving the decimal point, and in no other way."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.catalogue.loader import load
from sensors.catalogue.units import power_of_ten, shift


@pytest.mark.parametrize(
    ("sent", "unit", "power"),
    [
        pytest.param("ng/m3", "µg/m³", -3, id="HJ 212 annex B's PM2.5"),
        pytest.param("mg/m3", "µg/m³", 3, id="HJ 212 annex B's SO2"),
        pytest.param("μg/m³", "µg/m³", 0, id="Greek mu is the micro sign"),
        pytest.param("ug/L", "mg/L", -3, id="HJ 212 annex B's total metals"),
        pytest.param("mg/m3", "mg/L", -3, id="a laboratory's chlorophyll"),
        pytest.param("hPa", "kPa", -1, id="the weather service's pressure"),
        pytest.param("mS/m", "µS/cm", 1, id="1 mS/m = 10 µS/cm"),
        pytest.param("L/s", "m³/s", -3, id="waste water's flow"),
        pytest.param("个/L", "count/L", 0, id="one spelling of bacteria"),
        pytest.param("个/mL", "cells/L", 3, id="and the same of algae"),
        pytest.param("furlong", "furlong", 0, id="an unknown unit is itself"),
        pytest.param("ppb", "µg/m³", None, id="ppb needs a molar mass"),
        pytest.param("mg/L", "µS/cm", None, id="other dimension"),
        pytest.param("MG/L", "mg/L", None, id="case matters: M is no m"),
    ],
)
def test_power_of_ten(sent: str, unit: str, power: int | None) -> None:
    assert power_of_ten(sent, unit) == power


def test_every_unit_of_the_catalogue_is_in_the_table() -> None:
    parameters = load().parameters.values()
    assert [p.id for p in parameters if power_of_ten(p.unit.replace("µ", "u"), p.unit) is None] == []


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.integers(-6, 6))
def test_shift_is_the_nearest_float_to_the_shifted_decimal_text(value: float, power: int) -> None:
    assert shift(value, power) == float(Fraction(repr(value)) * Fraction(10) ** power)


def test_shift_keeps_the_digits_where_multiplying_would_not() -> None:
    assert 0.0069 * 1000 != 6.9
    assert shift(0.0069, 3) == 6.9
