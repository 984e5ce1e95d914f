r"""Line protocol: one point, one line, millisecond time stamps; pure and fast.

    flagged,kind=hour,parameter=pm25,site=olympic value=31.2,qc=2i,flag="N",failed="step" 1795219200000

The rules are those of InfluxDB 1.6's and 2.x's parser. In names and tag values a backslash protects comma,
space and `=`, and stands for itself before anything else, so it is never doubled there. As the last sign it
would protect what follows the value, and a line break ends the point: both are refused. In string fields `"`
and `\` are protected and everything else, a line break too, stands as it is.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sensors.calendar import to_ms
from sensors.model import FieldValue, Point
from sensors.store_schema import (
    MEASURED,
    MEASUREMENTS,
    FieldType,
    check_tags,
    encodable_text,
    field_type,
    measurement_of,
    to_field_value,
)

SERIES_REMEMBERED = 65_536
TEXTS_REMEMBERED = 8_192
SHORT_TEXT = 64

_IN_NAME = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})
_IN_TEXT = str.maketrans({'"': '\\"', "\\": "\\\\"})


def encode(point: Point) -> str:
    """The point as one line, without a line break at its end.

    Floats are written as the shortest text that reads back as the same float. A field that is None and a tag
    that is empty are left out: an empty tag reads back as a missing one, "".

    Raises:
        ValueError: the schema knows no such point, it has no field, or it cannot be kept unaltered.
    """
    measurement = point.measurement
    tags, fields = point.tags, point.fields
    key = (_build_series_key if measurement in _UNCACHED else series_key)(measurement, *tags, *tags.values())
    if MEASURED.get(measurement) == tuple(fields):
        value, *others = fields.values()
        if type(value) is float and value - value == 0.0:
            rest = other_fields(measurement, *others)
            if rest is not None:
                return f"{key} value={value!r}{rest} {to_ms(point.time)}"
    text = _fields(measurement, fields.items())
    if not text:
        raise ValueError(f"{measurement}: a point without fields")
    return f"{key} {text[1:]} {to_ms(point.time)}"


# A value of just this type is written at once; any other goes the careful way.
_PYTHON: Mapping[FieldType, type] = {"float": float, "integer": int, "bool": bool, "string": str}
_TYPES: Mapping[str, Mapping[str, type]] = {
    name: {field: _PYTHON[declared] for field, declared in measurement.fields.items()}
    for name, measurement in MEASUREMENTS.items()
}


# Series of an episode or event get a few points and never another: cached, they would crowd out the lasting.
_UNCACHED = frozenset(name for name, m in MEASUREMENTS.items() if {"episode", "event"} & {*m.tags})


def _build_series_key(measurement: str, *names_and_values: str) -> str:
    half = len(names_and_values) // 2
    tags = dict(zip(names_and_values[:half], names_and_values[half:], strict=True))
    check_tags(measurement_of(measurement), tags)
    written = [f"{name_text(name)}={name_text(value)}" for name, value in sorted(tags.items()) if value]
    return ",".join([name_text(measurement), *written])


@lru_cache(SERIES_REMEMBERED)
def series_key(measurement: str, *names_and_values: str) -> str:
    """The line's start, from the tags' names and then as many values: flat, so that it is a quick key."""
    return _build_series_key(measurement, *names_and_values)


def _fields(measurement: str, fields: Iterable[tuple[str, FieldValue | None]]) -> str:
    """Each field with a comma before it."""
    types = _TYPES[measurement]
    text = ""
    for name, value in fields:
        if value is None:
            continue
        declared = types.get(name)
        if type(value) is float and declared is float and value - value == 0.0:
            text += f",{name}={value!r}"
        elif type(value) is bool and declared is bool:
            text += f",{name}=true" if value else f",{name}=false"
        elif type(value) is str and declared is str and len(value) < SHORT_TEXT:
            text += f",{name}={_short(value)}"
        else:
            text += f",{_field(measurement, name, value)}"
    return text


@lru_cache(TEXTS_REMEMBERED, typed=True)
def other_fields(measurement: str, *others: FieldValue | None) -> str | None:
    """All fields after `value`; None where one is zero: 0.0 and -0.0 are the same key."""
    if any(type(other) is float and other == 0.0 for other in others):
        return None
    return _fields(measurement, zip(MEASURED[measurement][1:], others, strict=True))


def _field(measurement: str, name: str, value: FieldValue) -> str:
    declared = field_type(MEASUREMENTS[measurement], name)
    try:
        fit = to_field_value(declared, value)
    except ValueError as error:
        raise ValueError(f"{measurement}: field {name}: {error}") from error
    if isinstance(fit, bool):
        text = "true" if fit else "false"
    elif isinstance(fit, str):
        text = _quoted(fit)
    elif declared == "integer":
        text = f"{fit}i"
    else:
        text = float.__repr__(fit)
    return f"{name_text(name)}={text}"


def name_text(name: str) -> str:
    """A name, or the value of a tag."""
    return name.translate(_IN_NAME)


def string_text(text: str) -> str:
    """The value of a string field; raises ValueError for what UTF-8 cannot carry."""
    return _quoted(encodable_text(text))


def _quoted(text: str) -> str:
    return f'"{text.translate(_IN_TEXT)}"'


@lru_cache(TEXTS_REMEMBERED)
def _short(text: str) -> str:
    return string_text(text)
