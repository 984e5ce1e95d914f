"""The air quality index against the standards' tables and worked examples, typed here a second time."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import IndexSpan
from sensors.standards.aqi import (
    IndexReport,
    Item,
    iaqi_of,
    index,
    level_of,
    preliminary_clause,
    report,
    report_on,
)
from sensors.standards.versions import NoStandard

HOUR_2012, DAY_2012 = report("HJ 633-2012", "hour"), report("HJ 633-2012", "day")
HOUR_2026, DAY_2026 = report("HJ 633-2026", "hour"), report("HJ 633-2026", "day")
LIVE = report("cnemc-live-2012", "hour")

# HJ 633-2012, table 1, and -2026, table 3, one column a line: IAQI 0 50 100 150 200 300 400 500.
STEPS = (0, 50, 100, 150, 200, 300, 400, 500)
BREAKPOINTS = """
day  so2       0  50 150 475  800 1600 2100 2620
hour so2       0 150 500 650  800
day  no2       0  40  80 180  280  565  750  940
hour no2       0 100 200 700 1200 2340 3090 3840
day  co        0   2   4  14   24   36   48   60
hour co        0   5  10  35   60   90  120  150
day  o3_8h     0 100 160 215  265  800
hour o3        0 160 200 300  400  800 1000 1200
"""
PM_2012 = """
day  pm10      0  50 150 250  350  420  500  600
day  pm25      0  35  75 115  150  250  350  500
hour pm10_24h  0  50 150 250  350  420  500  600
hour pm25_24h  0  35  75 115  150  250  350  500
"""
PM_2026 = """
day  pm10      0  50 120 250  350  420  500  600
day  pm25      0  35  60 115  150  250  350  500
hour pm10      0  50 120 250  350  420  500  600
hour pm25      0  35  60 115  150  250  350  500
"""


def _columns(rule: str, text: str) -> list[tuple[IndexReport, str, list[int]]]:
    rows = [line.split() for line in text.split("\n") if line]
    return [(report(rule, span), item, [int(c) for c in steps]) for span, item, *steps in rows]


COLUMNS = [*_columns("HJ 633-2012", BREAKPOINTS + PM_2012), *_columns("HJ 633-2026", BREAKPOINTS + PM_2026)]
POINTS = [(by, item, steps, at) for by, item, steps in COLUMNS for at in range(len(steps))]


def item_of(by: IndexReport, name: str) -> Item:
    return next(item for item in by.items if item.id == name)


def by_hand(steps: list[int], concentration: Fraction) -> int:
    """The formula of the standards, read off the typed table with a plain loop."""
    for at in range(1, len(steps)):
        if concentration <= steps[at]:
            slope = Fraction(STEPS[at] - STEPS[at - 1], steps[at] - steps[at - 1])
            return ceil(slope * (concentration - steps[at - 1]) + STEPS[at - 1])
    raise AssertionError("above the table")


def _id(value: object) -> str | None:
    return f"{value.rule} {value.statistic}" if isinstance(value, IndexReport) else None


@pytest.mark.parametrize(("by", "item", "steps", "at"), POINTS, ids=_id)
def test_at_every_breakpoint_the_index_is_its_step(
    by: IndexReport, item: str, steps: list[int], at: int
) -> None:
    assert iaqi_of(item_of(by, item), steps[at]) == STEPS[at]
    assert iaqi_of(item_of(by, item), float(steps[at])) == STEPS[at]
    assert iaqi_of(item_of(by, item), f"{steps[at]}.0") == STEPS[at]


@pytest.mark.parametrize(("by", "item", "steps", "at"), [p for p in POINTS if p[3]], ids=_id)
def test_just_below_every_breakpoint(by: IndexReport, item: str, steps: list[int], at: int) -> None:
    """The unit that counts below: 0.1 for CO, 1 for the rest; and 0.001 below, which 2026 rounds away."""
    unit = Fraction(1, 10) if item == "co" else Fraction(1)
    assert iaqi_of(item_of(by, item), steps[at] - unit) == by_hand(steps, steps[at] - unit)
    assert iaqi_of(item_of(by, item), Decimal(steps[at]) - Decimal("0.001")) == STEPS[at]


@pytest.mark.parametrize(("by", "item", "steps", "at"), [p for p in POINTS if p[3] < len(p[2]) - 1], ids=_id)
def test_just_above_every_breakpoint(by: IndexReport, item: str, steps: list[int], at: int) -> None:
    """A thousandth above is the next whole index in 2012, where nothing is rounded first; not in 2026."""
    unit = Fraction(1, 10) if item == "co" else Fraction(1)
    assert iaqi_of(item_of(by, item), steps[at] + unit) == by_hand(steps, steps[at] + unit)
    above = iaqi_of(item_of(by, item), Decimal(steps[at]) + Decimal("0.001"))
    assert above == STEPS[at] + (1 if by.rule == "HJ 633-2012" else 0)


@pytest.mark.parametrize(("by", "item", "steps"), COLUMNS, ids=_id)
def test_above_the_table(by: IndexReport, item: str, steps: list[int]) -> None:
    """500; but SO2 1 h and O3 8 h above 800 have no index in 2012, and 200 and 300 in 2026."""
    short = {
        ("HJ 633-2012", 5): None,
        ("HJ 633-2012", 6): None,
        ("HJ 633-2026", 5): 200,
        ("HJ 633-2026", 6): 300,
    }
    expected = short.get((by.rule, len(steps)), 500)
    for beyond in (1, 2, 100_000):
        assert iaqi_of(item_of(by, item), steps[-1] + beyond) == expected
    if by.rule == "HJ 633-2012":
        assert iaqi_of(item_of(by, item), Decimal(steps[-1]) + Decimal("0.001")) == expected


@pytest.mark.parametrize(("by", "item", "steps"), COLUMNS, ids=_id)
@given(tenths=st.integers(0, 40_000))
def test_between_the_breakpoints(by: IndexReport, item: str, steps: list[int], tenths: int) -> None:
    concentration = Decimal(tenths) / 10
    if by.rule == "HJ 633-2026" and item != "co":
        concentration = Decimal(round(concentration))  # Python rounds a Decimal half to even
    if concentration <= steps[-1]:
        expected = by_hand(steps, Fraction(concentration))
        assert iaqi_of(item_of(by, item), Decimal(tenths) / 10) == expected
        assert iaqi_of(item_of(by, item), tenths / 10) == expected


def test_every_item_of_every_report_is_in_the_typed_tables() -> None:
    """Expected: 2012 hour 7 (PM 1 h has no table), day 7; 2026 hour 6, day 6 (O3 8 h only)."""
    typed = {(by.rule, by.statistic, item) for by, item, _ in COLUMNS} | {("HJ 633-2012", "day", "o3")}
    typed |= {("HJ 633-2012", "hour", "o3_8h")}
    reports = (HOUR_2012, DAY_2012, HOUR_2026, DAY_2026)
    assert {(by.rule, by.statistic, item.id) for by in reports for item in by.items} == typed
    assert [len(by.items) for by in reports] == [7, 7, 6, 6]


@pytest.mark.parametrize(
    ("by", "concentrations", "expected"),
    [
        pytest.param(HOUR_2026, {"pm25": "60"}, 100, id="2026 PM2.5 60"),
        pytest.param(DAY_2012, {"pm25": "60"}, 82, id="2012 PM2.5 60: 81.25 up"),
        pytest.param(DAY_2026, {"pm25": "75"}, 114, id="2026 PM2.5 75: 113.6 up"),
        pytest.param(DAY_2012, {"pm25": "75"}, 100, id="2012 PM2.5 75"),
        pytest.param(DAY_2026, {"pm10": "150"}, 112, id="2026 PM10 150: 111.5 up"),
        pytest.param(DAY_2012, {"pm10": "150"}, 100, id="2012 PM10 150"),
        pytest.param(HOUR_2026, {"pm25": "60.5"}, 100, id="2026: 60.5 is rounded to the even 60"),
        pytest.param(HOUR_2026, {"pm25": "61.5"}, 102, id="2026: 61.5 is rounded to the even 62"),
        pytest.param(HOUR_2026, {"pm25": "60.6"}, 101, id="2026: 60.6 is rounded to 61"),
        pytest.param(HOUR_2026, {"co": "5.05"}, 50, id="2026: CO 5.05 to the even 5.0"),
        pytest.param(HOUR_2026, {"co": "5.15"}, 52, id="2026: CO 5.15 to the even 5.2"),
        pytest.param(HOUR_2012, {"co": "5.05"}, 51, id="2012: CO as it is, 50.5 up"),
        pytest.param(HOUR_2026, {"co": "65.4"}, 218, id="exactly 218: float noise would give 219"),
        pytest.param(DAY_2026, {"co": "2.2"}, 55, id="exactly 55: float noise would give 56"),
        pytest.param(HOUR_2012, {"pm25_24h": "37"}, 53, id="2012 hour takes the 24 h PM"),
        pytest.param(HOUR_2026, {"o3": "0"}, 0, id="nothing in the air"),
    ],
)
def test_worked_examples(by: IndexReport, concentrations: dict[str, str], expected: int) -> None:
    """Expected: the worked checks of the standards' dossier, and the formula by hand."""
    found = index(concentrations, by)
    assert found is not None
    assert found.aqi == expected


