"""Rows and tables in the text of a TOML file: one is added, changed or taken out, all else stays.

Each table of the file is edited by itself: in a whole file, tomlkit puts tables of one name together, and
with them comments where they do not belong.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import tomlkit
from tomlkit.items import Table

from sensors.toml_config import parse_toml

_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


class _Block(NamedTuple):
    """Where a table of the file begins and ends; its comments above belong to what stands before it."""

    start: int
    end: int
    tables: Mapping[str, Any]


def row_ids(text: str, kind: str) -> list[str]:
    """The ids of the file's `[[kind]]`, in its order.

    Raises:
        ValueError: it is not TOML; one line.
    """
    return [str(row.get("id")) for _, row in _rows(text, kind)]


def add_row(text: str, kind: str, row: Mapping[str, object]) -> str:
    """The text with a `[[kind]]` at its end; keys in the order of the row."""
    rows = tomlkit.aot()
    rows.append(_to_table(row))
    return _with_added(text, {kind: rows})


def change_row(text: str, kind: str, id_: str, change: Callable[[Table], None]) -> str:
    """The text with the `[[kind]]` of an id changed.

    Raises:
        KeyError: it has no such row.
    """

    def change_first(document: Any) -> None:
        change(document[kind][0])

    return _with_changed(text, _block_of(text, kind, id_), change_first)


def remove_row(text: str, kind: str, id_: str) -> str:
    """The text without the `[[kind]]` of an id; what people wrote above the row stays.

    Raises:
        KeyError: it has no such row.
    """
    block = _block_of(text, kind, id_)
    before, after = text[: block.start], text[block.end :]
    return before + after.lstrip("\r\n") if after.strip() else before.rstrip() + _line_end(text)


def change_table(text: str, name: str, change: Callable[[Table], None]) -> str:
    """The text with its table `[name]` changed; one that was not there stands at its end."""
    for block in _blocks(text):
        if isinstance(block.tables.get(name), dict):
            return _with_changed(text, _trimmed(text, block), lambda document: change(document[name]))
    table = tomlkit.table()
    change(table)
    return _with_added(text, {name: table})


def _to_table(row: Mapping[str, object]) -> Table:
    table = tomlkit.table()
    for key, value in row.items():
        table[key] = _inline(value)
    return table


def _with_added(text: str, tables: Mapping[str, object]) -> str:
    end = _line_end(text)
    added = tomlkit.dumps(tables).replace("\n", end)
    before = text.rstrip()
    return f"{before}{end * 2}{added}" if before else added


def _with_changed(text: str, block: _Block, change: Callable[[Any], None]) -> str:
    end = _line_end(text)
    document = tomlkit.parse(text[block.start : block.end].replace("\r\n", "\n"))
    change(document)
    return text[: block.start] + tomlkit.dumps(document).replace("\n", end) + text[block.end :]


def _inline(value: object) -> object:
    """A table within a row stays on the row's line."""
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return tomlkit.value(f"{{ {table.as_string()[1:-1]} }}")


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _block_of(text: str, kind: str, id_: str) -> _Block:
    return next((block for block, row in _rows(text, kind) if row.get("id") == id_), None) or _no_row(id_)


def _no_row(id_: str) -> _Block:
    raise KeyError(id_)


def _rows(text: str, kind: str) -> Iterator[tuple[_Block, Mapping[str, Any]]]:
    """Each `[[kind]]` with its own `[kind.name]` and the like, and what it says."""
    found: list[_Block] = []
    for block in _blocks(text):
        rows = block.tables.get(kind)
        if isinstance(rows, list):
            found.append(block)
        elif isinstance(rows, dict) and found and found[-1].end == block.start:
            found[-1] = found[-1]._replace(end=block.end)
    for block in found:
        row = parse_toml(text[block.start : block.end].encode())[kind][0]
        yield _trimmed(text, block), row


def _trimmed(text: str, block: _Block) -> _Block:
    """Without the comments and blank lines at its end: they belong to what follows."""
    end = block.end
    for line in reversed(text[block.start : block.end].splitlines(keepends=True)):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        end -= len(line)
    return block._replace(end=end)


def _blocks(text: str) -> Iterator[_Block]:
    """Each table from its header to the next; a line within a text or list only looks like a header."""
    starts = [0, *(found.start() for found in _HEADER.finditer(text) if found.start())]
    start = 0
    for end in [*starts[1:], len(text)]:
        try:
            tables = parse_toml(text[start:end].encode())
        except ValueError:
            if end == len(text):
                raise
            continue
        yield _Block(start, end, tables)
        start = end
