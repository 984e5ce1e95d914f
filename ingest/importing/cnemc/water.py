"""The surface-water feed: a table of sections, as the JSON of the public page or as CSV.

A cell shows the published value and may carry the unrounded one (原始值); the authority's class rests on the
latter, so it is what we keep by default. Times have no year.
"""

import csv
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from ingest.importing.cells import BadCell, CsvReading, cell_value
from ingest.importing.cnemc.feed import feed_columns
from ingest.importing.tables.encoding import encoding_of
from sensors.calendar import SHANGHAI
from sensors.decoding.json_text import parse_json
from sensors.decoding.tables.numerals import is_blank
from sensors.decoding.times import parse_time
from sensors.excerpt import excerpt
from sensors.model import NORMAL, Kind, RefusalReason, Refused

STATUSES = {"正常": NORMAL, "维护": "M", "停站": "F", "不具备运行条件": "F"}
"""Normal, maintenance, stopped, not in working order: HJ 212's letters."""

_REQUIRED = ("省份", "断面名称", "监测时间", "站点情况")
_USED = frozenset({*feed_columns().water, *_REQUIRED, "file_date"})
_TAG = re.compile(r"<[^>]*(>?)")  # one that is never closed reaches to the end, and is looked at once
_CLOSED = ">"
_RAW = re.compile(r"title='原始值：([^']*)'")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2})")
_IN_NAME = re.compile(r"(?<![0-9])([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?(?![0-9])")
_KIND: Kind = "rtd"
_LEAP = 8


class PublishedCell(Struct, frozen=True):
    """One cell: the published text and the unrounded one, empty where there is none."""

    published: str
    raw: str = ""


class _Table(Struct, frozen=True):
    """How the columns of one document are to be read, and of which day it is."""

    name: str
    names: Mapping[str, str]
    day: date
    published: bool
    provinces: dict[str, str]


def day_of(name: str) -> date | None:
    """The last day that a file of this name can speak of: `2020-05-08.json`, `section_2021-04.csv`."""
    for found in _IN_NAME.finditer(Path(name).name):
        year, month = int(found[1]), int(found[2])
        try:
            return date(year, month, int(found[3]) if found[3] else monthrange(year, month)[1])
        except ValueError:
            continue
    return None


def cells(
    document: bytes, name: str, names: Mapping[str, str], day: date | None = None, *, published: bool = False
) -> Iterator[CsvReading | BadCell]:
    """Every measured value of a document, row by row.

    Args:
        document: JSON with `thead` and `tbody`, or CSV with the feed's header or the archives'.
        name: What the file is called: for what is refused, and for its day.
        names: Site ids by the section's Chinese name; other sections keep their name as site.
        day: The last day it speaks of; by default the row's `file_date`, else what the name says. A time
            without a year is the latest such time that is not after this day.
        published: Take the published values instead of the unrounded ones.

    Raises:
        ValueError: It is neither, a column is missing, or its day is unknown; names the file.
    """
    header, records = _json(document, name) if document.lstrip()[:1] == b"{" else _csv(document, name)
    missing = [column for column in _REQUIRED if column not in header]
    if missing or not feed_columns().water.keys() & set(header):
        raise ValueError(f"{name}: not the water feed: no column {', '.join(missing) or 'of a parameter'}")
    fallback = day or day_of(name)
    provinces: dict[str, str] = {}
    for line, record in records:
        stamped = record.get("file_date", PublishedCell("")).published
        of_day = day or (_date(stamped, line, name) if stamped else fallback)
        if of_day is None:
            raise ValueError(f"{name}: its times have no year, and nothing says of which day it is (--day)")
        yield from _record(line, record, _Table(name, names, of_day, published, provinces))


def parse_time_without_year(text: str, day: date) -> datetime | Refused:
    """A time `MM-DD HH:MM` of Beijing as the latest such time that is not after `day`."""
    found = _MONTH_DAY.fullmatch(text)
    if not found:
        return Refused("bad_time", f"{text[:64]!r} is not MM-DD HH:MM")
    month, monthday, hour, minute = (int(part) for part in found.groups())
    for year in range(day.year, day.year - _LEAP - 1, -1):
        try:
            if date(year, month, monthday) > day:
                continue
        except ValueError:
            continue  # 29 February of another year
        return parse_time(f"{year:04d}-{month:02d}-{monthday:02d}T{hour:02d}:{minute:02d}:00", SHANGHAI)
    return Refused("bad_time", f"{text} is no day of any year")


