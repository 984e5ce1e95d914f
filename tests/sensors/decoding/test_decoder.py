"""Topics, sites and sizes; and the part of a message that a replay asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.catalogue.model import Catalogue, Parameter, Site, Thresholds
from sensors.decoding.decoder import decode_message
from sensors.decoding.json_objects import LARGEST_PIECE
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Name

NAME = Name("名", "name")


def parameter(id_: str, code: str) -> Parameter:
    return Parameter(id_, "air", (code,), NAME, "µg/m3", 0, 0, 1000, Thresholds("test"), "test")


CATALOGUE = Catalogue(
    parameters={"pm25": parameter("pm25", "a34004"), "pm10": parameter("pm10", "a34002")},
    sites={"yanchang": Site("yanchang", "air", NAME, timedelta(hours=1), timedelta(hours=3), code="3131A")},
    zones={},
    rivers={},
    by_code={"a34004": "pm25", "a34002": "pm10"},
    by_mn={"MN1": "yanchang"},
)
RECEIVED = datetime(2026, 11, 22, 0, 1, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))
GOOD = b'{"time": "2026-11-22T08:00:00+08:00", "values": {"pm25": 31.2, "pm10": 54}}'
LATER = GOOD.replace(b"2026", b"2100")


def message(
    topic: str, payload: bytes = GOOD, only: tuple[str, ...] = (), prefix: str = "liangqu"
) -> Decoded:
    return decode_message(topic, payload, RECEIVED, CATALOGUE, BOUNDS, prefix=prefix, only=only)


def reasons(decoded: Decoded) -> list[tuple[str, str]]:
    return [(refused.where, refused.reason) for refused in decoded.refused]


@pytest.mark.parametrize("prefix", ["liangqu", "zjk/env/liangqu"])
def test_a_message_on_its_sites_topic_is_read(prefix: str) -> None:
    decoded = message(f"{prefix}/air/yanchang", prefix=prefix)

    assert [(r.site, r.parameter, r.value) for r in decoded.readings] == [
        ("yanchang", "pm25", 31.2),
        ("yanchang", "pm10", 54.0),
    ]
    assert not decoded.refused


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        pytest.param("liangqu/air/nowhere", GOOD, "unknown_site", id="unknown site"),
        pytest.param("liangqu/air/yanchang/x", GOOD, "unknown_topic", id="a level too many"),
        pytest.param("liangqu/hj212/MN1", GOOD, "bad_frame", id="no HJ 212 yet"),
        pytest.param("other/air/yanchang", GOOD, "unknown_topic", id="other prefix"),
        pytest.param("liangqu2/air/yanchang", GOOD, "unknown_topic", id="longer prefix"),
        pytest.param("yanchang", GOOD, "unknown_topic", id="no prefix"),
        pytest.param("", GOOD, "unknown_topic", id="no topic"),
        pytest.param("liangqu/water/yanchang", GOOD, "wrong_medium", id="other medium"),
        pytest.param("liangqu/soil/yanchang", GOOD, "unknown_topic", id="unknown medium"),
        pytest.param("liangqu/air/yanchang", b" " * (LARGEST_PIECE + 1), "oversize", id="a byte too many"),
        pytest.param(
            "liangqu/hj212/MN1", b" " * (LARGEST_PIECE + 1), "oversize", id="a frame, a byte too many"
        ),
        pytest.param(
            "liangqu/air/nowhere", b" " * (LARGEST_PIECE + 1), "unknown_site", id="site before size"
        ),
        pytest.param("liangqu/air/yanchang", b" " * LARGEST_PIECE, "not_json", id="exactly the most bytes"),
        pytest.param("liangqu/air/nowhere", b"\xff", "unknown_site", id="site before payload"),
    ],
)
def test_a_message_that_cannot_be_split_is_one_item(topic: str, payload: bytes, reason: str) -> None:
    decoded = message(topic, payload)

    assert not decoded.readings
    assert reasons(decoded) == [("", reason)]
    assert decoded.refused[0].detail.isprintable()


@pytest.mark.parametrize(
    ("topic", "reason", "words"),
    [
        ("liangqu/air/yanchang/pm25", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/3131A", "unknown_site", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/名", "unknown_site", "did you mean liangqu/air/yanchang?"),
        ("liangqu/3131A", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/yanchang/", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/yanchang//", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("/liangqu/air/yanchang", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu//air/yanchang", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/Air/yanchang", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("Liangqu/air/yanchang", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("LIANGQU/AIR/YANCHANG", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/yanchang", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/yanchang/air", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/gas/yanchang/pm25/raw", "unknown_topic", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/Yanchang", "unknown_site", "did you mean liangqu/air/yanchang?"),
        ("liangqu/air/yanchang ", "unknown_site", "did you mean liangqu/air/yanchang?"),
        ("liangqu/MN1", "unknown_topic", "did you mean liangqu/hj212/MN1?"),
        ("liangqu/HJ212/MN1", "unknown_topic", "did you mean liangqu/hj212/MN1?"),
        ("liangqu/air/MN1", "unknown_site", "did you mean liangqu/hj212/MN1?"),
        ("liangqu/air", "unknown_topic", "liangqu/<medium>/<site> and liangqu/hj212/<MN> are"),
        ("liangqu/air/", "unknown_topic", "liangqu/<medium>/<site> and liangqu/hj212/<MN> are"),
        ("liangqu", "unknown_topic", "liangqu/<medium>/<site> and liangqu/hj212/<MN> are"),
        ("liangqu/air/a/b/c", "unknown_topic", "liangqu/<medium>/<site> and liangqu/hj212/<MN> are"),
        (
            "liangqu/air/" + "/" * 60_000,
            "unknown_topic",
            "liangqu/<medium>/<site> and liangqu/hj212/<MN> are",
        ),
    ],
)
def test_a_topic_that_is_nearly_one_is_told_the_one_that_was_meant(
    topic: str, reason: str, words: str
) -> None:
    (refused,) = message(topic).refused

    assert refused.reason == reason
    assert refused.detail.endswith(words)
    assert len(refused.detail) < 250


BOTH = b"[5, " + GOOD + b", " + GOOD.replace(b"54", b'"x"') + b"]"


@pytest.mark.parametrize(
    ("only", "positions", "refused"),
    [
        pytest.param(("",), ["[1].values.pm25", "[1].values.pm10", "[2].values.pm25"],
                     [("[0]", "bad_envelope"), ("[2].values.pm10", "wrong_type")], id="the message"),
        pytest.param(("[1]",), ["[1].values.pm25", "[1].values.pm10"], [], id="an object"),
        pytest.param(("[2]",), ["[2].values.pm25"], [("[2].values.pm10", "wrong_type")],
                     id="a half bad object"),
        pytest.param(("[2].values.pm25",), ["[2].values.pm25"], [], id="a value"),
        pytest.param(("[0]", "[1].values.pm10"), ["[1].values.pm10"], [("[0]", "bad_envelope")], id="two"),
        pytest.param(("[0].values.pm25", "[0].values.pm10"), [],
                     [("[0].values.pm25", "bad_envelope"), ("[0].values.pm10", "bad_envelope")],
                     id="refused above what was asked for"),
        pytest.param(("[11]",), [], [], id="not there"),
    ],
)  # fmt: skip
def test_a_replay_keeps_the_positions_it_asks_for(
    only: tuple[str, ...], positions: list[str], refused: list[tuple[str, str]]
) -> None:
    decoded = message("liangqu/air/yanchang", BOTH, only)

    assert decoded.positions == positions
    assert len(decoded.readings) == len(positions)
    assert reasons(decoded) == refused


@pytest.mark.parametrize("topic", ["liangqu/air/nowhere", "liangqu/air/yanchang"])
def test_every_position_asked_for_that_is_still_bad_is_one_item_again(topic: str) -> None:
    only = ("values.pm25", "values.pm10")

    assert [where for where, _ in reasons(message(topic, LATER, only))] == list(only)


@given(st.text(), st.binary(max_size=40), st.lists(st.text(max_size=4), max_size=3))
def test_no_topic_and_no_bytes_raise(topic: str, payload: bytes, only: list[str]) -> None:
    for sent_to in (topic, f"liangqu/{topic}", f"liangqu/air/{topic}", "liangqu/air/yanchang"):
        assert isinstance(message(sent_to, payload, tuple(only)), Decoded)
