"""The embedded store: one SQLite file, one table a measurement, made from `measurements.toml`.

One object serves one thread; any number of readers may have their own while one writes (WAL). A write is one
transaction, synced to the disk before it returns.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.stores import frames
from ingest.stores.cells import Cell, WrongAnswerError, check, to_times
from ingest.stores.rows import rows_of
from sensors.json_text import parse_json
from sensors.measurements import (
    MEASUREMENTS,
    Measurement,
    fit_tags,
    measurement_of,
)
from sensors.seams import Former, Key, Point, Rejected, StoreAway
from sensors.times import from_ms, to_ms

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA_VERSION = 1
APPLICATION = 0x4C515354
"""Marks the file as this store's ("LQST"), so that no other database is taken for it."""
BUSY_TIMEOUT = 10.0
ROWS_AT_ONCE = 10_000
PASSES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN}
"""Errors that go by themselves; anything else somebody has to mend."""

OPEN_FIELDS = "fields"
MEDIA = ("air", "water")


class SqliteStore:
    """A `Store` in one file; `prepare` makes the file, everything else wants it to be there."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        """Nothing is opened yet; `busy_timeout` in seconds is how long another writer is waited for."""
        self.path = path
        self._busy_timeout = busy_timeout
        self._connection: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def prepare(self) -> None:
        """Make the file and its tables where they are missing; a file of a newer version is refused."""
        with self._answering():
            connection = self._connected(make=True)
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                for measurement in MEASUREMENTS.values():
                    connection.execute(_create(measurement))
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                connection.execute(f"PRAGMA application_id = {APPLICATION}")

    def write(self, lines: Sequence[Point]) -> None:
        """Write all points in one transaction; a point already there is replaced with all of its fields."""
        rows, rejected = rows_of(lines)
        if rows:
            with self._answering():
                connection = self._connected()
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    for name, values in rows.items():
                        connection.executemany(_INSERT[name], values)
        if rejected:
            raise Rejected(rejected)

    def former(self, keys: Sequence[Key]) -> dict[Key, Former]:
        """What is stored under these keys; a key without a value is absent."""
        found = {}
        with self._answering():
            connection = self._connected()
            for key in keys:
                asked = (key.site, key.parameter, key.kind, to_ms(key.time))
                row = connection.execute(_FORMER[key.measurement], asked).fetchone()
                if row is not None and row[0] is not None:
                    for (name, kind), cell in zip(frames.READING_FIELDS.items(), row, strict=True):
                        check(kind, [cell], name)
                    found[key] = Former(row[0], *(text or "" for text in row[1:]))
        return found

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind) of air and water."""
        with self._answering():
            found = [row for medium in MEDIA for row in self._newest(medium)]
            times = to_times([ms for _, ms in found])
        newest: dict[tuple[str, str, str], datetime] = {}
        for (series, _), time in zip(found, map(from_ms, times), strict=True):
            newest[series] = max(time, newest.get(series, time))
        return newest

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: str = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity` by time, `start <= time < end`, oldest first."""
        asked = (site, parameter, kind, to_ms(start), to_ms(end))
        columns = frames.Columns(frames.READING_FIELDS)
        with self._answering():
            for rows in self._chunks(_READINGS, (*asked, *asked)):
                columns.extend(rows)
        return columns.frame()

    def statistics(self, site: str, parameter: str, name: str, start: datetime, end: datetime) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        columns = frames.Columns(frames.STATISTIC_FIELDS)
        with self._answering():
            asked = (site, parameter, name, to_ms(start), to_ms(end))
            for rows in self._chunks(_STATISTICS, asked):
                columns.extend(rows)
        return columns.frame()

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        known = measurement_of(measurement)
        narrowed = dict(tags or {})
        fit_tags(known, narrowed)
        order = ", ".join(("time", *map(_quoted, known.tags)))
        narrow = "".join(f" AND {_quoted(name)} = ?" for name in narrowed)
        chosen = ", ".join(("time", *map(_quoted, known.tags), *_stored(known)))
        among = f"FROM {_quoted(measurement)} WHERE time >= ? AND time < ?{narrow}"
        query = f"SELECT {chosen} {among} ORDER BY {order}"
        span = to_ms(start), to_ms(end)
        asked = (*span, *narrowed.values())
        with self._answering():
            if known.open:
                return frames.of_records(known, [*self._records(known, query, asked)], span)
            columns = frames.Columns(frames.columns_of(known))
            for rows in self._chunks(query, asked):
                columns.extend(rows)
        return columns.frame()

    def close(self) -> None:
        """Give back the file; the object may be used again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _newest(self, medium: str) -> Iterator[tuple[tuple[str, str, str], int]]:
        """From series to series along the key: two look-ups each, where grouping would read every row."""
        connection = self._connected()
        after = ("", "", "")
        while series := connection.execute(_NEXT_SERIES[medium], after).fetchone():
            if newest := connection.execute(_NEWEST[medium], series).fetchone():
                yield series, newest[0]
            # No tag holds NUL, so this stands right behind the series.
            after = (*series[:2], f"{series[2]}\0")

    def _chunks(self, query: str, asked: Sequence[object]) -> Iterator[list[tuple[Cell, ...]]]:
        cursor = self._connected().execute(query, asked)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows

    def _records(self, known: Measurement, query: str, asked: Sequence[object]) -> Iterator[frames.Record]:
        for time, *tags, fields in self._connected().execute(query, asked):
            yield time, dict(zip(known.tags, tags, strict=True)) | _open_fields(fields)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except WrongAnswerError as error:
            raise StoreAway(f"{self.path}: {error}", kind="broken") from error
        except sqlite3.Error as error:
            passes = getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSES
            raise StoreAway(f"{self.path}: {error}", kind="away" if passes else "broken") from error

    def _connected(self, *, make: bool = False) -> sqlite3.Connection:
        if self._connection is None:
            mode = "rwc" if make else "rw"
            uri = f"{self.path.absolute().as_uri()}?mode={mode}"
            connection = sqlite3.connect(uri, uri=True, timeout=self._busy_timeout, isolation_level=None)
            with ExitStack() as refused:
                refused.callback(connection.close)
                self._check(connection, make=make)
                refused.pop_all()
            self._connection = connection
        return self._connection

    def _check(self, connection: sqlite3.Connection, *, make: bool) -> None:
        connection.execute("BEGIN")  # all three as of one moment: another process may be making the file
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("COMMIT")
        if not tables and not make:
            raise StoreAway(f"{self.path}: no tables yet; `liangqu run` makes them")
        if tables and application != APPLICATION:
            raise StoreAway(f"{self.path}: a database, but not one of this store", kind="refuses")
        if version > SCHEMA_VERSION:
            newer = f"schema {version} is of a newer liangqu; this one knows {SCHEMA_VERSION}"
            raise StoreAway(f"{self.path}: {newer}", kind="refuses")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")


def _open_fields(text: object) -> dict[str, Cell]:
    found = parse_json(text.encode(), dict[str, Cell]) if isinstance(text, str) else None
    if not isinstance(found, dict):
        raise WrongAnswerError("fields that are no JSON of ours")
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _stored(measurement: Measurement) -> Iterable[str]:
    return (OPEN_FIELDS,) if measurement.open else map(_quoted, measurement.fields)


def _create(measurement: Measurement) -> str:
    # Fields have no declared type: one of REAL would turn -0.0 into 0.0.
    tags = [f"{_quoted(name)} TEXT NOT NULL" for name in measurement.tags]
    key = ", ".join((*map(_quoted, measurement.tags), "time"))
    columns = ", ".join((*tags, "time INTEGER NOT NULL", *_stored(measurement), f"PRIMARY KEY ({key})"))
    return f"CREATE TABLE IF NOT EXISTS {_quoted(measurement.name)} ({columns}) WITHOUT ROWID"


def _insert(measurement: Measurement) -> str:
    columns = (*map(_quoted, measurement.tags), "time", *_stored(measurement))
    places = ", ".join("?" * len(columns))
    return f"INSERT OR REPLACE INTO {_quoted(measurement.name)} ({', '.join(columns)}) VALUES ({places})"


_INSERT = {name: _insert(measurement) for name, measurement in MEASUREMENTS.items()}
_TAGS = "site, parameter, kind"
_SERIES = "site = ? AND parameter = ? AND kind = ?"
_FORMER = {
    medium: f"SELECT value, flag, failed, validity FROM {medium} WHERE {_SERIES} AND time = ?"
    for medium in MEDIA
}
_NEXT_SERIES = {
    medium: f"SELECT {_TAGS} FROM {medium} WHERE ({_TAGS}) >= (?, ?, ?) ORDER BY {_TAGS} LIMIT 1"
    for medium in MEDIA
}
_NEWEST = {
    medium: f"SELECT time FROM {medium} WHERE {_SERIES} AND value IS NOT NULL ORDER BY time DESC LIMIT 1"
    for medium in MEDIA
}
_READINGS = (
    " UNION ALL ".join(
        f"SELECT time, value, flag, failed, validity FROM {medium} WHERE {_SERIES} AND time >= ? AND time < ?"
        for medium in MEDIA
    )
    + " ORDER BY 1"
)
_STATISTICS = (
    f"SELECT time, {', '.join(map(_quoted, frames.STATISTIC_FIELDS))} FROM statistic"
    " WHERE site = ? AND parameter = ? AND statistic = ? AND time >= ? AND time < ? ORDER BY time"
)
