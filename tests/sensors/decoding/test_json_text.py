"""JSON from outside: a value or a refusal, whatever the bytes, how deep and how long."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from sensors.decoding.json_text import parse_json
from sensors.model import Refused


class Wish(Struct):
    by: str
    action: Literal["ack"] = "ack"
    extra: Any = None
    number: int = 0


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b'{"a":' * 1_200, "not_json", id="objects 1,200 deep, never closed"),
        pytest.param(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "not_json", id="objects 20,000 deep"),
        pytest.param(
            b'{"by":"li","a":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "not_json", id="arrays beside"
        ),
        pytest.param(
            b'{"by":"li","extra":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "not_json", id="arrays read"
        ),
        pytest.param(b'{"by":"li","extra":' + b"[{" * 200_000, "not_json", id="400,000 levels, cut"),
        pytest.param(b'{"by":"\xff"}', "not_utf8", id="no UTF-8"),
        pytest.param(b'{"by":"li"', "not_json", id="cut"),
        pytest.param(b"", "not_json", id="nothing"),
        pytest.param(b'{"by":"\\ud800"}', "not_json", id="half a character"),
        pytest.param(b'{"by":"li","number":' + b"9" * 5_000 + b"}", "bad_envelope", id="5,000 digits"),
        pytest.param(b'{"by":"li","extra":1e999}', "bad_envelope", id="beyond the floats"),
        pytest.param(b'{"by":"li","action":"\\u001b[2J"}', "bad_envelope", id="an escape sequence"),
        pytest.param(b'{"by":"li","action":"' + b"x" * 100_000 + b'"}', "bad_envelope", id="an endless word"),
        pytest.param(b"[]", "bad_envelope", id="an array"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_short_line(raw: bytes, reason: str) -> None:
    refused = parse_json(raw, Wish)

    assert isinstance(refused, Refused)
    assert refused.reason == reason
    assert refused.detail.isprintable()
    assert len(refused.detail) <= 300


def test_the_first_bad_byte_is_counted_from_the_begin() -> None:
    assert parse_json(b'{"by":"\xe6\x9d\x8e\xff"}', Wish) == Refused("not_utf8", "byte 10 is not UTF-8")


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_json(b'\xef\xbb\xbf{"by":"li"}', Wish) == Wish("li")


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f'{{"by":"{text}"}}'.encode()))
def test_any_bytes_are_a_value_or_a_refusal(raw: bytes) -> None:
    read = parse_json(raw, Wish)

    assert isinstance(read, Wish) or read.detail.isprintable()
