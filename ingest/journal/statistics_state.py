"""The live statistics' state: per series a head, hour sums of 48 h, days of 400 d, months of 50 months.

Written in the pipeline's transaction with the readings themselves, so that a restart goes on where the last
batch ended. Rows are exact; those too old to be needed are pruned as days close.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Struct, structs

from ingest.journal.database import batch_insert
from sensors.averages.live.calendar_periods import KEPT_DAYS, KEPT_MONTHS
from sensors.averages.live.hourly import KEPT_HOURS
from sensors.averages.live.state import DayMean, HourSum, MonthMean, SeriesState, parse_total, to_text
from sensors.calendar import DayNumber, EpochMs, HourNumber, day_of_hour, first_day, month_of
from sensors.model import Kind, StatisticName

Id = tuple[str, str]  # site, zone or river; parameter

_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(SeriesState).decode


class StoredSeries(Struct, frozen=True):
    """All rows of one series. `version` grows with every change."""

    version: int
    head: SeriesState
    hours: list[HourSum]
    days: list[DayMean]
    months: list[MonthMean]


class NewestAssessment(Struct, frozen=True):
    """The newest hourly index of a place, or the class of a section's newest sample.

    `stamp_ms` is the end of the hour or the sample's time; `value` None: it was withdrawn. `grounds` are the
    primary pollutants or determining items, joined by `;`, `target` the class that was to be met.
    """

    site: str
    statistic: StatisticName
    stamp_ms: EpochMs
    value: int | None
    grounds: str
    target: int | None


class SeriesChanges(Struct, frozen=True):
    """The rows of one series that a batch changed; `whole`: they replace all others."""

    id: Id
    version: int
    head: SeriesState
    hours: Sequence[HourSum]
    days: Sequence[DayMean]
    months: Sequence[MonthMean]
    prune: bool = False
    whole: bool = False


def read(connection: sqlite3.Connection, id_: Id) -> StoredSeries | None:
    """The rows of a series; None before its first reading."""
    found = connection.execute("SELECT fed, body FROM head WHERE site = ? AND parameter = ?", id_).fetchone()
    if found is None:
        return None
    of = "WHERE site = ? AND parameter = ?"
    hours = connection.execute(f"SELECT hour, n, total FROM hour_sum {of}", id_)
    days = connection.execute(f"SELECT day, n, total FROM day_mean {of}", id_)
    months = connection.execute(f"SELECT month, n, total, expected, valid FROM month_mean {of}", id_)
    return StoredSeries(
        version=found[0],
        head=_decode_head(found[1]),
        hours=[HourSum(hour, n, parse_total(total)) for hour, n, total in hours],
        days=[DayMean(day, n, parse_total(total)) for day, n, total in days],
        months=[
            MonthMean(month, n, parse_total(t), expected, bool(v)) for month, n, t, expected, v in months
        ],
    )


def states(connection: sqlite3.Connection, site: str) -> dict[str, tuple[int, SeriesState]]:
    """`version` and head of each of the site's series, by parameter."""
    rows = connection.execute("SELECT parameter, fed, body FROM head WHERE site = ?", (site,))
    return {parameter: (fed, _decode_head(body)) for parameter, fed, body in rows}


def reached(connection: sqlite3.Connection) -> list[tuple[Id, EpochMs, EpochMs]]:
    """Each series of readings: up to when it is closed, and its newest reading."""
    rows = connection.execute(
        "SELECT h.site, h.parameter, h.body, max(s.last_ms) FROM head h"
        " JOIN series s ON s.site = h.site AND s.parameter = h.parameter GROUP BY h.site, h.parameter"
    )
    heads = ((site, parameter, _decode_head(body).until, last) for site, parameter, body, last in rows)
    return [((site, parameter), until, last) for site, parameter, until, last in heads if until is not None]


