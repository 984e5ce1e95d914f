"""The figures that a report prints, as its reader sees them: each table's head and the texts of its cells."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

_COUNTED = re.compile(r" ?[（(]\d+/\d+[^()（）]*[）)]$")
"""Behind a place's name: on how many of its stations the row rests."""


class PrintedTable(Struct, frozen=True):
    """A table as printed; two of one `id` are told apart by their title."""

    id: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What each column is called; a word that heads several has the column in front of it before it."""
        often, found, before = Counter(self.head), list[str](), ""
        for text in self.head:
            if often[text] == 1:
                before = text
            found.append(text if often[text] == 1 else f"{before} {text}".strip())
        return tuple(found)


class PrintedChange(Struct, frozen=True):
    """A printed figure that differs; `row` are the cells that name its row, "" stands where none was."""

    table: PrintedTable
    row: tuple[str, ...]
    column: str
    old: str
    new: str


def figures_json(tables: Sequence[PrintedTable]) -> str:
    """The tables as figures.json, a row a line."""
    parts = []
    for one in tables:
        head = json.dumps([one.id, one.title, one.head], ensure_ascii=False)
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in one.rows)
        parts.append(f"{head[:-1]}, [\n{rows}\n]]")
    return "[\n" + ",\n".join(parts) + "\n]\n"


def parse_figures(text: str) -> tuple[PrintedTable, ...]:
    """The tables of a figures.json.

    Raises:
        ValueError: it is none.
    """
    found: list[Any] = json.loads(text)
    return tuple(
        PrintedTable(id_, title, tuple(head), tuple(map(tuple, rows))) for id_, title, head, rows in found
    )


def printed_changes(old: Sequence[PrintedTable], new: Sequence[PrintedTable]) -> Iterator[PrintedChange]:
    """Every cell that differs, in the order of the tables; what is gone stands behind what is new."""
    before, after = ({(one.id, one.title): one for one in tables} for tables in (old, new))
    for key in dict.fromkeys((*after, *before)):
        yield from _table_changes(before.get(key), after.get(key))


def _table_changes(old: PrintedTable | None, new: PrintedTable | None) -> Iterator[PrintedChange]:
    there = [one for one in (new, old) if one is not None]
    names = max(_naming_columns(one.rows) for one in there)
    before, after = (_cells(one, names) if one else {} for one in (old, new))
    for row in dict.fromkeys((*after, *before)):
        was, now = before.get(row, {}), after.get(row, {})
        for column in dict.fromkeys((*now, *was)):
            if was.get(column, "") != now.get(column, ""):
                yield PrintedChange(there[0], row[0], column, was.get(column, ""), now.get(column, ""))


def _naming_columns(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first columns it takes to tell all rows apart; one if nothing does."""
    width = min(map(len, rows), default=1)
    named = [tuple(_COUNTED.sub("", cell) for cell in row) for row in rows]
    return next((n for n in range(1, width) if len({row[:n] for row in named}) == len(rows)), 1)


def _cells(table: PrintedTable, names: int) -> Mapping[tuple[tuple[str, ...], int], Mapping[str, str]]:
    """The cells of each row by column; rows of one name are counted.

    How many stations a zone's row rests on stands behind its name, and is a figure of its own.
    """
    found: dict[tuple[tuple[str, ...], int], Mapping[str, str]] = {}
    seen = Counter[tuple[str, ...]]()
    for row in table.rows:
        name = tuple(_COUNTED.sub("", cell) for cell in row[:names])
        counts = {
            column: cell[len(plain) :].strip(" ()（）")
            for column, cell, plain in zip(table.columns, row, name, strict=False)
            if cell != plain
        }
        found[name, seen[name]] = counts | dict(zip(table.columns[names:], row[names:], strict=False))
        seen[name] += 1
    return found
