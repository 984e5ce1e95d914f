"""The quick way from a point to its row says what the schema says, field by field."""

import math
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.stores.sqlite import tables
from ingest.stores.sqlite.rows import rows_of
from sensors.model import MEDIA, FieldValue, Point
from sensors.store_schema import MEASURED, MEASUREMENTS, check_parameter, check_tags, to_field_value

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MS = 1_795_305_600_000  # NOW: `date -u -d 2026-11-22 +%s`, three noughts

numbers = st.floats() | st.sampled_from([0, 1, 5, 0.0, -0.0, 1.0, 5.0])
texts = st.sampled_from(["", "N", "spike,step", "valid", "suspect", "文" * 99, "\ud800"])
names = st.sampled_from(["", "pm25", "a b,c=d", "文", "pm25", "1h", "24h", "end\\"])
OF_TYPE: dict[str, st.SearchStrategy[FieldValue]] = {
    "float": st.sampled_from([0.0, -0.0, 1.0, 5.0, 31.2, math.nan]),
    "string": texts,
    "bool": st.booleans(),
}
cells = st.none() | numbers | texts | st.booleans()


@st.composite
def measured(draw: st.DrawFn) -> Point:
    name = draw(st.sampled_from(sorted(MEASURED.keys() & tables.KEPT)))
    tags = {tag: draw(names) for tag in MEASUREMENTS[name].tags}
    fields: dict[str, FieldValue | None] = {
        field: draw(OF_TYPE[declared]) for field, declared in MEASUREMENTS[name].fields.items()
    }
    if draw(st.integers(0, 3)) == 0:
        fields[draw(st.sampled_from(sorted(fields)))] = draw(cells)
    if draw(st.integers(0, 3)) == 0:
        fields = {field: fields[field] for field in draw(st.permutations(sorted(fields)))}
    return Point(name, tags, fields, NOW)


def row_by_the_schema(point: Point) -> list[FieldValue | None]:
    known = MEASUREMENTS[point.measurement]
    check_tags(known, point.tags)
    found: dict[str, FieldValue] = {
        name: to_field_value(known.fields[name], v) for name, v in point.fields.items() if v is not None
    }
    if point.measurement in MEDIA:
        check_parameter(point.measurement, point.tags["parameter"])
        found = {"flag": "N", "failed": "", "validity": "valid", "sent": "", **found}
        if "value" not in found or found["validity"] not in {"valid", "suspect", "invalid"}:
            raise ValueError("no reading")
    if not found:
        raise ValueError("no field")
    return [*point.tags.values(), MS, *map(found.get, known.fields)]


@settings(max_examples=300)
@given(st.lists(measured()))
def test_every_point_has_the_row_of_its_schema_or_is_refused(points: list[Point]) -> None:
    expected: dict[str, list[list[FieldValue | None]]] = {}
    unfit = []
    for index, point in enumerate(points):
        try:
            expected.setdefault(point.measurement, []).append(row_by_the_schema(point))
        except ValueError:
            unfit.append(index)

    rows, refused = rows_of(points)

    # By their texts, as 0.0 equals -0.0, 5 equals 5.0 and True equals 1.
    assert repr(rows) == repr({name: found for name, found in expected.items() if found})
    assert [index for index, _ in refused] == unfit


def test_what_another_store_keeps_is_refused() -> None:
    rows, refused = rows_of([Point("flagged", {"site": "wujinku"}, {"value": 1.0, "qc": 4}, NOW)])

    assert (rows, refused) == ({}, [(0, "flagged is kept by influxdb alone")])


def exceeding(limit: FieldValue) -> Point:
    tags = {"site": "wujinku", "parameter": "pm25", "statistic": "1h", "rule": "air-bad"}
    return Point("exceedance", tags, {"value": 31.2, "limit": limit}, NOW)


def test_what_stands_beside_a_value_is_not_taken_for_another() -> None:
    rows, refused = rows_of([exceeding(limit) for limit in (0.0, -0.0, 0.0, 1.0, True, 1)])

    assert [str(row[-2]) for row in rows["exceedance"]] == ["0.0", "-0.0", "0.0", "1.0", "1.0"]
    assert refused == [(4, "exceedance: field limit: True is no float")]
