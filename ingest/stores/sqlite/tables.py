"""The SQLite store's tables, one a measurement, and the statements that are asked of them; pure."""

from collections.abc import Iterable

from sensors.model import MEDIA
from sensors.store_schema import MEASUREMENTS, Measurement

OPEN_FIELDS = "fields"


def quoted(name: str) -> str:
    """A name in a statement."""
    return '"' + name.replace('"', '""') + '"'


def stored(measurement: Measurement) -> Iterable[str]:
    """The columns of its fields."""
    return (OPEN_FIELDS,) if measurement.open else map(quoted, measurement.fields)


def create(measurement: Measurement) -> str:
    """The statement that makes its table where it is missing."""
    # Fields have no declared type: one of REAL would turn -0.0 into 0.0.
    tags = [f"{quoted(name)} TEXT NOT NULL" for name in measurement.tags]
    key = ", ".join((*map(quoted, measurement.tags), "time"))
    columns = ", ".join((*tags, "time INTEGER NOT NULL", *stored(measurement), f"PRIMARY KEY ({key})"))
    return f"CREATE TABLE IF NOT EXISTS {quoted(measurement.name)} ({columns}) WITHOUT ROWID"


def _insert(measurement: Measurement) -> str:
    columns = (*map(quoted, measurement.tags), "time", *stored(measurement))
    placeholders = ", ".join("?" * len(columns))
    return f"INSERT OR REPLACE INTO {quoted(measurement.name)} ({', '.join(columns)}) VALUES ({placeholders})"


KEPT = {
    name: measurement for name, measurement in MEASUREMENTS.items() if measurement.only_in in {"", "sqlite"}
}
INSERT = {name: _insert(measurement) for name, measurement in KEPT.items()}
_TAGS = "site, parameter, kind"
_SERIES = "site = ? AND parameter = ? AND kind = ?"
_READING = ", ".join(map(quoted, MEASUREMENTS["air"].fields))
STORED = {medium: f"SELECT {_READING} FROM {medium} WHERE {_SERIES} AND time = ?" for medium in MEDIA}
NEXT_SERIES = {
    medium: f"SELECT {_TAGS} FROM {medium} WHERE ({_TAGS}) >= (?, ?, ?) ORDER BY {_TAGS} LIMIT 1"
    for medium in MEDIA
}
NEWEST = {
    medium: f"SELECT time FROM {medium} WHERE {_SERIES} AND value IS NOT NULL ORDER BY time DESC LIMIT 1"
    for medium in MEDIA
}
READINGS = (
    " UNION ALL ".join(
        f"SELECT time, {_READING} FROM {medium} WHERE {_SERIES} AND time >= ? AND time < ?"
        for medium in MEDIA
    )
    + " ORDER BY 1"
)
# 1 counts, 0 does not; 2 is for rows that want a closer look: a value sent otherwise, or none that we write.
_COUNTS = (
    "CASE WHEN typeof(time) <> 'integer' OR typeof(value) <> 'real' OR ifnull(sent, '') <> '' THEN 2"
    " WHEN validity = 'valid' THEN 1 WHEN validity IN ('suspect', 'invalid') THEN 0 ELSE 2 END"
)
CODES = 4
VALUES = tuple(
    f"SELECT time * {CODES} + {_COUNTS}, value FROM {medium}"
    f" WHERE {_SERIES} AND time >= ? AND time < ? ORDER BY time"
    for medium in MEDIA
)
"""Of each medium; the first column is a time and, in its last two bits, whether the value counts."""
STATISTICS = (
    f"SELECT time, {', '.join(map(quoted, MEASUREMENTS['statistic'].fields))} FROM statistic"
    " WHERE site = ? AND parameter = ? AND statistic = ? AND time >= ? AND time < ? ORDER BY time"
)

CHANGES = (
    tuple(f"ALTER TABLE {medium} ADD COLUMN sent" for medium in MEDIA),
    ("ALTER TABLE exceedance ADD COLUMN valid", "UPDATE exceedance SET valid = 1"),
)
"""The statements that lead from each version of the tables to the next, beginning with version 1."""
ADDED = {("mark", "taken_over"): "ALTER TABLE mark ADD COLUMN taken_over"}
"""Columns that an earlier build goes on without, as it does without a table: the version stays."""
VERSION = 1 + len(CHANGES)
