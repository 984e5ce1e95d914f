"""Times as people and spreadsheets write them; what does not begin with the year is never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.calendar import SHANGHAI
from sensors.decoding.tables.written_times import joined_time, parse_written_time
from sensors.model import Refused

EIGHT = datetime(2021, 4, 1, tzinfo=UTC)
MIDNIGHT = EIGHT - timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021/4/1 8:00", EIGHT),
        ("2021-04-01 8:00", EIGHT),
        ("2021-4-1 08:00:00", EIGHT),
        ("2021.4.1 8:00", EIGHT),
        ("2021年4月1日 8时", EIGHT),
        ("2021年4月1日8时", EIGHT),
        ("2021年04月01日 08时00分", EIGHT),
        ("2021年4月1日 8:00", EIGHT),
        ("2021年4月1日 8点", EIGHT),
        ("２０２１/４/１ ８:００", EIGHT),
        ("2021-04-01T08", EIGHT),
        ("2021-04-01 08", EIGHT),
        ("20210401 08", EIGHT),
        ("20210401 0800", EIGHT),
        ("2021040108", EIGHT),
        ("202104010800", EIGHT),
        ("20210401080000", EIGHT),
        ("20210401T080000", EIGHT),
        ("44287.3333333333", EIGHT),
        ("44287.333333333336", EIGHT),
        ("1617235200000", EIGHT),
        ("2021/4/1 0:00+00:00", EIGHT),
        ("2021-04-01T00:00:00Z", EIGHT),
        ("2021/4/1", MIDNIGHT),
        ("2021年4月1日", MIDNIGHT),
        ("20210401", MIDNIGHT),
        ("44287", MIDNIGHT),
        ("2021/3/31 24:00", MIDNIGHT),
        ("2021-03-31 24:00", MIDNIGHT),
        ("2021033124", MIDNIGHT),
        ("2021/4/1 8:05:07", EIGHT + timedelta(minutes=5, seconds=7)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_with_the_year_first(text: str, expected: datetime) -> None:
    assert parse_written_time(text, SHANGHAI) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/4/2021 8:00", "--time-format"),
        ("01.04.2021", "--time-format"),
        ("4/1/21 8:00", "--time-format"),
        ("2021/4/1 8:00 PM", "--time-format"),
        ("yesterday", "--time-format"),
        ("2021年4月", "--time-format"),
        ("2021-02-30 08:00", "does not exist"),
        ("2021/2/30 8:00", "does not exist"),
        ("20210230", "does not exist"),
        ("2021/4/1 25:00", "does not exist"),
        ("9" * 400, "none"),
    ],
)
def test_what_is_not_guessed(text: str, words: str) -> None:
    found = parse_written_time(text, SHANGHAI)

    assert isinstance(found, Refused)
    assert found.reason == "bad_time"
    assert words in found.detail


def test_seconds_since_1970_are_no_milliseconds() -> None:
    """Ten digits that are no date: as milliseconds January 1970, when nothing was measured."""
    assert parse_written_time("1617246000", SHANGHAI) == datetime(2021, 4, 1, 3, tzinfo=UTC)
    assert parse_written_time("1617246000000", SHANGHAI) == datetime(2021, 4, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2021/4/1 8:00", "2021-04-01 08:00", "44287.5", "20210401"])
def test_without_an_offset_and_without_a_zone(text: str) -> None:
    found = parse_written_time(text, None)

    assert isinstance(found, Refused)
    assert found.reason == "time_without_zone"


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1/4/2021 8:00", "%d/%m/%Y %H:%M", EIGHT),
        ("4/1/2021 8:00 AM", "%m/%d/%Y %I:%M %p", EIGHT),
        ("01.04.2021 08:00 +0800", "%d.%m.%Y %H:%M %z", EIGHT),
    ],
)
def test_a_form_that_is_named(text: str, form: str, expected: datetime) -> None:
    assert parse_written_time(text, SHANGHAI, form) == expected


def test_a_form_that_does_not_fit_is_told() -> None:
    found = parse_written_time("2021-04-01", SHANGHAI, "%d/%m/%Y")

    assert isinstance(found, Refused)
    assert "is not as --time-format '%d/%m/%Y' says" in found.detail


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"date": "20210401", "hour": "8"}, EIGHT),
        ({"date": "2021-04-01", "hour": "08"}, EIGHT),
        ({"date": "2021/4/1", "hour": "8:00"}, EIGHT),
        ({"date": "2021/4/1"}, MIDNIGHT),
        ({"date": "2021/4/1", "time": "8:00"}, EIGHT),
        ({"date": "20210401", "time": "08:00:00"}, EIGHT),
        ({"date": "2021年4月1日", "time": "8时"}, EIGHT),
        ({"date": "2021-03-31", "time": "2021-04-01T00:00:00Z"}, EIGHT),
        ({"date": "2021/4/1", "time": ""}, MIDNIGHT),
        ({"date": "2021-04-01T00:00:00", "hour": "8"}, EIGHT),
        ({"date": "2021-04-01 00:00:00", "time": "08:00:00"}, EIGHT),
        ({"date": "2021/4/1 0:00", "hour": "8"}, EIGHT),
        ({"year": "2021", "month": "4", "day": "1"}, MIDNIGHT),
        ({"year": "2021", "month": "4", "day": "1", "hour": "8"}, EIGHT),
        ({"year": "2021", "month": "4", "day": "1", "hour": "0"}, MIDNIGHT),
    ],
)
def test_cells_that_make_a_time_together(parts: dict[str, str], expected: datetime) -> None:
    assert parse_written_time(joined_time(parts), SHANGHAI) == expected


FORMS = [
    "{0.year}/{0.month}/{0.day} {0.hour}:{0.minute:02}",
    "{0:%Y-%m-%d %H:%M:%S}",
    "{0.year}-{0.month}-{0.day} {0.hour}:{0.minute:02}",
    "{0.year}年{0.month}月{0.day}日 {0.hour}时{0.minute}分",
    "{0:%Y%m%d%H%M}",
    "{0:%Y%m%d%H%M%S}",
    "{0:%Y.%m.%d %H:%M}",
]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - bounds
    st.sampled_from(FORMS),
)
def test_every_minute_of_the_century_in_every_form(local: datetime, form: str) -> None:
    local = local.replace(second=0, microsecond=0)

    assert parse_written_time(form.format(local), SHANGHAI) == local.replace(tzinfo=SHANGHAI).astimezone(UTC)


@given(st.integers(36526 * 1440, 73050 * 1440))
def test_a_spreadsheets_day_to_the_second(minutes: int) -> None:
    expected = datetime(1899, 12, 30) + timedelta(minutes=minutes)  # noqa: DTZ001 - a clock on the wall

    found = parse_written_time(f"{minutes / 1440:.10f}", SHANGHAI)

    assert found == expected.replace(tzinfo=SHANGHAI).astimezone(UTC)


@given(st.text(max_size=70) | st.from_regex(r"[0-9/年月日:. T+-]{1,30}", fullmatch=True))
def test_whatever_comes_is_a_time_or_refused(text: str) -> None:
    assert isinstance(parse_written_time(text, SHANGHAI), datetime | Refused)
