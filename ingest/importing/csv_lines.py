"""A CSV file's lines, split into cells; one line is one record."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from functools import partial
from typing import TextIO

LONGEST = 262_144
"""Characters of a line; of a longer one, which may be endless in a packed file, one more is kept."""


def lines_of(stream: TextIO) -> Iterator[str]:
    """The lines; one longer than `LONGEST` is cut after one character more, and the rest skipped."""
    read = partial(stream.readline, LONGEST + 1)
    for line in iter(read, ""):
        yield line
        if len(line) > LONGEST:
            while line and not line.endswith("\n"):
                line = read()  # noqa: PLW2901 - the same line


def intact_lines(stream: TextIO, name: str) -> Iterator[str]:
    """The lines of the file of that name, as `lines_of`.

    Raises:
        ValueError: The compressed data are damaged; names the file and the last good line.
    """
    count = 0
    try:
        for count, line in enumerate(lines_of(stream), start=1):  # noqa: B007 - its last value goes into the message
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{name}: damaged after line {count}: {error}") from error


def is_utf8(line: str) -> bool:
    """Whether a line of a file is in its encoding: other bytes come as lone surrogates."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def split_cells(line: str, delimiter: str = ",") -> list[str]:
    """The cells of one line.

    Raises:
        csv.Error: A quote is not closed, or is inside a cell.
    """
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, strict=True), [])
