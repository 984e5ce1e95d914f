"""InfluxQL, as 1.x and 2.x both serve it: statements written safely, answers read exactly; pure.

Answers come as JSON documents, one a line (`chunked=true`), times as epoch milliseconds (`epoch=ms`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from sensors.seams import Key
from sensors.times import to_ms

EARLIEST, LATEST = -9_223_372_036_854, 9_223_372_036_854
"""Milliseconds that InfluxDB's 64-bit nanoseconds can hold (1677 to 2262)."""

NEIGHBOURS = timedelta(hours=6)
"""Looked-up times closer than this share a statement: what lies between is read and dropped."""

Cell = float | bool | str | None


class Series(Struct, rename={"rows": "values"}):
    """Rows of one statement with the same tags, or a part of them."""

    columns: list[str]
    name: str = ""
    tags: dict[str, str] = {}
    rows: list[list[Cell]] = []


class Result(Struct):
    """The answer to one statement, or a part of it."""

    series: list[Series] = []
    error: str = ""


class Document(Struct):
    """One line of an answer."""

    results: list[Result] = []
    error: str = ""


_document = msgspec.json.Decoder(Document)


def read(line: bytes) -> Document:
    """One line of an answer, its numbers bit for bit.

    Raises:
        ValueError: it is no answer InfluxDB gives.
    """
    if b"-0," in line or b"-0]" in line:
        # A minus zero is written like a whole number, which has none.
        return msgspec.convert(json.loads(line, parse_int=float), Document)
    return _document.decode(line)


def identifier(name: str) -> str:
    """The name of a measurement, tag, field or database, quoted."""
    return f'"{_escaped(name, chr(34))}"'


def string(text: str) -> str:
    """A text literal."""
    return f"'{_escaped(text, chr(39))}'"


def _escaped(text: str, quote: str) -> str:
    if "\0" in text:
        raise ValueError(f"{text!r} cannot stand in a query")
    return text.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n")


def select(
    columns: Iterable[str],
    measurements: Iterable[str],
    tags: Mapping[str, str],
    span: tuple[int, int],
    by: Iterable[str] = (),
) -> str:
    """Columns of the points with these tags in `span`, milliseconds from the first to before the second.

    No columns means all; an empty tag is a missing one.
    """
    start, end = (min(max(ms, EARLIEST), LATEST) for ms in span)
    wanted = ", ".join(map(identifier, columns)) or "*"
    source = ", ".join(map(identifier, measurements))
    narrow = "".join(f" AND {identifier(name)} = {string(value)}" for name, value in tags.items())
    group = ", ".join(map(identifier, by))
    statement = f"SELECT {wanted} FROM {source} WHERE time >= {start}ms AND time < {end}ms{narrow}"
    return f"{statement} GROUP BY {group}" if group else statement


def span_of(start: datetime, end: datetime) -> tuple[int, int]:
    """Both ends in milliseconds."""
    return to_ms(start), to_ms(end)


def runs(keys: Iterable[Key]) -> list[tuple[Key, tuple[int, int]]]:
    """The spans to read for these keys: neighbouring times of a series together, each with its first key."""
    ordered = sorted(
        set(keys), key=lambda key: (key.measurement, key.site, key.parameter, key.kind, key.time)
    )
    found: list[tuple[Key, list[int]]] = []
    last = None
    for key in ordered:
        time = to_ms(key.time)
        if last and _series(key) == _series(last) and key.time - last.time <= NEIGHBOURS:
            found[-1][1][1] = time + 1
        else:
            found.append((key, [time, time + 1]))
        last = key
    return [(key, (start, end)) for key, (start, end) in found]


def aligned(series: Series, names: Sequence[str]) -> Iterable[Sequence[Cell]]:
    """The rows with their cells in the order of `names`; a column that is not there is None."""
    if series.columns == list(names):
        return series.rows
    places = [series.columns.index(name) if name in series.columns else None for name in names]
    return [[None if place is None else row[place] for place in places] for row in series.rows]


def _series(key: Key) -> tuple[str, str, str, str]:
    return key.measurement, key.site, key.parameter, key.kind
