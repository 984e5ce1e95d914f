"""The embedded store: one SQLite file, one table a measurement, made from `store_schema.toml`.

One object serves one thread; any number of readers may have their own while one writes (WAL). A write is one
transaction, synced to the disk before it returns.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.journal.database import corruption
from ingest.journal.database.failures import is_damage
from ingest.journal.database.open_files import OpenFiles
from ingest.journal.entries import QueuedEntry, to_single_entries
from ingest.stores import frames
from ingest.stores.base import Rejected, StoreAway, StoredValue
from ingest.stores.cells import Cell, WrongAnswerError, check, to_times
from ingest.stores.sqlite import tables
from ingest.stores.sqlite.migration import migrate
from ingest.stores.sqlite.rows import rows_of
from ingest.stores.sqlite.values import read_values
from sensors.calendar import EpochMs, from_ms, to_ms
from sensors.decoding.json_text import parse_json
from sensors.model import MEDIA, Key, Kind, Medium, Point, StatisticName
from sensors.store_schema import Measurement, check_tags, measurement_of

if TYPE_CHECKING:
    from pandas import DataFrame

APPLICATION_ID = 0x4C515354
"""Marks the file as this store's ("LQST"), so that no other database is taken for it."""
BUSY_TIMEOUT = 10.0
ROWS_AT_ONCE = 10_000
TRANSIENT = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN}
"""Errors that pass on their own; anything else needs somebody to act."""


