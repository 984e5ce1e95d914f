"""TOML from people into strict structs, with errors a person can act on."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Struct, structs

from sensors.excerpt import nearest
from sensors.text import parse_text

_Row = TypeVar("_Row")
_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_PATH = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_OPEN_TEXT = (r"Illegal character '\n'", 'Expected "\'"', "Expected '\"'", "Unterminated string")
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
        ValueError: `key: reason` of each key that is wrong, with `; ` between them.
    """
    try:
        return msgspec.convert(table, row)
    except msgspec.ValidationError as error:
        first = _reword(str(error), row)
    except OverflowError:
        first = "a number is too large"
    problems = [*_problems(table, row)] if isinstance(table, dict) else []
    raise ValueError("; ".join(problems or [first]))


def value_from_toml(key: str, value: object, hint: Any) -> Any:
    """Decode the value of one key strictly.

    Raises:
        ValueError: `key: reason`, or `key[2].name: reason` where it lies within.
    """
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        raise ValueError(_reword(str(error), hint, key)) from None
    except OverflowError:
        raise ValueError(f"{key}: a number is too large") from None


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What is wrong with a key that does not exist; with the nearest that does, if one is near."""
    near = nearest(key, known)
    return f"unknown key; did you mean {' or '.join(near)}?" if near else "unknown key"


def _problems(table: dict[str, object], row: Any) -> Iterator[str]:
    """Each key that is wrong, in the order of the file; missing ones last."""
    hints = get_type_hints(row)
    fields = {field.encode_name: field for field in structs.fields(row)}
    for key, value in table.items():
        if key not in fields:
            yield f"{key}: {unknown_key(key, fields)}"
            continue
        try:
            value_from_toml(key, value, hints[fields[key].name])
        except ValueError as error:
            yield str(error)
    yield from (f"{key}: missing" for key, field in fields.items() if field.required and key not in table)


def _with_position(message: str, raw: bytes) -> str:
    match = _POSITION.fullmatch(message)
    if match is None:
        return message
    reason = "the text is not closed; a quote is missing" if match[1] in _OPEN_TEXT else match[1]
    if match[2] is None:
        return f"line {len(raw.splitlines()) or 1}, the last: {reason}"
    return f"line {match[2]}, column {match[3]}: {reason}"


def _reword(message: str, hint: Any, key: str = "") -> str:
    """Reword msgspec's message in the file's terms: `Expected `int`, got `str` - at `$.lon`` and the like.

    `hint` is the type of what was read; where that is the value of a key, the path begins with the key.
    """
    match = _PATH.fullmatch(message)
    what, path = (match[1], match[2] or "") if match else (message, "")
    path = path.replace("[...]", "")
    within = f"{key}{'' if path.startswith('[') else '.'}{path}".strip(".")
    for pattern, reason in (("unknown field `(.*)`$", "unknown key"), ("required field `(.*)`$", "missing")):
        if field := re.search(pattern, what, re.DOTALL):
            return f"{within}.{field[1]}: {reason}".lstrip(".")
    if what.startswith("Invalid enum value"):
        value = what.removeprefix("Invalid enum value ").replace("'", '"')
        what = _no_such_choice(value, _options_at(hint, path))
    if expected := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        what = f"must be {_in_words(expected[1])}, not {_in_words(expected[2])}"
    return f"{within}: {what}" if within else what


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(name, name) for name in types.split(" | ") if name != "null")


def _no_such_choice(value: str, choices: Sequence[str | int]) -> str:
    if len(choices) == 1:
        only = f'"{choices[0]}"' if isinstance(choices[0], str) else choices[0]
        return f"must be {only}, not {value}"
    near = nearest(value.strip('"'), [each for each in choices if isinstance(each, str)])
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{value} is not one of {', '.join(map(str, choices))}{hint}"


def _options_at(hint: Any, path: str) -> list[str | int]:
    """The words that a `Literal` may be, also as one of several types; of a row the one at the path."""
    parts = [part for part in (hint, *get_args(hint)) if part is not Ellipsis]
    names = [name for name in re.split(r"\[[^\]]*\]|\.", path) if name]
    rows = [part for part in parts if isinstance(part, type) and issubclass(part, Struct)]
    if names and rows:
        return _options_at(get_type_hints(rows[0]).get(names[0]), ".".join(names[1:]))
    options = [value for part in parts for value in get_args(part)]
    return [value for value in options if isinstance(value, str | int)]
