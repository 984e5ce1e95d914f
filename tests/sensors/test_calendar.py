"""The calendar: whole numbers against the zone's own rules, and to which hour and day a stamp belongs."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.calendar import (
    SHANGHAI,
    EpochMs,
    calendar_day,
    day_number,
    day_of,
    day_of_hour,
    day_start,
    days_between,
    first_hour,
    from_ms,
    hour_of,
    hour_start,
    label_shift,
    month_number,
    month_of,
    month_start,
    to_ms,
)
from sensors.model import Kind, Label
from tests.support.feeds import ms

FIRST, LAST = (
    to_ms(datetime(1992, 1, 1, tzinfo=SHANGHAI)),
    to_ms(datetime(2100, 1, 1, tzinfo=SHANGHAI)),
)
ERA = st.integers(FIRST, LAST).map(lambda at: from_ms(EpochMs(at)).astimezone(SHANGHAI))


@given(ERA)
def test_hours_days_and_months_are_those_of_the_zone(at: datetime) -> None:
    hour = hour_of(to_ms(at))
    day = day_number(at.date())

    assert hour_start(hour) == at.replace(minute=0, second=0, microsecond=0)
    assert day_of_hour(hour) == day_of(to_ms(at)) == day
    assert hour_start(first_hour(day)) == day_start(day)
    assert calendar_day(day) == at.date()
    assert day_start(day) == datetime(at.year, at.month, at.day, tzinfo=SHANGHAI)
    assert month_start(month_of(day)) == datetime(at.year, at.month, 1, tzinfo=SHANGHAI)


def test_the_zone_has_had_one_offset_since_1992() -> None:
    first = datetime(1992, 1, 1, tzinfo=SHANGHAI)
    offsets = {(first + timedelta(days=n)).utcoffset() for n in range(108 * 365)}

    assert offsets == {timedelta(hours=8)}


@given(st.integers(-(10**12), 4 * 10**12))
def test_milliseconds_survive(at: int) -> None:
    assert to_ms(from_ms(EpochMs(at))) == at


@pytest.mark.parametrize(
    ("kind", "label", "stamp", "day"),
    [
        pytest.param("rtd", "end", "2026-03-02T00:00:00", "2026-03-02", id="rtd 00:00 begins the day"),
        pytest.param("rtd", "start", "2026-03-02T00:00:00", "2026-03-02", id="rtd 00:00, label start"),
        pytest.param("rtd", "end", "2026-03-01T23:59:59.999", "2026-03-01", id="rtd, the day's last moment"),
        pytest.param("min", "end", "2026-03-02T00:00:00", "2026-03-01", id="minute labelled 24:00"),
        pytest.param("min", "end", "2026-03-02T00:00:00.001", "2026-03-02", id="minute a moment later"),
        pytest.param("min", "start", "2026-03-02T00:00:00", "2026-03-02", id="minute from 00:00"),
        pytest.param("hour", "end", "2026-03-02T00:00:00", "2026-03-01", id="hour labelled 24:00"),
        pytest.param("hour", "end", "2026-03-02T01:00:00", "2026-03-02", id="hour labelled 01:00"),
        pytest.param("hour", "start", "2026-03-01T23:00:00", "2026-03-01", id="hour from 23:00"),
        pytest.param("hour", "start", "2026-03-02T00:00:00", "2026-03-02", id="hour from 00:00"),
        pytest.param("day", "end", "2026-03-02T00:00:00", "2026-03-01", id="day labelled by its end"),
        pytest.param("day", "start", "2026-03-02T00:00:00", "2026-03-02", id="day labelled by its start"),
        pytest.param("hour", "end", "2025-01-01T00:00:00", "2024-12-31", id="the year's last hour"),
        pytest.param("hour", "end", "2024-03-01T00:00:00", "2024-02-29", id="the leap day's last hour"),
        pytest.param("hour", "end", "2023-03-01T00:00:00", "2023-02-28", id="no leap day"),
    ],
)
def test_to_which_day_a_stamp_belongs(kind: Kind, label: Label, stamp: str, day: str) -> None:
    number = day_of_hour(hour_of(ms(stamp), label_shift(kind, label)))

    assert calendar_day(number) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("year", "month", "days"),
    [
        pytest.param(2024, 2, 29, id="leap February"),
        pytest.param(2023, 2, 28, id="February"),
        pytest.param(2000, 2, 29, id="a leap century"),
        pytest.param(2100, 2, 28, id="a century without"),
        pytest.param(2026, 12, 31, id="December"),
    ],
)
def test_how_long_a_month_is(year: int, month: int, days: int) -> None:
    number = month_number(year, month)

    assert days_between(number, number + 1) == days
