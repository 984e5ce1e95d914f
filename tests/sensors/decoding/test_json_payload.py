"""The native payload: every reason, every position, any bytes, every value bit for bit."""

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.catalogue.model import Catalogue, Parameter, Site, Thresholds
from sensors.decoding.json_payload import decode_json
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Name, Reading, Refused

NAME = Name("名", "name")
CODES = {"pm25": "a34004", "pm10": "a34002", "o3": "a05024", "ph": "w01001"}
CATALOGUE = Catalogue(
    parameters={
        id_: Parameter(
            id_,
            "water" if code[0] == "w" else "air",
            (code,),
            NAME,
            "µg/m3",
            1,
            0,
            1000,
            Thresholds("test"),
            "test",
        )
        for id_, code in CODES.items()
    },
    sites={},
    zones={},
    rivers={},
    by_code={code: id_ for id_, code in CODES.items()},
)
SITE = Site("yanchang", "air", NAME, cycle=timedelta(hours=1), late_after=timedelta(hours=3))
RECEIVED = datetime(2026, 11, 22, 0, 1, tzinfo=UTC)
BOUNDS = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))
TIME = "2026-11-22T08:00:00+08:00"
EIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def decode(payload: bytes | str, site: Site = SITE) -> Decoded:
    sent = payload.encode() if isinstance(payload, str) else payload
    return decode_json(site, sent, RECEIVED, CATALOGUE, BOUNDS, located=True)


def found(payload: bytes | str) -> list[tuple[str, str]]:
    """Every item as (position, its value and flag or its reason)."""
    decoded = decode(payload)
    assert len(decoded.positions) == len(decoded.readings)
    return [
        *(
            (where, f"{r.value!r} {r.flag}")
            for where, r in zip(decoded.positions, decoded.readings, strict=True)
        ),
        *((refused.where, refused.reason) for refused in decoded.refused),
    ]


def message(values: str, rest: str = "") -> str:
    return f'{{"time": "{TIME}", "values": {values}{rest}}}'


def timed(time: str) -> str:
    return f'{{"time": {time}, "values": {{"pm25": 1, "pm10": 2}}}}'


READ = [
    pytest.param(message('{"pm25": 31.2}'), [("values.pm25", "31.2 N")], id="one value"),
    pytest.param(message('{"pm25": 54}'), [("values.pm25", "54.0 N")], id="an integer"),
    pytest.param(message('{"pm25": -0.0}'), [("values.pm25", "-0.0 N")], id="minus zero"),
    pytest.param(message('{"a34004": 1.5}'), [("values.a34004", "1.5 N")], id="HJ code"),
    pytest.param(message('{"pm25": null}'), [], id="null is not measured"),
    pytest.param(message('{"pm25": null, "pm10": 1}', ', "flags": {"pm25": "?"}'), [("values.pm10", "1.0 N")],
                 id="null with a bad flag"),
    pytest.param(message('{"foo": null}'), [], id="null under an unknown name"),
    pytest.param(message("{}"), [], id="no values"),
    pytest.param("[]", [], id="empty array"),
    pytest.param(" [ ] ", [], id="white space"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": "M"}'), [("values.pm25", "1.0 M")], id="flag"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"a34004": "M"}'), [("values.pm25", "1.0 M")],
                 id="flag by code, value by id"),
    pytest.param(message('{"a34004": 1}', ', "flags": {"pm25": "M"}'), [("values.a34004", "1.0 M")],
                 id="flag by id, value by code"),
    pytest.param(message('{"pm25": 1, "a34004": 2}', ', "flags": {"pm25": "M", "a34004": "D"}'),
                 [("values.pm25", "1.0 M"), ("values.a34004", "2.0 D")], id="each flag to its own name"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm10": "M"}'), [("values.pm25", "1.0 N")],
                 id="flag without a value"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"ph": "M"}'), [("values.pm25", "1.0 N")],
                 id="flag of the other medium"),
    pytest.param(message('{"pm25": 1}', ', "flags": null, "kind": null'), [("values.pm25", "1.0 N")],
                 id="flags and kind null"),
    pytest.param(message('{"pm25": 1, "pm25": 2}'), [("values.pm25", "2.0 N")], id="a key twice: the last"),
    pytest.param("\ufeff" + message('{"pm25": 1}'), [("values.pm25", "1.0 N")], id="byte order mark"),
    pytest.param("[" + message("{}") + "," + message('{"pm25": 1}') + "]", [("[1].values.pm25", "1.0 N")],
                 id="array"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "items"), READ)
