"""Archives of the air feed as CSV: rows of text, in whatever encoding they are."""

import csv
from collections.abc import Iterator

from ingest.importing.tables.encoding import encoding_of
from ingest.importing.tables.layout import DELIMITERS
from sensors.decoding.tables.headings import squeeze

FORMS = (frozenset({"stationcode", "timepoint"}), frozenset({"date", "hour", "type"}))
"""Columns that a long and a wide archive have, squeezed."""
_HEAD = 1 << 20  # the header of a wide table names 2,000 stations


def is_table(document: bytes) -> bool:
    """Whether its first line is the header of an archive."""
    return _delimiter(document) is not None


def _delimiter(document: bytes) -> str | None:
    """What separates the columns of an archive's header; None if it is none."""
    line = document[:_HEAD].split(b"\n", 1)[0].decode(errors="ignore")
    for delimiter in DELIMITERS:
        names = {squeeze(name) for name in line.split(delimiter)}
        if any(form <= names for form in FORMS):
            return delimiter
    return None


def table_rows(document: bytes, name: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and each row with its line.

    Raises:
        ValueError: A column stands twice, or while reading: a quote is not closed; names file and line.
    """
    try:
        text = document.decode(encoding_of(document[:_HEAD]))
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: byte {error.start} is not UTF-8, nor GB18030") from None
    reader = csv.reader(
        text.removeprefix("\ufeff").splitlines(), delimiter=_delimiter(document) or ",", strict=True
    )
    header = [column.strip() for column in next(reader)]
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if repeated:
        raise ValueError(f"{name}: line 1: column {repeated[0]} stands twice")

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise ValueError(f"{name}: line {reader.line_num}: {error}") from None

    return header, rows()
