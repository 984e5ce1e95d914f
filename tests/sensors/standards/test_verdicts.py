"""One place decides what is met: by the statistic that a limit is for, and a plan's target from its year on.

Expected values: GB 3095 table 1 (hour, day, year), HJ 663 (a year's percentiles), the plan of 2019 (means of
a year, by 2022 and 2035).
"""

from datetime import date

import pytest

from sensors.catalogue import loader
from sensors.model import Medium, StatisticName
from sensors.standards.verdicts import (
    Against,
    Verdict,
    limit_origin,
    plan_verdict,
    section_verdict,
    standard_verdict,
)

TARGETS = {row.id: row for row in loader.load().targets}


@pytest.mark.parametrize(
    ("target", "statistic", "day", "within", "standing", "met"),
    [
        pytest.param("pm25-competition", "year", "2022-12-31", True, "met", True, id="the due year"),
        pytest.param("pm25-competition", "year", "2025-12-31", False, "not_met", False, id="a later one"),
        pytest.param("pm25-competition", "year", "2021-12-31", False, "not_due", None, id="before it is due"),
        pytest.param("pm25-competition", "month", "2025-12-31", False, "progress", None, id="a month"),
        pytest.param("pm25-competition", "year_to_date", "2025-10-31", True, "progress", None, id="to date"),
        pytest.param("pm25-competition", "12month", "2025-12-31", True, "progress", None, id="12 months"),
        pytest.param("pm25-competition", "36month", "2025-12-31", True, "progress", None, id="36 months"),
        pytest.param("pm25-competition", "month", "2025-12-31", None, "too_little", None, id="no data"),
        pytest.param("pm25-competition", "year", "2025-12-31", None, "too_little", None, id="no valid year"),
        pytest.param("pm25-city", "year", "2034-12-31", False, "not_due", None, id="striven for by 2035"),
        pytest.param("pm25-city", "year", "2035-12-31", False, "not_met", False, id="and due then"),
        pytest.param("yongding-iii", "year", "2021-12-31", True, "not_due", None, id="kept by 2022"),
    ],
)
def test_a_figure_beside_the_plan(
    target: str, statistic: StatisticName, day: str, within: bool | None, standing: str, met: bool | None
) -> None:
    made = plan_verdict(TARGETS[target], statistic, date.fromisoformat(day), within=within)

    assert (made.standing, made.met) == (standing, met)
    assert (made.against, made.statistic, made.within) == ("plan", "year", within)
    assert not made.breached


@pytest.mark.parametrize(
    ("statistic", "percentile", "standing", "of"),
    [
        pytest.param("1h", False, "not_met", "1h", id="an hour"),
        pytest.param("8h", False, "not_met", "o3_8h_max", id="8 h, held against the day's largest"),
        pytest.param("day", False, "not_met", "day", id="a day"),
        pytest.param("year", False, "not_met", "year", id="a year"),
        pytest.param("year_to_date", False, "progress", "year", id="the year to date"),
        pytest.param("12month", False, "progress", "year", id="twelve months"),
        pytest.param("36month", False, "progress", "year", id="36 months"),
        pytest.param("month", True, "progress", "year", id="a month's percentile"),
        pytest.param("year_to_date", True, "progress", "year", id="a percentile to date"),
        pytest.param("year", True, "not_met", "year", id="a year's percentile"),
    ],
)
def test_a_figure_beside_the_standard(
    statistic: StatisticName, percentile: bool, standing: str, of: StatisticName
) -> None:
    made = standard_verdict(statistic, within=False, percentile=percentile)

    assert made == Verdict(standing, "standard", of, within=False)  # type: ignore[arg-type]
    assert made.breached == (standing == "not_met")


@pytest.mark.parametrize(
    ("statistic", "standing"),
    [
        pytest.param("sample", "not_met", id="a sample"),
        pytest.param("month", "not_met", id="a month, as sections are reported"),
        pytest.param("year", "not_met", id="a year"),
        pytest.param("year_to_date", "progress", id="the year to date"),
        pytest.param("12month", "progress", id="twelve months"),
    ],
)
def test_a_class_beside_that_of_the_section(statistic: StatisticName, standing: str) -> None:
    made = section_verdict(statistic, within=False)

    assert (made.standing, made.against, made.breached) == (standing, "section", standing == "not_met")


@pytest.mark.parametrize(
    ("limit", "medium", "against"),
    [
        pytest.param("standard", "air", "standard", id="the standard in force"),
        pytest.param("target", "air", "plan", id="the plan's target of a year"),
        pytest.param("target", "water", "section", id="a section's class"),
        pytest.param(35.0, "air", "own", id="a number of one's own"),
    ],
)
def test_whose_limit_a_rule_names(limit: str | float, medium: Medium, against: Against) -> None:
    assert limit_origin(limit, medium) == against