def test_a_payload_is_read(payload: str, items: list[tuple[str, str]]) -> None:
    assert found(payload) == items


DEEP = "[" * 100_000
REFUSED = [
    pytest.param(b"\xff\xfe", [("", "not_utf8")], id="not UTF-8"),
    pytest.param(message('{"pm25": "X"}').encode().replace(b"X", b"\xe4"), [("", "not_utf8")], id="latin-1"),
    pytest.param(b'{"\xed\xa0\x80": 1}', [("", "not_utf8")], id="surrogate in UTF-8"),
    pytest.param(b"", [("", "not_json")], id="empty"),
    pytest.param('{"time": ', [("", "not_json")], id="cut short"),
    pytest.param(message("{}") + "x", [("[1]", "not_json")], id="something behind"),
    pytest.param(DEEP, [("", "not_json")], id="deep and cut short"),
    pytest.param(message('{"pm25": ' + DEEP + "]" * 100_000 + "}"), [("", "not_json")], id="deep"),
    pytest.param("null", [("", "bad_envelope")], id="null"),
    pytest.param("31.2", [("", "bad_envelope")], id="a number"),
    pytest.param("NaN", [("", "not_json")], id="NaN alone"),
    pytest.param("{}", [("", "bad_envelope")], id="empty object"),
    pytest.param(f'{{"time": "{TIME}"}}', [("", "bad_envelope")], id="no values"),
    pytest.param(message("null"), [("", "bad_envelope")], id="values null"),
    pytest.param(message("[1]"), [("", "bad_envelope")], id="values an array"),
    pytest.param(message('{"pm25": 1}', ', "flags": "M"'), [("", "bad_envelope")], id="flags a text"),
    pytest.param(message('{"pm25": 1}', ', "flag": {}'), [("", "bad_envelope")], id="flag for flags"),
    pytest.param('{"values": {"pm25": 1, "pm10": 2}}', [("", "no_time")], id="no time"),
    pytest.param(timed("null"), [("", "no_time")], id="time null"),
    pytest.param(timed('"soon"'), [("", "bad_time")], id="bad time"),
    pytest.param(timed("1e3"), [("", "bad_time")], id="float milliseconds"),
    pytest.param(timed("true"), [("", "bad_time")], id="boolean time"),
    pytest.param(timed("9" * 400), [("", "bad_time")], id="huge time"),
    pytest.param(timed("9" * 9000), [("", "bad_time")], id="time too long for Python"),
    pytest.param(timed('"2026-11-22T08:00:00"'), [("", "time_without_zone")], id="naive time"),
    pytest.param(timed('"1970-01-01T00:00:00Z"'), [("", "time_too_old")], id="1970"),
    pytest.param(timed('"1999-12-31T23:59:59.999Z"'), [("", "time_too_old")], id="just too old"),
    pytest.param(timed('"2100-01-01T00:00:00Z"'), [("", "time_in_future")], id="2100"),
    pytest.param(timed('"2026-11-22T00:06:00.001Z"'), [("", "time_in_future")], id="just too far ahead"),
    pytest.param(message('{"pm25": 1, "pm10": 2}', ', "kind": "daily"'), [("", "unknown_kind")], id="kind"),
    pytest.param(message('{"pm25": 1}', ', "kind": 1'), [("", "unknown_kind")], id="kind a number"),
    pytest.param(message('{"pm25": 1}', ', "kind": []'), [("", "unknown_kind")], id="kind an array"),
    pytest.param(message('{"foo": 1}'), [("values.foo", "unknown_parameter")], id="unknown parameter"),
    pytest.param(message('{"": 1}'), [("values.", "unknown_parameter")], id="empty name"),
    pytest.param(message('{"ph": 7}'), [("values.ph", "wrong_medium")], id="water at an air station"),
    pytest.param(message('{"w01001": 7}'), [("values.w01001", "wrong_medium")], id="wrong medium by code"),
    pytest.param(message('{"foo": "x"}'), [("values.foo", "unknown_parameter")], id="unknown before type"),
    pytest.param(message('{"pm25": "31.2"}'), [("values.pm25", "wrong_type")], id="text"),
    pytest.param(message('{"pm25": "NaN"}'), [("values.pm25", "wrong_type")], id="NaN as text"),
    pytest.param(message('{"pm25": true}'), [("values.pm25", "wrong_type")], id="boolean"),
    pytest.param(message('{"pm25": [1]}'), [("values.pm25", "wrong_type")], id="array"),
    pytest.param(message('{"pm25": {"v": 1}}'), [("values.pm25", "wrong_type")], id="object"),
    pytest.param(message('{"pm25": NaN}'), [("values.pm25", "not_a_number")], id="NaN"),
    pytest.param(message('{"pm25": Infinity}'), [("values.pm25", "not_a_number")], id="Infinity"),
    pytest.param(message('{"pm25": -Infinity}'), [("values.pm25", "not_a_number")], id="minus Infinity"),
    pytest.param(message('{"pm25": 1e999}'), [("values.pm25", "not_a_number")], id="overflow"),
    pytest.param(message('{"pm25": %s}' % ("9" * 400)), [("values.pm25", "not_a_number")],
                 id="400 digits"),
    pytest.param(message('{"pm25": -%s}' % ("9" * 9000)), [("values.pm25", "not_a_number")],
                 id="9000 digits"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": "X"}'), [("values.pm25", "unknown_flag")],
                 id="flag"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": "NF"}'), [("values.pm25", "unknown_flag")],
                 id="two letters"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": "m"}'), [("values.pm25", "unknown_flag")],
                 id="lower case"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": ""}'), [("values.pm25", "unknown_flag")],
                 id="empty flag"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": 1}'), [("values.pm25", "unknown_flag")],
                 id="flag a number"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": null}'), [("values.pm25", "unknown_flag")],
                 id="flag null"),
    pytest.param(message('{"pm25": 1}', ', "flags": {"pm25": ["M"]}'), [("values.pm25", "unknown_flag")],
                 id="flag an array"),
    pytest.param(message('{"pm25": "x"}', ', "flags": {"pm25": "X"}'), [("values.pm25", "wrong_type")],
                 id="type before flag"),
    pytest.param(message('{"foo": 1}', ', "flags": {"foo": "M"}'), [("values.foo", "unknown_parameter")],
                 id="unknown in values and flags: one item"),
    pytest.param(message("{}", ', "flags": {"pm52": "M"}'), [("flags.pm52", "unknown_parameter")],
                 id="misspelt flag"),
    pytest.param('[1, "x", null]',
                 [("[0]", "bad_envelope"), ("[1]", "bad_envelope"), ("[2]", "bad_envelope")],
                 id="array of no objects"),
    pytest.param("[[]]", [("[0]", "bad_envelope")], id="array in an array"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "items"), REFUSED)
