import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.hj212.frame import LONGEST_FRAME, Received, build_frame, parse_frame
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.stream import FrameReader

GOOD = build_frame(
    Hj212Frame(mn="A110000_0001", cn="2011", flag=9, area="DataTime=20260706103000;w01001-Rtd=6.5")
)
OTHER = build_frame(Hj212Frame(mn="ZLDSZ20210127", cn="9015", flag=9))
WRONG_LENGTH = b"##0131" + GOOD[6:]
WRONG_SUM = GOOD.replace(b"w01001-Rtd=6.5", b"w01001-Rtd=9.5")
SHORT = b"##131ST=22;CN=2011\r\n"


def in_pieces(stream: bytes, cuts: list[int], longest: int = LONGEST_FRAME) -> tuple[list[bytes], int]:
    """What a reader makes of the stream, cut at these places, and how many bytes were noise."""
    reader = FrameReader(longest)
    frames = []
    for start, end in pairwise([0, *cuts, len(stream)]):
        frames += reader.feed(stream[start:end])
        assert len(reader._buffer) <= longest + 2
    frames += reader.close()
    assert bytes(reader._buffer) in (b"", b"\n")
    return frames, reader.noise


noise = st.one_of(
    st.binary(max_size=20),
    st.text("#0123\r\n&", max_size=20).map(str.encode),
    st.sampled_from([GOOD[:40], GOOD[-9:], SHORT, b"##0009", b"##", b"#"]),
)
wire = st.sampled_from([GOOD, OTHER, WRONG_LENGTH, WRONG_SUM, GOOD[:-2], GOOD[:-1], OTHER[:-2]])
streams = st.lists(st.one_of(wire, noise), max_size=12).map(b"".join)


@given(streams, st.data())
def test_any_chunking_gives_the_same_frames_and_the_same_noise(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    whole = in_pieces(stream, [])

    assert in_pieces(stream, cuts) == whole
    assert in_pieces(stream, list(range(len(stream)))) == whole


@given(streams, st.integers(8, 150), st.integers(1, 40))
def test_the_same_holds_where_frames_are_too_long(stream: bytes, longest: int, step: int) -> None:
    assert in_pieces(stream, list(range(0, len(stream), step)), longest) == in_pieces(stream, [], longest)


@given(
    st.lists(
        st.tuples(st.sampled_from([GOOD, OTHER, WRONG_LENGTH, WRONG_SUM]), st.binary(max_size=30)), max_size=9
    )
)
def test_every_frame_between_noise_is_found(parts: list[tuple[bytes, bytes]]) -> None:
    quiet = [(frame, rubbish.replace(b"#", b"")) for frame, rubbish in parts]

    frames, _ = in_pieces(b"".join(rubbish + frame for frame, rubbish in quiet), [])

    assert frames == [frame[:-2] for frame, _ in quiet]


@pytest.mark.parametrize(
    ("stream", "expected", "dropped"),
    [
        pytest.param(GOOD + OTHER, [GOOD, OTHER], 0, id="two in a row"),
        pytest.param(GOOD[:-2] + OTHER[:-2], [GOOD, OTHER], 0, id="no CR LF: length and sum end them"),
        pytest.param(WRONG_LENGTH[:-2] + GOOD, [WRONG_LENGTH, GOOD], 0, id="no CR LF and a wrong length"),
        pytest.param(b"#" + GOOD, [GOOD], 1, id="a third mark before"),
        pytest.param(b"HELLO\r\n" + GOOD, [GOOD], 5, id="a greeting before"),
        pytest.param(GOOD[:50] + OTHER, [GOOD[:50] + b"\r\n", OTHER], 0, id="half a frame, then one"),
        pytest.param(GOOD[:50], [GOOD[:50] + b"\r\n"], 0, id="half a frame, then the end"),
        pytest.param(b"##" + b"x" * 11_000 + b"\r\n" + GOOD, [GOOD], 11_002, id="endless"),
        pytest.param(b"##9999" + b"x" * 30_000 + GOOD, [GOOD], 30_006, id="endless with a length"),
        pytest.param(b"\r\n\n" + GOOD, [GOOD], 0, id="empty lines"),
    ],
)
def test_where_frames_begin_and_end(stream: bytes, expected: list[bytes], dropped: int) -> None:
    assert in_pieces(stream, []) == ([frame.removesuffix(b"\r\n") for frame in expected], dropped)


def test_a_frame_is_there_with_its_last_byte_and_needs_no_line_end() -> None:
    """A logger that sends no CR LF gets its answer now and not with its next frame."""
    reader = FrameReader()

    assert reader.feed(GOOD[:-3]) == []
    assert reader.feed(GOOD[-3:-2]) == [GOOD[:-2]]


@pytest.mark.parametrize("unit", [b"#", b"##1", b"##9999", b"##0003x", b"x", b"\r"], ids=repr)
@pytest.mark.parametrize("step", [1, 1000, 300_000])
def test_a_hostile_stream_costs_as_much_as_its_length(unit: bytes, step: int) -> None:
    """No seconds here: a quadratic reader would not end within the test's time limit."""
    stream = (unit * 300_000)[:300_000]

    frames, dropped = in_pieces(stream, list(range(step, len(stream), step)))

    ends = stream.count(b"\r")
    assert sum(map(len, frames)) + dropped + ends == len(stream)


def test_100_000_arbitrary_streams_end_and_their_frames_are_judged() -> None:
    dice = random.Random(8)
    pieces = [GOOD, OTHER, WRONG_LENGTH, WRONG_SUM, SHORT, b"##", b"#", b"\r\n", b"&&", b"9999"]
    reader = FrameReader()
    judged = {True: 0, False: 0}
    for _ in range(100_000):
        piece = dice.choice(pieces)
        chunk = piece[: dice.randrange(len(piece) + 1)] if dice.random() < 0.5 else piece
        for frame in reader.feed(chunk + dice.randbytes(dice.randrange(3))):
            judged[isinstance(parse_frame(frame), Received)] += 1
    assert judged[True] > 10_000
    assert judged[False] > 10_000
