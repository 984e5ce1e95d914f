"""Checks what a store gives back before it is used: types, times, columns; pure.

A database may be another program's, damaged, or edited by hand: a value that is not of the type asked for
refuses the whole answer. It is neither converted nor left out.
"""

from collections.abc import Sequence
from math import inf, nan
from types import NoneType
from typing import Any

from sensors.calendar import EpochMs
from sensors.store_schema import FieldType

Cell = float | bool | str | None
Span = tuple[EpochMs, EpochMs]
"""From the first to before the second."""

EARLIEST, LATEST = EpochMs(-9_223_372_036_854), EpochMs(9_223_372_036_854)
"""What InfluxDB's 64-bit nanoseconds can hold (1677 to 2262)."""

_ALLOWED: dict[FieldType, frozenset[type]] = {
    "float": frozenset({float, int, NoneType}),
    "integer": frozenset({float, int, NoneType}),
    "bool": frozenset({bool, int, NoneType}),
    "string": frozenset({str, NoneType}),
}
_NAMES = {float: "a number", int: "a number", bool: "yes or no", str: "a text", NoneType: "nothing"}
_MEANT: dict[FieldType, str] = {
    "float": "a number",
    "integer": "a number",
    "bool": "yes or no",
    "string": "a text",
}


class WrongAnswerError(ValueError):
    """A store answered something that was not asked for; one line, without foreign text."""


def check(kind: FieldType, cells: Sequence[object], name: str) -> None:
    """Raise WrongAnswerError unless all cells of a column are missing, or of its type and finite."""
    if odd := set(map(type, cells)) - _ALLOWED[kind]:
        given = " and ".join(sorted(_NAMES.get(type_, "something else") for type_ in odd))
        raise WrongAnswerError(f"{name}: {given} where {_MEANT[kind]} should stand")
    if kind == "float" and (inf in cells or -inf in cells):
        raise WrongAnswerError(f"{name}: a number without end")


def to_numbers(cells: Sequence[Any]) -> Sequence[float]:
    """Numbers that were checked; a missing one is NaN."""
    if None not in cells:
        return cells
    return [nan if cell is None else float(cell) for cell in cells]


def to_times(cells: Sequence[Any], span: Span = (EARLIEST, LATEST)) -> list[EpochMs]:
    """Whole milliseconds, from the first to before the second of `span`; else WrongAnswerError."""
    kinds = set(map(type, cells))
    if kinds - {float, int}:
        raise WrongAnswerError("a time that is not a number")
    if float in kinds and not all(map(float.is_integer, map(float, cells))):
        raise WrongAnswerError("a time that is not a whole number")
    times: list[Any] = list(map(int, cells))
    if times and (min(times) < span[0] or max(times) >= span[1]):
        raise WrongAnswerError("a time that was not asked for")
    return times
