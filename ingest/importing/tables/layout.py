"""How a table is laid out: what separates its cells, which rows are its head, what its numbers look like.

The head is the row that names most columns that are known. A row above or below belongs to it where it names
columns that the row leaves blank (merged cells), or units.
"""

import csv
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from sensors.catalogue.units import spelling_of
from sensors.decoding.tables.columns import holds_numbers
from sensors.decoding.tables.headings import Headings, role_of

DELIMITERS = (",", ";", "\t", "|")
_DEEPEST = 10
_BROADEST = 64
_LONGEST_CELL = 80
_HEAD_ROWS = 2

Row = Sequence[str]
Recognise = Callable[[str], bool]


class Head(Struct, frozen=True):
    """The head of a table: its columns' names, and the rows (from 0) where it begins and where data begin."""

    columns: tuple[str, ...]
    begin: int
    end: int
    known: int


def recogniser(headings: Headings) -> Recognise:
    """Tells whether a cell names a column that is known."""

    @lru_cache(4096)
    def is_known(cell: str) -> bool:
        short = 0 < len(cell) <= _LONGEST_CELL
        return short and (role_of(cell) is not None or headings.heading(cell) is not None)

    return is_known


def find_head(rows: Sequence[Row], is_known: Recognise) -> Head:
    """The head among the first rows; the very first row if none names a column that is known."""
    scored = [(_score(row, is_known), -at) for at, row in enumerate(rows[:_DEEPEST])]
    best, at = max(scored, default=(0, 0))
    if not best:
        return Head(tuple(rows[0]) if rows else (), 0, min(1, len(rows)), 0)
    begin = end = -at
    while end + 1 < min(len(rows), begin + _HEAD_ROWS + 1) and _continues(
        rows[begin : end + 1], rows[end + 1], is_known
    ):
        end += 1
    if begin and _continues([rows[begin]], rows[begin - 1], is_known):
        begin -= 1
    names = _joined(rows[begin : end + 1], is_known)
    return Head(names, begin, end + 1, sum(is_known(name) for name in names[:_BROADEST]))


def find_delimiter(lines: Sequence[str], is_known: Recognise) -> str:
    """What separates the cells: what makes most columns known, else what the first line holds."""
    found = [(_known_columns(lines, one, is_known), one) for one in DELIMITERS]
    most = max(known for known, _ in found)
    if most:
        return next(one for known, one in found if known == most)
    first = next(iter(lines), "")
    return next((one for one in DELIMITERS if one in first), ",")


def _known_columns(lines: Sequence[str], delimiter: str, is_known: Recognise) -> int:
    try:
        return find_head(split_rows(lines, delimiter)[0], is_known).known
    except csv.Error:
        return 0


def split_rows(
    lines: Sequence[str], delimiter: str, most: int | None = _DEEPEST + 1
) -> tuple[list[list[str]], list[int]]:
    """The first rows and the line at which each ends; up to the first that is no row.

    Raises:
        csv.Error: Already the first is none.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows, ends = list[list[str]](), list[int]()
    try:
        for row in islice(reader, most):
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        if not rows:
            raise
    return rows, ends


def _score(row: Row, is_known: Recognise) -> int:
    cells = [cell.strip() for cell in row[:_BROADEST]]
    return 0 if _has_number(cells) else sum(is_known(cell) for cell in cells)


def _continues(head: Sequence[Row], row: Row, is_known: Recognise) -> bool:
    """Whether a row next to the head names columns that the head does not, or its units."""
    cells = [cell.strip() for cell in row[:_BROADEST]]
    filled = [cell for cell in cells if cell]
    if not filled or _has_number(cells):
        return False
    names, joined = _joined(head, is_known), _joined([*head, row], is_known)
    if all(map(_is_unit, filled)):
        above = [names[at].strip() if at < len(names) else "" for at, cell in enumerate(cells) if cell]
        return all(is_known(name) and role_of(name) is None for name in above)
    named = [at < len(names) and is_known(names[at].strip()) for at in range(len(cells))]
    new = any(is_known(joined[at].strip()) and not known for at, known in enumerate(named) if cells[at])
    return new and not all(known for at, known in enumerate(named) if cells[at])


def _joined(rows: Sequence[Row], is_known: Recognise) -> tuple[str, ...]:
    """One name for each column: the first of its cells, alone or joined, that is known; else the lowest."""
    width = max(len(row) for row in rows)
    filled = [_spread(row, width, last=number == len(rows) - 1) for number, row in enumerate(rows)]
    return tuple(
        _name([row[at] for row in filled], [*rows[-1], *[""] * width][at], is_known) for at in range(width)
    )


def _spread(row: Row, width: int, *, last: bool) -> list[str]:
    """A row above the last one with merged cells filled in: a name reaches to the right until the next."""
    cells = [*row, *[""] * (width - len(row))]
    for at in range(1, width) if not last else ():
        cells[at] = cells[at] or cells[at - 1]
    return cells


def _name(cells: Sequence[str], lowest: str, is_known: Recognise) -> str:
    if len(cells) == 1:
        return cells[0]
    *above, below = cells
    if below and _is_unit(below.strip()) and above[-1]:
        return f"{above[-1]}({below.strip()})"
    joined = [f"{upper}{below}" for upper in reversed(above)] if below else list(reversed(above))
    return next((name for name in (below, *joined) if is_known(name.strip())), lowest or above[-1])


def _is_unit(cell: str) -> bool:
    cell = cell.strip("()（）[]")
    return any(map(str.isalpha, cell)) and spelling_of(cell) is not None


def _has_number(cells: Sequence[str]) -> bool:
    return any(cell and cell[0] in "+-.0123456789" and holds_numbers(0, [[cell]]) for cell in cells)
