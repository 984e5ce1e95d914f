"""Pictures of water items and of missing data: scales that tell, rows that reach across."""

import re
from datetime import UTC, datetime

import pytest

from dashboards.reports.figures import bars, trends
from dashboards.reports.figures.bars import CaptureShares
from dashboards.reports.figures.panels import even_rows
from dashboards.reports.figures.trends import Trend
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords
from sensors.standards.water_limits import ItemLimits, assessed, standard_on

MONTH, EN = Month.parse("2026-10"), ReportWords("en")


def limits(item: str) -> ItemLimits:
    return assessed(standard_on(MONTH.first), "river")[item]


def trend(item: str, *values: float) -> Trend:
    times = [datetime(2026, 10, 1 + number, tzinfo=UTC) for number in range(len(values))]
    return Trend(item, limits(item), list(zip(times, values, strict=True)))


@pytest.mark.parametrize(
    ("count", "lengths"),
    [(0, []), (1, [1]), (3, [3]), (4, [2, 2]), (5, [2, 3]), (6, [3, 3]), (7, [2, 3, 2]), (8, [3, 2, 3])],
)
def test_rows_of_pictures_are_even_and_leave_no_hole(count: int, lengths: list[int]) -> None:
    rows = even_rows(count)

    assert [len(row) for row in rows] == lengths
    assert [number for row in rows for number in row] == list(range(count))


@pytest.mark.parametrize(
    ("item", "values", "low", "high"),
    [
        pytest.param("ph", (7.9, 8.1, 8.3), 7.75, 8.5, id="pH: what the values span, not 6 to 9"),
        pytest.param("do", (9.6, 11.2), 9.0, 12.0, id="oxygen far above its limits: not from nought"),
        pytest.param("codmn", (2.2, 3.1), 0.0, 5.0, id="what must stay below: from nought beyond its limit"),
    ],
)
def test_the_scale_is_that_of_the_values(
    item: str, values: tuple[float, ...], low: float, high: float
) -> None:
    """Limits of GB 3838-2002: pH 6 to 9, dissolved oxygen from 7.5, permanganate index of class II 4."""
    found = trends._range(trend(item, *values), values)

    assert found[0] <= min(values)
    assert found[1] >= max(values)
    assert found[0] >= low - 0.5
    assert found[1] <= high + 0.5


def test_a_site_that_lacks_data_has_two_dots_and_both_numbers() -> None:
    rows = [CaptureShares("Wujinku", 0.912, 0.995), CaptureShares("Yunding", None, None)]

    svg = bars.capture(rows, EN, "capture").svg

    texts = re.findall(r">([^<>]+)</text>", svg)
    assert "91.2 % / 99.5 %" in texts
    assert "– / –" in texts
    assert "90 %" in texts  # where the scale begins
    assert "85 %" not in texts


@pytest.mark.parametrize(
    ("shares", "worst"),
    [((0.9, 0.99), 0.9), ((0.99, 0.5), 0.5), ((None, 0.7), 0.7), ((None, None), 1.0)],
)
def test_what_was_not_expected_is_not_missing(
    shares: tuple[float | None, float | None], worst: float
) -> None:
    assert CaptureShares("x", *shares).worst == worst
