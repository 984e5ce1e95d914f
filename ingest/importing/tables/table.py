"""A table opened: its head read, its layout known, its rows still to come. Memory stays flat.

.csv .txt .tsv, plain or .gz     UTF-8, UTF-16, GB18030; commas, semicolons, tabs, bars
.xlsx                            one sheet
"""

import csv
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from msgspec import Struct

from ingest.importing.csv_lines import LONGEST, intact_lines, is_utf8
from ingest.importing.tables import workbook
from ingest.importing.tables.bounds import ReadBounds, Row
from ingest.importing.tables.encoding import UTF8, encoding_of, has_mark, to_chinese
from ingest.importing.tables.layout import find_delimiter, find_head, recogniser, split_rows
from sensors.decoding.tables.headings import Headings, role_of
from sensors.decoding.tables.numerals import DecimalMark, decimal_mark
from sensors.excerpt import excerpt, one_line

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 65_536
SAMPLED = 200
"""Bytes that tell the encoding, and lines that tell the rest; of one longer than that only the first."""


class TableOptions(Struct, frozen=True):
    """What a user names; None is told by the table itself. `sheet` is a name, or its number from 1.

    `bounds` are of a file that somebody else sent; None reads all of it.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: DecimalMark | None = None
    sheet: str | None = None
    bounds: ReadBounds | None = None


class Table:
    """A table whose head has been read; a context manager that closes its file.

    Attributes:
        name: Of the file, for messages.
        header: The columns' names, as they stand or, over several rows, joined; none blank at the end.
        header_line: The last line, or row of a sheet, of the head.
        sample: The first rows below it.
        delimiter: Between cells; None for a workbook.
        decimal: The mark before the fraction; None if the table does not tell.
        marked: Whether the file begins with a byte order mark.
        notes: What was decided and may surprise.
    """

    def __init__(
        self, source: Path | IO[bytes], headings: Headings, options: TableOptions | None = None
    ) -> None:
        """Open a file, or a stream of bytes, which stays open.

        Raises:
            ValueError: It is no table; names file, and line or row.
            OSError: It cannot be read.
        """
        self.name = str(source) if isinstance(source, Path) else _name(source)
        self.notes: list[str] = []
        self.delimiter: str | None = None
        self.marked = False
        self._is_known = recogniser(headings)
        self._headings = headings
        self._options = options or TableOptions()
        self._files = ExitStack()
        self._lines: Iterator[str] = iter(())
        self._rows: Iterator[list[str]] = iter(())
        try:
            self._open(source)
        except BaseException:
            self._files.close()
            raise

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; a stream that was given stays open."""
        self._files.close()

    def lines(self) -> Iterator[str]:
        """The lines below the head, of a text; a line that is cut is longer than `LONGEST`."""
        return self._bounded(self._lines)

    def rows(self) -> Iterator[list[str]]:
        """The rows below the head, of a workbook."""
        return self._bounded(self._rows)

    def _bounded(self, rows: Iterator[Row]) -> Iterator[Row]:
        bounds = self._options.bounds
        return bounds.rows_of(rows, self.name) if bounds else rows

    def _open(self, source: Path | IO[bytes]) -> None:
        stream = self._files.enter_context(source.open("rb")) if isinstance(source, Path) else source
        if isinstance(source, Path) and source.suffix == ".gz":
            stream = cast("IO[bytes]", self._files.enter_context(gzip.GzipFile(fileobj=stream)))
        if self._options.bounds:
            stream = cast("IO[bytes]", self._options.bounds.bytes_of(stream, self.name))
        head = self._head(stream)
        if head.startswith(workbook.OLD_MAGIC):
            raise ValueError(f"{self.name}: a workbook of Excel 97 to 2003; save it as .xlsx or as CSV")
        if head.startswith(workbook.MAGIC):
            self._open_workbook(self._seekable(source, head, stream))
        else:
            self._open_text(head, stream)
        self._check_header()

    def _head(self, stream: IO[bytes]) -> bytes:
        """The first bytes; of a damaged file those before the damage, which is met again later."""
        head, read = b"", getattr(stream, "read1", stream.read)
        try:
            while len(head) < HEAD and (block := read(HEAD - len(head))):
                head += block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            if not head:
                raise ValueError(f"{self.name}: damaged, or not packed by gzip: {error}") from None
        return head

    def _seekable(self, source: Path | IO[bytes], head: bytes, stream: IO[bytes]) -> Path | IO[bytes]:
        if isinstance(source, Path) and source.suffix != ".gz":
            return source
        copy = self._files.enter_context(tempfile.SpooledTemporaryFile(1 << 24))  # noqa: SIM115 - closed with us
        copy.write(head)
        while block := stream.read(1 << 20):
            copy.write(block)
        return copy

    def _open_workbook(self, source: Path | IO[bytes]) -> None:
        bounds = self._options.bounds
        book = workbook.open_book(source, self.name, bounds.unpacked if bounds else workbook.LARGEST)
        self._files.callback(book.close)
        pages = {page.title: page for page in book.worksheets}
        page = pages[self._chosen_sheet([*pages])]
        rows = workbook.sheet_rows(page, self.name)
        self._files.callback(rows.close)  # before the book: of a sheet left half-way it would stay open
        first = list(islice(rows, SAMPLED))
        self._take_head(first, list(range(1, len(first) + 1)))
        below = chain(first[self.header_line :], rows)
        self._rows = self._completed(below, workbook.sheet_marks(source, page))

    def _completed(self, rows: Iterator[list[str]], marks: workbook.SheetMarks) -> Iterator[list[str]]:
        """The rows with what merged cells say of all their rows; a value is of its first row alone."""
        below = [one for one in marks.merged if one.last > self.header_line + 1]
        told = {one.column for one in below if one.column < len(self.header)}
        shared = {at for at in told if role_of(self.header[at]) not in {None, "value", "sent"}}
        if told - shared:
            names = ", ".join(one_line(self.header[at].strip()) for at in sorted(told - shared))
            self.notes.append(
                f"cells merged over rows in {names}: what they hold counts for their first row only"
            )
        if marks.uncomputed:
            cells = "cells hold formulas" if marks.uncomputed > 1 else "cell holds a formula"
            self.notes.append(
                f"{marks.uncomputed} {cells} without a value: saved by a spreadsheet program they have one"
            )
        spans = [one for one in below if one.column in shared]
        return workbook.filled_rows(rows, spans, self.header_line + 1) if spans else rows

    def _chosen_sheet(self, names: Sequence[str]) -> str:
        wanted = self._options.sheet
        if not names:
            raise ValueError(f"{self.name}: the workbook has no sheet with cells")
        if wanted is None:
            if len(names) > 1:
                self.notes.append(f"sheet {excerpt(names[0])} of {len(names)}; --sheet reads another")
            return names[0]
        if wanted in names:
            return wanted
        if wanted.isdecimal() and 0 < int(wanted) <= len(names):
            return names[int(wanted) - 1]
        raise ValueError(f"{self.name}: no sheet {excerpt(wanted)}; there are {', '.join(names)}")

    def _open_text(self, head: bytes, stream: IO[bytes]) -> None:
        self.marked = has_mark(head)
        encoding = self._options.encoding or encoding_of(head)
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        joined = io.BufferedReader(_Rejoined(head, stream), HEAD)
        text = io.TextIOWrapper(joined, encoding, errors, newline="")
        undecided = encoding == UTF8 and self._options.encoding is None and head.isascii()
        lines = intact_lines(text, self.name)
        lines = _decided(lines) if undecided else lines
        first = list(islice(lines, 1))
        if first and len(first[0]) <= LONGEST:
            first += islice(lines, SAMPLED - 1)
        self._check_first_line(first, encoding)
        self._read_layout(first)
        self._lines = chain(first[self.header_line :], lines)

    def _check_first_line(self, first: Sequence[str], encoding: str) -> None:
        line = first[0] if first else ""
        if len(line) >= LONGEST:
            raise ValueError(f"{self.name}: line 1: the header is longer than {LONGEST} characters")
        if "\0" in line or not is_utf8(line):
            named = "UTF-8" if encoding == UTF8 else encoding.upper()
            raise ValueError(f"{self.name}: line 1: the header is not {named} text; --encoding names another")

    def _read_layout(self, first: list[str]) -> None:
        first[:1] = [line.removeprefix("\ufeff") for line in first[:1]]
        whole = [line for line in first if len(line) <= LONGEST and "\0" not in line]
        try:
            self.delimiter = self._options.delimiter or find_delimiter(whole, self._is_known)
            rows, ends = split_rows(whole, self.delimiter, None)
        except csv.Error as error:
            raise ValueError(f"{self.name}: line 1: quotes: {error}") from None
        self._take_head(rows, ends)

    def _take_head(self, rows: Sequence[Sequence[str]], ends: Sequence[int]) -> None:
        """Read the head out of the first rows; `ends` are the lines at which they end."""
        found = find_head(rows, self._is_known)
        self.header = list(found.columns)
        while self.header and not self.header[-1].strip():
            self.header.pop()
        self.header_line = ends[found.end - 1] if found.end else 0
        self.sample = [row for row in rows[found.end :] if any(cell.strip() for cell in row)]
        if any(any(cell.strip() for cell in row) for row in rows[: found.begin]):
            above = (
                "line 1 above it is"
                if found.begin == 1
                else f"lines 1 to {ends[found.begin - 1]} above it are"
            )
            self.notes.append(f"the header stands in line {ends[found.begin]}; {above} left out")
        elif found.end - found.begin > 1:
            self.notes.append(f"the header stands in lines {ends[found.begin]} to {self.header_line}")
        self.decimal = self._options.decimal or self._told_decimal()

    def _told_decimal(self) -> DecimalMark | None:
        at = [at for at, name in enumerate(self.header) if self._headings.heading(name)]
        at += [at for at, name in enumerate(self.header) if name.strip() == "value"]
        cells = (row[place].strip() for row in self.sample for place in at if place < len(row))
        try:
            return decimal_mark(cells, self.delimiter or ",")
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None

    def _check_header(self) -> None:
        if not self.header:
            raise ValueError(f"{self.name}: line 1: there is no header line")


def _name(stream: IO[bytes]) -> str:
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) and not name.startswith("<") else "standard input"


class _Rejoined(io.RawIOBase):
    """The head that was looked at, and then the rest."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        block = self._head[: len(view)] or self._rest.read(len(view))
        self._head = self._head[len(block) :]
        view[: len(block)] = block
        return len(block)


def _decided(lines: Iterator[str]) -> Iterator[str]:
    """Lines of a file whose head is ASCII: what the first other line is decides for all."""
    for line in lines:
        if line.isascii():
            yield line
            continue
        is_chinese = not is_utf8(line) and is_utf8(to_chinese(line))
        for rest in chain((line,), lines):
            yield to_chinese(rest) if is_chinese and not rest.isascii() else rest
