"""GB 3095: limits, their dates, percentiles; the expected numbers are typed from the standards' tables."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import StatisticName
from sensors.standards.air_limits import (
    AreaClass,
    air_limit,
    air_limits,
    annual_percentile,
    has_annual_mean,
    percentile,
)
from sensors.standards.rounding import fraction_of
from sensors.standards.versions import NoStandard

OLD, INTERIM, FINAL = date(2019, 7, 18), date(2026, 11, 22), date(2031, 6, 1)

# GB 3095-2012 table 1, GB 3095-2026 table 1 (interim, final): "class 1 / class 2".
TABLE = """
so2  year       20/60    20/60    20/20
so2  day        50/150   50/150   50/50
so2  1h         150/500  150/500  150/150
no2  year       40/40    40/40    30/30
no2  day        80/80    80/80    50/50
no2  1h         200/200  200/200  200/200
co   day        4/4      4/4      4/4
co   1h         10/10    10/10    10/10
o3   o3_8h_max  100/160  100/160  100/160
o3   1h         160/200  160/200  160/200
pm10 year       40/70    40/60    20/50
pm10 day        50/150   50/120   50/100
pm25 year       15/35    15/30    10/25
pm25 day        35/75    35/60    25/50
"""
ROWS = [
    (parameter, statistic, area_class, day, Decimal(pair.split("/")[area_class - 1]))
    for parameter, statistic, *pairs in (line.split() for line in TABLE.split("\n") if line)
    for day, pair in zip((OLD, INTERIM, FINAL), pairs, strict=True)
    for area_class in (1, 2)
]


@pytest.mark.parametrize(("parameter", "statistic", "area_class", "day", "expected"), ROWS)
def test_every_limit_at_below_and_above(
    parameter: str, statistic: StatisticName, area_class: AreaClass, day: date, expected: Decimal
) -> None:
    limit = air_limit(parameter, statistic, area_class, day)
    assert limit is not None
    assert limit.limit == expected
    assert limit.unit == ("mg/m³" if parameter == "co" else "µg/m³")
    assert not limit.exceeded_by(expected), "exactly at the limit is within it"
    assert not limit.exceeded_by(float(expected))
    assert not limit.exceeded_by(expected - Decimal("0.0001"))
    assert limit.exceeded_by(expected + Decimal("0.0001"))
    assert limit.exceeded_by(Fraction(expected) + Fraction(1, 10**30))


def test_the_file_holds_these_limits_and_no_other() -> None:
    assert len(ROWS) == len(air_limits()) == 84
    assert all(limit.clause and limit.confirmed for limit in air_limits())


@pytest.mark.parametrize(
    ("day", "standard", "phase"),
    [
        pytest.param(date(2012, 2, 29), "GB 3095-2012", "only", id="its first day in 京津冀"),
        pytest.param(date(2016, 1, 1), "GB 3095-2012", "only", id="nationwide"),
        pytest.param(date(2026, 2, 28), "GB 3095-2012", "only", id="its last day"),
        pytest.param(date(2026, 3, 1), "GB 3095-2026", "interim", id="2026's first day"),
        pytest.param(date(2030, 12, 31), "GB 3095-2026", "interim", id="interim limits' last day"),
        pytest.param(date(2031, 1, 1), "GB 3095-2026", "final", id="final limits' first day"),
        pytest.param(date(2060, 1, 1), "GB 3095-2026", "final", id="long after"),
    ],
)
def test_the_date_of_the_observation_chooses(day: date, standard: str, phase: str) -> None:
    limit = air_limit("pm25", "year", 2, day)
    assert limit is not None
    assert (limit.standard, limit.phase) == (standard, phase)


def test_a_date_before_the_first_standard_says_which_are_known() -> None:
    with pytest.raises(NoStandard, match=r"2012-02-28: known are GB 3095-2012 from 2012-02-29 to 2026-02-28"):
        air_limit("pm25", "year", 2, date(2012, 2, 28))


@given(st.dates(date(2012, 2, 29), date(2100, 1, 1)))
def test_every_later_date_has_exactly_one_standard(day: date) -> None:
    versions = {(v.valid_from, v.valid_to) for v in air_limits()}
    assert sum(start <= day and (end is None or day <= end) for start, end in versions) == 1
    assert air_limit("pm25", "day", 2, day) is not None
    assert air_limit("pm25", "day", 2, day + timedelta(days=1)) is not None


@pytest.mark.parametrize(
    ("parameter", "statistic", "expected"),
    [
        ("pm25", "24h", 60),
        ("o3", "8h", 160),
        ("pm25", "year_to_date", 30),
        ("pm25", "12month", 30),
        ("pm25", "36month", 30),
        ("pm25", "1h", None),
        ("pm25", "month", None),
        ("co", "year", None),
        ("o3", "year", None),
        ("o3", "day", None),
        ("air_temp", "day", None),
    ],
)
def test_a_running_statistic_is_held_against_its_period_and_some_have_none(
    parameter: str, statistic: StatisticName, expected: int | None
) -> None:
    limit = air_limit(parameter, statistic, 2, INTERIM)
    assert (limit and limit.limit) == expected


@pytest.mark.parametrize("day", [OLD, INTERIM])
def test_a_year_is_assessed_on_percentiles_of_all_six(day: date) -> None:
    """Expected: HJ 663, annual assessment items, as public programs have them."""
    found = {name: annual_percentile(name, day) for name in ("so2", "no2", "pm10", "pm25", "co", "o3")}

    assert found == {
        "so2": ("day", 98), "no2": ("day", 98), "pm10": ("day", 95), "pm25": ("day", 95),
        "co": ("day", 95), "o3": ("o3_8h_max", 90),
    }  # fmt: skip
    assert annual_percentile("air_temp", day) is None
    assert [name for name in found if not has_annual_mean(name, day)] == ["co", "o3"]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        pytest.param([1], 95, "1", id="one value"),
        pytest.param([3, 1, 2], 0, "1", id="the smallest"),
        pytest.param([3, 1, 2], 100, "3", id="the largest"),
        pytest.param([10, 20], 95, "19.5", id="between two, 0.95 of the way"),
        pytest.param(list(range(1, 22)), 95, "20", id="21 values: rank 20 exactly"),
        pytest.param(list(range(1, 12)), 90, "10", id="11 values: rank 10 exactly"),
        pytest.param([0.1, 0.2, 0.3, 0.4], 95, "0.385", id="decimals stay exact: 0.3 + 0.85 × 0.1"),
    ],
)
def test_percentile_by_hand(values: list[float], percent: int, expected: str) -> None:
    """Expected: k = 1 + (n - 1) p, value = Xs + (Xs+1 - Xs)(k - s), HJ 663-2013."""
    assert percentile(values, percent) == Fraction(expected)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=400), st.integers(0, 100))
def test_percentile_equals_numpys(tenths: list[int], percent: int) -> None:
    ours = percentile([Decimal(value) / 10 for value in tenths], percent)
    assert float(ours) == pytest.approx(np.percentile([value / 10 for value in tenths], percent), rel=1e-9)
    assert min(tenths) <= fraction_of(ours) * 10 <= max(tenths)


def test_no_value_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="at least one"):
        percentile([], 95)
