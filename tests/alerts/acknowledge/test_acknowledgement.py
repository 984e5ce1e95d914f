"""What a message on the handling topic asks for, whoever sent it and whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.acknowledge import acknowledgement
from alerts.acknowledge.acknowledgement import Acknowledgement
from sensors.model import Refused


def test_a_wish_is_read() -> None:
    asked = acknowledgement.parse_acknowledgement(
        "e1", b'{"action": "ack", "by": "li", "note": "gone to look", "key": "k", "more": 1}'
    )

    assert asked == Acknowledgement("e1", "li", "gone to look", "k")


@pytest.mark.parametrize("depth", [1_000, 1_200, 20_000])
@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        pytest.param(b'{"a":', b"}", id="objects"),
        pytest.param(b"[", b"]", id="arrays"),
        pytest.param(b'{"by":"li","action":"ack","note":[', b"]}", id="both, in a known key"),
        pytest.param(b'{"by":"li","action":"ack","x":[', b"]}", id="both, in an unknown key"),
    ],
)
def test_deep_nesting_is_refused(opened: bytes, closed: bytes, depth: int) -> None:
    for payload in (opened * depth, opened * depth + b"1" + closed * depth):
        assert isinstance(acknowledgement.parse_acknowledgement("e1", payload), Refused)


def test_deep_nesting_says_so() -> None:
    refused = acknowledgement.parse_acknowledgement("e1", b'{"a":' * 1_200)

    assert refused == Refused("not_json", "nested too deeply to be read")


@given(st.binary(max_size=80))
def test_any_bytes_are_a_wish_or_a_refusal(payload: bytes) -> None:
    assert isinstance(acknowledgement.parse_acknowledgement("e1", payload), Acknowledgement | Refused)
