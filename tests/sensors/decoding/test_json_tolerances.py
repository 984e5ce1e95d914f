"""What real loggers do to JSON: read where nothing is lost by it, else one value or object by its name."""

import base64
import gzip
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.decoding.json_objects import close_piece, cut_piece, find_objects
from sensors.decoding.json_payload import decode_json
from sensors.decoding.json_tolerances import TOLERANCES
from sensors.decoding.lenient_json import BareWord, parse_leniently, parse_number
from sensors.decoding.types import Decoded
from sensors.model import Acceptance, Refused
from tests.sensors.decoding.test_json_payload import (
    BOUNDS,
    CATALOGUE,
    NEARLY,
    PAYLOADS,
    RECEIVED,
    SITE,
    TIME,
    message,
)

ACCEPTING = replace(SITE, accept=("numeric_text", "extra_keys"))
GOOD = message('{"pm25": 31.5}')
OTHER = message('{"pm10": 40}')
BOTH = [("[0].values.pm25", 31.5), ("[1].values.pm10", 40.0)]
ONE = [("values.pm25", 31.5)]


def decode(payload: str | bytes, *accept: Acceptance) -> Decoded:
    sent = payload.encode() if isinstance(payload, str) else payload
    return decode_json(replace(SITE, accept=accept), sent, RECEIVED, CATALOGUE, BOUNDS, located=True)


def taken(decoded: Decoded) -> list[tuple[str, float]]:
    values = [reading.value for reading in decoded.readings]
    return list(zip(decoded.positions, values, strict=True))


def left(decoded: Decoded) -> list[tuple[str, str]]:
    return [(refused.where, refused.reason) for refused in decoded.refused]


BARE_WORDS = [
    "nan", "-nan", "+nan", "NAN", "NaN", "-NaN", "Nan", "inf", "-inf", "+inf", "INF", "Inf", "Infinity",
    "-Infinity", "infinity", "nan(ind)", "-nan(ind)", "nan(snan)", "nan(0x8000000000000)", "1.#IND",
    "-1.#IND00", "1.#QNAN", "1.#INF", "-1.#INF", "None", "NULL", "Null", "undefined", "nil", "N/A", "--", "-",
    "+", ".", "e5", "****", "ERR", "True", "31.2.1", "12abc", "0x1F", "1_000", "31°", "３１", "1e", "#DIV/0!",
]  # fmt: skip


@pytest.mark.parametrize("word", BARE_WORDS)
def test_a_word_that_is_no_number_costs_its_own_value(word: str) -> None:
    decoded = decode(message(f'{{"pm25": 31.5, "pm10": {word}, "o3": 40}}'))

    assert taken(decoded) == [("values.pm25", 31.5), ("values.o3", 40.0)]
    assert left(decoded) == [("values.pm10", "not_a_number")]
    assert word in decoded.refused[0].detail or word in {"NaN", "Infinity", "-Infinity"}


