"""Rows of stations in the text of a catalogue file: one is added, changed or taken out, all else stays.

Each table of the file is edited by itself: in a whole file, tomlkit puts tables of one name together, and
with them comments where they do not belong.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import tomlkit
from tomlkit.items import Table

from sensors.toml_config import parse_toml

SITE = "site"
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


class _Block(NamedTuple):
    """Where a table of the file begins and ends; its comments above belong to what stands before it."""

    start: int
    end: int
    tables: Mapping[str, Any]


def site_ids(text: str) -> list[str]:
    """The ids of the file's stations, in its order.

    Raises:
        ValueError: it is not TOML; one line.
    """
    return [str(row.get("id")) for _, row in _site_rows(text)]


def add_site(text: str, row: Mapping[str, object]) -> str:
    """The text with a station's row at its end; keys in the order of the row."""
    end = _line_end(text)
    table = tomlkit.table()
    for key, value in row.items():
        table[key] = _inline(value)
    rows = tomlkit.aot()
    rows.append(table)
    added = tomlkit.dumps({SITE: rows}).replace("\n", end)
    before = text.rstrip()
    return f"{before}{end * 2}{added}" if before else added


def change_site(text: str, id_: str, change: Callable[[Table], None]) -> str:
    """The text with the row of a station changed.

    Raises:
        KeyError: it has no row here.
    """
    block = _block_of(text, id_)
    end = _line_end(text)
    document = tomlkit.parse(text[block.start : block.end].replace("\r\n", "\n"))
    rows: Any = document[SITE]
    change(rows[0])
    return text[: block.start] + tomlkit.dumps(document).replace("\n", end) + text[block.end :]


def remove_site(text: str, id_: str) -> str:
    """The text without the row of a station; what people wrote above the row stays.

    Raises:
        KeyError: it has no row here.
    """
    block = _block_of(text, id_)
    before, after = text[: block.start], text[block.end :]
    return before + after.lstrip("\r\n") if after.strip() else before.rstrip() + _line_end(text)


def _inline(value: object) -> object:
    """A table within a row stays on the row's line."""
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return tomlkit.value(f"{{ {table.as_string()[1:-1]} }}")


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _block_of(text: str, id_: str) -> _Block:
    return next((block for block, row in _site_rows(text) if row.get("id") == id_), None) or _no_row(id_)


def _no_row(id_: str) -> _Block:
    raise KeyError(id_)


def _site_rows(text: str) -> Iterator[tuple[_Block, Mapping[str, Any]]]:
    """Each [[site]] with its own [site.name] and the like, and what it says."""
    found: list[_Block] = []
    for block in _blocks(text):
        rows = block.tables.get(SITE)
        if isinstance(rows, list):
            found.append(block)
        elif isinstance(rows, dict) and found and found[-1].end == block.start:
            found[-1] = found[-1]._replace(end=block.end)
    for block in found:
        row = parse_toml(text[block.start : block.end].encode())[SITE][0]
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
