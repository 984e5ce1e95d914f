"""How much of a table is read at most: what is packed is small, and may unpack to blank lines without end."""

from collections.abc import Iterable, Iterator
from typing import IO, TypeVar

from msgspec import Struct

Row = TypeVar("Row", str, list[str])
_BROAD = 100
"""A row counts once more for each so many of its cells."""


class ReadBounds(Struct, frozen=True):
    """Of one file: `unpacked` are bytes, `rows` lines of text or rows of a sheet, blank ones too.

    What is exactly at a bound is read.
    """

    unpacked: int
    rows: int

    def bytes_of(self, stream: IO[bytes], name: str) -> "BoundedBytes":
        """The stream up to the bound; then it raises ValueError, which names the file."""
        return BoundedBytes(stream, name, self.unpacked)

    def rows_of(self, rows: Iterable[Row], name: str) -> Iterator[Row]:
        """The rows up to the bound.

        Raises:
            ValueError: while reading: they are more; names the file.
        """
        left = self.rows
        for row in rows:
            left -= 1 if isinstance(row, str) else 1 + len(row) // _BROAD
            if left < 0:
                raise ValueError(f"{name}: more than {self.rows} rows; take such a file in by liangqu import")
            yield row


class BoundedBytes:
    """A stream of bytes that ends in a ValueError once more than so many were read.

    Args:
        stream: Which is read.
        name: Of the file.
        most: Bytes.
    """

    def __init__(self, stream: IO[bytes], name: str, most: int) -> None:
        self._stream, self._name, self._most = stream, name, most
        self._left = most

    def read(self, size: int) -> bytes:
        """At most so many.

        Raises:
            ValueError: the bound is passed.
        """
        block: bytes = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            said = f"more than {self._most >> 20} MB unpacked; take such a file in by liangqu import"
            raise ValueError(f"{self._name}: {said}")
        return block
