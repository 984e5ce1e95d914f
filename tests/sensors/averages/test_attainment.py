"""The attainment outlook: exact at the edge of rounding, before any data, in a closed year, live."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.averages.attainment import Direction, YearSoFar, outlook, rounding_bound, year_so_far
from sensors.averages.bulk.frames import all_statistics
from sensors.averages.config import AveragingConfig
from sensors.averages.live.series import LiveSeries
from sensors.calendar import from_ms, month_number
from sensors.catalogue import loader
from sensors.model import Statistic
from sensors.standards.rounding import round_half_even
from tests.support.feeds import (
    SeriesPipeline,
    basis,
    bulk,
    frame_of,
    ms,
    table_of,
    table_of_frames,
)


@pytest.mark.parametrize(
    ("limit", "decimals", "direction", "bound", "attained"),
    [
        pytest.param("25", 0, "at_most", "25.5", False, id="25.5 rounds to 26: every mean below it"),
        pytest.param("24", 0, "at_most", "24.5", True, id="24.5 rounds to 24: it too"),
        pytest.param("0.2", 2, "at_most", "0.205", True, id="total phosphorus III"),
        pytest.param("5", 1, "at_least", "4.95", True, id="oxygen III: 4.95 rounds to 5.0"),
        pytest.param("7.5", 1, "at_least", "7.45", False, id="oxygen I: 7.45 rounds to 7.4"),
        pytest.param("0.15", 1, "at_most", "0.15", False, id="a limit finer than the decimals"),
    ],
)
def test_the_outermost_mean_that_rounds_to_within(
    limit: str, decimals: int, direction: Direction, bound: str, attained: bool
) -> None:
    assert rounding_bound(Decimal(limit), decimals, direction) == (Fraction(bound), attained)


@pytest.mark.parametrize(
    ("total", "limit", "direction", "state"),
    [
        pytest.param("24.5", "24", "at_most", "within_reach", id="nothing may come, and 24.5 rounds to 24"),
        pytest.param("25.5", "25", "at_most", "out_of_reach", id="nothing may come, and 25.5 rounds to 26"),
        pytest.param("99", "5", "at_least", "within_reach", id="more than enough is there already"),
    ],
)
def test_what_is_reachable_when_the_rest_need_add_nothing(
    total: str, limit: str, direction: Direction, state: str
) -> None:
    so_far = YearSoFar(Fraction(total) * 2, Fraction(1), Fraction(1))

    assert outlook(so_far, Decimal(limit), 0, direction=direction).state == state


@given(
    st.integers(1, 400),
    st.integers(0, 2),
    st.sampled_from(["at_most", "at_least"]),
    st.integers(0, 10**6),
    st.integers(1, 365),
    st.integers(1, 365),
)
def test_a_rest_within_the_outlook_meets_the_target_and_one_beyond_misses_it(
    steps: int, decimals: int, direction: Direction, total: int, weight: int, left: int
) -> None:
    limit = Decimal(steps).scaleb(-decimals)
    so_far = YearSoFar(Fraction(total, 100), Fraction(weight), Fraction(left))
    made = outlook(so_far, limit, decimals, direction=direction)
    assert made.rest is not None

    def met(rest: Fraction) -> bool:
        value = round_half_even((so_far.total + rest * left) / (weight + left), decimals)
        return value <= limit if direction == "at_most" else value >= limit

    hair = Fraction(1, 10**12) * (1 if direction == "at_most" else -1)
    assert met(made.rest - hair)
    assert not met(made.rest + hair)
    assert met(made.rest) == made.attained
    if direction == "at_most":
        assert (made.state == "within_reach") == met(Fraction(0))


@pytest.mark.parametrize(
    ("so_far", "state", "rest", "share"),
    [
        pytest.param(
            YearSoFar(Fraction(0), Fraction(0), Fraction(365)),
            "within_reach",
            "25.5",
            "1",
            id="before any data",
        ),
        pytest.param(
            YearSoFar(Fraction(30 * 200), Fraction(200), Fraction(165)),
            "within_reach",
            Fraction(Fraction("25.5") * 365 - 6000, 165),
            Fraction(165, 365),
            id="above the limit so far",
        ),
        pytest.param(
            YearSoFar(Fraction(60 * 300), Fraction(300), Fraction(65)),
            "out_of_reach",
            Fraction(Fraction("25.5") * 365 - 18000, 65),
            Fraction(65, 365),
            id="not even with clean air",
        ),
        pytest.param(
            YearSoFar(Fraction("25.5") * 365, Fraction(300), Fraction(65)),
            "out_of_reach",
            "0",
            Fraction(65, 365),
            id="clean air would end at the tie, which rounds up",
        ),
        pytest.param(
            YearSoFar(Fraction(25 * 365), Fraction(365), Fraction(0)),
            "met",
            None,
            "0",
            id="closed, at the limit",
        ),
        pytest.param(
            YearSoFar(Fraction("25.49") * 350, Fraction(350), Fraction(0)),
            "met",
            None,
            "0",
            id="closed, 25.49",
        ),
        pytest.param(
            YearSoFar(Fraction("25.5") * 350, Fraction(350), Fraction(0)),
            "missed",
            None,
            "0",
            id="closed, 25.5",
        ),
        pytest.param(
            YearSoFar(Fraction(0), Fraction(0), Fraction(0)), "unknown", None, "0", id="closed without data"
        ),
    ],
)
def test_pm25_at_most_25(so_far: YearSoFar, state: str, rest: str | None, share: str) -> None:
    made = outlook(so_far, Decimal(25), 0)

    assert made.state == state
    assert made.rest == (None if rest is None else Fraction(rest))
    assert made.open_share == Fraction(share)


def test_a_live_year_of_air_counts_valid_days() -> None:
    of = basis(basis="hour")
    series = LiveSeries(of)
    first = ms("2024-01-01T01:00")
    for hour in range(10 * 24 - 5):  # the tenth day has 19 hours: not valid
        series.add(first + hour * 3_600_000, 30.0)
    series.changes(until=ms("2024-01-11T00:00"))

    so_far = year_so_far(*series.calendar_periods.year_so_far(month_number(2024, 1)))

    assert so_far == YearSoFar(Fraction(9 * 30), Fraction(9), Fraction(356))


def test_a_live_year_of_water_counts_months_and_part_of_the_open_one() -> None:
    of = basis("water", timedelta(hours=12), "codmn")
    series = LiveSeries(of)
    first = ms("2024-01-01T00:00")
    for sample in range(2 * (31 + 10)):
        series.add(first + sample * 43_200_000, 4.0 if sample < 62 else 6.0)
    series.changes(until=ms("2024-02-11T00:00"))

    so_far = year_so_far(*series.calendar_periods.year_so_far(month_number(2024, 1)))

    open_part = Fraction(10, 29)
    assert so_far == YearSoFar(4 + open_part * 6, 1 + open_part, 11 - open_part)
    assert year_so_far(*series.calendar_periods.year_so_far(month_number(2025, 1))) == YearSoFar(
        Fraction(0), Fraction(0), Fraction(12)
    )


PLACE = loader.load().places["zone-competition"]
ZONE = replace(basis(basis="hour", label="start"), site=PLACE.id, targets=PLACE.targets)


def outlooks(of: AveragingConfig, means: dict[int, float], until: str) -> list[Statistic]:
    """The live outlooks of whole days by their number in 2023, oldest first; the bulk form says the same."""
    first = ms("2023-01-01T00:00")
    readings = {
        first + (24 * day + hour) * 3_600_000: mean for day, mean in means.items() for hour in range(24)
    }
    series = LiveSeries(of)
    for at, value in readings.items():
        series.add(at, value)
    made = series.changes(ms(until)).statistics
    assert table_of(made) == bulk(readings, of, ms(until))
    return [one for one in made if one.name == "outlook"]


def even(days: int, mean: float) -> dict[int, float]:
    return dict.fromkeys(range(days), mean)


# A year of 365 days meets 25 with less than 25.5 x 365 = 9307.5 in all.
@pytest.mark.parametrize(
    ("means", "until", "value", "n"),
    [
        pytest.param(even(31, 30.0), "2023-02-01T00:00", 8377.5 / 334, 31, id="(9307.5 - 930) / 334"),
        pytest.param(even(300, 30.0), "2023-10-28T00:00", 307.5 / 65, 300, id="(9307.5 - 9000) / 65"),
        pytest.param(even(200, 50.0), "2023-07-20T00:00", -692.5 / 165, 200, id="out of reach: -692.5 / 165"),
        pytest.param(even(146, 63.75), "2023-05-27T00:00", 0.0, 146, id="nothing left: 0 / 219"),
        pytest.param(
            {day: 30.0 for day in range(10) if day != 4},
            "2023-01-11T00:00",
            (25.5 * 364 - 270) / 355,
            9,
            id="a day without data counts in neither part",
        ),
        pytest.param(even(364, 20.0), "2023-12-31T00:00", 2027.5, 364, id="the last day: 9307.5 - 7280"),
    ],
)
def test_the_outlook_as_a_statistic(means: dict[int, float], until: str, value: float, n: int) -> None:
    [made] = outlooks(ZONE, means, until)

    assert made.value == pytest.approx(value, rel=1e-12)
    assert (made.n, made.closed, made.end) == (n, False, from_ms(ms(until)))


def test_a_year_that_is_over_has_no_outlook_any_more() -> None:
    made = outlooks(ZONE, even(365, 20.0), "2024-01-01T00:00")

    assert [(one.value, one.n, one.valid, one.closed) for one in made] == [(None, 0, False, True)]


@pytest.mark.parametrize(
    ("of", "start", "days", "there"),
    [
        pytest.param(ZONE, "2019-07-01T00:00", 31, False, id="the last day before the plan"),
        pytest.param(ZONE, "2019-07-01T00:00", 32, True, id="its first day"),
        pytest.param(basis(basis="hour"), "2023-01-01T00:00", 20, False, id="a station has none of its own"),
        pytest.param(
            replace(ZONE, parameter="pm10"), "2023-01-01T00:00", 20, False, id="nor has another pollutant"
        ),
    ],
)
def test_only_places_with_a_target_in_force_have_an_outlook(
    of: AveragingConfig, start: str, days: int, there: bool
) -> None:
    series = LiveSeries(of)
    for hour in range(24 * days):
        series.add(ms(start) + hour * 3_600_000, 30.0)

    made = series.changes(ms(start) + 24 * days * 3_600_000).statistics

    assert any(one.name == "outlook" for one in made) == there


HEATED = {11: 30.0, 12: 40.0}
"""November and December: (30 x 30 + 31 x 40) / 61 = 35.08 on average; the other months are 20."""


def play(pipeline: SeriesPipeline, first: str, until: str, means: dict[int, float]) -> None:
    """Whole days of the means of their months, 20 where there is none."""
    day = datetime.fromisoformat(first)
    while day < datetime.fromisoformat(until):
        for hour in range(24):
            pipeline.take(ms(f"{day:%Y-%m-%d}T{hour:02}:00"), means.get(day.month, 20.0))
        day += timedelta(days=1)


def margins(pipeline: SeriesPipeline) -> dict[int, tuple[float | None, int]]:
    """The margin of each year and its `n` as they stand; the bulk form says the same of everything."""
    until = from_ms(pipeline.series.until)
    assert pipeline.table() == table_of_frames(all_statistics(frame_of(pipeline.raw), ZONE, until))
    rows = {key[1]: row for key, row in pipeline.written.items() if key[0] == "outlook_margin"}
    return {(stamp + timedelta(days=1)).year: (row[2], row[3]) for stamp, row in rows.items()}


def test_the_margin_is_what_the_rest_may_average_less_what_the_same_months_did() -> None:
    """October 2023 ends at 20: the rest may average (9307.5 - 304 x 20) / 61 = 52.91; 35.08 came last year.

    Then December 2022 is corrected to 100 where it still can be, and the margin follows.
    """
    pipeline = SeriesPipeline(ZONE)
    play(pipeline, "2022-01-01", "2023-11-01", HEATED)
    pipeline.flush(ms("2023-11-01T00:00"))

    allowed = (9307.5 - 304 * 20) / 61
    value, n = margins(pipeline)[2023]
    assert value == pytest.approx(allowed - (30 * 30 + 31 * 40) / 61)
    assert n == 304

    play(pipeline, "2022-12-01", "2023-01-01", {12: 100.0})
    pipeline.flush()

    value, n = margins(pipeline)[2023]
    assert value == pytest.approx(allowed - (30 * 30 + 31 * 100) / 61)
    assert n == 304


def test_without_an_earlier_year_there_is_no_margin_and_none_once_the_year_is_over() -> None:
    pipeline = SeriesPipeline(ZONE)
    play(pipeline, "2022-01-01", "2022-11-01", HEATED)
    pipeline.flush(ms("2022-11-01T00:00"))
    assert margins(pipeline) == {}

    play(pipeline, "2022-11-01", "2023-01-01", HEATED)
    pipeline.flush(ms("2023-01-01T00:00"))
    assert margins(pipeline) == {2022: (None, 0)}
