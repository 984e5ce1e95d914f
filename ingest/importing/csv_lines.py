"""A CSV file's lines: opened, plain or compressed, and split into cells; one line is one record."""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TextIO, cast

from sensors.excerpt import one_line

LONGEST = 262_144
"""Characters of a line; of a longer one, which may be endless in a packed file, one more is kept."""


def open_text(source: Path | TextIO) -> AbstractContextManager[TextIO]:
    """A file's text, unpacked if its name ends in `.gz`; a stream stays open."""
    if not isinstance(source, Path):
        return nullcontext(source)
    # Bytes that are not UTF-8 become lone surrogates: only their own line is refused, not the file.
    if source.suffix == ".gz":
        return cast("TextIO", gzip.open(source, "rt", encoding="utf-8", errors="surrogateescape"))
    return source.open(encoding="utf-8", errors="surrogateescape")


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


def parse_header(lines: Iterator[tuple[int, str]], name: str) -> list[str]:
    """The columns that the first of the numbered lines names, without blank ones at its end.

    Raises:
        ValueError: There is none, one appears twice, or the line is not text; names the file.
    """
    line = next(lines, (1, ""))[1].removeprefix("\ufeff")
    if len(line) >= LONGEST:
        raise ValueError(f"{name}: line 1: the header is longer than {LONGEST} characters")
    if not is_utf8(line) or "\0" in line:
        raise ValueError(f"{name}: line 1: the header is not UTF-8 text")
    try:
        columns = [column.strip() for column in split_cells(line)]
    except csv.Error as error:
        raise ValueError(f"{name}: line 1: quotes: {error}") from None
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise ValueError(f"{name}: line 1: there is no header")
    if repeated := sorted(column for column, times in Counter(columns).items() if times > 1):
        raise ValueError(f"{name}: column {one_line(', '.join(repeated))} stands twice in the header")
    return columns


def is_utf8(line: str) -> bool:
    """Whether a line of `open_text` is UTF-8: other bytes come as lone surrogates."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def split_cells(line: str) -> list[str]:
    """The cells of one line.

    Raises:
        csv.Error: A quote is not closed, or is inside a cell.
    """
    if '"' not in line:
        return line.rstrip("\r\n").split(",")
    return next(csv.reader([line.rstrip("\r\n")], strict=True), [])
