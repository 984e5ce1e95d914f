"""Rows and their results: the added cells, or which cells prevent them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct


class UnreadableCell(Struct, frozen=True):
    """A cell that prevents its row's assessment: its column, its text, and what is wrong with it."""

    column: str
    text: str
    reason: str


class Unassessable(Exception):  # noqa: N818 - it names what the columns are
    """The columns cannot be assessed as requested: wrong usage."""


class Assessor(Protocol):
    """Assesses rows; `added` are the names of the added columns."""

    added: tuple[str, ...]

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell], /) -> list[str]:
        """The added cells for a row as wide as the header; what prevents them is added to `bad`."""
        ...


def assessed_rows(
    header: list[str],
    rows: Iterable[list[str]],
    assess: Assessor,
    report: Callable[[int, UnreadableCell], None],
) -> Iterator[list[str]]:
    """The header, then every row with the added cells at its end; they are empty for a bad row.

    Cells missing at the end of a row are blank; a line without any is not a row. `report` gets the row's
    number, 1 for the first after the header, and each bad cell.
    """
    width = len(header)
    blank = [""] * len(assess.added)
    yield [*header, *assess.added]
    for number, row in enumerate(filter(None, rows), 1):
        bad: list[UnreadableCell] = []
        if len(row) > width:
            reason = f"stands beyond the header's {width} columns"
            bad.append(UnreadableCell(f"{width + 1}", row[width], reason))
        else:
            row.extend([""] * (width - len(row)))
        added = blank if bad else assess(row, bad)
        for cell in bad:
            report(number, cell)
        row.extend(blank if bad else added)
        yield row
