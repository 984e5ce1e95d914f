"""The cells that count: their columns and their values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import inf

from liangqu.assess.rows import Unassessable
from sensors.decoding.below_detection import METHODS_OWN, parse_detection_limit
from sensors.standards.below_detection import counted_below

# A float holds any decimal of 15 significant digits; a longer text is read as an exact decimal.
_FLOAT_DIGITS = 15
# Possessive (++), so that a cell is scanned once.
_NUMBER = re.compile(r"[+-]?([0-9]++(\.[0-9]*+)?|\.[0-9]++)([eE][+-]?[0-9]{1,3})?")

# The same texts repeat in a column; bounded, so that memory stays flat.
cached = lru_cache(maxsize=8192)


def parse_value(text: str) -> float | Decimal:
    """The value of a cell that is not blank; `<0.02` and `0.02L` are half of that detection limit.

    A float where it holds all digits of the text, an exact decimal otherwise.

    Raises:
        ValueError: The cell is not a number, or a negative one: a phrase that says so.
    """
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return _number(stripped)
    limit = parse_detection_limit(stripped)
    if limit is None:
        raise ValueError("is not a number")
    if limit == METHODS_OWN:
        raise ValueError("names no detection limit: write it as <0.025")
    return counted_below(limit)


def _number(text: str) -> float | Decimal:
    value = float(text)
    if value == inf:
        raise ValueError("is not a number")
    if value < 0:
        raise ValueError("is negative")
    return value if len(text) <= _FLOAT_DIGITS else Decimal(text)


def column_of(header: Sequence[str], name: str) -> int | None:
    """The position of a column.

    Raises:
        Unassessable: It stands twice.
    """
    found = [at for at, column in enumerate(header) if column.strip() == name]
    if len(found) > 1:
        raise Unassessable(f"column {name} stands twice, as columns {found[0] + 1} and {found[1] + 1}")
    return found[0] if found else None


def item_columns(header: Sequence[str], codes: Mapping[str, str], items: Iterable[str]) -> dict[str, int]:
    """The position of each item's column, by id or HJ code."""
    wanted = tuple(items)
    named = [codes.get(column.strip(), column.strip()) for column in header]
    found = {item: at for item in wanted if (at := column_of(named, item)) is not None}
    if not found:
        raise Unassessable(f"none of the columns is an item to assess: {', '.join(dict.fromkeys(wanted))}")
    return found
