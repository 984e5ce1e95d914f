"""The air feed as JSON: an object a station and hour, in an array, inside other objects, or a line each."""

from collections.abc import Iterator
from typing import Any

from sensors.decoding.json_text import parse_json
from sensors.decoding.tables.headings import squeeze
from sensors.model import Refused

_NEEDED = {"stationcode", "timepoint"}
_DEEPEST = 8


def json_stations(document: bytes, name: str) -> list[tuple[int, dict[str, str]]]:
    """The number of each station's object, counted from 1, and its texts by squeezed key.

    Raises:
        ValueError: It is not JSON, or no object is a station's; names the file, and the line if it is a line.
    """
    whole: Any = parse_json(document, Any)
    found = _lines(document, name, whole) if isinstance(whole, Refused) else whole
    stations = [{squeeze(key): _text(value) for key, value in one.items()} for one in _objects(found, 0)]
    if not stations:
        raise ValueError(f"{name}: not the air feed: no object has StationCode and TimePoint")
    return list(enumerate(stations, 1))


def _lines(document: bytes, name: str, whole: Refused) -> list[Any]:
    """The values of a document that has one a line."""
    lines = [(number, line) for number, line in enumerate(document.splitlines(), 1) if line.strip()]
    read = [(number, parse_json(line, Any)) for number, line in lines]
    for number, value in read:
        if isinstance(value, Refused):
            where = f"line {number}: {value.detail}" if number > 1 else whole.detail
            raise ValueError(f"{name}: not JSON: {where}")  # noqa: TRY004 - a value is wrong
    return [value for _, value in read]


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Every object that is a station's, at any place of a document."""
    if isinstance(value, dict):
        if {squeeze(key) for key in value if isinstance(key, str)} >= _NEEDED:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list) and depth < _DEEPEST:
        for one in value:
            yield from _objects(one, depth + 1)


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
