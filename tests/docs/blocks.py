"""Generated blocks of a page: found between their markers, replaced, their hand-written last column kept."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

MEANING = "\0"
"""A cell of a last column `meaning` that people write: taken over from the page by the row's first cell."""

Block = Callable[[], str]
_BLOCK = re.compile(r"(<!-- generated: ([a-z0-9-]+) -->\n)(.*?)(<!-- end: \2 -->)", re.DOTALL)
_COLUMN = re.compile(r"(?<!\\)\|")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a `|` in a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)


def code(text: str) -> str:
    """As code, or nothing for an empty text."""
    return f"`{text}`" if text else ""


def regenerate(page: str, blocks: Mapping[str, Block]) -> str:
    """The page with each block made again.

    Raises:
        KeyError: it has a block that nobody makes.
    """
    return _BLOCK.sub(lambda found: f"{found[1]}\n{_merge(blocks[found[2]](), found[3])}\n{found[4]}", page)


def names(page: str) -> list[str]:
    """The names of the blocks of a page."""
    return [found[2] for found in _BLOCK.finditer(page)]


def rows_without_meaning(page: str) -> list[str]:
    """First cells of the rows whose meaning somebody still has to write."""
    blank, header = [], [""]
    for line, before in zip(page.splitlines(), ["", *page.splitlines()], strict=False):
        row = _cells(line)
        header = row if row and not before.startswith("|") else header
        if row and not row[-1] and header[-1] == "meaning":
            blank.append(row[0])
    return blank


def _merge(made: str, before: str) -> str:
    known = {row[0]: row[-1] for line in before.splitlines() if (row := _cells(line))}
    lines = [_with_meaning(line, known) if MEANING in line else line for line in made.strip().splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _with_meaning(line: str, known: Mapping[str, str]) -> str:
    return line.replace(MEANING, known.get(_cells(line)[0], "")).replace("|  |", "| |")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _COLUMN.split(line)[1:-1]]
