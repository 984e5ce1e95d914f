"""Times from outside: what is read, what is refused, and exactness both ways."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.calendar import SHANGHAI, EpochMs, from_ms, shanghai_day, to_ms
from sensors.decoding.times import parse_time, to_shanghai_text
from sensors.model import Refused

EIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
TENTH = EIGHT + timedelta(milliseconds=100)
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "time"),
    [
        pytest.param("2026-11-22T08:00:00+08:00", EIGHT, id="extended form with offset"),
        pytest.param("2026-11-22 08:00:00+08:00", EIGHT, id="parted by a space"),
        pytest.param("2026-11-22t00:00:00z", EIGHT, id="lower case, as RFC 3339 allows"),
        pytest.param("2026-11-22T00:00:00Z", EIGHT, id="Z"),
        pytest.param("2026-11-22T08:00:00+0800", EIGHT, id="offset without a colon"),
        pytest.param("2026-11-22T08:00:00+08", EIGHT, id="offset of hours"),
        pytest.param("2026-11-22 08:00:00 +0800", EIGHT, id="a space before the offset"),
        pytest.param("2026-11-21T20:30:00-03:30", EIGHT, id="west of Greenwich"),
        pytest.param("2026-11-22T08:00+08:00", EIGHT, id="without seconds"),
        pytest.param("2026-11-22T08+08:00", EIGHT, id="without minutes"),
        pytest.param("20261122T080000+0800", EIGHT, id="basic form"),
        pytest.param("2026-11-22T08:00:00.1+08:00", TENTH, id="a tenth"),
        pytest.param("2026-11-22T08:00:00,1+08:00", TENTH, id="decimal comma"),
        pytest.param("2026-11-22T00:00:00.1009999999Z", TENTH, id="cut down, not rounded"),
        pytest.param("2026-11-22T00:00:00.0009Z", EIGHT, id="less than a millisecond"),
        pytest.param("2026-11-22T24:00:00+08:00", MIDNIGHT, id="hour 24"),
        pytest.param("2026-11-22 24:00+08:00", MIDNIGHT, id="hour 24 without seconds"),
        pytest.param("2026-11-22T24:00:00.000+08:00", MIDNIGHT, id="hour 24 with an empty fraction"),
        pytest.param("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC), id="hour 24 of a year"),
        pytest.param("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC), id="leap day"),
        pytest.param(
            "1969-12-31T23:59:59.9999Z", from_ms(EpochMs(-1)), id="before 1970, cut towards the past"
        ),
        pytest.param("0001-01-01T00:00:00Z", FIRST, id="first of all times"),
        pytest.param("9999-12-31T23:59:59.999Z", LAST, id="last of all times"),
        pytest.param(1_795_305_600_000, EIGHT, id="milliseconds"),
        pytest.param(0, datetime(1970, 1, 1, tzinfo=UTC), id="zero milliseconds"),
        pytest.param(-1, datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), id="negative ms"),
    ],
)
def test_a_time_is_read(sent: Any, time: datetime) -> None:
    parsed = parse_time(sent)

    assert parsed == time
    assert isinstance(parsed, datetime)
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param("2026-11-22T08:00:00", "time_without_zone", id="naive"),
        pytest.param("2026-11-22 08:00", "time_without_zone", id="naive to the minute"),
        pytest.param("2026-11-22T08:00:00.250", "time_without_zone", id="naive with a fraction"),
        pytest.param("2026-11-22", "time_without_zone", id="a date alone"),
        pytest.param("2026-11-22T24:00:00", "time_without_zone", id="naive hour 24"),
        pytest.param("2026-02-30T08:00:00", "bad_time", id="naive and no such day"),
        pytest.param("2026-02-29T08:00:00Z", "bad_time", id="no leap year"),
        pytest.param("2026-13-01T08:00:00+08:00", "bad_time", id="month 13"),
        pytest.param("2026-11-22T24:00:01+08:00", "bad_time", id="past hour 24"),
        pytest.param("2026-11-22T24:00:00.0001+08:00", "bad_time", id="a trace past hour 24"),
        pytest.param("2026-11-22T25:00:00+08:00", "bad_time", id="hour 25"),
        pytest.param("2026-11-22T08:60:00+08:00", "bad_time", id="minute 60"),
        pytest.param("2026-11-22T08:00:60+08:00", "bad_time", id="leap second"),
        pytest.param("2026-11-22T08:00:00+08:60", "bad_time", id="offset minute 60"),
        pytest.param("2026-11-22T08:00:00+24:00", "bad_time", id="offset of a day"),
        pytest.param("2026-11-22T08:00:00+08:00:30", "bad_time", id="offset with seconds"),
        pytest.param("2026-11-22x08:00:00+08:00", "bad_time", id="parted by x"),
        pytest.param("2026-W47-7T08:00:00+08:00", "bad_time", id="week date"),
        pytest.param("2026-1122T08:00:00Z", "bad_time", id="half a hyphen"),
        pytest.param("2026-11-22T08:00:00.+08:00", "bad_time", id="empty fraction"),
        pytest.param("2026-11-22T08:00:00Z\0", "bad_time", id="a NUL behind"),
        pytest.param("2026-11-22T08:00:00Z\n", "bad_time", id="a line end behind"),
        pytest.param(" 2026-11-22T08:00:00Z", "bad_time", id="a space in front"),
        pytest.param("2026-11-22T08:00:0٣Z", "bad_time", id="Arabic digit"),
        pytest.param("2026-11-22T08:00:00.٣٣Z", "bad_time", id="Arabic fraction"),
        pytest.param("0001-01-01T00:00:00+08:00", "bad_time", id="before year 1"),
        pytest.param("9999-12-31T24:00:00Z", "bad_time", id="after year 9999"),
        pytest.param("", "bad_time", id="empty"),
        pytest.param("yesterday", "bad_time", id="a word"),
        pytest.param("1795305600000", "bad_time", id="milliseconds as text"),
        pytest.param("\ud800", "bad_time", id="half a surrogate pair"),
        pytest.param("9" * 100_000, "bad_time", id="very long"),
        pytest.param(True, "bad_time", id="boolean"),
        pytest.param(1_795_305_600_000.0, "bad_time", id="float"),
        pytest.param(None, "bad_time", id="nothing"),
        pytest.param([2026], "bad_time", id="array"),
        pytest.param(10**15, "bad_time", id="after year 9999 in ms"),
        pytest.param(-(10**30), "bad_time", id="beyond a timedelta"),
        pytest.param(10**5000, "bad_time", id="too long to print"),
    ],
)
def test_no_time_is_refused_with_its_reason(sent: Any, reason: str) -> None:
    parsed = parse_time(sent)

    assert isinstance(parsed, Refused)
    assert parsed.reason == reason
    assert len(parsed.detail) < 250
    assert parsed.detail.isprintable()


def test_a_zone_is_given_to_times_without_an_offset_and_to_no_others() -> None:
    assert parse_time("2026-11-22 08:00", SHANGHAI) == EIGHT
    assert parse_time("2026-11-22 24:00", SHANGHAI) == MIDNIGHT
    assert parse_time("2026-11-22T00:00:00Z", SHANGHAI) == EIGHT


INSTANTS = st.datetimes(
    min_value=(FIRST + timedelta(days=1)).replace(tzinfo=None),
    max_value=(LAST - timedelta(days=1)).replace(tzinfo=None),
    timezones=st.just(UTC),
)  # a day from either end, so that any offset can be written
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(INSTANTS, OFFSETS, st.sampled_from(["auto", "microseconds", "milliseconds", "seconds"]))
def test_what_python_writes_is_read_back_cut_to_the_millisecond(
    time: datetime, offset: timezone, precision: str
) -> None:
    written = time.astimezone(offset).isoformat(timespec=precision)

    kept = 0 if precision == "seconds" else time.microsecond // 1000 * 1000
    assert parse_time(written) == time.replace(microsecond=kept)


@given(INSTANTS)
def test_milliseconds_and_back(time: datetime) -> None:
    cut = time.replace(microsecond=time.microsecond // 1000 * 1000)

    assert from_ms(to_ms(time)) == cut
    assert to_ms(cut) == to_ms(time)
    assert parse_time(to_ms(time)) == cut


@given(st.text() | st.text("0123456789-+:.,TZ W"))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    assert isinstance(parse_time(text), datetime | Refused)


def test_a_shanghai_day_begins_at_its_midnight() -> None:
    assert shanghai_day(MIDNIGHT) == "2026-11-23"
    assert shanghai_day(MIDNIGHT - timedelta(milliseconds=1)) == "2026-11-22"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026-11-23T00:00:00+08:00"),
        (datetime(2026, 11, 22, 16, 0, 0, 5000, tzinfo=UTC), "2026-11-23T00:00:00.005+08:00"),
    ],
)
def test_a_time_is_written_for_people(time: datetime, text: str) -> None:
    assert to_shanghai_text(time) == text
