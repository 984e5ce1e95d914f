"""Workbooks (.xlsx): a sheet's rows as the text that a CSV would hold, one row at a time."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"
LARGEST = 1024**3
"""Bytes of a workbook, unpacked; and of them at most `LARGEST_TEXTS` the texts, which are held in memory."""
LARGEST_TEXTS = 64 * 1024**2

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)
_SECOND = timedelta(seconds=1)


def sheet_names(source: Path | IO[bytes], name: str) -> list[str]:
    """The sheets of a workbook that hold cells, in their order.

    Raises:
        ValueError: It is no workbook, or too large; names the file.
    """
    book = _opened(source, name)
    try:
        return [sheet.title for sheet in book.worksheets]
    finally:
        book.close()


def sheet_rows(source: Path | IO[bytes], name: str, sheet: str) -> Iterator[list[str]]:
    """Every row of a sheet, blank ones too, so that row numbers are those that Excel shows.

    A number is its shortest decimal text, a date ISO 8601 to the second (a spreadsheet's days are no finer),
    a formula what it had when the file was saved.

    Raises:
        ValueError: While reading: the file is damaged; names file and row.
    """
    book = _opened(source, name)
    number = 0
    try:
        page = book[sheet]
        page.reset_dimensions()
        for number, row in enumerate(page.iter_rows(values_only=True), 1):  # noqa: B007 - for the message
            yield [_text(value) for value in row]
    except _UNREADABLE as error:
        raise ValueError(f"{name}: the workbook is damaged after row {number}: {error}") from None
    finally:
        book.close()


def _opened(source: Path | IO[bytes], name: str) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415 - half a second that no CSV needs

    try:
        with zipfile.ZipFile(source) as packed:
            sizes = {entry.filename: entry.file_size for entry in packed.infolist()}
        if sum(sizes.values()) > LARGEST or sizes.get("xl/sharedStrings.xml", 0) > LARGEST_TEXTS:
            raise ValueError(f"{name}: more than {LARGEST >> 20} MB unpacked; save the sheet as CSV")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts of a workbook that are no cells
            return load_workbook(source, read_only=True, data_only=True)
    except _UNREADABLE as error:
        if str(error).startswith(f"{name}: "):
            raise
        raise ValueError(f"{name}: not a workbook (.xlsx) that can be read: {error}") from None


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