@pytest.mark.parametrize(
    ("by", "ignored"),
    [
        pytest.param(HOUR_2012, {"pm25": 400, "pm10": 500}, id="2012 hour: PM of one hour"),
        pytest.param(
            HOUR_2026, {"pm25_24h": 400, "pm10_24h": 500, "o3_8h": 300}, id="2026 hour: sliding values"
        ),
        pytest.param(DAY_2026, {"o3": 900}, id="2026 day: the largest hour of O3"),
        pytest.param(
            LIVE, {"pm25_24h": 400, "pm10_24h": 500, "o3_8h": 300}, id="national feed: sliding values"
        ),
    ],
)
def test_what_does_not_count(by: IndexReport, ignored: dict[str, float]) -> None:
    assert index(ignored, by) is None
    with_so2 = index(ignored | {"so2": 3}, by)
    assert with_so2 is not None
    assert list(with_so2.iaqi) == ["so2"]


@pytest.mark.parametrize(
    ("by", "concentrations", "primary"),
    [
        pytest.param(HOUR_2026, {"pm25": 35, "pm10": 50}, (), id="AQI 50: none"),
        pytest.param(HOUR_2026, {"pm25": 36, "pm10": 50}, ("pm25",), id="AQI 52: the largest"),
        pytest.param(HOUR_2026, {"pm25": 60, "pm10": 120, "o3": 200}, ("pm10", "pm25", "o3"), id="three tie"),
        pytest.param(HOUR_2026, {"no2": 200, "so2": 500, "co": 10}, ("so2", "no2", "co"), id="gases tie"),
        pytest.param(DAY_2012, {"o3": 200, "o3_8h": 160}, ("o3",), id="O3 by both its items, named once"),
        pytest.param(DAY_2012, {"o3": 150, "o3_8h": 160}, ("o3",), id="O3 by its 8 h: the pollutant's id"),
        pytest.param(
            HOUR_2012, {"pm25_24h": 75, "so2": 1}, ("pm25",), id="PM by its 24 h: the pollutant's id"
        ),
    ],
)
def test_primary_pollutants(
    by: IndexReport, concentrations: dict[str, float], primary: tuple[str, ...]
) -> None:
    found = index(concentrations, by)
    assert found is not None
    assert found.primary == primary


