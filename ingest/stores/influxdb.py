"""The InfluxDB store: line protocol to `/write`, InfluxQL to `/query`, the dialect of 1.x and 2.x.

One object serves one thread. A field that a point leaves out (None) keeps its former value in InfluxDB: every
write therefore carries all fields of its point.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from math import nan
from typing import TYPE_CHECKING, TypedDict, TypeVar

from ingest.stores import frames, influxql
from ingest.stores.influxdb_http import Compress, InfluxHTTP, Unacceptable
from ingest.stores.line_protocol import Line, encode, encoded
from sensors.measurements import MEASUREMENTS, fit_tags, measurement_of
from sensors.seams import Former, Key, Point, Rejected, StoreAway
from sensors.times import from_ms

if TYPE_CHECKING:
    from pandas import DataFrame

LINES_AT_ONCE = 5_000
ROWS_AT_ONCE = 10_000
STATEMENTS_AT_ONCE = 200
MEDIA = ("air", "water")
SERIES = ("site", "parameter", "kind")

T = TypeVar("T")


class Options(TypedDict):
    """How a server is reached, as `InfluxDBStore` takes it."""

    url: str
    database: str
    username: str
    password: str
    token: str
    org: str
    timeout: float
    compress: Compress


class InfluxDBStore:
    """A `Store` in one database (bucket) of an InfluxDB server."""

    def __init__(
        self,
        url: str,
        database: str,
        *,
        username: str = "",
        password: str = "",
        token: str = "",
        org: str = "",
        timeout: float = 30.0,
        compress: Compress = "auto",
    ) -> None:
        """Nothing is sent yet. Name and password are for 1.x, token and `org` for 2.x; see `InfluxHTTP`."""
        self.database = database
        self.org = org
        self._sender = ThreadPoolExecutor(1, "sender")  # lines are made while others are on their way
        self._server = InfluxHTTP(
            url, username=username, password=password, token=token, timeout=timeout, compress=compress
        )

    def __repr__(self) -> str:
        return f"InfluxDBStore({self._server.url!r}, {self.database!r})"

    def prepare(self) -> None:
        """Make the database where it is missing: `CREATE DATABASE`, on 2.x a bucket and its mapping."""
        if self._server.version().startswith("2."):
            self._prepare_bucket()
            return
        known = {row[0] for series in self._ask("SHOW DATABASES") for row in series.rows}
        if self.database not in known:
            for _ in self._ask(f"CREATE DATABASE {influxql.identifier(self.database)}"):
                pass

    def write(self, lines: Sequence[Point]) -> None:
        """As of any `Store`; bad points are searched for by halves once the server says there are any."""
        self.write_by(encode, lines)

    def write_by(self, line_of: Callable[[T], str], given: Sequence[T]) -> None:
        """Write things by a line of each; `line_of` raises ValueError where there is none.

        Raises:
            Rejected: some cannot be kept; all others are in.
            StoreAway: some may be in; sending all of them again does no harm.
        """
        rejected: list[Line] = []
        sending: Future[list[Line]] | None = None
        try:
            for first in range(0, len(given), LINES_AT_ONCE):
                good, bad = encoded(given[first : first + LINES_AT_ONCE], first, by=line_of)
                rejected += bad
                if sending:
                    rejected += sending.result()
                if first + LINES_AT_ONCE < len(given):
                    sending = self._sender.submit(self._put, good)
                else:
                    rejected += self._put(good)
        finally:
            sending = None  # its error knows this frame: together they would hold on to all lines
        if rejected:
            raise Rejected(sorted(rejected))

    def former(self, keys: Sequence[Key]) -> dict[Key, Former]:
        """What is stored under these keys; a key without a value is absent."""
        wanted = set(keys)
        statements = [
            influxql.select(frames.READING_FIELDS, [key.measurement], _tags(key), span, by=SERIES)
            for key, span in influxql.runs(wanted)
        ]
        found: dict[Key, Former] = {}
        for first in range(0, len(statements), STATEMENTS_AT_ONCE):
            for series in self._ask(";".join(statements[first : first + STATEMENTS_AT_ONCE])):
                found.update((key, former) for key, former in _formers(series) if key in wanted)
        return found

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind) of air and water."""
        source, by = (", ".join(map(influxql.identifier, names)) for names in (MEDIA, SERIES))
        newest: dict[tuple[str, str, str], datetime] = {}
        for series in self._ask(f'SELECT last("value") FROM {source} GROUP BY {by}'):
            site, parameter, kind = (series.tags[name] for name in SERIES)
            time = _time(series.rows[0][0])
            newest[site, parameter, kind] = max(time, newest.get((site, parameter, kind), time))
        return newest

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: str = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity` by time, `start <= time < end`, oldest first."""
        tags = {"site": site, "parameter": parameter, "kind": kind}
        return self._frame(frames.Columns(frames.READING_FIELDS), MEDIA, tags, (start, end))

    def statistics(self, site: str, parameter: str, name: str, start: datetime, end: datetime) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        tags = {"site": site, "parameter": parameter, "statistic": name}
        frame = self._frame(frames.Columns(frames.STATISTIC_FIELDS), ["statistic"], tags, (start, end))
        # A statistic that lost its last input: InfluxDB has no way to take its former value out of the point.
        frame.loc[frame["n"] == 0, "value"] = nan
        return frame

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        known = measurement_of(measurement)
        narrowed = dict(tags or {})
        fit_tags(known, narrowed)
        if not known.open:
            columns = frames.Columns(frames.columns_of(known))
            return self._frame(columns, [measurement], narrowed, (start, end), order=known.tags)
        everything = influxql.select((), [measurement], narrowed, influxql.span_of(start, end))
        records: list[frames.Record] = []
        for series in self._ask(everything):
            names = series.columns[1:]
            records += [
                (_milliseconds(time), dict(zip(names, cells, strict=True))) for time, *cells in series.rows
            ]
        return frames.of_records(known, records)

    def close(self) -> None:
        """Close the connections, once what is under way is in."""
        self._sender.shutdown()
        self._server.close()

    def _put(self, lines: Sequence[Line]) -> list[Line]:
        """Send lines; the bad ones come back with the server's words, all others are in."""
        if not lines:
            return []
        try:
            self._server.write(self.database, "\n".join(text for _, text in lines))
        except Unacceptable as said:
            if len(lines) == 1:
                return [(lines[0][0], str(said))]
            middle = len(lines) // 2
            return self._put(lines[:middle]) + self._put(lines[middle:])
        return []

    def _ask(self, statements: str) -> Iterator[influxql.Series]:
        """The series of the answer as they come."""
        answered = False
        try:
            with closing(self._server.query(statements, self.database, ROWS_AT_ONCE)) as lines:
                for line in lines:
                    answered = True
                    yield from self._series(influxql.read(line))
        except (Unacceptable, ValueError) as error:
            raise self._complaint(str(error)) from error
        if not answered:
            raise self._complaint("an empty answer")

    def _series(self, document: influxql.Document) -> Iterator[influxql.Series]:
        for result in document.results:
            if result.error:
                raise self._complaint(result.error)
            yield from result.series
        if document.error:
            raise self._complaint(document.error)

    def _complaint(self, words: str) -> StoreAway:
        somebody = "not found" in words or "not authorized" in words
        return StoreAway(f"{self._server.url}: {words}", kind="refuses" if somebody else "broken")

    def _frame(
        self,
        columns: frames.Columns,
        measurements: Sequence[str],
        tags: Mapping[str, str],
        span: tuple[datetime, datetime],
        order: Sequence[str] = (),
    ) -> "DataFrame":
        names = ["time", *columns.types]
        always = [names.index(name) for name in MEASUREMENTS[measurements[0]].always]
        for series in self._ask(influxql.select(columns.types, measurements, tags, influxql.span_of(*span))):
            rows = influxql.aligned(series, names)
            # InfluxDB shows a point field by field while it is being written.
            columns.extend([row for row in rows if None not in row or None not in [row[at] for at in always]])
        return columns.frame(order)

    def _prepare_bucket(self) -> None:
        """2.x: the bucket of that name, and the mapping under which InfluxQL finds it."""
        if not self.org:
            raise StoreAway(f"{self._server.url}: InfluxDB 2 wants [influxdb] org", kind="refuses")
        try:
            orgs = self._server.json("GET", "/api/v2/orgs", {"org": self.org})
            org_id = orgs["orgs"][0]["id"]
            bucket_id = self._bucket(org_id)
            mapped = self._server.json("GET", "/api/v2/dbrps", {"orgID": org_id, "db": self.database})
            if not mapped["content"]:
                mapping = {"orgID": org_id, "bucketID": bucket_id, "database": self.database}
                self._server.json(
                    "POST", "/api/v2/dbrps", {}, mapping | {"retention_policy": "autogen", "default": True}
                )
        except Unacceptable as said:
            raise self._complaint(str(said)) from said
        except (KeyError, IndexError, TypeError) as error:
            raise self._complaint("an answer about buckets that is none of InfluxDB 2") from error

    def _bucket(self, org_id: str) -> str:
        found = self._server.json("GET", "/api/v2/buckets", {"orgID": org_id, "name": self.database})[
            "buckets"
        ]
        if not found:
            made = {"orgID": org_id, "name": self.database, "retentionRules": []}
            found = [self._server.json("POST", "/api/v2/buckets", {}, made)]
        return str(found[0]["id"])


def _tags(key: Key) -> dict[str, str]:
    return {"site": key.site, "parameter": key.parameter, "kind": key.kind}


def _milliseconds(cell: influxql.Cell) -> int:
    return int(cell or 0)


def _time(cell: influxql.Cell) -> datetime:
    return from_ms(_milliseconds(cell))


def _formers(series: influxql.Series) -> Iterator[tuple[Key, Former]]:
    names = ["time", *frames.READING_FIELDS]
    site, parameter, kind = (series.tags[name] for name in SERIES)
    for time, value, flag, failed, validity in influxql.aligned(series, names):
        if isinstance(value, float):
            key = Key(series.name, site, parameter, kind, _time(time))  # type: ignore[arg-type]
            yield key, Former(value, str(flag or ""), str(failed or ""), str(validity or ""))
