"""The store's schema is the promised one (docs/reference/store.md), and a reading's point is whole."""

import ast
import math
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from sensors.model import Checked, Point, Reading
from sensors.store_schema import (
    CODE_SUFFIX,
    MEASUREMENTS,
    check_tags,
    is_reserved,
    load_schema,
    reading_point,
    to_field_value,
)
from tests.support.paths import ROOT

TIME = datetime(2026, 11, 22, 8, tzinfo=UTC)

# Typed by hand from what was promised first; docs/reference/store.md is generated.
PROMISED = {
    "air": ("site parameter kind", "value flag failed validity sent"),
    "water": ("site parameter kind", "value flag failed validity sent"),
    "flagged": ("site parameter kind", "value sent qc flag failed"),
    "statistic": ("site parameter statistic", "value n expected valid closed limit target"),
    "zone_members": ("site parameter statistic", "present of missing"),
    "aqi": ("site statistic", "aqi level primary standard"),
    "water_class": ("site statistic", "class target met determining"),
    "exceedance": ("site parameter statistic rule", "value limit valid"),
    "alert": ("site rule parameter severity category episode", "state value limit message by"),
    "event": (
        "area cause event",
        """state severity title_zh title_en message_zh message_en peak limit stations by begun ended until
        site board""",
    ),
    "revision": ("site parameter kind", "of former value source"),
    "arrival": ("site kind source", "at parameters of"),
    "former": ("site parameter kind", "at of value flag failed validity sent"),
    "records_since": ("", "since"),
    "mark": ("site parameter", "from to as reason by taken_over"),
    "journal": ("table part", "key body parts"),
    "operation": ("", ""),
    "site_state": ("site", "state last_seen lon lat"),
}


def test_the_schema_is_the_promised_table() -> None:
    found = {m.name: (list(m.tags), list(m.fields)) for m in MEASUREMENTS.values()}

    assert found == {name: (tags.split(), fields.split()) for name, (tags, fields) in PROMISED.items()}
    assert {m.name for m in MEASUREMENTS.values() if m.open} == {"operation", "site_state"}
    assert {name for m in MEASUREMENTS.values() for name, kind in m.fields.items() if kind == "bool"} == {
        "valid",
        "closed",
    }


def test_no_field_is_named_as_a_tag_or_as_the_time() -> None:
    for measurement in MEASUREMENTS.values():
        assert not set(measurement.tags) & set(measurement.fields)
        assert "time" not in {*measurement.tags, *measurement.fields}


@pytest.mark.parametrize(
    ("checked", "fields"),
    [
        pytest.param(
            Checked(Reading("olympic", "pm25", "rtd", TIME, 31.2, "N", TIME)),
            {"value": 31.2, "flag": "N", "failed": "", "validity": "valid", "sent": ""},
            id="a good one writes its empty text too",
        ),
        pytest.param(
            Checked(Reading("olympic", "pm25", "rtd", TIME, -5.0, "M", TIME), ("flag", "range"), "invalid"),
            {"value": -5.0, "flag": "M", "failed": "flag,range", "validity": "invalid", "sent": ""},
            id="a failed one keeps its value",
        ),
    ],
)
def test_a_readings_point_carries_all_of_its_fields(checked: Checked, fields: dict[str, float | str]) -> None:
    tags = {"site": "olympic", "parameter": "pm25", "kind": "rtd"}

    assert reading_point("air", checked) == Point("air", tags, fields, TIME)


def test_whole_numbers_become_floats() -> None:
    fit = to_field_value("float", 31)

    assert type(fit) is float
    assert math.copysign(1, float(to_field_value("float", -0.0))) == -1


def test_a_tag_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="tag site is no text: 7"):
        check_tags(MEASUREMENTS["air"], {"site": 7})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "reserved"),
    [("pm25_qc", True), ("_qc", True), ("time", True), ("kind", True), ("pm25_qc2", False), ("qc", False)],
)
def test_a_name_is_reserved_as_a_whole(name: str, reserved: bool) -> None:
    assert is_reserved("water", name) is reserved


def test_the_ending_of_a_codes_name_is_spelled_once() -> None:
    """Everything else builds on it, so that it is the same where it is written, read and asked for."""
    found = [
        str(file.relative_to(ROOT))
        for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(CODE_SUFFIX)
    ]

    assert found == ["sensors/store_schema.py"]


@pytest.mark.parametrize("field", ["type = 'integer'", "colour = 'red'"])
def test_a_schema_with_a_mistake_is_refused(tmp_path: Path, field: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        f"[[measurement]]\nname = 'x'\ntags = []\nfields = {{ a = 'int' }}\n{field}\n", encoding="utf-8"
    )

    with pytest.raises(msgspec.ValidationError):
        load_schema(path)