def test_what_cannot_be_a_reading_is_refused_with_reason_and_position(
    payload: bytes | str, items: list[tuple[str, str]]
) -> None:
    assert found(payload) == items


@pytest.mark.parametrize(("payload", "items"), REFUSED)
def test_words_for_people_are_one_short_line(payload: bytes | str, items: list[tuple[str, str]]) -> None:
    for refused in decode(payload).refused:
        assert refused.detail
        assert len(refused.detail) < 300
        assert refused.detail.isprintable()


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999", "9" * 5000, '"x"', "[]", "{}", "true"])
def test_a_bad_value_leaves_its_neighbours(bad: str) -> None:
    payload = message(f'{{"pm25": 31.2, "pm10": {bad}, "o3": 54}}')

    decoded = decode(payload)

    assert [(r.parameter, r.value) for r in decoded.readings] == [("pm25", 31.2), ("o3", 54.0)]
    assert [r.where for r in decoded.refused] == ["values.pm10"]


def test_a_bad_object_leaves_its_neighbours() -> None:
    good = message('{"pm25": 1}')
    misspelt, timeless, not_a_number = message("{}", ', "flag": {}'), timed("null"), message('{"o3": NaN}')
    payload = f"[{good}, 5, {misspelt}, {timeless}, {not_a_number}, {good}]"

    assert found(payload) == [
        ("[0].values.pm25", "1.0 N"),
        ("[5].values.pm25", "1.0 N"),
        ("[1]", "bad_envelope"),
        ("[2]", "bad_envelope"),
        ("[3]", "no_time"),
        ("[4].values.o3", "not_a_number"),
    ]


