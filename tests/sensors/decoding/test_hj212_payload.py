"""One message of several frames: each is read by itself, and what is no frame is said."""

from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.decoder import decode_message
from sensors.decoding.hj212_payload import decode_frames
from sensors.decoding.types import Decoded
from tests.sensors.decoding.hj212.test_decoder import BOUNDS, CATALOGUE, RECEIVED, WATER_MN, data, reasons

TOPIC = f"liangqu/hj212/{WATER_MN}"
FIRST = data("DataTime=20260706110000;w01001-Rtd=7.1,w01001-Flag=N")
SECOND = data("DataTime=20260706120000;w01001-Rtd=7.2,w01001-Flag=N;x9-Rtd=1,x9-Flag=N")


def decode(payload: bytes, only: tuple[str, ...] = ()) -> Decoded:
    return decode_message(TOPIC, payload, RECEIVED, CATALOGUE, BOUNDS, only=only)


def found(decoded: Decoded) -> list[float]:
    return [reading.value for reading in decoded.readings]


def test_frames_behind_each_other_are_each_read() -> None:
    """Both were lost, for a sum that is right: `CRC: the sum says F141, the segment gives CC01`."""
    for between in (b"", b"\r\n", b"\n\n", b"\0"):
        answer = decode(FIRST.strip() + between + SECOND)

        assert found(answer) == [7.1, 7.2]
        assert reasons(answer) == {"[1].x9": "unknown_parameter"}


def test_a_refused_factor_of_one_of_them_can_be_brought_in_alone() -> None:
    answer = decode(FIRST + SECOND, only=("[1].w01001",))

    assert (found(answer), answer.positions) == ([7.2], ["[1].w01001"])


def test_a_broken_frame_costs_itself() -> None:
    answer = decode(FIRST[:-6] + b"0000\r\n" + SECOND)

    assert found(answer) == [7.2]
    assert reasons(answer) == {"[0]": "bad_frame", "[1].x9": "unknown_parameter"}


def test_what_stands_around_a_frame_is_one_refused_item() -> None:
    answer = decode(b"AT+OK\r\n" + FIRST)

    assert found(answer) == [7.1]
    assert reasons(answer) == {"rest": "bad_frame"}
    assert "5 bytes beside frames: 'AT+OK'" in answer.refused[0].detail


def test_a_cut_frame_says_how_much_of_it_is_there() -> None:
    (refused,) = decode(FIRST[:40]).refused

    assert refused.reason == "bad_frame"
    assert f"its length says {int(FIRST[2:6])} bytes" in refused.detail


def test_a_decimal_comma_refuses_its_value_and_does_not_cut_it() -> None:
    """14,5 counted as 14."""
    answer = decode(data("DataTime=20260706110000;w01001-Rtd=7,5,w01001-Flag=N;w01009-Rtd=8,w01009-Flag=N"))

    assert found(answer) == [8.0]
    assert [(each.where, each.reason, each.detail) for each in answer.refused] == [
        ("w01001", "not_a_number", "not a number: '7,5'")
    ]


PIECES = [FIRST, SECOND, b"##", b"\r\n", b"noise", FIRST[:50], FIRST[50:]]


@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_whatever_stands_together_nothing_is_silent(pieces: list[bytes]) -> None:
    payload = b"".join(pieces)
    answer = decode_frames(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS, located=True)

    assert answer.readings or answer.refused
    assert len(answer.positions) == len(answer.readings)
    whole = sum(piece in {FIRST, SECOND} for piece in pieces)
    assert len(answer.readings) >= whole * (FIRST[:50] not in pieces and b"##" not in pieces)
