"""Rows and their results: the added cells, or which cells prevent them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct


class UnreadableCell(Struct, frozen=True):
    """A cell that cannot be read: its column, its text, and what is wrong with it.

    It prevents its row's assessment if its column `counts`.
    """

    column: str
    text: str
    reason: str
    counts: bool = True


class Unassessable(Exception):  # noqa: N818 - it names what the columns are
    """The columns cannot be assessed as requested: wrong usage."""


class Assessor(Protocol):
    """Assesses rows; `added` are the names of the added columns."""

    added: tuple[str, ...]

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell], /) -> list[str]:
        """The added cells for a row as wide as the header; what cannot be read is added to `bad`."""
        ...

    def summary(self) -> Iterator[str]:
        """What there is to say when all rows are done: on how little the results rest."""
        ...


def assessed_rows(
    header: Sequence[str],
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
            beyond = next((at for at in range(width, len(row)) if row[at].strip()), None)
            del row[width if beyond is None else len(row) :]
            if beyond is not None:
                reason = f"stands beyond the header's {width} columns"
                bad.append(UnreadableCell(f"{beyond + 1}", row[beyond], reason))
        else:
            row.extend([""] * (width - len(row)))
        added = blank if bad else assess(row, bad)
        for cell in bad:
            report(number, cell)
        row.extend(blank if bad and any(cell.counts for cell in bad) else added)
        yield row


def counts_in_words(found: Iterable[tuple[str, int]], words: str) -> Iterator[str]:
    """`3 rows: class from ph alone`, the most frequent first."""
    for what, times in sorted(found, key=lambda pair: (-pair[1], pair[0])):
        yield f"{times} {'row' if times == 1 else 'rows'}: {words.format(what)}"
