"""The season of an outlook: earlier years over the same months, the trend, and what becomes of a target.

Expected values are worked out by hand beside each row.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sensors.averages.attainment import YearSoFar, outlook
from sensors.averages.exact_sum import UNIT
from sensors.averages.live.state import MonthMean
from sensors.averages.season import FormerYear, Season, prospect, season
from sensors.calendar import MonthNumber, day_number, days_between, month_number

JANUARY = month_number(2026, 1)
NOVEMBER = day_number(date(2026, 11, 1))


def months(
    means: dict[tuple[int, int], float], invalid: tuple[int, int] | None = None
) -> dict[MonthNumber, MonthMean]:
    """Month rows of a series of air whose every day has the month's mean."""
    rows = {}
    for (year, month), mean in means.items():
        number = month_number(year, month)
        days = days_between(number, number + 1)
        total = Fraction(str(mean)) * UNIT * days
        rows[number] = MonthMean(number, days, total, days, (year, month) != invalid)
    return rows


def year(number: int, mean: float, **others: float) -> dict[tuple[int, int], float]:
    """A year of one mean, and months by name that have another."""
    names = {"nov": 11, "dec": 12, "oct": 10}
    return {(number, month): mean for month in range(1, 13)} | {
        (number, names[name]): other for name, other in others.items()
    }


def so_far(mean: str, days: int = 304, left: int = 61) -> YearSoFar:
    return YearSoFar(Fraction(mean) * days, Fraction(days), Fraction(left))


def test_earlier_years_are_weighted_by_the_days_that_are_open_now() -> None:
    """A city in October: November 30 and December 49 of last year are (30 x 30 + 31 x 49) / 61 = 39.66."""
    rows = months(year(2025, 20.0, nov=30.0, dec=49.0) | year(2024, 20.0, nov=28.0, dec=36.0))

    known = season(rows.get, JANUARY, NOVEMBER, so_far("24.8"), by_days=True)

    assert known.former == (
        FormerYear(2025, Fraction(20), Fraction(30 * 30 + 31 * 49, 61)),
        FormerYear(2024, Fraction(20), Fraction(30 * 28 + 31 * 36, 61)),
        FormerYear(2023, None, None),
    )
    assert known.projected == Fraction(30 * 30 + 31 * 49, 61) * Fraction("24.8") / 20


def test_a_month_that_is_open_counts_with_its_open_days() -> None:
    """21 November: ten days of November are left."""
    rows = months(year(2025, 20.0, nov=30.0, dec=49.0))
    open_day = day_number(date(2026, 11, 21))

    [last, *_] = season(rows.get, JANUARY, open_day, so_far("24.8", 324, 41), by_days=True).former

    assert last.rest == Fraction(10 * 30 + 31 * 49, 41)
    assert last.over == Fraction(304 * 20 + 20 * 30, 324)


def test_water_counts_months_alike() -> None:
    rows = months(year(2025, 0.1, nov=0.2, dec=0.4))
    known = season(
        rows.get, JANUARY, NOVEMBER, YearSoFar(Fraction(1), Fraction(10), Fraction(2)), by_days=False
    )

    assert known.former[0].rest == Fraction(3, 10)


def test_a_year_with_a_month_that_is_not_valid_is_no_comparison() -> None:
    rows = months(year(2025, 20.0) | year(2024, 22.0), invalid=(2025, 12))
    known = season(rows.get, JANUARY, NOVEMBER, so_far("24.8"), by_days=True)

    assert [one.rest for one in known.former] == [None, Fraction(22), None]
    assert known.projected is None


@pytest.mark.parametrize(
    ("days", "there"),
    [pytest.param(91, False, id="91 of 365 days"), pytest.param(92, True, id="92 days: a quarter and more")],
)
def test_the_trend_is_told_from_a_quarter_of_the_year_on(days: int, there: bool) -> None:
    rows = months(year(2025, 20.0))
    first = day_number(date(2026, 1, 1))
    known = season(rows.get, JANUARY, first + days, so_far("24", days, 365 - days), by_days=True)

    assert (known.projected is not None) == there


# 25 allows a sum below 25.5 x 365 = 9307.5; after 304 days of 24.8 the other 61 may average less than 28.99.
@pytest.mark.parametrize(
    ("mean", "rests", "projected", "expected"),
    [
        pytest.param("24.8", ["28", "27"], None, "on_course", id="both earlier years would do"),
        pytest.param("24.8", ["28", "39.7"], None, "at_risk", id="one of them would not"),
        pytest.param("24.8", ["28"], "34.7", "at_risk", id="by the trend it would not"),
        pytest.param("24.8", ["39.7", "32.1"], "49.2", "at_risk", id="none would, though it is possible"),
        pytest.param("31", ["20"], None, "out_of_reach", id="304 days of 31 are 9424"),
        pytest.param("24.8", [], None, "no_comparison", id="no earlier year"),
        pytest.param("24.8", [], "20", "on_course", id="only a trend"),
    ],
)
def test_what_becomes_of_25(mean: str, rests: list[str], projected: str | None, expected: str) -> None:
    made = outlook(so_far(mean), Decimal(25), 0)
    former = tuple(FormerYear(2025 - n, None, Fraction(rest)) for n, rest in enumerate(rests))

    assert prospect(made, Season(former, None if projected is None else Fraction(projected))) == expected


@pytest.mark.parametrize(
    ("limit", "came", "expected"),
    [
        pytest.param("24", "24.5", "on_course", id="24.5 rounds to 24: exactly at the edge meets it"),
        pytest.param("25", "25.5", "at_risk", id="25.5 rounds to 26: exactly at the edge does not"),
    ],
)
def test_exactly_what_is_allowed(limit: str, came: str, expected: str) -> None:
    made = outlook(so_far(came, 182, 183), Decimal(limit), 0)

    assert made.rest == Fraction(came)
    assert prospect(made, Season((FormerYear(2025, None, Fraction(came)),), None)) == expected


@pytest.mark.parametrize(("came", "expected"), [("8", "on_course"), ("3", "at_risk")])
def test_oxygen_has_to_be_at_least(came: str, expected: str) -> None:
    made = outlook(YearSoFar(Fraction(50), Fraction(10), Fraction(2)), Decimal(5), 1, direction="at_least")

    assert prospect(made, Season((FormerYear(2025, None, Fraction(came)),), None)) == expected


def test_a_year_that_is_over_has_its_verdict() -> None:
    season_of_none = Season((), None)

    assert prospect(outlook(so_far("25.49", 365, 0), Decimal(25), 0), season_of_none) == "met"
    assert prospect(outlook(so_far("25.5", 365, 0), Decimal(25), 0), season_of_none) == "missed"