class SqliteStore:
    """A `Store` in one file; `prepare` creates it, everything else expects it to exist."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        """Nothing is opened yet; `busy_timeout` in seconds is how long another writer is waited for."""
        self.path = path
        self._busy_timeout = busy_timeout
        self._connection: sqlite3.Connection | None = None
        self._files: OpenFiles | None = None
        self._damaged = False

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def prepare(self) -> None:
        """Make the file and its tables where they are missing.

        A file of a newer version is refused, and one that is damaged, as far as two seconds tell.
        """
        self._check_for_damage()
        with self._raising_store_away():
            connection = self._connect(create=True)
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                for measurement in tables.KEPT.values():
                    connection.execute(tables.create(measurement))
                connection.execute(f"PRAGMA user_version = {tables.VERSION}")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def check_layout(self) -> None:
        """As of any `Store`; there has been one layout only."""

    def verify(self) -> None:
        """As of any `Store`; once damage was found, checks the whole file."""
        if self._damaged:
            self._check_for_damage()
        with self._raising_store_away():
            self._connect()

    def write(self, lines: Sequence[Point]) -> None:
        """Write all points in one transaction; a point already there is replaced with all of its fields."""
        rows, rejected = rows_of(lines)
        if rows:
            with self._raising_store_away():
                connection = self._connect()
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    for name, values in rows.items():
                        connection.executemany(tables.INSERT[name], values)
                self._check_same_files()
        if rejected:
            raise Rejected(rejected)

    def write_entries(self, entries: Sequence[QueuedEntry]) -> None:
        """As `write`, the point of each entry."""
        self.write([entry.point for entry in to_single_entries(entries)])

    def refuses_all(self, words: str) -> bool:  # noqa: ARG002 - as of any `Store`
        """As of any `Store`; only single points are rejected."""
        return False

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """What is stored under these keys; a key without a value is absent."""
        found = {}
        with self._raising_store_away():
            connection = self._connect()
            for key in keys:
                values = (key.site, key.parameter, key.kind, to_ms(key.time))
                row = connection.execute(tables.STORED[key.measurement], values).fetchone()
                if row is not None and row[0] is not None:
                    for (name, kind), cell in zip(frames.READING_FIELDS.items(), row, strict=True):
                        check(kind, [cell], name)
                    found[key] = StoredValue(row[0], *(text or "" for text in row[1:]))
        return found

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind) of air and water."""
        with self._raising_store_away():
            found = [row for medium in MEDIA for row in self._newest(medium)]
            times = to_times([ms for _, ms in found])
        newest: dict[tuple[str, str, str], datetime] = {}
        for (series, _), time in zip(found, map(from_ms, times), strict=True):
            newest[series] = max(time, newest.get(series, time))
        return newest

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity sent` by time, `start <= time < end`, oldest first."""
        span = to_ms(start), to_ms(end)
        values = (site, parameter, kind, *span)
        columns = frames.Columns(frames.READING_FIELDS, span)
        with self._raising_store_away():
            for rows in self._chunks(tables.READINGS, (*values, *values)):
                columns.extend(rows)
        return columns.frame()

    def readings_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`; a series' rows lie together, so each is read by itself, when its turn comes."""
        return ((parameter, self.readings(site, parameter, start, end, kind)) for parameter in parameters)

    def values_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`; one by one, as `readings_by_parameter`."""
        return ((parameter, self._values(site, parameter, start, end, kind)) for parameter in parameters)

    def statistics(
        self, site: str, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        columns = frames.Columns(frames.STATISTIC_FIELDS)
        with self._raising_store_away():
            values = (site, parameter, name, to_ms(start), to_ms(end))
            for rows in self._chunks(tables.STATISTICS, values):
                columns.extend(rows)
        return columns.frame()

    def statistics_by_parameter(
        self, site: str, parameters: Sequence[str], name: StatisticName, start: datetime, end: datetime
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any `Store`; one by one, as `readings_by_parameter`."""
        return ((parameter, self.statistics(site, parameter, name, start, end)) for parameter in parameters)

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        known = measurement_of(measurement)
        narrowed = dict(tags or {})
        check_tags(known, narrowed)
        order = ", ".join(("time", *map(tables.quoted, known.tags)))
        narrow = "".join(f" AND {tables.quoted(name)} = ?" for name in narrowed)
        chosen = ", ".join(("time", *map(tables.quoted, known.tags), *tables.stored(known)))
        among = f"FROM {tables.quoted(measurement)} WHERE time >= ? AND time < ?{narrow}"
        query = f"SELECT {chosen} {among} ORDER BY {order}"
        span = to_ms(start), to_ms(end)
        values = (*span, *narrowed.values())
        with self._raising_store_away():
            if known.open:
                return frames.of_records(known, [*self._records(known, query, values)], span)
            columns = frames.Columns(frames.columns_of(known))
            for rows in self._chunks(query, values):
                columns.extend(rows)
        return columns.frame()

    def close(self) -> None:
        """Give back the file; the object may be used again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _values(self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind) -> "DataFrame":
        values = (site, parameter, kind, to_ms(start), to_ms(end))
        with self._raising_store_away():
            connection = self._connect()
            found = read_values(connection.execute(query, values) for query in tables.VALUES)
        return frames.values_of(self.readings(site, parameter, start, end, kind)) if found is None else found

    def _newest(self, medium: Medium) -> Iterator[tuple[tuple[str, str, str], EpochMs]]:
        """From series to series along the key: two look-ups each, where grouping would read every row."""
        connection = self._connect()
        after = ("", "", "")
        while series := connection.execute(tables.NEXT_SERIES[medium], after).fetchone():
            if not all(isinstance(name, str) for name in series) or tuple(series) < after:
                raise WrongAnswerError("a series without a name, or out of order")
            if newest := connection.execute(tables.NEWEST[medium], series).fetchone():
                yield series, newest[0]
            # No tag holds NUL, so this stands right behind the series.
            after = (*series[:2], f"{series[2]}\0")

    def _chunks(self, query: str, values: Sequence[object]) -> Iterator[list[tuple[Cell, ...]]]:
        cursor = self._connect().execute(query, values)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows

    def _records(self, known: Measurement, query: str, values: Sequence[object]) -> Iterator[frames.Record]:
        for time, *tags, fields in self._connect().execute(query, values):
            yield time, dict(zip(known.tags, tags, strict=True)) | _open_fields(fields)

    def _check_for_damage(self) -> None:
        self._damaged = False
        if words := corruption.damage_of(self.path):
            self._damaged = True
            self.close()
            cure = "put a whole one in its place, from a backup; what comes waits in the journal"
            raise StoreAway(f"{self.path}: damaged: {words}; {cure}", kind="broken")

    def _check_same_files(self) -> None:
        """Raise when what is open is not what stands there: whatever was written since may be lost."""
        missing = self._files and self._files.missing()
        if missing:
            self.close()
            said = "deleted or replaced while it was open; nothing more counts as stored"
            raise StoreAway(f"{missing}: {said}", kind="broken")

    @contextmanager
    def _raising_store_away(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except WrongAnswerError as error:
            raise StoreAway(f"{self.path}: {error}", kind="broken") from error
        except sqlite3.Error as error:
            if is_damage(error) and not self._damaged:
                self._damaged = True
                corruption.mark_suspect(self.path)
            passes = getattr(error, "sqlite_errorcode", 0) & 0xFF in TRANSIENT
            raise StoreAway(f"{self.path}: {error}", kind="away" if passes else "broken") from error

    def _connect(self, *, create: bool = False) -> sqlite3.Connection:
        if self._connection is not None:
            self._check_same_files()
        if self._connection is None:
            if self._files and not create and not self.path.exists():
                raise StoreAway(
                    f"{self.path}: it is gone; put it back, or restart to begin a new one", kind="broken"
                )
            if create:  # nobody else's to read, as the journal; SQLite's log gets the same mode
                with suppress(OSError):  # SQLite says why
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=self._busy_timeout, isolation_level=None)
            with ExitStack() as on_failure:
                on_failure.callback(connection.close)
                self._check(connection, create=create)
                on_failure.pop_all()
            self._connection = connection
            self._files = OpenFiles(self.path)
        return self._connection

    def _check(self, connection: sqlite3.Connection, *, create: bool) -> None:
        connection.execute("BEGIN")  # all three as of one moment: another process may be making the file
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("COMMIT")
        if not count and not create:
            raise StoreAway(f"{self.path}: no tables yet; `liangqu run` makes them")
        if count and application != APPLICATION_ID:
            raise StoreAway(f"{self.path}: a database, but not one of this store", kind="refuses")
        if version > tables.VERSION:
            newer = f"schema {version} is of a newer liangqu; this one knows {tables.VERSION}"
            raise StoreAway(f"{self.path}: {newer}", kind="refuses")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if count:
            migrate(connection)


def _open_fields(text: object) -> dict[str, Cell]:
    found = parse_json(text.encode(), dict[str, Cell]) if isinstance(text, str) else None
    if not isinstance(found, dict):
        raise WrongAnswerError("fields that are no JSON of ours")
    return found
