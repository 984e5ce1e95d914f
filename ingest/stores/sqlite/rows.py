"""A point as the row of its table: the tags, the time in ms, the fields; what cannot be kept is refused."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from ingest.stores.influxdb.line_protocol import SERIES_REMEMBERED, TEXTS_REMEMBERED
from sensors.calendar import to_ms
from sensors.model import MEDIA, VALIDITIES, FieldValue, Point
from sensors.store_schema import (
    MEASURED,
    MEASUREMENTS,
    Measurement,
    check_parameter,
    check_tags,
    field_type,
    measurement_of,
    parse_reading_point,
    reading_point,
    to_field_value,
)

Cell = FieldValue | None
Row = list[Cell]

_VALIDITY = MEASURED["air"].index("validity") - 1


def rows_of(points: Sequence[Point]) -> tuple[dict[str, list[Row]], list[tuple[int, str]]]:
    """The points' rows by measurement, and the points that no store may take, with index and reason."""
    rows: dict[str, list[Row]] = {}
    refused = []
    for index, point in enumerate(points):
        try:
            rows.setdefault(point.measurement, []).append(_row(point))
        except ValueError as error:
            refused.append((index, str(error)))
    return {name: found for name, found in rows.items() if found}, refused


def _row(point: Point) -> Row:
    name, tags, fields = point.measurement, point.tags, point.fields
    tag_cells = _tag_cells(name, *tags, *tags.values())
    if MEASURED.get(name) == tuple(fields):
        value, *others = fields.values()
        if type(value) is float and value - value == 0.0:
            rest = _other_cells(name, *others)
            if rest is not None:
                return [*tag_cells, to_ms(point.time), value, *rest]
    if name in MEDIA:
        fields = reading_point(*parse_reading_point(point)).fields
    measurement = measurement_of(name)
    cells = {field: _cell(measurement, field, v) for field, v in fields.items() if v is not None}
    if not cells:
        raise ValueError(f"{name}: a point without fields")
    if measurement.open:
        return [*tag_cells, to_ms(point.time), msgspec.json.encode(cells).decode()]
    return [*tag_cells, to_ms(point.time), *map(cells.get, measurement.fields)]


@lru_cache(SERIES_REMEMBERED)
def _tag_cells(measurement: str, *names_and_values: str) -> Row:
    """The cells of the tags, from their names and then as many values: flat, so that it is a quick key."""
    half = len(names_and_values) // 2
    given = dict(zip(names_and_values[:half], names_and_values[half:], strict=True))
    known = measurement_of(measurement)
    if known.only_in not in {"", "sqlite"}:
        raise ValueError(f"{measurement} is kept by {known.only_in} alone")
    check_tags(known, given)
    if measurement in MEDIA:
        check_parameter(measurement, given.get("parameter", ""))
    return [given.get(name, "") for name in known.tags]


@lru_cache(TEXTS_REMEMBERED, typed=True)
def _other_cells(name: str, *others: Cell) -> Row | None:
    """The cells of all fields after `value`; None for what goes the careful way.

    That is where one is zero (0.0 and -0.0 are the same key), and where one of a reading is missing or odd.
    """
    if any(type(other) is float and other == 0.0 for other in others):
        return None
    given = zip(MEASURED[name][1:], others, strict=True)
    cells = [None if cell is None else _cell(MEASUREMENTS[name], field, cell) for field, cell in given]
    if name in MEDIA and (None in cells or cells[_VALIDITY] not in VALIDITIES):
        return None
    return cells


def _cell(measurement: Measurement, name: str, value: FieldValue) -> FieldValue:
    try:
        return to_field_value(measurement.fields.get(name) or field_type(measurement, name), value)
    except ValueError as error:
        raise ValueError(f"{measurement.name}: field {name}: {error}") from error