NUMBERS = [
    (".5", 0.5), ("5.", 5.0), ("-.5", -0.5), ("-5.", -5.0), ("+31", 31.0), ("+31.5", 31.5), ("+.5", 0.5),
    ("031", 31.0), ("007.50", 7.5), ("-031", -31.0), ("00", 0.0), ("1.e3", 1000.0), ("01E+02", 100.0),
    ("+1e-2", 0.01),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_a_number_as_printf_writes_it_is_a_number(text: str, value: float) -> None:
    decoded = decode(message(f'{{"pm25": {text}}}'))

    assert taken(decoded) == [("values.pm25", value)]
    assert decoded.tolerated == {"number_form"}


FRAMES = [
    pytest.param(GOOD + "\0", ONE, id="C's closing NUL"),
    pytest.param(GOOD + "\0" * 100, ONE, id="a buffer of fixed size"),
    pytest.param(GOOD + " \r\n\0\r\n", ONE, id="line end, NUL, line end"),
    pytest.param(GOOD + "\x1a", ONE, id="the end of a DOS file"),
    pytest.param("\x02" + GOOD + "\x03", ONE, id="STX and ETX"),
    pytest.param("\ufeff" + GOOD, ONE, id="a byte order mark"),
    pytest.param("\ufeff\ufeff \r\n" + GOOD, ONE, id="two of them and a line end"),
    pytest.param("\r\n\t" + GOOD + ",", ONE, id="a comma behind the only object"),
    pytest.param("\ufeff" + f"[{GOOD}]\0", BOTH[:1], id="an array in all of it"),
    pytest.param(GOOD + OTHER, BOTH, id="two objects, one behind the other"),
    pytest.param(f"{GOOD}\n{OTHER}\n", BOTH, id="a line each"),
    pytest.param(f"{GOOD}\r\n\r\n{OTHER}\r\n", BOTH, id="a line each, Windows, with a blank one"),
    pytest.param(f"\x1e{GOOD}\n\x1e{OTHER}\n", BOTH, id="a JSON text sequence, RFC 7464"),
    pytest.param(f"{GOOD},{OTHER}", BOTH, id="an array without its brackets"),
    pytest.param(f"{GOOD}\0{OTHER}\0", BOTH, id="a NUL behind each"),
    pytest.param(f"[{GOOD},{OTHER},]", BOTH, id="a comma behind the last"),
    pytest.param(f"[{GOOD} {OTHER}]", BOTH, id="no comma between"),
    pytest.param(f"[{GOOD},,{OTHER}]", BOTH, id="two commas between"),
    pytest.param(f"[{GOOD}][{OTHER}]", BOTH, id="two arrays"),
    pytest.param(f"[{GOOD}]\n{OTHER}", BOTH, id="an array and an object"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "values"), FRAMES)
def test_what_stands_around_objects_loses_nothing(payload: str, values: list[tuple[str, float]]) -> None:
    decoded = decode(payload)

    assert taken(decoded) == values
    assert not decoded.refused
    assert decoded.tolerated == {"framing"}


def test_a_comma_behind_the_last_member_loses_nothing() -> None:
    decoded = decode(f'{{"time": "{TIME}", "values": {{"pm25": 31.5,}}, "flags": {{"pm25": "M",}},}}')

    assert [(r.value, r.flag) for r in decoded.readings] == [(31.5, "M")]
    assert decoded.tolerated == {"trailing_comma"}


@pytest.mark.parametrize(
    ("text", "value"), [*NUMBERS, ("31.5", 31.5), ("  31.5", 31.5), ("31.5 \r\n", 31.5), ("1e3", 1000.0)]
)
def test_a_number_in_quotes_is_read_where_the_site_may_send_it(text: str, value: float) -> None:
    payload = json.dumps({"time": TIME, "values": {"pm25": text, "o3": 1}})

    decoded = decode(payload, "numeric_text")

    assert taken(decoded) == [("values.pm25", value), ("values.o3", 1.0)]
    assert decoded.tolerated == {"numeric_text"}
    refused = decode(payload)
    assert left(refused) == [("values.pm25", "wrong_type")]
    assert refused.refused[0].detail.endswith('accept = ["numeric_text"] at the site takes it')


@pytest.mark.parametrize(
    "text", ["", " ", "nan", "31,5", "1,234.5", "31.5 µg", "３１", "1_000", "0x1F", "true"]
)
def test_a_text_that_is_no_number_costs_its_own_value(text: str) -> None:
    payload = json.dumps({"time": TIME, "values": {"pm25": text, "o3": 1}})

    decoded = decode(payload, "numeric_text")

    assert taken(decoded) == [("values.o3", 1.0)]
    assert left(decoded) == [("values.pm25", "not_a_number")]
    assert "accept" not in decode(payload).refused[0].detail


def test_units_apply_to_a_number_in_quotes() -> None:
    site = replace(SITE, accept=("numeric_text",), units={"a34004": "ng/m3"})

    decoded = decode_json(site, message('{"a34004": "75600"}').encode(), RECEIVED, CATALOGUE, BOUNDS)

    assert [reading.value for reading in decoded.readings] == [75.6]


def test_further_keys_are_passed_over_where_the_site_may_send_them() -> None:
    payload = message('{"pm25": 31.5}', ', "rssi": -71, "firmware": {"v": [1, 2]}, "id": "ä"')

    decoded = decode(payload, "extra_keys")

    assert taken(decoded) == ONE
    assert decoded.tolerated == {"extra_keys"}
    refused = decode(payload)
    assert left(refused) == [("", "bad_envelope")]
    assert "'rssi'" in refused.refused[0].detail
    assert 'accept = ["extra_keys"]' in refused.refused[0].detail


@pytest.mark.parametrize(
    "key", ["flag", "Flags", "FLAG", " flags", "Time", "value", "VALUES", "kinds", "Kind"]
)
def test_a_key_that_is_nearly_a_known_one_is_refused_all_the_same(key: str) -> None:
    decoded = decode(message('{"pm25": 31.5}', f', "{key}": {{}}'), "extra_keys")

    assert left(decoded) == [("", "bad_envelope")]
    assert repr(key) in decoded.refused[0].detail


def test_an_unknown_name_among_the_values_costs_itself_whatever_the_site_accepts() -> None:
    decoded = decode(message('{"pm25": 31.5, "rssi": -71}'), "extra_keys", "numeric_text")

    assert taken(decoded) == ONE
    assert left(decoded) == [("values.rssi", "unknown_parameter")]


def test_all_tolerances_at_once() -> None:
    payload = f'\ufeff{{"time": "{TIME}", "values": {{"pm25": "31.5", "pm10": nan, "o3": .5,}}, "rssi": 1}}\0'

    decoded = decode(payload, "numeric_text", "extra_keys")

    assert taken(decoded) == [("values.pm25", 31.5), ("values.o3", 0.5)]
    assert left(decoded) == [("values.pm10", "not_a_number")]
    assert decoded.tolerated == set(TOLERANCES)


BROKEN = [
    pytest.param(f"[{GOOD},{OTHER}", BOTH, [("[2]", "not_json", "not closed")], id="cut between two objects"),
    pytest.param(f"[{GOOD},{OTHER[:-9]}", [("[0].values.pm25", 31.5)], [("[1]", "not_json", "no end")],
                 id="cut within an object"),
    pytest.param(f'[{GOOD},{{"time": "2026', [("[0].values.pm25", 31.5)], [("[1]", "not_json", "no end")],
                 id="cut within a text"),
    pytest.param(f"{GOOD}\n{OTHER[:-9]}", [("[0].values.pm25", 31.5)], [("[1]", "not_json", "no end")],
                 id="lines, the last one cut"),
    pytest.param(GOOD + '\0"pm10": 3}}', [("[0].values.pm25", 31.5)], [("[1]", "not_json", "no object")],
                 id="what the buffer held before, behind the NUL"),
    pytest.param(f"[{GOOD},{{]}},{OTHER}]", [("[0].values.pm25", 31.5), ("[2].values.pm10", 40.0)],
                 [("[1]", "not_json", "double quotes")], id="brackets that do not match"),
    pytest.param(f"[{GOOD},{{'a': 1}},{OTHER}]", [("[0].values.pm25", 31.5), ("[2].values.pm10", 40.0)],
                 [("[1]", "not_json", "double quotes")], id="single quotes in one object"),
    pytest.param(f"[{GOOD},{{time: 1}},{OTHER}]", [("[0].values.pm25", 31.5), ("[2].values.pm10", 40.0)],
                 [("[1]", "not_json", "'time'")], id="names without quotes in one object"),
    pytest.param(f'[{GOOD},{{"time": {TIME}}}]', [("[0].values.pm25", 31.5)],
                 [("[1]", "not_json", "comma is missing")], id="a time without quotes"),
    pytest.param(message('{"pm25": 31,5}'), [], [("", "not_json", "'5'")], id="a decimal comma"),
    pytest.param(message('{"pm25": 31.5 "pm10": 1}'), [], [("", "not_json", "comma is missing")],
                 id="no comma between members"),
    pytest.param(message('{"pm25" 31.5}'), [], [("", "not_json", "colon is missing")], id="no colon"),
    pytest.param(message('{"pm25": }'), [], [("", "not_json", "value is missing")], id="no value"),
    pytest.param(message('{"pm25": 31.5 /* ug */}'), [], [("", "not_json", "comma")], id="a comment"),
    pytest.param(GOOD[:-1] + ', "note": "C:\\temp\\x"}', [], [("", "not_json", "escape")], id="Windows path"),
    pytest.param(GOOD.encode()[:-1] + ', "name": "后城"}'.encode("gbk"), [], [("", "not_utf8", "byte")],
                 id="GBK text"),
    pytest.param(b"[" + GOOD.encode() + b',"\xba\xf3",' + OTHER.encode() + b"]",
                 [("[0].values.pm25", 31.5), ("[2].values.pm10", 40.0)], [("[1]", "not_utf8", "byte")],
                 id="GBK text between objects"),
    pytest.param(GOOD.encode("utf-16"), [], [("", "not_utf8", "UTF-16")], id="UTF-16"),
    pytest.param(GOOD.encode("utf-16-le"), [], [("", "not_json", "UTF-16")], id="UTF-16 without its mark"),
    pytest.param(gzip.compress(GOOD.encode()), [], [("", "not_utf8", "uncompressed")], id="gzip"),
    pytest.param(base64.b64encode(GOOD.encode()), [], [("", "not_json", "base64")], id="base64"),
    pytest.param(str({"time": TIME, "values": {"pm25": 1}}), [], [("", "not_json", "json.dumps")],
                 id="Python's text of a dict"),
    pytest.param("##0101QN=20160801085857223", [], [("", "not_json", "HJ 212")], id="HJ 212"),
    pytest.param("<?xml version='1.0'?><a/>", [], [("", "not_json", "XML")], id="XML"),
    pytest.param("pm25=31.5", [], [("", "not_json", "'pm25=31.5'")], id="line of text"),
    pytest.param("\0\0\r\n", [], [("", "not_json", "nothing")], id="an empty buffer"),
    pytest.param("\ufeff", [], [("", "not_json", "nothing")], id="a byte order mark alone"),
    pytest.param("[[" + GOOD + "]]", [], [("[0]", "bad_envelope", "an array")], id="an array in an array"),
    pytest.param("[nan]", [], [("[0]", "bad_envelope", "nan")], id="no object"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "values", "refused"), BROKEN)
def test_what_loses_something_is_refused_by_name_and_leaves_its_neighbours(
    payload: str | bytes, values: list[tuple[str, float]], refused: list[tuple[str, str, str]]
) -> None:
    decoded = decode(payload)

    assert taken(decoded) == values
    assert left(decoded) == [(where, reason) for where, reason, _ in refused]
    for found, (_, _, words) in zip(decoded.refused, refused, strict=True):
        assert words in found.detail
        assert found.detail.isprintable()
        assert len(found.detail) < 300


def test_what_is_json_needs_no_tolerance() -> None:
    for payload in (
        GOOD,
        f" [ {GOOD} , {OTHER} ] \r\n",
        "[]",
        message('{"pm25": 1e400, "o3": "x"}'),
        "[{}, 1]",
    ):
        assert decode(payload, "numeric_text", "extra_keys").tolerated == frozenset()


FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FINITE | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_json_reads_as_any_reader_reads_it(sent: Any) -> None:
    slips = set[str]()

    assert parse_leniently(json.dumps(sent).encode(), slips) == sent
    assert not slips


@given(FINITE)
def test_a_number_keeps_every_bit(value: float) -> None:
    assert parse_number(repr(value)) == value


WORDS = st.sampled_from(
    ['"time"', '"values"', '"pm25"', f'"{TIME}"', "{", "}", "[", "]", ",", ":", "nan", "31.5", "+1", '"',
     "\\", "'", "\0", "\n", "\ufeff", " ", '"\\"', "\xe4", GOOD, OTHER, "[" * 30, "9" * 500]
)  # fmt: skip
MANGLED = st.lists(WORDS, max_size=12).map("".join)


@given(MANGLED.map(str.encode) | st.binary(max_size=60))
def test_whatever_comes_is_taken_or_refused(payload: bytes) -> None:
    decoded = decode_json(ACCEPTING, payload, RECEIVED, CATALOGUE, BOUNDS)

    assert decoded.readings or decoded.refused or b"[" in payload or b"{}" in payload.replace(b" ", b"")
    assert decoded.tolerated <= set(TOLERANCES)


@given(st.lists(NEARLY, min_size=2, max_size=5), st.data())
def test_objects_mean_the_same_however_they_stand_beside_each_other(
    objects: list[Any], data: st.DataObject
) -> None:
    between = data.draw(st.sampled_from(["", " ", "\n", "\r\n", ",", "\0", "\x1e", "\ufeff", ",,", "\n,\n"]))
    texts = [json.dumps(each) for each in objects]

    apart, array = decode(between.join(texts)), decode(f"[{','.join(texts)}]")

    assert (taken(apart), left(apart)) == (taken(array), left(array))


@pytest.mark.parametrize(
    "payload",
    ["{" * 300_000, "[" * 300_000, '{"a":' * 100_000, '"' * 300_001, '{"a":"' + '\\"' * 150_000,
     "e" * 300_000, " " * 300_000 + "x", ("{}" + "\0" * 3) * 60_000, "\ufeff" * 100_000,
     '{"a":nan}' * 30_000 + "{", "[1 " * 100_000, "[," * 150_000, "{'a':1}" * 40_000,
     '"a"' * 100_000, "[" + "nan " * 75_000 + "]",
     message("[" + "1," * 150_000 + "]"),
     '{"values":{' + ",".join(f'"{n}":nan' for n in range(20_000)) + ',}, "time": 1}']
)  # fmt: skip
def test_a_hostile_payload_takes_one_pass_and_little_memory(payload: str) -> None:
    sent = payload.encode()
    tracemalloc.start()
    try:
        decode_json(ACCEPTING, sent, RECEIVED, CATALOGUE, BOUNDS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 250 * len(sent)  # of an array of 75,000 words, each is an item of its own


@given(st.lists(PAYLOADS | st.just([]), max_size=6), st.booleans(), st.integers(1, 400))
def test_a_payload_means_the_same_in_pieces(sent: list[Any], lines: bool, size: int) -> None:
    objects = [each for each in sent if isinstance(each, dict | list)]  # alone on a line nothing else is JSON
    payload = ("\n".join(map(json.dumps, objects)) if lines else json.dumps(sent)).encode()
    whole, parts = decode(payload), [decode(each) for each in pieces(payload, size)]

    assert [r for part in parts for r in part.readings] == whole.readings
    assert not any(part.tolerated for part in parts) or lines
    assert [(r.reason, r.detail) for part in parts for r in part.refused] == [
        (r.reason, r.detail) for r in whole.refused
    ]


def pieces(payload: bytes, size: int) -> list[bytes]:
    """As the pipeline takes them: more is looked at until a whole object is there."""
    found, position, in_array, looked_at = list[bytes](), 0, False, size
    while position + looked_at < len(payload):
        piece = cut_piece(payload[position : position + looked_at], in_array=in_array)
        looked_at = size if piece else looked_at * 2
        if piece:
            found.append(piece.payload)
            position, in_array = position + piece.size, piece.in_array
    return [*found, close_piece(payload[position:], in_array=in_array, more=position > 0)]


def test_a_bare_word_is_no_text() -> None:
    assert type(parse_leniently(b"nan", set())) is BareWord


@pytest.mark.parametrize("raw", [b"", b" ", b'"', b"{", b"[1", b"1 2", b"}", b'{"a":}', b"\xff", b"[1 2]"])
def test_what_is_no_value_is_refused(raw: bytes) -> None:
    assert isinstance(parse_leniently(raw, set()), Refused)


def test_the_strict_part_of_a_payload_is_plain() -> None:
    assert find_objects(b' [ {"a": 1} , 2 ] ').plain
    assert not find_objects(b"{}{}").plain
