"""The plan's targets by place and date; expected values are those of the plan of 2019."""

from datetime import date
from decimal import Decimal

import pytest

from sensors.catalogue import loader
from sensors.standards.targets import target_in_force

TARGETS = loader.load().targets


@pytest.mark.parametrize(
    ("place", "on", "target", "aspiration"),
    [
        pytest.param("zone-competition", "2019-08-01", "pm25-competition", None, id="its first day"),
        pytest.param("zone-competition", "2019-07-31", None, None, id="the day before"),
        pytest.param("zone-competition", "2036-01-01", "pm25-competition", None, id="past the due year"),
        pytest.param("zone-city", "2034-12-31", None, "pm25-city", id="the city, 25 aspired to"),
        pytest.param("zone-city", "2035-01-01", "pm25-city", None, id="the city, 25 in force"),
        pytest.param("zone-elsewhere", "2026-11-22", None, None, id="a place without one"),
        pytest.param("river-baihe", "2026-11-22", "baihe-iii", "baihe-ii", id="Baihe, II aspired to"),
        pytest.param("houcheng", "2034-12-31", "baihe-iii", "baihe-ii", id="its section, the last day"),
        pytest.param("houcheng", "2035-01-01", "baihe-ii", None, id="II in force"),
        pytest.param("river-baihe", "2019-07-31", None, None, id="not even an aspiration"),
        pytest.param("bahaoqiao", "2035-01-01", "yongding-iii", None, id="Yongding stays at III"),
    ],
)
def test_what_holds_on_a_date(place: str, on: str, target: str | None, aspiration: str | None) -> None:
    rows = [row for row in TARGETS if row.concerns(place)]
    standing = target_in_force(rows, date.fromisoformat(on))

    assert (standing.target and standing.target.id) == target
    assert (standing.aspiration and standing.aspiration.id) == aspiration


def test_the_rows_are_those_of_the_plan() -> None:
    rows = {
        row.id: (row.limit, row.decimals, row.water_class, row.wording, row.valid_from.year, row.due)
        for row in TARGETS
    }

    assert rows == {
        "pm25-competition": (Decimal(25), 0, None, "stable", 2019, 2022),
        "pm25-city": (Decimal(25), 0, None, "striven_for", 2035, 2035),
        "baihe-iii": (None, None, 3, "on_average", 2019, 2022),
        "baihe-ii": (None, None, 2, "striven_for", 2035, 2035),
        "yongding-iii": (None, None, 3, "on_average", 2019, 2022),
    }
    assert {row.statistic for row in TARGETS} == {"year"}


def test_that_a_section_is_the_assessed_one_is_said_to_be_an_inference() -> None:
    assert all(row.note and "inference" in row.note.en for row in TARGETS if row.section)


def test_what_is_striven_for_binds_from_the_year_it_is_due_and_the_rest_at_once() -> None:
    binding = {
        row.id: (row.wording_on(date(2034, 12, 31)), row.wording_on(date(2035, 1, 1))) for row in TARGETS
    }

    assert binding == {
        "pm25-competition": ("stable", "stable"),
        "pm25-city": ("striven_for", "stable"),
        "baihe-iii": ("stable", "stable"),
        "baihe-ii": ("striven_for", "stable"),
        "yongding-iii": ("stable", "stable"),
    }


def test_the_loads_that_no_station_measures_are_named() -> None:
    """The plan's 10⁴ t of ammonia nitrogen."""
    assert {(row.amount, row.due) for row in loader.load().loads} == {
        (Decimal("0.42"), 2022),
        (Decimal("0.3"), 2035),
    }
