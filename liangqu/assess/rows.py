"""Rows and their results: the added cells, or why there are none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct


class UnreadableCell(Struct, frozen=True):
    """A cell that prevents its row's assessment: its column, its text, and what is wrong with it."""

    column: str
    text: str
    reason: str


class BadRow(Struct, frozen=True):
    """Why a row is not assessed; at least one cell."""

    cells: tuple[UnreadableCell, ...]


Verdict: TypeAlias = list[str] | BadRow


class Unassessable(Exception):  # noqa: N818 - named for what the reader is told
    """The columns cannot be assessed as requested: wrong usage."""


class Assessor(Protocol):
    """Assesses rows; `added` are the names of the added columns."""

    added: tuple[str, ...]

    def __call__(self, row: Sequence[str]) -> Verdict:
        """The added cells for a row as wide as the header."""
        ...


def with_verdicts(
    header: list[str],
    rows: Iterable[list[str]],
    assess: Assessor,
    complain: Callable[[int, UnreadableCell], None],
) -> Iterator[list[str]]:
    """The header, then every row with the added cells at its end; they are empty for a bad row.

    Cells missing at the end of a row are blank; a line without any is not a row. `complain` gets the row's
    number, 1 for the first after the header, and each bad cell.
    """
    width = len(header)
    blank = [""] * len(assess.added)
    yield [*header, *assess.added]
    for number, row in enumerate(filter(None, rows), 1):
        if len(row) < width:
            row.extend([""] * (width - len(row)))
        verdict = assess(row) if len(row) == width else _too_wide(row, width)
        if isinstance(verdict, BadRow):
            for cell in verdict.cells:
                complain(number, cell)
            verdict = blank
        row.extend(verdict)
        yield row


def _too_wide(row: Sequence[str], width: int) -> BadRow:
    return BadRow(
        (UnreadableCell(f"{width + 1}", row[width], f"stands beyond the header's {width} columns"),)
    )