ALL = {"pm25": 30, "pm10": 40, "so2": 10, "no2": 20, "co": 1, "o3": 90}


@pytest.mark.parametrize(
    ("by", "change", "missing", "published"),
    [
        pytest.param(HOUR_2026, {}, (), True, id="2026 complete, AQI 43"),
        pytest.param(HOUR_2026, {"so2": None}, ("so2",), False, id="2026 SO2 missing, AQI 43"),
        pytest.param(HOUR_2026, {"so2": None, "pm25": 60}, ("so2",), False, id="2026 SO2 missing, AQI 100"),
        pytest.param(HOUR_2026, {"so2": None, "pm25": 61}, ("so2",), True, id="2026 SO2 missing, AQI 101"),
        pytest.param(LIVE, {"so2": None}, ("so2",), True, id="2012 publishes what there is"),
    ],
)
def test_what_is_published_when_a_pollutant_is_missing(
    by: IndexReport, change: dict[str, float | None], missing: tuple[str, ...], published: bool
) -> None:
    given = {name: value for name, value in (ALL | change).items() if value is not None}
    found = index(given, by)
    assert found is not None
    assert (found.missing, found.published) == (missing, published)


def test_a_pollutant_never_measured_by_design_does_not_block() -> None:
    found = index({k: v for k, v in ALL.items() if k != "so2"}, HOUR_2026, never_measured={"so2"})
    assert found is not None
    assert found.published