def save(connection: sqlite3.Connection, changed: Iterable[SeriesChanges]) -> None:
    """Write what a batch has changed."""
    changed = list(changed)
    for rows in changed:
        if rows.whole:
            _drop(connection, rows.id)
    insert = partial(batch_insert.insert_rows, connection)
    heads = [(*rows.id, rows.version, _encode(rows.head)) for rows in changed]
    insert("INSERT OR REPLACE INTO head (site, parameter, fed, body)", heads)
    hours = [(*rows.id, row.hour, row.n, to_text(row.total)) for rows in changed for row in rows.hours]
    insert("INSERT OR REPLACE INTO hour_sum (site, parameter, hour, n, total)", hours)
    days = [(*rows.id, row.day, row.n, to_text(row.total)) for rows in changed for row in rows.days]
    insert("INSERT OR REPLACE INTO day_mean (site, parameter, day, n, total)", days)
    months = [
        (*rows.id, row.month, row.n, to_text(row.total), row.expected, row.valid)
        for rows in changed
        for row in rows.months
    ]
    insert("INSERT OR REPLACE INTO month_mean (site, parameter, month, n, total, expected, valid)", months)
    for rows in changed:
        if rows.prune and rows.head.closed is not None:
            _prune(connection, rows.id, rows.head.closed)


def samples(connection: sqlite3.Connection, site: str) -> bytes | None:
    """A section's last samples."""
    found = connection.execute("SELECT body FROM sample WHERE site = ?", (site,)).fetchone()
    return None if found is None else bytes(found[0])


def save_samples(connection: sqlite3.Connection, changed: Iterable[tuple[str, bytes]]) -> None:
    """Keep the last samples of sections."""
    connection.executemany("INSERT OR REPLACE INTO sample (site, body) VALUES (?, ?)", list(changed))


def save_newest(connection: sqlite3.Connection, found: Iterable[NewestAssessment]) -> None:
    """Keep those that are not older than what is kept of their place."""
    connection.executemany(
        "INSERT INTO newest_assessment VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (site) DO UPDATE SET"
        " statistic = excluded.statistic, stamp_ms = excluded.stamp_ms, value = excluded.value,"
        " grounds = excluded.grounds, target = excluded.target WHERE excluded.stamp_ms >= stamp_ms",
        [structs.astuple(one) for one in found],
    )


def newest_assessments(connection: sqlite3.Connection) -> dict[str, NewestAssessment]:
    """The newest of each place."""
    rows = connection.execute(
        "SELECT site, statistic, stamp_ms, value, grounds, target FROM newest_assessment"
    )
    return {row[0]: NewestAssessment(*row) for row in rows}


def kinds_come(connection: sqlite3.Connection) -> dict[Id, set[Kind]]:
    """Of which kinds readings have come, by series."""
    come: dict[Id, set[Kind]] = {}
    for site, parameter, kind in connection.execute(
        "SELECT site, parameter, kind FROM series WHERE last_ms >= 0"
    ):
        come.setdefault((site, parameter), set()).add(kind)
    return come


def kinds_in_force(connection: sqlite3.Connection) -> dict[Id, Kind]:
    """The kind that a live series goes on with, where more than one has come."""
    rows = connection.execute("SELECT site, parameter, kind FROM series_kind")
    return {(site, parameter): kind for site, parameter, kind in rows}


def save_kinds(connection: sqlite3.Connection, changed: Mapping[Id, Kind]) -> None:
    """Keep the kinds that series go on with."""
    rows = [(*id_, kind) for id_, kind in changed.items()]
    batch_insert.insert_rows(connection, "INSERT OR REPLACE INTO series_kind (site, parameter, kind)", rows)


def _prune(connection: sqlite3.Connection, id_: Id, closed: HourNumber) -> None:
    today = day_of_hour(closed)
    oldest = first_day(month_of(max(today - KEPT_DAYS, DayNumber(0))))
    for table, column, edge in (
        ("hour_sum", "hour", closed - KEPT_HOURS),
        ("day_mean", "day", oldest),
        ("month_mean", "month", month_of(today) - KEPT_MONTHS),
    ):
        query = f"DELETE FROM {table} WHERE site = ? AND parameter = ? AND {column} < ?"
        connection.execute(query, (*id_, edge))


def _drop(connection: sqlite3.Connection, id_: Id) -> None:
    for table in ("hour_sum", "day_mean", "month_mean"):
        connection.execute(f"DELETE FROM {table} WHERE site = ? AND parameter = ?", id_)
