"""InfluxQL, as 1.x and 2.x both serve it: statements written safely, answers read exactly; pure.

Answers are JSON documents, one per line (`chunked=true`), times as epoch milliseconds (`epoch=ms`). Anything
else, or an answer to another question, is a `WrongAnswerError`; the server's own refusal is a `ServerError`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from ingest.stores.cells import EARLIEST, LATEST, Cell, Span, WrongAnswerError
from sensors.calendar import EpochMs, from_ms, to_ms
from sensors.model import Key
from sensors.store_schema import FieldType

MERGED_GAP = timedelta(hours=6)
"""Looked-up times closer than this share a statement: what lies between is read and dropped."""

NOT_THERE = {"measurement not found"}
"""What InfluxDB answers with no series, and openGemini with these words (`lib/errno/message.go`)."""

Kind = FieldType | Literal["tag"]
_CASTS: Mapping[Kind, str] = {
    "float": "float",
    "integer": "integer",
    "bool": "boolean",
    "string": "string",
    "tag": "tag",
}


class ServerError(ValueError):
    """What the server itself says against the statements, in its own words."""


class NothingThereError(ServerError):
    """The measurement that a statement names is not there; so many statements are answered, with this one."""

    def __init__(self, words: str, answered: int) -> None:
        super().__init__(words)
        self.answered = answered


class ResultSeries(Struct, rename={"rows": "values"}):
    """Rows of one statement with the same tags, or a part of them."""

    columns: list[str]
    name: str = ""
    tags: dict[str, str] = {}
    rows: list[list[Cell]] = []


class StatementResult(Struct):
    """The answer to one statement, or a part of it; `partial`: there is more to come."""

    statement_id: float = 0  # beside a minus zero, all numbers are read as floats
    series: list[ResultSeries] = []
    partial: bool = False
    error: str = ""


class QueryResponse(Struct):
    """One line of an answer."""

    results: list[StatementResult] = []
    error: str = ""


_document = msgspec.json.Decoder(QueryResponse)


def parse_response(line: bytes) -> QueryResponse:
    """One line of an answer, its numbers bit for bit; WrongAnswerError if InfluxDB gives no such answer."""
    try:
        if b"-0," in line or b"-0]" in line:
            # A minus zero is written like a whole number, which has none.
            return msgspec.convert(json.loads(line, parse_int=float, parse_constant=_refuse), QueryResponse)
        return _document.decode(line)
    except RecursionError:
        raise WrongAnswerError("nested too deeply to be an answer") from None
    except ValueError as error:  # msgspec's and json's own; their words quote nothing
        raise WrongAnswerError(f"no answer InfluxDB gives: {error}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def read_all(lines: Iterable[bytes], statements: int) -> Iterator[ResultSeries]:
    """The series of a whole answer as its lines come, each with rows as long as its columns.

    Raises:
        NothingThereError: the next statement is of a measurement that is not there; no other is answered.
        ServerError: the server refuses a statement.
        WrongAnswerError: a line is wrong, or a statement not answered in its turn and to its end.
    """
    answered = 0
    empty = True
    for line in lines:
        empty = False
        document = parse_response(line)
        for result in document.results:
            if result.error:
                raise _refusal(result, answered, statements)
            if result.statement_id != answered or answered == statements:
                raise WrongAnswerError("an answer to something that was not asked, or out of turn")
            for series in result.series:
                _check(series)
                yield series
            if not result.partial:
                answered += 1
        if document.error:
            raise ServerError(document.error)
    if empty:
        raise WrongAnswerError("an empty answer")
    if answered < statements:
        missing = statements - answered
        raise WrongAnswerError(f"{missing} of {statements} questions are not answered to their end")


def _refusal(result: StatementResult, answered: int, statements: int) -> ServerError:
    if result.error in NOT_THERE and result.statement_id == answered < statements:
        return NothingThereError(result.error, answered + 1)
    return ServerError(result.error)


def _check(series: ResultSeries) -> None:
    if set(map(len, series.rows)) - {len(series.columns)}:
        raise WrongAnswerError("a row that is not as long as its columns are many")


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
    columns: Mapping[str, Kind],
    measurements: Iterable[str],
    tags: Mapping[str, str],
    span: Span,
    by: Iterable[str] = (),
) -> str:
    """Columns of the points with these tags in `span`, milliseconds from the first to before the second.

    No columns means all; an empty tag is a missing one. Each column is asked for as its type: what a foreign
    hand wrote as another is missing in the answer, and no text stands where a number should.
    """
    start, end = (min(max(ms, EARLIEST), LATEST) for ms in span)
    wanted = ", ".join(f"{identifier(name)}::{_CASTS[kind]}" for name, kind in columns.items()) or "*"
    source = ", ".join(map(identifier, measurements))
    narrow = "".join(f" AND {identifier(name)} = {string(value)}" for name, value in tags.items())
    group = ", ".join(map(identifier, by))
    between = f"time >= {_moment(start)} AND time < {_moment(end)}"
    statement = f"SELECT {wanted} FROM {source} WHERE {between}{narrow}"
    return f"{statement} GROUP BY {group}" if group else statement


def _moment(ms: EpochMs) -> str:
    """A literal of time; before 1970 as text, since some servers take no negative one."""
    return f"{ms}ms" if ms >= 0 else f"'{from_ms(ms).strftime('%Y-%m-%dT%H:%M:%S')}.{ms % 1000:03}Z'"


def spans(keys: Iterable[Key]) -> list[tuple[Key, Span]]:
    """The spans to read for these keys: neighbouring times of a series together, each with its first key."""
    ordered = sorted(set(keys), key=astuple)
    found: list[tuple[Key, list[EpochMs]]] = []
    last = None
    for key in ordered:
        time = to_ms(key.time)
        if last and astuple(key)[:4] == astuple(last)[:4] and key.time - last.time <= MERGED_GAP:
            found[-1][1][1] = time + 1
        else:
            found.append((key, [time, time + 1]))
        last = key
    return [(key, (start, end)) for key, (start, end) in found]


def expect(series: ResultSeries, names: Sequence[str]) -> None:
    """Raise WrongAnswerError unless these are the series' columns."""
    if series.columns != [*names]:
        raise WrongAnswerError(f"other columns than {', '.join(names)}")


def columns_of(series: ResultSeries, names: Sequence[str]) -> list[tuple[Cell, ...]]:
    """The series' cells column by column, none without rows; raises as `expect`."""
    expect(series, names)
    return list(zip(*series.rows, strict=True))


def whole_rows(series: ResultSeries, names: Sequence[str], always: Iterable[str]) -> Iterable[Sequence[Cell]]:
    """Its rows under these names; InfluxDB shows a point field by field while it is being written.

    A row without what it must `always` have is not there yet. Raises as `expect`.
    """
    expect(series, names)
    at_least = [names.index(name) for name in always]
    return [row for row in series.rows if None not in row or None not in [row[at] for at in at_least]]


def tags_of(series: ResultSeries, names: Iterable[str]) -> tuple[str, ...]:
    """The values of these tags; raises WrongAnswerError if one is missing."""
    try:
        return tuple(series.tags[name] for name in names)
    except KeyError:
        raise WrongAnswerError("a series without the tags it was asked by") from None
