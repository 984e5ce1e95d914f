"""The composite index: its two versions by hand, the months between them, and what is missing."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.standards.composite_index import CompositeIndex, composite_index
from sensors.standards.rounding import Number
from sensors.standards.versions import NoStandard

OLD, LAST_OLD, FIRST_NEW = date(2016, 12, 31), date(2026, 2, 28), date(2026, 3, 31)
FINAL = date(2031, 1, 31)
WINTER: dict[str, Number] = {
    "so2": 12.4,
    "no2": "40.5",
    "pm10": 83.5,
    "pm25": 49.49,
    "co": Fraction("4.05"),
    "o3": 72.26,
}


def singles(found: CompositeIndex) -> dict[str, str]:
    return {one.parameter: str(one.value) for one in found.singles}


def test_the_sum_of_six_by_hand() -> None:
    """Rounded first: 12, 40 (tie), 84 (tie), 49, 4.0 (tie), 72; over class 2: 60, 40, 70, 35, 4, 160."""
    found = composite_index(WINTER, OLD)

    assert singles(found) == {
        "so2": "0.20", "no2": "1.00", "pm10": "1.20", "pm25": "1.40", "co": "1.00", "o3": "0.45",
    }  # fmt: skip
    assert (found.exact, found.value) == (Fraction("5.25"), Decimal("5.25"))


def test_the_weighted_sum_of_2026_by_hand() -> None:
    """Rounded to 0.1, CO to 0.01; over the interim limits, PM10 60 and PM2.5 30; weights 1, 2, 1, 3, 1, 2."""
    found = composite_index(WINTER, FIRST_NEW)

    exact = (
        Fraction("12.4") / 60 + 2 * Fraction("40.5") / 40 + Fraction("83.5") / 60
        + 3 * Fraction("49.5") / 30 + Fraction("4.05") / 4 + 2 * Fraction("72.3") / 160
    )  # fmt: skip
    # 0.21 + 2 x 1.01 + 1.39 + 3 x 1.65 + 1.01 + 2 x 0.45
    assert (found.exact, found.value) == (exact, Decimal("10.48"))


@pytest.mark.parametrize(
    ("day", "concentrations", "published"),
    [
        pytest.param(date(2021, 2, 28), (9, 8, 45, 37, "0.9", 88), "2.82", id="Fenggang, Guizhou, 2021-02"),
        pytest.param(date(2020, 5, 31), (2, 4, 23, 18, "0.8", 106), "1.83", id="Zheng'an, Guizhou, 2020-05"),
        pytest.param(date(2023, 9, 30), (11, 16, 40, 16, "0.6", 139), "2.63", id="Wuyuan, Jiangxi, 2023-09"),
        pytest.param(date(2024, 1, 31), (3, 22, 48, 30, "0.9", 110), "3.06", id="Fuqing, Fujian, 2024-01"),
        pytest.param(date(2022, 3, 31), (9, 14, 77, 23, "1.1", 96), "3.14", id="Naiman, a quarter"),
    ],
)
def test_what_counties_published(day: date, concentrations: tuple[Number, ...], published: str) -> None:
    """Their own figures: gzfenggang.gov.cn, gzza.gov.cn, wuyuan.gov.cn, fuqing.gov.cn, naimanyun.cn.

    Each is a sum of single indices rounded half to even: summed before they are rounded Zheng'an would have
    1.84 and Naiman 3.13; with halves rounded up Fenggang 2.83. (Of Naiman's quarter the year is not given.)
    """
    named = dict(zip(("so2", "no2", "pm10", "pm25", "co", "o3"), concentrations, strict=True))

    assert composite_index(named, day).value == Decimal(published)


@pytest.mark.parametrize(
    ("on", "standard", "pm25"),
    [
        pytest.param(OLD, "HJ 663-2013", 35, id="2016"),
        pytest.param(LAST_OLD, "HJ 663-2013", 35, id="the last month of 2013"),
        pytest.param(FIRST_NEW, "HJ 663-2026", 30, id="the first of 2026"),
        pytest.param(FINAL, "HJ 663-2026", 25, id="final limits of GB 3095-2026"),
    ],
)
def test_the_date_chooses_weights_and_limits(on: date, standard: str, pm25: int) -> None:
    found = composite_index(WINTER, on)

    assert found.rule.standard == standard
    assert {one.parameter: one.limit for one in found.singles}["pm25"] == pm25


def test_before_the_first_version_there_is_none() -> None:
    with pytest.raises(NoStandard, match="HJ 663-2013"):
        composite_index(WINTER, date(2013, 9, 30))


@pytest.mark.parametrize("missing", WINTER)
def test_no_sum_of_fewer_than_six(missing: str) -> None:
    found = composite_index({name: value for name, value in WINTER.items() if name != missing}, OLD)

    assert (found.value, len(found.singles)) == (None, 5)


@given(st.fixed_dictionaries({name: st.integers(0, 6000) for name in WINTER}))
def test_at_every_limit_it_is_the_sum_of_the_weights(tenths: dict[str, int]) -> None:
    """At the limit each single index is 1; between, the index is linear in the rounded concentrations."""
    found = composite_index({name: Fraction(value, 10) for name, value in tenths.items()}, FIRST_NEW)
    at_limits = composite_index({one.parameter: one.limit for one in found.singles}, FIRST_NEW)

    assert at_limits.value == Decimal("10.00")
    assert found.exact == sum(
        one.weight * Fraction(tenths[one.parameter], 10) / Fraction(one.limit) for one in found.singles
    )
