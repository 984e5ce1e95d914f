"""Lines in columns, Chinese signs counted as two."""

from collections.abc import Iterator, Sequence

from liangqu.terminal.wrapping import columns_of


def lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each row as a line, its cells below each other; the last is as long as it is."""
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (
            f"{cell}{' ' * (width - columns_of(cell))}" for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()
