"""The InfluxDB store: line protocol to `/write`, InfluxQL to `/query`, the dialect of 1.x and 2.x.

Every answer of the server ends as what was asked for, a refused line, or a StoreAway.

One object serves one thread. A field that a point leaves out (None) keeps its former value in InfluxDB: every
write therefore carries all fields of its point, and of a site's time the value and the code of each reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from math import nan
from typing import TYPE_CHECKING

from ingest.journal.entries import PointEntry, QueuedEntry
from ingest.stores import frames
from ingest.stores.base import FormerLayoutError, StoreAway, StoredValue
from ingest.stores.cells import Span, WrongAnswerError
from ingest.stores.influxdb import answers, influxql, site_readings
from ingest.stores.influxdb.buckets import ensure_bucket
from ingest.stores.influxdb.cluster import asking, databases
from ingest.stores.influxdb.cluster.servers import InfluxServers
from ingest.stores.influxdb.cluster.visibility import Visibility
from ingest.stores.influxdb.line_writer import EntryWriter
from ingest.stores.influxdb.section import InfluxOptions
from sensors.calendar import from_ms, to_ms
from sensors.model import MEDIA, Key, Kind, Medium, Point, StatisticName
from sensors.store_schema import MEASUREMENTS, FieldType, Measurement, check_tags, measurement_of

if TYPE_CHECKING:
    from pandas import DataFrame

STATEMENTS_AT_ONCE = 200
TAG: influxql.Kind = "tag"


class InfluxDBStore:
    """A `Store` in one database (bucket) of an InfluxDB server."""

    def __init__(self, options: InfluxOptions) -> None:
        """Nothing is sent yet; ValueError as `InfluxHTTP`."""
        self.database = options.database
        self.org = options.org
        self._server = InfluxServers(options)
        seen = Visibility(self._server, options.database) if self._server.is_cluster else None
        self._line_writer = EntryWriter(self._server, options, seen)

    def __repr__(self) -> str:
        return f"InfluxDBStore({self._server.url!r}, {self.database!r})"

    def prepare(self) -> None:
        """Create the database if it is missing: `CREATE DATABASE`, on 2.x a bucket and its mapping.

        Raises:
            FormerLayoutError: it is there, in the layout of a former build.
        """
        if self._server.version().startswith("2."):
            ensure_bucket(self._server, self.org, self.database)
        else:
            with self._raising_store_away():
                databases.ensure_database(self._server, self.database)
        self.check_layout()

    def check_layout(self) -> None:
        """As of any `Store`: there, `parameter` was a tag of readings."""
        # A statement each: InfluxDB answers one of several measurements in parts, and does not say so.
        statements = [f"SHOW TAG KEYS FROM {influxql.identifier(medium)}" for medium in MEDIA]
        try:
            with self._raising_store_away():
                answer = self._query(statements)
                keys = [cells for series in answer for cells in influxql.columns_of(series, ["tagKey"])]
        except StoreAway as error:
            if error.kind == "refuses":
                return  # a token that may write and not read
            raise
        if any("parameter" in cells for cells in keys):
            raise FormerLayoutError(f"{self._server.url}, {self.database}")

    def verify(self) -> None:
        """As of any `Store`; a server says for itself when it is another."""

    def write(self, lines: Sequence[Point]) -> None:
        """As of any `Store`; a reading is written as if it were there already."""
        self.write_entries([PointEntry(point) for point in lines])

    def write_entries(self, entries: Sequence[QueuedEntry]) -> None:
        """As of any `Store`, raises as `EntryWriter`."""
        self._line_writer.write(entries)

    def doubts(self) -> Sequence[str]:
        """As of any `StoreOnServers`."""
        with self._raising_store_away():
            return databases.doubts_of(self._server, self.database)

    def refuses_all(self, words: str) -> bool:
        """As of any `Store`."""
        return answers.blames_all(words)

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """What is stored under these keys; a key without a value is absent."""
        wanted = set(keys)
        statements = site_readings.select_stored(wanted)
        series_asked = {(key.measurement, (key.site, key.parameter, key.kind)) for key in wanted}
        found: dict[Key, StoredValue] = {}
        with self._raising_store_away():
            for first in range(0, len(statements), STATEMENTS_AT_ONCE):
                part = statements[first : first + STATEMENTS_AT_ONCE]
                for medium, tags, columns in self._site_readings(part):
                    if (medium, tags) not in series_asked:
                        raise WrongAnswerError("a series that was not asked for")
                    site, parameter, kind = tags
                    for ms, *cells in zip(*columns, strict=True):
                        key = Key(medium, site, parameter, kind, from_ms(ms))
                        if key in wanted:
                            found[key] = StoredValue(*cells)
        return found

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind) of air and water."""
        newest: dict[tuple[str, str, str], datetime] = {}
        with self._raising_store_away():
            asked = [(m, p) for m in MEDIA for p in self._parameters(m)]
            statements = [site_readings.select_newest(medium, parameter) for medium, parameter in asked]
            for series in self._query(statements) if statements else ():
                for id_, time in site_readings.newest_of(series, asked):
                    newest[id_] = max(time, newest.get(id_, time))
        return newest

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity sent` by time, `start <= time < end`, oldest first."""
        ((_, frame),) = self.readings_by_parameter(site, [parameter], start, end, kind)
        return frame

    def readings_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`, in one query: a point holds all parameters of its time."""
        types, read = frames.READING_FIELDS, site_readings.SiteReadings().read
        return self._by_parameter(types, read, (site, kind), parameters, (to_ms(start), to_ms(end)))

    def values_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`, in one query."""
        types, read = frames.VALUE_FIELDS, site_readings.SiteReadings().read_values
        return self._by_parameter(types, read, (site, kind), parameters, (to_ms(start), to_ms(end)))

    def _by_parameter(
        self,
        types: Mapping[str, FieldType],
        read: site_readings.Reader,
        of: tuple[str, Kind],
        parameters: Sequence[str],
        span: Span,
    ) -> "Iterator[tuple[str, DataFrame]]":
        if not parameters:
            return  # to select no columns would be to select all
        site, kind = of
        series = {(site, name, kind): frames.Columns(types, span) for name in parameters}
        tags = {"site": site, "kind": kind} | _alone(parameters)
        with self._raising_store_away():
            statements = site_readings.select_readings(MEDIA, parameters, tags, span)
            for found in self._query(statements):
                for _, series_tags, columns in read(found):
                    if series_tags not in series:
                        raise WrongAnswerError("a series that was not asked for")
                    series[series_tags].extend_columns(columns)
        for name in parameters:
            yield name, self._series_frame(series.pop((site, name, kind)))

    def statistics(
        self, site: str, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        ((_, frame),) = self.statistics_by_parameter(site, [parameter], name, start, end)
        return frame

    def statistics_by_parameter(
        self, site: str, parameters: Sequence[str], name: StatisticName, start: datetime, end: datetime
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`, in one query."""
        if not parameters:
            return
        span, fields = (to_ms(start), to_ms(end)), frames.STATISTIC_FIELDS
        always = MEASUREMENTS["statistic"].always
        series = {parameter: frames.Columns(fields, span) for parameter in parameters}
        tags = {"site": site, "statistic": name} | _alone(parameters)
        with self._raising_store_away():
            statement = influxql.select(fields, ["statistic"], tags, span, by=["parameter"])
            for found in self._query([statement]):
                (parameter,) = influxql.tags_of(found, ["parameter"])
                if parameter in series:
                    series[parameter].extend(influxql.whole_rows(found, ["time", *fields], always))
                elif "parameter" in tags:
                    raise WrongAnswerError("a series that was not asked for")
        for parameter in parameters:
            frame = self._series_frame(series.pop(parameter))
            # One that lost its last input: InfluxDB has no way to take its former value out of the point.
            frame.loc[frame["n"] == 0, "value"] = nan
            yield parameter, frame

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        known = measurement_of(measurement)
        narrowed = dict(tags or {})
        check_tags(known, narrowed)
        if measurement in MEDIA:
            return self._reading_points(measurement, narrowed, (start, end))
        if not known.open:
            return self._frame(known, narrowed, (start, end))
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
        self._line_writer.close()
        self._server.close()

    def _parameters(self, medium: Medium) -> list[str]:
        """The parameters that have ever had a value."""
        with self._raising_store_away():
            return site_readings.parameters_in(medium, self._query([site_readings.show_fields(medium)]))

    def _reading_points(
        self, medium: Medium, tags: Mapping[str, str], between: tuple[datetime, datetime]
    ) -> "DataFrame":
        known, span = MEASUREMENTS[medium], (to_ms(between[0]), to_ms(between[1]))
        columns = frames.Columns(frames.columns_of(known), span)
        narrowed = tags.get("parameter")
        parameters = [p for p in self._parameters(medium) if narrowed in {None, p}]
        with self._raising_store_away():
            if parameters:
                statements = site_readings.select_readings([medium], parameters, tags, span)
                for of, series_tags, found in self._site_readings(statements):
                    if of != medium or series_tags[1] not in parameters:
                        raise WrongAnswerError("a series that was not asked for")
                    tag_columns = ([tag] * len(found[0]) for tag in series_tags)
                    columns.extend_columns([found[0], *tag_columns, *found[1:]])
            return columns.frame(known.tags)

    def _site_readings(
        self, statements: Sequence[str]
    ) -> Iterator[tuple[Medium, site_readings.SeriesTags, site_readings.ReadingColumns]]:
        answer = site_readings.SiteReadings()
        for series in self._query(statements):
            yield from answer.read(series)

    def _query(self, statements: Sequence[str]) -> Iterator[influxql.ResultSeries]:
        """The series of the answer as they come; see `_raising_store_away`."""
        return asking.ask(self._server, self.database, statements)

    @contextmanager
    def _raising_store_away(self) -> Iterator[None]:
        """What the server refuses, or answers wrongly, is a StoreAway."""
        try:
            yield
        except (influxql.ServerError, WrongAnswerError) as error:
            raise self._store_away(str(error)) from None

    def _store_away(self, words: str) -> StoreAway:
        somebody = "not found" in words or "not authorized" in words
        if self.org and "not found" in words:
            words += "; there is no such bucket, the token may not read it, or no DBRP mapping leads to it"
        return StoreAway(
            f"{self._server.url}: {self._server.redact(words)}", kind="refuses" if somebody else "broken"
        )

    def _frame(
        self, known: Measurement, tags: Mapping[str, str], between: tuple[datetime, datetime]
    ) -> "DataFrame":
        types, span = frames.columns_of(known), (to_ms(between[0]), to_ms(between[1]))
        columns = frames.Columns(types, span)
        asked = dict(types) | dict.fromkeys(known.tags, TAG)
        with self._raising_store_away():
            for series in self._query([influxql.select(asked, [known.name], tags, span)]):
                columns.extend(influxql.whole_rows(series, ["time", *types], known.always))
            return columns.frame(known.tags)

    def _series_frame(self, columns: frames.Columns) -> "DataFrame":
        with self._raising_store_away():
            return columns.series_frame()


def _alone(parameters: Sequence[str]) -> dict[str, str]:
    """The tag that narrows to a parameter, where it is the only one."""
    return {"parameter": parameters[0]} if len(parameters) == 1 else {}
