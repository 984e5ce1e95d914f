"""Any number, any text: kept unaltered or rejected, by every store alike."""

import os
import struct
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.stores.base import Rejected, Store
from sensors.model import Checked, FieldValue, Key, Point, Reading
from sensors.store_schema import reading_point

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
EXAMPLES = 200 if os.environ.get("LIANGQU_PROVE") == "full" else 20

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
floats = st.floats(allow_nan=False, allow_infinity=False)


def kept_unaltered(text: str) -> bool:
    return not text.endswith("\\") and not set(text) & set("\n\r\0")


def reading(site: str, time: datetime, value: float = 31.2) -> Point:
    return reading_point("air", Checked(Reading(site, "pm25", "rtd", time, value, "N", time)))


def bits(value: float) -> str:
    return struct.pack(">d", value).hex()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(floats, min_size=1, max_size=100))
def test_finite_numbers_come_back_bit_for_bit(store: Store, values: list[float]) -> None:
    site = str(uuid4())
    store.write([reading(site, START + n * MS, value) for n, value in enumerate(values)])

    frame = store.readings(site, "pm25", START, START + HOUR)
    keys = [Key("air", site, "pm25", "rtd", START + n * MS) for n in range(len(values))]
    former = store.stored(keys)

    assert [bits(value) for value in frame.value] == [bits(value) for value in values]
    assert [bits(former[key].value) for key in keys] == [bits(value) for value in values]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(texts.filter(kept_unaltered), texts, texts), min_size=1, max_size=30))
def test_any_text_comes_back_as_tag_and_as_field(store: Store, rows: list[tuple[str, str, str]]) -> None:
    site = str(uuid4())
    points = [
        Point("alert", {"site": site, "episode": tag}, {"state": state, "message": message}, START + n * MS)
        for n, (tag, state, message) in enumerate(rows)
    ]
    store.write(points)

    frame = store.points("alert", START, START + HOUR, {"site": site})

    assert [*zip(frame.episode, frame.state, frame.message, strict=True)] == rows
    narrowed = store.points("alert", START, START + HOUR, {"site": site, "episode": rows[0][0]})
    assert [*narrowed.state] == [state for tag, state, _ in rows if tag == rows[0][0]]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
        floats,
        min_size=1,
        max_size=20,
    )
)
def test_an_open_measurement_keeps_figures_by_any_name(store: Store, figures: dict[str, float]) -> None:
    site = str(uuid4())
    unfit = {n for n in figures if not n.isprintable() or "\\" in n or n in {"site", "state"}}
    kept = {name: value for name, value in figures.items() if name not in unfit}
    store.write([Point("site_state", {"site": site}, {"state": "late", **kept}, START)])

    (row,) = store.points("site_state", START, START + MS, {"site": site}).to_dict("records")

    assert {name: row[name] for name in kept} == kept
    assert row["state"] == "late"


ODD_TEXTS = [
    pytest.param("a\\b", id="backslash inside"),
    pytest.param("\\", id="nothing but a backslash"),
    pytest.param("a,b c=d", id="what line protocol divides by"),
    pytest.param('\\,\\ \\=\\"', id="backslash before what is protected"),
    pytest.param('"', id="double quote"),
    pytest.param("' OR ''='", id="an injection by quotes"),
    pytest.param("'; DROP DATABASE x; --", id="an injection by statements"),
    pytest.param("五里河街 ✓ 🙂", id="Chinese and beyond the basic plane"),
    pytest.param("# no comment", id="a comment sign"),
    pytest.param("a\nb\r\n\0", id="line breaks and NUL"),
    pytest.param("\ufeff\ufffd\u2028<&>", id="what JSON writers like to change"),
    pytest.param("NaN", id="no number"),
    pytest.param("", id="nothing"),
]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_come_back_as_field(store: Store, site: str, text: str) -> None:
    store.write([Point("mark", {"site": site, "parameter": "pm25"}, {"reason": text, "by": "王"}, START)])

    assert [*store.points("mark", START, START + MS, {"site": site}).reason] == [text]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_come_back_as_tag_and_find_their_point(store: Store, site: str, text: str) -> None:
    if not kept_unaltered(text):
        with pytest.raises(Rejected):
            store.write([Point("mark", {"site": site, "parameter": text}, {"reason": "r"}, START)])
        return
    store.write([Point("mark", {"site": site, "parameter": text}, {"reason": "r"}, START)])

    frame = store.points("mark", START, START + MS, {"site": site, "parameter": text})

    assert [*frame.parameter] == [text]


BAD = [
    pytest.param("air", {}, {"value": float("nan")}, id="NaN"),
    pytest.param("air", {}, {"value": float("-inf")}, id="an infinity"),
    pytest.param("air", {}, {"value": "31.2"}, id="a text in a number's field"),
    pytest.param("air", {}, {"value": True}, id="yes in a number's field"),
    pytest.param("air", {}, {"value": 1.0, "flag": 1.0}, id="a number in a text's field"),
    pytest.param("air", {}, {"value": 1.0, "flag": "\ud800"}, id="half a surrogate pair in a field"),
    pytest.param("air", {}, {"volume": 1.0}, id="an unknown field"),
    pytest.param("air", {}, {}, id="no field"),
    pytest.param("air", {}, {"value": None}, id="nothing but None"),
    pytest.param("soil", {}, {"value": 1.0}, id="an unknown measurement"),
    pytest.param("air", {"river": "baihe"}, {"value": 1.0}, id="an unknown tag"),
    pytest.param("air", {"parameter": "a\n"}, {"value": 1.0}, id="a line break in a tag"),
    pytest.param("air", {"parameter": "a\\"}, {"value": 1.0}, id="a backslash at a tag's end"),
    pytest.param("air", {"parameter": "a\0"}, {"value": 1.0}, id="NUL in a tag"),
    pytest.param("air", {"parameter": "\udfff"}, {"value": 1.0}, id="half a surrogate pair in a tag"),
    pytest.param("site_state", {}, {"site": 1.0}, id="a field named as a tag"),
    pytest.param("site_state", {}, {"": 1.0}, id="a field without a name"),
    pytest.param("site_state", {}, {"up": True}, id="yes in an open field"),
]


@pytest.mark.parametrize(("measurement", "tags", "fields"), BAD)
def test_what_cannot_be_kept_unaltered_is_rejected_and_its_neighbours_are_kept(
    store: Store, site: str, measurement: str, tags: dict[str, str], fields: dict[str, FieldValue | None]
) -> None:
    bad = Point(measurement, {"site": site, **tags}, fields, START)

    with pytest.raises(Rejected) as rejected:
        store.write([reading(site, START), bad, reading(site, START + HOUR)])

    ((index, words),) = rejected.value.lines
    assert index == 1
    assert words
    assert len(store.readings(site, "pm25", START, START + 2 * HOUR)) == 2
