"""TOML from people into strict structs, with errors a person can act on."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from sensors.text import parse_text

_Row = TypeVar("_Row")
_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_PATH = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "datetime": "a date and time",
    "date": "a date",
    "time": "a time",
}


def parse_toml(raw: bytes) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        ValueError: `line 3, column 5: what is wrong`, or it is not UTF-8; one line.
    """
    text = parse_text(raw)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        raise ValueError(_with_position(str(error), raw)) from None


def row_from_toml(table: object, row: type[_Row]) -> _Row:
    """Decode one table strictly: unknown and missing keys and wrong types are refused.

    Raises:
        ValueError: `key: reason`, the first that was found.
    """
    try:
        return msgspec.convert(table, row)
    except msgspec.ValidationError as error:
        raise ValueError(_reword(str(error), row)) from None
    except OverflowError:
        raise ValueError("a number is too large") from None


def _with_position(message: str, raw: bytes) -> str:
    match = _POSITION.fullmatch(message)
    if match is None:
        return message
    if match[2] is None:
        return f"line {len(raw.splitlines()) or 1}, the last: {match[1]}"
    return f"line {match[2]}, column {match[3]}: {match[1]}"


def _reword(message: str, row: type[object]) -> str:
    """Reword msgspec's message in the file's terms: `Expected `int`, got `str` - at `$.lon`` and the like."""
    match = _PATH.fullmatch(message)
    what, path = (match[1], match[2] or "") if match else (message, "")
    path = path.replace("[...]", "")
    for pattern, reason in (("unknown field `(.*)`$", "unknown key"), ("required field `(.*)`$", "missing")):
        if field := re.search(pattern, what, re.DOTALL):
            return f"{path}.{field[1]}: {reason}".lstrip(".")
    if what.startswith("Invalid enum value"):
        value = what.removeprefix("Invalid enum value ").replace("'", '"')
        what = _no_such_choice(value, _choices(row, path))
    if expected := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        what = f"must be {_in_words(expected[1])}, not {_in_words(expected[2])}"
    return f"{path}: {what}" if path else what


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(name, name) for name in types.split(" | ") if name != "null")


def _no_such_choice(value: str, choices: Sequence[str | int]) -> str:
    if len(choices) == 1:
        only = f'"{choices[0]}"' if isinstance(choices[0], str) else choices[0]
        return f"must be {only}, not {value}"
    return f"{value} is not one of {', '.join(map(str, choices))}"


def _choices(row: type[object], field: str) -> list[str | int]:
    """The values a `Literal` field may take."""
    hint = get_type_hints(row).get(field.partition("[")[0])
    options = [value for part in (hint, *get_args(hint)) for value in get_args(part)]
    return [value for value in options if isinstance(value, str | int)]
