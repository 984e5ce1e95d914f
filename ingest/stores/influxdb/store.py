"""The InfluxDB store: line protocol to `/write`, InfluxQL to `/query`, the dialect of 1.x and 2.x.

Every answer of the server ends as what was asked for, a refused line, or a StoreAway.

One object serves one thread. A field that a point leaves out (None) keeps its former value in InfluxDB: every
write therefore carries all fields of its point.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from math import nan
from typing import TYPE_CHECKING, TypeVar

from ingest.stores import frames
from ingest.stores.base import Rejected, StoreAway, StoredValue
from ingest.stores.cells import Cell, WrongAnswerError, check, to_times
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.buckets import ensure_bucket
from ingest.stores.influxdb.http import InfluxHTTP, LinesRefused, RequestTooLarge
from ingest.stores.influxdb.line_protocol import Line, encode, encode_all
from ingest.stores.influxdb.section import InfluxOptions
from sensors.calendar import from_ms, to_ms
from sensors.model import MEDIA, Key, Kind, Point, StatisticName
from sensors.store_schema import MEASUREMENTS, FieldType, check_tags, measurement_of

if TYPE_CHECKING:
    from pandas import DataFrame

LINES_AT_ONCE = 5_000
ROWS_AT_ONCE = 10_000
STATEMENTS_AT_ONCE = 200
SERIES = ("site", "parameter", "kind")
TAG: influxql.Kind = "tag"

T = TypeVar("T")


class InfluxDBStore:
    """A `Store` in one database (bucket) of an InfluxDB server."""

    def __init__(self, options: InfluxOptions) -> None:
        """Nothing is sent yet; ValueError as `InfluxHTTP`."""
        self.database = options.database
        self.org = options.org
        self._executor = ThreadPoolExecutor(1, "sender")  # lines are encoded while others are being sent
        self._server = InfluxHTTP(options)

    def __repr__(self) -> str:
        return f"InfluxDBStore({self._server.url!r}, {self.database!r})"

    def prepare(self) -> None:
        """Create the database if it is missing: `CREATE DATABASE`, on 2.x a bucket and its mapping."""
        if self._server.version().startswith("2."):
            ensure_bucket(self._server, self.org, self.database)
            return
        known: set[Cell] = set()
        with self._raising_store_away():
            for series in self._query(["SHOW DATABASES"]):
                known.update(*influxql.columns_of(series, ["name"]))
            if self.database not in known:
                for _ in self._query([f"CREATE DATABASE {influxql.identifier(self.database)}"]):
                    pass

    def verify(self) -> None:
        """As of any `Store`; a server says for itself when it is another."""

    def write(self, lines: Sequence[Point]) -> None:
        """As of any `Store`; bad points are searched for by halves once the server says there are any."""
        self.write_by(encode, lines)

    def write_by(self, line_of: Callable[[T], str], given: Sequence[T]) -> None:
        """Write things of which `line_of` makes a line each, or raises ValueError.

        Raises:
            Rejected: some cannot be kept; all others are in.
            StoreAway: some may be in; sending all of them again does no harm.
        """
        rejected: list[Line] = []
        sending: Future[list[Line]] | None = None
        try:
            for first in range(0, len(given), LINES_AT_ONCE):
                good, bad = encode_all(given[first : first + LINES_AT_ONCE], first, by=line_of)
                rejected += bad
                if sending:
                    rejected += sending.result()
                if first + LINES_AT_ONCE < len(given):
                    sending = self._executor.submit(self._write_lines, good)
                else:
                    rejected += self._write_lines(good)
        finally:
            sending = None  # its error refers to this frame: the cycle would keep all lines alive
        if rejected:
            raise Rejected(sorted(rejected))

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """What is stored under these keys; a key without a value is absent."""
        wanted = set(keys)
        statements = [
            influxql.select(frames.READING_FIELDS, [key.measurement], _tags(key), span, by=SERIES)
            for key, span in influxql.spans(wanted)
        ]
        found: dict[Key, StoredValue] = {}
        with self._raising_store_away():
            for first in range(0, len(statements), STATEMENTS_AT_ONCE):
                for series in self._query(statements[first : first + STATEMENTS_AT_ONCE]):
                    found.update((key, value) for key, value in _stored_values(series) if key in wanted)
        return found

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind) of air and water."""
        source, by = (", ".join(map(influxql.identifier, names)) for names in (MEDIA, SERIES))
        newest: dict[tuple[str, str, str], datetime] = {}
        with self._raising_store_away():
            for series in self._query([f'SELECT last("value") FROM {source} GROUP BY {by}']):
                site, parameter, kind = influxql.tags_of(series, SERIES)
                times, _ = influxql.columns_of(series, ["time", "last"]) or ((), ())
                for time in map(from_ms, to_times(times)):
                    newest[site, parameter, kind] = max(time, newest.get((site, parameter, kind), time))
        return newest

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity` by time, `start <= time < end`, oldest first."""
        tags = {"site": site, "parameter": parameter, "kind": kind}
        return self._frame(frames.READING_FIELDS, MEDIA, tags, (start, end))

    def statistics(
        self, site: str, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        tags = {"site": site, "parameter": parameter, "statistic": name}
        frame = self._frame(frames.STATISTIC_FIELDS, ["statistic"], tags, (start, end))
        # A statistic that lost its last input: InfluxDB has no way to take its former value out of the point.
        frame.loc[frame["n"] == 0, "value"] = nan
        return frame

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        known = measurement_of(measurement)
        narrowed = dict(tags or {})
        check_tags(known, narrowed)
        if not known.open:
            columns = frames.columns_of(known)
            return self._frame(columns, [measurement], narrowed, (start, end), order=known.tags)
        span = to_ms(start), to_ms(end)
        records: list[frames.Record] = []
        with self._raising_store_away():
            for series in self._query([influxql.select({}, [measurement], narrowed, span)]):
                names = series.columns[1:]
                influxql.expect(series, ["time", *names])
                records += [(time, dict(zip(names, cells, strict=True))) for time, *cells in series.rows]
            return frames.of_records(known, records, span)

    def close(self) -> None:
        """Close the connections, once what is in flight is written."""
        self._executor.shutdown()
        self._server.close()

    def _write_lines(self, lines: Sequence[Line]) -> list[Line]:
        """Send lines; the bad ones come back with the server's words, all others are in."""
        if not lines:
            return []
        try:
            self._server.write(self.database, "\n".join(text for _, text in lines))
        except LinesRefused as said:
            if len(lines) == 1:
                return [(lines[0][0], str(said))]
            return self._write_halves(lines)
        except RequestTooLarge as said:
            if len(lines) > 1:
                return self._write_halves(lines)
            if not said.by_influxdb:
                raise self._store_away(f"not even one line may be written: {said}") from None
            return [(lines[0][0], str(said))]
        return []

    def _write_halves(self, lines: Sequence[Line]) -> list[Line]:
        middle = len(lines) // 2
        return self._write_lines(lines[:middle]) + self._write_lines(lines[middle:])

    def _query(self, statements: Sequence[str]) -> Iterator[influxql.ResultSeries]:
        """The series of the answer as they come; see `_raising_store_away`."""
        with closing(self._server.query(";".join(statements), self.database, ROWS_AT_ONCE)) as lines:
            yield from influxql.read_all(lines, len(statements))

    @contextmanager
    def _raising_store_away(self) -> Iterator[None]:
        """What the server refuses, or answers wrongly, is a StoreAway."""
        try:
            yield
        except (influxql.ServerError, WrongAnswerError) as error:
            raise self._store_away(str(error)) from None

    def _store_away(self, words: str) -> StoreAway:
        somebody = "not found" in words or "not authorized" in words or "may be written" in words
        if self.org and "not found" in words:
            words += "; there is no such bucket, the token may not read it, or no DBRP mapping leads to it"
        return StoreAway(
            f"{self._server.url}: {self._server.redact(words)}", kind="refuses" if somebody else "broken"
        )

    def _frame(
        self,
        types: Mapping[str, FieldType],
        measurements: Sequence[str],
        tags: Mapping[str, str],
        between: tuple[datetime, datetime],
        order: Sequence[str] = (),
    ) -> "DataFrame":
        span = to_ms(between[0]), to_ms(between[1])
        columns = frames.Columns(types, span)
        names = ["time", *types]
        always = [names.index(name) for name in MEASUREMENTS[measurements[0]].always]
        asked = dict(types) | dict.fromkeys(set(types) & set(MEASUREMENTS[measurements[0]].tags), TAG)
        with self._raising_store_away():
            for series in self._query([influxql.select(asked, measurements, tags, span)]):
                influxql.expect(series, names)
                # InfluxDB shows a point field by field while it is being written.
                columns.extend(
                    [row for row in series.rows if None not in row or None not in [row[at] for at in always]]
                )
            frame = columns.frame(order)
            if not order and not frame.index.is_unique:  # of one series
                raise WrongAnswerError("a time that is there twice")
        return frame


def _tags(key: Key) -> dict[str, str]:
    return {"site": key.site, "parameter": key.parameter, "kind": key.kind}


def _stored_values(series: influxql.ResultSeries) -> Iterator[tuple[Key, StoredValue]]:
    names = ["time", *frames.READING_FIELDS]
    site, parameter, kind = influxql.tags_of(series, SERIES)
    if series.name not in MEDIA:
        raise WrongAnswerError("a series of no medium")
    columns = influxql.columns_of(series, names)
    if not columns:
        return
    for name, cells in zip(names[1:], columns[1:], strict=True):
        check(frames.READING_FIELDS[name], cells, name)
    for ms, value, *texts in zip(to_times(columns[0]), *columns[1:], strict=True):
        if value is not None:
            key = Key(series.name, site, parameter, kind, from_ms(ms))  # type: ignore[arg-type]
            yield key, StoredValue(value, *(text or "" for text in texts))
