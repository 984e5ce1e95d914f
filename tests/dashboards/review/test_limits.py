"""The law's numbers that values may stop at: each once, what is in force first, said where it comes from."""

from datetime import date

import pytest
from msgspec.structs import replace

from dashboards.review.limits import LawLimit, limits_of
from sensors.catalogue import loader
from tests.support.review_months import a_site

CATALOGUE = loader.load()


@pytest.mark.parametrize(
    ("parameter", "on", "value", "source", "in_force"),
    [
        pytest.param(
            "pm25", date(2026, 10, 1), 60.0, "GB 3095-2026 day", True, id="a day's limit of class 2"
        ),
        pytest.param("pm25", date(2026, 10, 1), 75.0, "GB 3095-2012 day", False, id="of the former standard"),
        pytest.param("pm25", date(2016, 10, 1), 75.0, "GB 3095-2012 day", True, id="in force then"),
        pytest.param("pm25", date(2026, 10, 1), 50.0, "GB 3095-2026 day", False, id="to come in 2031"),
        pytest.param("pm25", date(2026, 10, 1), 115.0, "HJ 633-2026 pm25", True, id="a step of the index"),
        pytest.param("co", date(2026, 10, 1), 10.0, "GB 3095-2026 1h", True, id="an hour's limit"),
    ],
)
def test_a_number_says_where_it_comes_from(
    parameter: str, on: date, value: float, source: str, in_force: bool
) -> None:
    found = limits_of(a_site("s"), parameter, CATALOGUE, on)

    assert next(one for one in found if one.value == value) == LawLimit(value, source, in_force)


def test_each_number_stands_once_and_what_is_in_force_comes_first() -> None:
    found = limits_of(a_site("s"), "pm25", CATALOGUE, date(2026, 10, 1))

    assert len({one.value for one in found}) == len(found)
    assert [one.in_force for one in found] == sorted((one.in_force for one in found), reverse=True)


def test_a_place_has_its_plan_s_target_too() -> None:
    known = replace(CATALOGUE, sites={"s": replace(a_site("s"), zone="competition")})

    found = limits_of(known.sites["s"], "pm25", known, date(2026, 10, 1))

    assert LawLimit(25.0, "pm25-competition", in_force=True) in found


@pytest.mark.parametrize(
    ("waterbody", "values"),
    [("river", {0.02, 0.1, 0.2, 0.3, 0.4}), ("lake", {0.01, 0.025, 0.05, 0.1, 0.2})],
)
def test_water_has_the_classes_of_its_kind(waterbody: str, values: set[float]) -> None:
    """GB 3838-2002 table 1, total phosphorus."""
    site = replace(a_site("w", "water"), waterbody=waterbody)

    assert {one.value for one in limits_of(site, "tp", CATALOGUE, date(2026, 10, 1))} == values


def test_oxygen_s_limits_are_lowest_values_and_a_range_has_none() -> None:
    site = a_site("w", "water")

    assert {one.upper for one in limits_of(site, "do", CATALOGUE, date(2026, 10, 1))} == {False}
    assert limits_of(site, "ph", CATALOGUE, date(2026, 10, 1)) == ()


def test_before_any_standard_nothing_is_in_force() -> None:
    assert not any(one.in_force for one in limits_of(a_site("s"), "pm25", CATALOGUE, date(1999, 1, 1)))
    assert not any(one.in_force for one in limits_of(a_site("w", "water"), "tp", CATALOGUE, date(1999, 1, 1)))
