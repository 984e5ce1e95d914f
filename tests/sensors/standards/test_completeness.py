"""What is enough: every rule exactly at its number, one below it, and what a series says then."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from sensors.averages.config import AveragingConfig, config_of_site
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean
from sensors.calendar import HOUR_MS, HOURS_A_DAY, SHANGHAI, EpochMs, day_number, numbers_from
from sensors.model import Medium, Statistic, StatisticName
from sensors.standards import completeness
from tests.support.feeds import basis, bulk, ms, site, table_of

DAY = HOURS_A_DAY * HOUR_MS
AIR = basis(basis="hour", label="start")
WATER = basis("water", "4h", "codmn")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def live(
    of: AveragingConfig, readings: dict[EpochMs, float], until: str
) -> dict[tuple[str, datetime], Statistic]:
    """Every statistic by name and start, after proving that the bulk form says the same."""
    series = LiveSeries(of)
    for at, value in readings.items():
        series.add(at, value)
    made = series.changes(ms(until)).statistics
    assert table_of(made) == bulk(readings, of, ms(until))
    return {(one.name, one.start.astimezone(SHANGHAI)): one for one in made}


def hours(start: str, count: int, value: float = 10.0) -> dict[EpochMs, float]:
    return {ms(start) + k * HOUR_MS: value for k in range(count)}


def days(
    first: str, count: int, value: float = 10.0, per_day: int = 24, gap: frozenset[int] = frozenset()
) -> dict[EpochMs, float]:
    """`count` days of `per_day` even readings, without the days in `gap`."""
    step = DAY // per_day
    there = [ms(first) + day * DAY for day in range(count) if day not in gap]
    return {day + k * step: value for day in there for k in range(per_day)}


@pytest.mark.parametrize(
    ("medium", "statistic", "n", "expected", "enough"),
    [
        pytest.param("air", "8h", 6, 8, True, id="6 of 8"),
        pytest.param("air", "8h", 5, 8, False, id="5 of 8"),
        pytest.param("air", "24h", 20, 24, True, id="20 of 24"),
        pytest.param("air", "24h", 19, 24, False, id="19 of 24"),
        pytest.param("air", "o3_8h_max", 14, 17, True, id="14 windows"),
        pytest.param("air", "o3_8h_max", 13, 17, False, id="13 windows"),
        pytest.param("air", "year", 324, 366, True, id="324 days"),
        pytest.param("air", "year", 323, 365, False, id="323 days"),
        pytest.param("air", "year_to_date", 3, 4, True, id="three quarters of the open month"),
        pytest.param("air", "year_to_date", 22, 30, False, id="22 of 30 days"),
        pytest.param("air", "year_to_date", 23, 30, True, id="23 of 30 days"),
        pytest.param("water", "month", 139, 186, False, id="139 of 186 samples"),
        pytest.param("water", "month", 140, 186, True, id="140 of 186 samples"),
        pytest.param("water", "month", 135, 180, True, id="exactly three quarters"),
    ],
)
def test_rule_at_its_number(
    medium: Medium, statistic: StatisticName, n: int, expected: int, enough: bool
) -> None:
    assert completeness.rules()[medium, statistic].enough(n, expected) == enough


@pytest.mark.parametrize(
    ("cycle", "n", "valid"),
    [
        pytest.param("5min", 9, True, id="9 readings of 5 min cover 45"),
        pytest.param("5min", 8, False, id="8 readings of 5 min cover 40"),
        pytest.param("10min", 5, True, id="5 of 10 min"),
        pytest.param("10min", 4, False, id="4 of 10 min"),
        pytest.param("15min", 3, True, id="3 of 15 min: exactly 45"),
        pytest.param("15min", 2, False, id="2 of 15 min"),
        pytest.param("1min", 45, True, id="45 of 1 min"),
        pytest.param("1min", 44, False, id="44 of 1 min"),
        pytest.param("1h", 1, True, id="one of an hour"),
        pytest.param("4h", 1, True, id="one of four hours"),
    ],
)
def test_an_hour_needs_45_minutes(cycle: str, n: int, valid: bool) -> None:
    of = basis(cycle=cycle)
    made = live(
        of, {ms("2026-03-01T08:00") + k * min(of.cycle, HOUR_MS): 10.0 for k in range(n)}, "2026-03-01T09:00"
    )

    assert made["day", local("2026-03-01T00:00")].n == int(valid)


def test_a_day_of_19_hours_is_there_and_not_valid() -> None:
    made = live(AIR, hours("2026-03-01T00:00", 19, 12.5), "2026-03-02T00:00")
    day = made["day", local("2026-03-01T00:00")]

    assert (day.value, day.n, day.expected, day.valid, day.closed) == (12.5, 19, 24, False, True)
    month = made["month", local("2026-03-01T00:00")]
    assert (month.value, month.n, month.expected, month.valid, month.closed) == (None, 0, 31, False, False)


@pytest.mark.parametrize(
    ("first", "length", "missing", "valid"),
    [
        pytest.param("2026-03-01", 31, 4, True, id="27 of March"),
        pytest.param("2026-03-01", 31, 5, False, id="26 of March"),
        pytest.param("2026-04-01", 30, 3, True, id="27 of April"),
        pytest.param("2025-02-01", 28, 3, True, id="25 of February"),
        pytest.param("2025-02-01", 28, 4, False, id="24 of February"),
        pytest.param("2024-02-01", 29, 4, True, id="25 of a leap February"),
        pytest.param("2024-02-01", 29, 5, False, id="24 of a leap February"),
    ],
)
def test_a_month_needs_27_days_and_february_25(first: str, length: int, missing: int, valid: bool) -> None:
    after = f"{first[:5]}{int(first[5:7]) + 1:02d}-01T00:00"
    made = live(AIR, days(f"{first}T00:00", length - missing), after)
    month = made["month", local(f"{first}T00:00")]

    assert (month.n, month.expected, month.valid, month.closed) == (length - missing, length, valid, True)


FIRSTS_2024 = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366)
# As many days as each month of 2024 may miss, 44 in all: January four, February four, April three ...
MISSABLE = [first + k for first, past in pairwise(FIRSTS_2024) for k in range(4 if past - first != 30 else 3)]


@pytest.mark.parametrize(
    ("gap", "valid"),
    [
        pytest.param(set(), True, id="whole leap year"),
        pytest.param(set(MISSABLE[:42]), True, id="324 days, every month at its least"),
        pytest.param(set(MISSABLE[:43]), False, id="323 days, every month enough"),
        pytest.param({31, 32, 33, 34, 35}, False, id="361 days, but five of February missing"),
    ],
)
def test_a_year_needs_324_days_and_every_month(gap: set[int], valid: bool) -> None:
    made = live(AIR, days("2024-01-01T00:00", 366, gap=frozenset(gap)), "2025-01-01T00:00")
    year = made["year", local("2024-01-01T00:00")]

    assert (year.n, year.expected, year.valid, year.closed) == (366 - len(gap), 366, valid, True)
    assert made["12month", local("2024-01-01T00:00")].valid == valid
    every_month = 31 + 4 not in gap
    assert made["year_to_date", local("2024-01-01T00:00")].valid == every_month  # its rule asks for no 324


@pytest.mark.parametrize(
    ("open_days", "gap", "valid"),
    [
        pytest.param(0, set(), True, id="no open month"),
        pytest.param(4, {31}, True, id="three of four days"),
        pytest.param(4, {31, 32}, False, id="two of four days"),
        pytest.param(1, set(), True, id="one day"),
        pytest.param(4, {1, 2, 3, 4, 5}, False, id="January short"),
    ],
)
def test_year_to_date_needs_closed_months_and_three_quarters(
    open_days: int, gap: set[int], valid: bool
) -> None:
    length = 31 + open_days
    until = f"2024-02-{open_days + 1:02d}T00:00"
    made = live(AIR, days("2024-01-01T00:00", length, gap=frozenset(gap)), until)
    to_date = made["year_to_date", local("2024-01-01T00:00")]

    assert (to_date.n, to_date.expected, to_date.valid) == (length - len(gap), length, valid)
    assert to_date.end == local(until)
    assert not to_date.closed


def test_an_ozone_day_of_few_windows_counts_if_it_exceeds_the_limit() -> None:
    of = basis(parameter="o3", basis="hour", label="start")
    at_limit = live(of, hours("2026-06-01T10:00", 9, 160.5), "2026-06-02T00:00")[
        "o3_8h_max", local("2026-06-01T00:00")
    ]
    above = live(of, hours("2026-06-01T10:00", 9, 160.6), "2026-06-02T00:00")[
        "o3_8h_max", local("2026-06-01T00:00")
    ]

    assert (at_limit.value, at_limit.n, at_limit.expected, at_limit.valid) == (
        160.5,
        6,
        17,
        False,
    )  # rounds to 160
    assert (above.value, above.valid) == (160.6, True)


def test_ozone_windows_lie_within_the_day() -> None:
    of = basis(parameter="o3", basis="hour", label="start")
    readings = hours("2026-06-01T00:00", 24, 100.0) | hours("2026-06-01T18:00", 6, 300.0)
    readings |= hours("2026-06-02T00:00", 24, 50.0)  # windows across midnight would reach 300
    made = live(of, readings, "2026-06-03T00:00")

    assert made["o3_8h_max", local("2026-06-02T00:00")].value == 50.0
    first = made["o3_8h_max", local("2026-06-01T00:00")]
    assert (first.value, first.n, first.valid) == ((6 * 300 + 2 * 100) / 8, 17, True)


def test_water_year_is_the_mean_of_month_means_not_of_samples() -> None:
    readings = days("2024-01-01T00:00", 31, 2.0, 6) | days("2024-02-01T00:00", 24, 4.0, 6)
    made = live(WATER, readings, "2024-03-01T00:00")
    to_date = made["year_to_date", local("2024-01-01T00:00")]

    assert made["month", local("2024-02-01T00:00")].valid  # 144 of 174 samples
    assert (to_date.value, to_date.n, to_date.expected, to_date.valid) == (3.0, 2, 2, True)


def test_36_months_are_three_valid_years() -> None:
    series = LiveSeries(AIR)
    first, past = day_number(date(2023, 1, 1)), day_number(date(2026, 1, 1))
    for day in numbers_from(first, past):
        assert series.calendar_periods.put_day(
            DayMean(day, 24, 24 * (10_000_000 if day < first + 365 else 40_000_000))
        )
    statistics, _ = series.calendar_periods.advance(past)
    last = max((one for one in statistics if one.name == "36month"), key=lambda one: one.end)

    assert last.start.astimezone(SHANGHAI) == local("2023-01-01T00:00")
    assert last.end.astimezone(SHANGHAI) == local("2026-01-01T00:00")
    assert (last.value, last.n, last.expected, last.valid) == (30.0, 3, 3, True)


def test_every_rule_names_its_source_and_ours_are_marked() -> None:
    rules = completeness.rules().values()

    assert all(rule.counts and rule.clause and rule.confirmed for rule in rules)
    assert all(("ours" in rule.clause) for rule in rules if rule.standard == "liangqu")
    assert completeness.rules()["air", "year_to_date"].share == Decimal("0.75")


def test_wind_direction_has_no_mean() -> None:
    assert config_of_site(site(), "wind_dir") is None