@pytest.mark.parametrize(
    "time",
    ['"2000-01-01T00:00:00Z"', '"2026-11-22T00:06:00Z"', "946684800000"],
    ids=["earliest", "ahead", "ms"],
)
def test_exactly_at_a_bound_is_accepted(time: str) -> None:
    assert [r.parameter for r in decode(timed(time)).readings] == ["pm25", "pm10"]


AGED = replace(BOUNDS, max_age=timedelta(days=60))  # RECEIVED is 2026-11-22 08:01 in Shanghai


@pytest.mark.parametrize(
    ("time", "detail"),
    [
        pytest.param('"2026-09-23T08:01:00+08:00"', "", id="exactly as old"),
        pytest.param('"2026-09-23T08:00:59.999+08:00"', "is of 2026-09-23, 60 days old", id="just older"),
        pytest.param('"2020-01-01T00:00:00+08:00"', "is of 2020-01-01, 2517 days old", id="a reset clock"),
        pytest.param('"1999-12-31T23:59:59Z"', "is before 2000-01-01T08:00:00+08:00", id="earliest is told"),
    ],
)
def test_a_live_reading_has_a_limit_of_age(time: str, detail: str) -> None:
    decoded = decode_json(SITE, timed(time).encode(), RECEIVED, CATALOGUE, AGED)

    assert [(one.reason, detail in one.detail) for one in decoded.refused] == (
        [("time_too_old", True)] if detail else []
    )
    assert len(decoded.readings) == (0 if detail else 2)


def test_a_reading_carries_all_that_is_known() -> None:
    payload = message('{"a34004": 31.2}', ', "flags": {"pm25": "M"}, "kind": "hour"')

    assert decode(payload).readings == [Reading("yanchang", "pm25", "hour", EIGHT, 31.2, "M", RECEIVED)]


def test_an_unknown_key_is_named() -> None:
    assert "'flag'" in decode(message("{}", ', "flag": {}')).refused[0].detail


@pytest.mark.parametrize("name", ["\\ud800", "\\n\\u0000", "x" * 100_000, "名"])
def test_a_position_is_one_short_line_that_can_be_stored(name: str) -> None:
    (refused,) = decode(message(f'{{"{name}": 1}}')).refused

    assert refused.reason == "unknown_parameter"
    assert len(refused.where.encode()) < 400
    assert refused.where.isprintable()


