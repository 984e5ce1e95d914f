"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.durations import LONGEST, parse_duration, parse_limit

LETTERS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@given(st.integers(1, 999_999), st.sampled_from(sorted(LETTERS)))
def test_number_and_letter_give_that_many_seconds(number: int, letter: str) -> None:
    meant = timedelta(seconds=number * LETTERS[letter])
    if meant <= LONGEST:
        assert parse_duration(f"{number}{letter}") == meant
    else:
        with pytest.raises(ValueError, match="is longer than 10000d"):
            parse_duration(f"{number}{letter}")


@pytest.mark.parametrize("text", ["10000d", "240000h"])
def test_exactly_the_longest_is_taken(text: str) -> None:
    assert parse_duration(text) == LONGEST == timedelta(days=10_000)


@pytest.mark.parametrize(
    "text",
    ["", "0h", "000s", "4", "h", "4 h", "-4h", "+4h", "4.5h", "4H", "4h\n", "1h30m", "４h", "1000000s", "4w"],
)
def test_everything_else_is_refused_in_words_for_its_author(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration like 30s, 5m, 4h or 1d"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_positive_duration_or_a_refusal_of_one_line(text: str) -> None:
    try:
        assert parse_duration(text) > timedelta(0)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("text", "found"),
    [pytest.param("none", None, id="no limit"), pytest.param("60d", timedelta(days=60), id="a duration")],
)
def test_a_limit_may_be_none(text: str, found: timedelta | None) -> None:
    assert parse_limit(text) == found


def test_a_limit_is_no_other_word() -> None:
    with pytest.raises(ValueError, match='"never" is no duration'):
        parse_limit("never")
