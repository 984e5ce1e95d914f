"""The store's schema as data, and what every store refuses: one rule, whatever the database.

`store_schema.toml` lists each measurement with its tags and fields (docs/reference/store.md). What passes
here is what InfluxDB can keep unaltered; other stores refuse the same, so that a site may change its store.
"""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sensors.model import NORMAL, VALIDITIES, Checked, FieldValue, Medium, Point, Reading

FieldType = Literal["float", "integer", "bool", "string"]

UNWRITABLE_IN_TAG = ("\n", "\r", "\0")
CODE_SUFFIX = "_qc"
"""What the name of a reading's code in InfluxDB adds to that of its parameter."""


class Measurement(Struct, frozen=True, forbid_unknown_fields=True):
    """One measurement: its tags and fields in order; `open` admits further float and string fields.

    `always` are fields without which a row counts as absent: it is still being written. `only_in` names the
    one store that has it; "" = all.
    """

    name: str
    tags: tuple[str, ...]
    fields: Mapping[str, FieldType] = {}
    open: bool = False
    always: tuple[str, ...] = ()
    only_in: str = ""


class Schema(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is read."""

    measurement: tuple[Measurement, ...]


def load_schema(path: Path) -> Mapping[str, Measurement]:
    """The measurements of a schema file by name, in the file's order."""
    schema = msgspec.toml.decode(path.read_bytes(), type=Schema)
    return MappingProxyType({row.name: row for row in schema.measurement})


MEASUREMENTS = load_schema(Path(__file__).with_name("store_schema.toml"))

MEASURED = {name: tuple(m.fields) for name, m in MEASUREMENTS.items() if next(iter(m.fields), "") == "value"}
"""The fields of what begins with a value (readings, statistics, exceedances): the others repeat."""


def reading_point(measurement: str, checked: Checked) -> Point:
    """The point of a reading, with all of its fields; names of failed checks are joined by a comma."""
    reading = checked.reading
    return Point(
        measurement,
        {"site": reading.site, "parameter": reading.parameter, "kind": reading.kind},
        {
            "value": reading.value,
            "flag": reading.flag,
            "failed": ",".join(checked.failed),
            "validity": checked.validity,
            "sent": reading.sent,
        },
        reading.time,
    )


def parse_reading_point(point: Point) -> tuple[Medium, Checked]:
    """The reading of such a point, its time also as that of its receipt, and its medium.

    Raises:
        ValueError: it has other fields, no value, or fields of other types.
    """
    measurement = measurement_of(point.measurement)
    fields: dict[str, Any] = {
        name: to_field_value(field_type(measurement, name), value)
        for name, value in point.fields.items()
        if value is not None
    }
    if "value" not in fields:
        raise ValueError(f"{point.measurement}: a reading without a value")
    check_tags(measurement, point.tags)
    tags: Mapping[str, Any] = point.tags
    reading = Reading(
        tags.get("site", ""),
        tags.get("parameter", ""),
        tags.get("kind", ""),
        point.time,
        fields["value"],
        fields.get("flag", NORMAL),
        point.time,
        fields.get("sent", ""),
    )
    validity = fields.get("validity", VALIDITIES[0])
    if validity not in VALIDITIES:
        known = ", ".join(VALIDITIES)
        raise ValueError(f"{point.measurement}: field validity: {validity!r} is none of {known}")
    failed = tuple(filter(None, fields.get("failed", "").split(",")))
    medium: Any = point.measurement
    return medium, Checked(reading, failed, validity)


def check_parameter(measurement: str, parameter: str) -> None:
    """Check that a parameter can name the fields of a reading: its value's and its code's.

    Raises:
        ValueError: it is empty, reserved, or holds what no name can.
    """
    if not parameter or not parameter.isprintable() or "\\" in parameter:
        raise ValueError(f"{measurement}: {parameter!r} cannot name a field")
    if is_reserved(measurement, parameter):
        raise ValueError(
            f"{measurement}: a parameter may not be called {parameter!r}: the store has another by that name"
        )


def reserved_names(measurement: str) -> tuple[str, ...]:
    """What no parameter may be called, besides what ends in `CODE_SUFFIX`."""
    return ("time", *MEASUREMENTS[measurement].tags)


def is_reserved(measurement: str, parameter: str) -> bool:
    """Whether a reading's point in InfluxDB has something else by that name: a code, a tag or the time."""
    return parameter.endswith(CODE_SUFFIX) or parameter in reserved_names(measurement)


def is_parameter(measurement: str, name: str) -> bool:
    """Whether `check_parameter` lets it pass."""
    try:
        check_parameter(measurement, name)
    except ValueError:
        return False
    return True


def measurement_of(name: str) -> Measurement:
    """The measurement of that name.

    Raises:
        ValueError: there is none.
    """
    found = MEASUREMENTS.get(name)
    if found is None:
        raise ValueError(f"no measurement {name!r}; there are {', '.join(MEASUREMENTS)}")
    return found


def check_tags(measurement: Measurement, tags: Mapping[str, str]) -> None:
    """Check that every store can keep these tags unaltered. A tag may be missing or empty: both read as "".

    Raises:
        ValueError: a tag is unknown, or its text holds what line protocol has no escape for: a line break,
            NUL, a backslash at the end, or half a surrogate pair.
    """
    for name, value in tags.items():
        if name not in measurement.tags:
            raise ValueError(f"{measurement.name} has no tag {name!r}")
        if not isinstance(value, str):
            raise ValueError(f"{measurement.name}: tag {name} is no text: {value!r}")  # noqa: TRY004 - one kind of refusal
        if value.endswith("\\") or any(character in value for character in UNWRITABLE_IN_TAG):
            raise ValueError(f"{measurement.name}: tag {name} cannot be kept unaltered: {value!r}")
        encodable_text(value)


def field_type(measurement: Measurement, name: str) -> FieldType | None:
    """The declared type of a field; None for a further field of an open measurement.

    Raises:
        ValueError: the measurement has no such field, or its name cannot be written in line protocol.
    """
    declared = measurement.fields.get(name)
    if declared is None and not measurement.open:
        raise ValueError(f"{measurement.name} has no field {name!r}")
    if declared is None and (not name.isprintable() or not name or name in measurement.tags or "\\" in name):
        raise ValueError(f"{measurement.name}: {name!r} cannot name a field")
    return declared


def to_field_value(declared: FieldType | None, value: object) -> FieldValue:
    """The value as its field's type; whole numbers become floats: an integer field would refuse 1.5.

    Raises:
        ValueError: it is of another type, not finite, or no valid text.
    """
    if isinstance(value, bool):
        if declared == "bool":
            return value
    elif isinstance(value, float | int):
        if declared in {"float", None}:
            return finite_number(value)
        if declared == "integer" and isinstance(value, int):
            return value
    elif isinstance(value, str) and declared in {"string", None}:
        return encodable_text(value)
    raise ValueError(f"{value!r} is no {declared or 'float or string'}")


def finite_number(value: object) -> float:
    """A finite number, unaltered; anything else, NaN and infinities are refused."""
    if type(value) is float and value - value == 0.0:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no float")  # noqa: TRY004 - one kind of refusal
    if not isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return float(value)


def encodable_text(value: str) -> str:
    """A text that UTF-8 can carry, unaltered; half a surrogate pair is refused."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{value!r} is not valid text") from error
    return value