def test_units_apply_to_what_is_sent_under_their_name() -> None:
    site = Site("s", "air", NAME, timedelta(hours=1), timedelta(hours=3), units={"a34004": "ng/m3"})

    decoded = decode(message('{"a34004": 75600, "pm25": 75.6, "a34002": 31.2}'), site)

    assert [r.value for r in decoded.readings] == [75.6, 75.6, 31.2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(TIME),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([*CODES, *CODES.values(), "foo", "pm52"])
VALUES = st.none() | st.floats() | st.integers() | st.sampled_from(["31.2", True, [], {}, 10**400])
FLAGS = st.sampled_from(["N", "M", "D", "X", "", None, 3, ["M"]])
NEARLY = st.fixed_dictionaries(
    {"values": st.dictionaries(NAMES, VALUES, max_size=6) | JSON},
    optional={
        "time": st.sampled_from([TIME, 1_795_305_600_000, None, "soon", 0, 1e3, "2026-11-22T08:00:00"]),
        "flags": st.none() | st.dictionaries(NAMES, FLAGS, max_size=4) | JSON,
        "kind": st.sampled_from(["rtd", "hour", "daily", None, 3]),
        "flag": JSON,
    },
)
PAYLOADS = JSON | NEARLY | st.lists(NEARLY | JSON, max_size=4)


def items_expected(sent: Any) -> int:
    """How many items a payload holds, counted from docs/reference/messages.md alone."""
    if isinstance(sent, list):
        return sum(items_of_object(each) for each in sent)
    return items_of_object(sent)


def items_of_object(sent: Any) -> int:
    usable = (
        isinstance(sent, dict)
        and sent.keys() <= {"time", "values", "flags", "kind"}
        and isinstance(sent.get("values"), dict)
        and isinstance(sent.get("flags"), dict | None)
        and sent.get("time") in (TIME, 1_795_305_600_000)
        and sent.get("kind") in ("rtd", "hour", None)
    )
    if not usable:
        return 1
    measured = {name for name, value in sent["values"].items() if value is not None}
    known = {*CODES, *CODES.values()}
    return len(measured) + len(set(sent.get("flags") or {}) - known - measured)


def test_bounds_are_named_in_the_time_of_the_place() -> None:
    (refused,) = decode(timed('"2026-11-22T00:06:00.001Z"')).refused

    assert refused.detail.endswith(" is after 2026-11-22T08:06:00+08:00")


@given(PAYLOADS)
def test_any_json_ends_in_as_many_items_as_it_holds(sent: Any) -> None:
    decoded = decode(json.dumps(sent))

    assert len(decoded.readings) + len(decoded.refused) == items_expected(sent)


@given(st.binary() | st.text().map(str.encode) | PAYLOADS.map(lambda sent: json.dumps(sent)[:-1].encode()))
def test_any_bytes_end_in_readings_or_refusals(payload: bytes) -> None:
    decoded = decode(payload)

    assert all(isinstance(reading, Reading) for reading in decoded.readings)
    assert all(isinstance(refused, Refused) for refused in decoded.refused)
    try:
        payload.decode()
    except UnicodeDecodeError:
        assert "not_utf8" in [refused.reason for refused in decoded.refused]


@pytest.mark.parametrize("depth", [1, 50, 200, 400, 900, 990, 1000, 2000, 5_000, 9_990, 10_000, 50_000])
def test_no_nesting_raises(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    for payload in (nested, message(f'{{"pm25": {nested}}}'), message(f'{{"pm25": {nested}, "o3": NaN}}')):
        assert {refused.reason for refused in decode(payload).refused} <= {
            "bad_envelope",
            "not_a_number",
            "not_json",
            "wrong_type",
        }


@given(
    st.dictionaries(
        st.sampled_from(["pm25", "pm10", "o3"]), st.floats(allow_nan=False, allow_infinity=False), min_size=1
    )
)
def test_values_arrive_bit_for_bit(values: dict[str, float]) -> None:
    decoded = decode(json.dumps({"time": TIME, "values": values}))

    assert not decoded.refused
    assert {r.parameter: struct.pack(">d", r.value) for r in decoded.readings} == {
        name: struct.pack(">d", value) for name, value in values.items()
    }
