"""Foreign text made fit for one line of ours: cut short, printable; and the name that may have been meant."""

import re
import traceback
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from textwrap import shorten
from types import MappingProxyType
from typing import Any

LONGEST = 80
LONGEST_LINE = 200

_NEAREST = 3
_LIKENESSES = (0.85, 0.6)  # of 1; what is only somewhat alike is no help where something is nearly the same
_LISTED = 300  # characters of all names where none is near

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://\S+")
_KINDS = {dict: "an object", list: "an array", bool: "a boolean", type(None): "null", float: "a number"}
_BLANKS = frozenset("\u3000\xa0")  # of Chinese and French writing: no sign that controls anything
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # in Chinese spreadsheets too


def excerpt(value: Any) -> str:
    """What was sent, quoted in at most about 80 characters; objects, arrays, long integers by name only."""
    if isinstance(value, str):
        return repr(value) if len(value) <= LONGEST else f"{value[:LONGEST]!r}…"
    if type(value) is int:
        return str(value) if value.bit_length() <= LONGEST else "an integer with very many digits"
    return _KINDS.get(type(value), type(value).__name__)


def label(name: str) -> str:
    """A foreign name as part of a position: as it is, or escaped and cut where it would break a line."""
    return name if len(name) <= LONGEST and name.isprintable() else repr(name[:LONGEST])[1:-1]


def escaped(text: str) -> str:
    r"""Foreign text for a terminal: whatever is invisible is shown as `\x1b`, `\n`, `\u202e`, `\udcff`.

    Controls of both ranges, line and paragraph breaks, marks of writing direction, of no width, of private
    use and lone surrogates; letters of any script, spaces and the ideographic space stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _BLANKS else repr(c)[1:-1] for c in text)


def one_line(text: str) -> str:
    """Words that may quote foreign text: escaped, and cut where they would be very long."""
    return escaped(text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…")


def failure_line(failure: BaseException) -> str:
    """`ZeroDivisionError: division by zero`, in one line; addresses, which may hold secrets, are left out."""
    message = _ADDRESS.sub("…", str(failure)[:LONGEST_LINE])
    return one_line(f"{type(failure).__name__}: {message}" if message else type(failure).__name__)


def failure_trace(failure: BaseException) -> str:
    """The traceback as text, without addresses."""
    return _ADDRESS.sub("…", "".join(traceback.format_exception(failure)))


def csv_cell(value: Any) -> Any:
    """A cell for a table that may be opened in a spreadsheet: before text that would be a formula, a `'`.

    Numbers, texts of numbers too, stay as they are.
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def from_csv_cell(text: str) -> str:
    """The text that `csv_cell` wrote."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def escaped_json(text: str) -> str:
    r"""Equivalent JSON, in which whatever `escaped` escapes is written as `\u202e`.

    Line breaks between its parts stay: inside a text of JSON there is none.
    """
    return text if text.isprintable() else _HIDDEN.sub(_as_json, text)


_HIDDEN = re.compile(r"[^\x20-\x7e\n]")


def _as_json(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable() or character in _BLANKS:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def suggestion(name: str, known: Iterable[str], called: Mapping[str, str] = MappingProxyType({})) -> str:
    """How an error line about an unknown name ends: the nearest names, or else all of them; "" if none.

    `called` is the known name of what people call otherwise.
    """
    there = {each.casefold(): each for each in known}
    near = [called[name]] if name in called else nearest(name, there.values())
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {shorten(', '.join(there.values()), _LISTED, placeholder=' …')}" if there else ""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that are most alike, the nearest first; none where none is alike."""
    there = {each.casefold(): each for each in known}
    wanted = name[:LONGEST].strip().casefold()
    for likeness in _LIKENESSES:
        if near := get_close_matches(wanted, there, _NEAREST, likeness):
            return [there[each] for each in near]
    return []
