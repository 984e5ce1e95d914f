"""A whole InfluxDB database into a folder and back: line protocol, a packed file a measurement.

A line of a file is a point as a JSON string, as a text field may hold a line break. Read and written over
HTTP like everything else, by the service's account, 1.x and 2.x alike: no backup port, no program of the
server's, and grants stay as they are.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import msgspec

from ingest.journal.database.online_copy import Advance, CopyError
from ingest.stores.base import StoreAway
from ingest.stores.cells import Cell, WrongAnswerError
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.ahead_writer import AheadWriter
from ingest.stores.influxdb.http import InfluxHTTP, LinesRefused, RequestTooLarge
from ingest.stores.influxdb.line_protocol import name_text, string_text
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore

END = ".jsonl.gz"
AT_ONCE_MS = 7 * 86_400_000  # what a shard holds by default; keeps an answer far below the largest taken
ROWS_AT_ONCE = 10_000
COMPRESSION = 3
LINES_AT_ONCE = 5_000
FieldTypes = Mapping[str, frozenset[str]]


class InfluxCopier:
    """A `StoreCopier` of one database (bucket)."""

    def __init__(self, options: InfluxOptions) -> None:
        """Nothing is sent yet; ValueError as `InfluxHTTP`."""
        self._options = options
        self._server = InfluxHTTP(options)
        self._writer = AheadWriter(self._server, options.database, options.settle)

    def save(self, folder: Path, advance: Advance) -> Mapping[str, int]:
        """As of any `StoreCopier`; `advance` is told values."""
        counts: dict[str, int] = {}
        for number, name in enumerate(self._measurements()):
            counts[name] = done = 0
            with gzip.open(folder / f"{number:02}{END}", "xb", COMPRESSION) as file:
                for line, values in self._lines(name):
                    file.write(msgspec.json.encode(line) + b"\n")
                    counts[name] += values
                    if counts[name] - done > ROWS_AT_ONCE:
                        done = counts[name]
                        advance(sum(counts.values()))
        if not any(counts.values()):
            raise CopyError(f"{self._where()} holds nothing")
        return counts

    def content(self) -> str:
        """As of any `StoreCopier`; a database that is not there yet holds nothing."""
        try:
            found = self._measurements()
        except StoreAway as away:
            if "database not found" in str(away):
                return ""
            raise
        return f"{self._where()} holds {', '.join(found)} already" if found else ""

    def load(self, folder: Path, advance: Advance) -> None:
        """As of any `StoreCopier`: the database is made where it is missing; `advance` is told lines."""
        with closing(InfluxDBStore(self._options)) as store:
            store.prepare()
        written = 0
        for file in sorted(folder.glob(f"*{END}")):
            for lines in _batches(_saved_lines(file)):
                self._write(file, lines)
                written += len(lines)
                advance(written)

    def count(self) -> Mapping[str, int]:
        """As of any `StoreCopier`."""
        return {name: self._values(name) for name in self._measurements()}

    def close(self) -> None:
        """As of any `StoreCopier`."""
        self._server.close()

    def _where(self) -> str:
        return f"{self._server.url}: the database {self._options.database}"

    def _measurements(self) -> list[str]:
        return [str(name) for (name,) in self._rows("SHOW MEASUREMENTS")]

    def _values(self, measurement: str) -> int:
        rows = self._rows(f"SELECT COUNT(*) FROM {influxql.identifier(measurement)}")
        return sum(int(cell) for _, *cells in rows for cell in cells if isinstance(cell, int | float))

    def _lines(self, measurement: str) -> Iterator[tuple[str, int]]:
        """Each point as a line, and how many values it has; a week at a time from the first point on."""
        source = influxql.identifier(measurement)
        types = self._field_types(source)
        span = [self._time(source, order) for order in ("ASC", "DESC")]
        first, last = (span[0] // AT_ONCE_MS) * AT_ONCE_MS, span[1]
        for start in range(first, last + 1, AT_ONCE_MS):
            within = f"time >= {start}ms AND time < {start + AT_ONCE_MS}ms"
            for series in self._series(f"SELECT * FROM {source} WHERE {within} GROUP BY *"):
                key = ",".join([name_text(measurement), *_tags(series.tags)])
                for time, *cells in series.rows:
                    fields = _fields(series.columns[1:], cells, types)
                    if fields:
                        yield f"{key} {','.join(fields)} {int(time or 0)}", len(fields)

    def _field_types(self, source: str) -> FieldTypes:
        types: dict[str, set[str]] = {}
        for name, kind in self._rows(f"SHOW FIELD KEYS FROM {source}"):
            types.setdefault(str(name), set()).add(str(kind))
        return {name: frozenset(kinds) for name, kinds in types.items()}

    def _time(self, source: str, order: str) -> int:
        rows = self._rows(f"SELECT * FROM {source} ORDER BY time {order} LIMIT 1")
        time = rows[0][0] if rows else 0
        if not isinstance(time, int | float):
            raise CopyError(f"{self._where()}: {source}: a time that is no number")
        return int(time)

    def _rows(self, statement: str) -> list[Sequence[Cell]]:
        return [row for series in self._series(statement) for row in series.rows]

    def _series(self, statement: str) -> Iterator[influxql.ResultSeries]:
        with (
            self._raising_store_away(),
            closing(self._server.query(statement, self._options.database, ROWS_AT_ONCE)) as lines,
        ):
            yield from influxql.read_all(lines, 1)

    def _write(self, file: Path, lines: Sequence[str]) -> None:
        try:
            self._writer.write(lines)
        except RequestTooLarge as refusal:
            if len(lines) == 1:
                raise CopyError(f"{file}: {self._server.url} takes no line so long: {refusal}") from None
            middle = len(lines) // 2
            self._write(file, lines[:middle])
            self._write(file, lines[middle:])
        except LinesRefused as refusal:
            raise CopyError(f"{file}: {self._server.url} refuses: {refusal}") from None

    @contextmanager
    def _raising_store_away(self) -> Iterator[None]:
        try:
            yield
        except (influxql.ServerError, WrongAnswerError) as error:
            raise StoreAway(
                f"{self._server.url}: {self._server.redact(str(error))}", kind="refuses"
            ) from None


def _tags(tags: Mapping[str, str]) -> Iterator[str]:
    return (f"{name_text(name)}={name_text(value)}" for name, value in sorted(tags.items()) if value)


def _fields(names: Sequence[str], cells: Sequence[Cell], types: FieldTypes) -> list[str]:
    return [
        f"{name_text(name)}={_value(cell, types.get(name, frozenset()))}"
        for name, cell in zip(names, cells, strict=True)
        if cell is not None
    ]


def _value(cell: Cell, kinds: frozenset[str]) -> str:
    """A cell as it was written; a number counts as whole only where the field is nothing else."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return string_text(cell)
    return f"{int(cell or 0)}i" if kinds == {"integer"} else repr(float(cell or 0))


def _saved_lines(file: Path) -> Iterator[str]:
    """The lines of a file of `save`.

    Raises:
        CopyError: it cannot be unpacked or read.
    """
    try:
        with gzip.open(file, "rb") as opened:
            for line in opened:
                yield msgspec.json.decode(line, type=str)
    except (EOFError, OSError, zlib.error, msgspec.DecodeError) as error:
        raise CopyError(f"{file}: {error}") from None


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    ongoing = iter(lines)
    while batch := list(islice(ongoing, LINES_AT_ONCE)):
        yield batch