def _record(line: int, record: Mapping[str, PublishedCell], table: _Table) -> Iterator[CsvReading | BadCell]:
    texts = {column: record.get(column, PublishedCell("")).published.strip() for column in _REQUIRED}
    section, stamp, status = texts["断面名称"], texts["监测时间"], texts["站点情况"]
    site = table.names.get(section, section)
    wrong, time = _row_fault(texts, stamp, table)
    for column, parameter in feed_columns().water.items():
        cell = record.get(column)
        if cell is None or is_blank(cell.published):
            continue
        text = cell.published.strip() if table.published or is_blank(cell.raw) else cell.raw.strip()
        value = cell_value(text)
        if wrong is None and value is not None and time is not None:
            yield CsvReading(site, parameter, time, value, STATUSES[status], _KIND, line)
        else:
            found = wrong or (column, "not_a_number", f"not a number: {text[:64]!r}", text)
            yield BadCell(table.name, line, *found, site, parameter, time or stamp, text)


def _row_fault(
    texts: Mapping[str, str], stamp: str, table: _Table
) -> tuple[tuple[str, RefusalReason, str, str] | None, datetime | None]:
    """What spoils a whole row, as column, reason, detail and text; and its time if that can be read."""
    section, province, status = texts["断面名称"], texts["省份"], texts["站点情况"]
    time = Refused("no_time", "no time") if is_blank(stamp) else parse_time_without_year(stamp, table.day)
    known = time if isinstance(time, datetime) else None
    first = table.provinces.setdefault(section, province)
    if not section:
        return ("断面名称", "unknown_site", "no section", ""), known
    if first != province and section in table.names:
        detail = f"{section} of {province}; the {section} of {first} came before"
        return ("省份", "unknown_site", detail, province), known
    if isinstance(time, Refused):
        return ("监测时间", time.reason, time.detail, stamp), None
    if status not in STATUSES:
        return ("站点情况", "unknown_flag", f"unknown status {status[:64]!r}", status), known
    return None, known


def _json(document: bytes, name: str) -> tuple[list[str], Iterator[tuple[int, dict[str, PublishedCell]]]]:
    class Feed(Struct):
        thead: list[str]
        tbody: list[list[Any]]

    feed = parse_json(document, Feed)
    if isinstance(feed, Refused):
        raise ValueError(f"{name}: not the water feed: {feed.detail}")  # noqa: TRY004 - a value is wrong
    header = [_untagged(text).strip() for text in feed.thead]

    def records() -> Iterator[tuple[int, dict[str, PublishedCell]]]:
        for line, row in enumerate(feed.tbody, 1):
            shown = ["" if cell is None else str(cell) for cell in row]
            yield (
                line,
                {
                    column: PublishedCell(_untagged(text), raw[1] if (raw := _RAW.search(text)) else "")
                    for column, text in zip(header, shown, strict=False)
                },
            )

    return header, records()


def _untagged(text: str) -> str:
    """Without HTML's tags; a `<` that begins none stays."""
    return _TAG.sub(lambda tag: "" if tag[1] == _CLOSED else tag[0], text)


def _date(text: str, line: int, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name}: line {line}: file_date: {excerpt(text)} is no date") from None


def _csv(document: bytes, name: str) -> tuple[list[str], Iterator[tuple[int, dict[str, PublishedCell]]]]:
    try:
        lines = document.decode(encoding_of(document)).removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: byte {error.start} is not UTF-8") from None
    table = _rows(csv.reader(lines), name)
    columns = next(table, (1, []))[1]
    feeds = {tidy: feed for feed, tidy in feed_columns().archive.items()}
    header = [feeds.get(column, column) for column in columns]
    return header, _csv_records(table, columns, header)


def _rows(table: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    line = 0
    try:
        for line, row in enumerate(table, 1):
            yield line, row
    except csv.Error as error:
        raise ValueError(f"{name}: line {line + 1}: {error}") from None


def _csv_records(
    table: Iterator[tuple[int, list[str]]], columns: Sequence[str], header: Sequence[str]
) -> Iterator[tuple[int, dict[str, PublishedCell]]]:
    at = {column: place for place, column in enumerate(columns)}
    read = [
        (feed, at[column], at.get(f"{column}_raw", len(columns)))
        for feed, column in zip(header, columns, strict=True)
        if feed in _USED
    ]
    for line, row in table:
        texts = dict(enumerate(row))
        yield (
            line,
            {feed: PublishedCell(texts.get(shown, ""), texts.get(raw, "")) for feed, shown, raw in read},
        )