def test_so2_above_800_is_measured_without_an_index() -> None:
    found = index({"so2": 900, "no2": 20}, HOUR_2012)
    assert found is not None
    assert (found.aqi, found.iaqi) == (10, {"no2": 10})
    assert "so2" not in found.missing
    assert index({"so2": 900}, HOUR_2012) is None


def test_a_negative_concentration_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        index({"pm25": -1}, HOUR_2026)


@pytest.mark.parametrize(
    ("value", "level", "zh", "colour"),
    [
        (0, 1, "优", "绿色"),
        (50, 1, "优", "绿色"),
        (51, 2, "良", "黄色"),
        (100, 2, "良", "黄色"),
        (101, 3, "轻度污染", "橙色"),
        (150, 3, "轻度污染", "橙色"),
        (151, 4, "中度污染", "红色"),
        (200, 4, "中度污染", "红色"),
        (201, 5, "重度污染", "紫色"),
        (300, 5, "重度污染", "紫色"),
        (301, 6, "严重污染", "褐红色"),
        (500, 6, "严重污染", "褐红色"),
    ],
)
def test_levels_at_and_above_every_bound(value: int, level: int, zh: str, colour: str) -> None:
    """Expected: the table of levels of HJ 633-2012, the same in 2026."""
    found = level_of(value)
    assert (found.level, found.category.zh, found.colour.zh) == (level, zh, colour)


def test_colours_are_the_standards() -> None:
    """Expected: the table of levels of HJ 633-2012, RGB."""
    colours = [level_of(aqi).colour.rgb for aqi in (50, 100, 150, 200, 300, 500)]
    expected = [(0, 228, 0), (255, 255, 0), (255, 126, 0), (255, 0, 0), (153, 0, 76), (126, 0, 35)]
    assert colours == expected


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2012, 2, 29), "HJ 633-2012"),
        (date(2026, 2, 28), "HJ 633-2012"),
        (date(2026, 3, 1), "HJ 633-2026"),
        (date(2031, 1, 1), "HJ 633-2026"),
    ],
)
def test_the_date_of_the_observation_chooses(day: date, rule: str) -> None:
    assert report_on(day, "hour").rule == rule
    assert report_on(day, "day").rule == rule


def test_a_date_before_any_standard() -> None:
    with pytest.raises(NoStandard, match="no standard in force on 2012-02-28"):
        report_on(date(2012, 2, 28), "hour")


@pytest.mark.parametrize(("rule", "span"), [("cnemc-live-2012", "day"), ("HJ 633-1996", "hour")])
def test_a_report_that_does_not_exist_names_those_that_do(rule: str, span: IndexSpan) -> None:
    with pytest.raises(KeyError, match="known are HJ 633-2012, HJ 633-2026, cnemc-live-2012"):
        report(rule, span)


@pytest.mark.parametrize(
    ("on", "clause"), [(date(2016, 12, 31), "HJ 633-2012, 5.1.5"), (date(2026, 3, 1), "")]
)
def test_when_published_values_are_preliminary(on: date, clause: str) -> None:
    """HJ 633-2012, 5.1.5: what is published is preliminary, a month is reviewed early in the next one."""
    assert preliminary_clause(on) == clause
