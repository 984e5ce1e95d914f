"""Workbooks (.xlsx): a sheet's rows as the text that a CSV would hold, one row at a time."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from xml.etree.ElementTree import ParseError

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"
LARGEST = 1024**3
"""Bytes of a workbook, unpacked; and of them at most `LARGEST_TEXTS` the texts, which are held in memory."""
LARGEST_TEXTS = 64 * 1024**2

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
_UNREADABLE = (*_DAMAGED, ParseError, LookupError, ValueError, TypeError, AttributeError)
_BLOCK, _OVERLAP = 1 << 20, 4096  # bytes looked at at once, and how much of them again: longer than any match
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell [^>]*?ref=\"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})\"")
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c((?: [^>]{0,200})?)>\s*<(?:\w+:)?f(?: [^>]{0,200})?(?:/>|>[^<]{0,2000}</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>|</(?:\w+:)?c>)"
)
_SECOND = timedelta(seconds=1)


def open_book(source: Path | IO[bytes], name: str, largest: int = LARGEST) -> "Workbook":
    """The workbook, of which rows are read one at a time; its `worksheets` are the sheets that hold cells.

    `largest` are bytes, unpacked.

    Raises:
        ValueError: It is no workbook, or too large; names the file.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - half a second that no CSV needs

    try:
        with zipfile.ZipFile(source) as packed:
            sizes = {entry.filename: entry.file_size for entry in packed.infolist()}
        if sum(sizes.values()) > largest or sizes.get("xl/sharedStrings.xml", 0) > LARGEST_TEXTS:
            raise ValueError(f"{name}: more than {largest >> 20} MB unpacked; save the sheet as CSV")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts of a workbook that are no cells
            return load_workbook(source, read_only=True, data_only=True)
    except _UNREADABLE as error:
        if str(error).startswith(f"{name}: "):
            raise
        raise ValueError(f"{name}: not a workbook (.xlsx) that can be read: {error}") from None


class Merged(NamedTuple):
    """Cells of a column merged over rows, both ends included; columns count from 0, rows from 1."""

    column: int
    first: int
    last: int


class SheetMarks(NamedTuple):
    """What a sheet's cells do not say by themselves: merged over rows, and formulas that have no value."""

    merged: list[Merged]
    uncomputed: int


def sheet_marks(source: Path | IO[bytes], page: "ReadOnlyWorksheet") -> SheetMarks:
    """Look through a sheet of this file once, in flat memory; a damaged one up to the damage.

    A formula has no value if the program that wrote the file never computed it.
    """
    path = page._worksheet_path  # noqa: SLF001 - openpyxl reads no merged cells row by row
    merged: dict[Merged, None] = {}
    uncomputed, before = 0, b""
    with (
        suppress(*_DAMAGED),  # met again where rows are read
        zipfile.ZipFile(source) as packed,
        packed.open(path.lstrip("/")) as text_of_page,
    ):
        while block := text_of_page.read(_BLOCK):
            text, fresh = before + block, len(before)
            for found in _MERGED.finditer(text):
                merged |= dict.fromkeys(_columns_merged(found))
            cells = (found for found in _UNCOMPUTED.finditer(text) if found.end() > fresh)
            uncomputed += sum(b't="str"' not in found[1] for found in cells)
            before = text[-_OVERLAP:]
    return SheetMarks([*merged], uncomputed)


def filled_rows(rows: Iterable[list[str]], spans: Iterable[Merged], first: int) -> Iterator[list[str]]:
    """The rows, the first of that number, with each merged cell's text in all rows that it spans."""
    starts: dict[int, list[Merged]] = {}
    for span in spans:
        starts.setdefault(max(span.first, first), []).append(span)
    held: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(rows, first):
        for column, (last, text) in list(held.items()):
            if number > last:
                del held[column]
            elif not (row := [*row, *[""] * (column + 1 - len(row))])[column]:
                row[column] = text
        for span in starts.pop(number, ()):
            held[span.column] = span.last, row[span.column] if span.column < len(row) else ""
        yield row


def _columns_merged(found: re.Match[bytes]) -> Iterator[Merged]:
    first, last = int(found[2]), int(found[4])
    if first < last:
        for column in range(_number(found[1]), _number(found[3]) + 1):
            yield Merged(column - 1, first, last)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def sheet_rows(page: "ReadOnlyWorksheet", name: str) -> Generator[list[str], None, None]:
    """Every row of a sheet, blank ones too, so that row numbers are those that Excel shows.

    A number is its shortest decimal text, a date ISO 8601 to the second (a spreadsheet's days are no finer),
    a formula what it had when the file was saved. Left before its end it holds the file until it is closed.

    Raises:
        ValueError: While reading: the file is damaged; names file and row.
    """
    number = 0
    try:
        page.reset_dimensions()
        for number, row in enumerate(page.iter_rows(values_only=True), 1):  # noqa: B007 - for the message
            yield [_text(value) for value in row]
    except _UNREADABLE as error:
        raise ValueError(f"{name}: the workbook is damaged after row {number}: {error}") from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - exact
    if isinstance(value, datetime):
        return (value + _SECOND / 2).replace(microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
