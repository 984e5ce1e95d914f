"""The measured cells of files: readings, and cells that are none, each with its line, column and text."""

import re
from collections.abc import Iterator
from datetime import datetime
from math import isfinite

from msgspec import Struct

from sensors.decoding.below_detection import parse_detection_limit
from sensors.model import NORMAL, Kind, RefusalReason

# No backtracking into digits (++), so that a cell is scanned once.
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?").fullmatch


class CsvReading(Struct, frozen=True, gc=False):
    """One measured value of a file.

    `site` is an id where the file has a code or name that the catalogue knows, else as the file has it;
    `parameter` is an id or HJ code that it knows. `time` is in UTC. `value` is a text where that says that it
    is below detection. `line` counts from 1, as rows of a sheet do. The time is not checked here.
    """

    site: str
    parameter: str
    time: datetime
    value: float | str
    flag: str
    kind: Kind
    line: int


class BadCell(Struct, frozen=True, gc=False):
    """One refused cell, or with an empty `parameter` a whole refused line; `reason` as for messages.

    `text` is what stands in the bad `column`. `time`, `value`, `flag` and `kind` are those of its reading as
    far as they could be read: a time that is none stays text, as `value` always does.
    """

    file: str
    line: int
    column: str
    reason: RefusalReason
    detail: str
    text: str
    site: str = ""
    parameter: str = ""
    time: datetime | str = ""
    value: str = ""
    flag: str = NORMAL
    kind: str = "rtd"


Cells = Iterator[CsvReading | BadCell]


def number(text: str) -> float | None:
    """The nearest float of a decimal number such as `31.2`, `-.5` or `1e-3`; None for anything else.

    Infinity, NaN, grouped digits, other scripts' digits and what exceeds a float are not numbers.
    """
    if _NUMBER(text) is None:
        return None
    value = float(text)
    return value if isfinite(value) else None


def cell_value(text: str) -> float | str | None:
    """What a cell without blanks around it says: a number, or in its own words that it is below detection."""
    value = number(text)
    return text if value is None and parse_detection_limit(text) is not None else value
