"""What has changed of the rows that a next machine takes over goes to the store, in order with all else."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from ingest.journal import accounting, outgoing
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal
from ingest.journal.handover.points import HandedRow, encode_cells, row_points
from ingest.journal.handover.tables import BY_NAME, TABLES, create_triggers, drop_triggers
from sensors.calendar import EpochMs, from_ms, to_ms

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
"""No stamp is older, whatever the clock says: here reading back begins."""
MOST_ROWS = 2_000
"""That one transaction sends, about, each of at most 20,000 characters; what is left goes with the next."""
STATE = "handover"
"""Name in `meta`: `on`, or how far reading back has come; without it nothing is handed over."""
ON = "on"
_STAMP = "handover_stamp"
_ROWS_OF = 100  # entries a row of the queue: some are large

log = structlog.get_logger()


def read_state(connection: sqlite3.Connection) -> str:
    """Whether it is on, see `STATE`; "" if not."""
    return _meta(connection, STATE)


def is_unused(connection: sqlite3.Connection) -> bool:
    """Whether no service has ever worked with this journal, whatever commands have written."""
    return accounting.read_count(connection, "received") == 0 and not _meta(connection, "store_known")


def is_waiting(connection: sqlite3.Connection) -> bool:
    """Whether a change has not been sent."""
    return connection.execute("SELECT 1 FROM handover_change LIMIT 1").fetchone() is not None


def begin(journal: Journal, clock: Callable[[], datetime], *, only_new: bool = False) -> None:
    """Send each change from now on, in the transaction that makes it or, of another process, the next one.

    Of a journal that did not do so until now all rows go first; if `only_new`, those that the store lacks.
    """
    with journal.transaction() as connection:
        if read_state(connection) != ON:
            _note_rows(connection, only_new=only_new)
        create_triggers(connection)
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (STATE, ON))
    journal.before_commit = lambda connection: send(connection, clock())
    while is_waiting(journal.connection()):
        with journal.transaction():
            pass  # each sends a part


def end(journal: Journal) -> None:
    """Note and send nothing any more; what the store has of it grows old."""
    with journal.transaction(frees=True) as connection:
        if read_state(connection):
            drop_triggers(connection)
            connection.execute("DELETE FROM handover_change")
            connection.execute("DELETE FROM meta WHERE name = ?", (STATE,))


def send(connection: sqlite3.Connection, now: datetime) -> None:
    """Put what has changed into the queue to the store; in the caller's transaction."""
    changed = connection.execute("SELECT name, key FROM handover_change LIMIT ?", (MOST_ROWS,)).fetchall()
    if not changed:
        return
    last = int(_meta(connection, _STAMP) or to_ms(FIRST))
    stamp = EpochMs(max(to_ms(now), last + 1))
    entries: list[PointEntry] = []
    for name, key in changed:
        if len(entries) >= MOST_ROWS:
            break  # long rows
        made = _entries_of(connection, name, key, stamp)
        entries += made
        stamp = EpochMs(stamp + bool(made))
        connection.execute("DELETE FROM handover_change WHERE name = ? AND key = ?", (name, key))
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_STAMP, str(stamp)))
    outgoing.add(connection, entries, rows_of=_ROWS_OF)


def raise_stamp(connection: sqlite3.Connection, stamp: EpochMs) -> None:
    """Give no stamp up to this one: the store has it."""
    last = int(_meta(connection, _STAMP) or 0)
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_STAMP, str(max(last, stamp))))


def _entries_of(connection: sqlite3.Connection, name: str, key: str, stamp: EpochMs) -> list[PointEntry]:
    """The points of a row as it is now; none of one that came and went before it was ever sent."""
    body = _body(connection, name, key)
    known = connection.execute(
        "SELECT stamp_ms FROM handover WHERE name = ? AND key = ?", (name, key)
    ).fetchone()
    if known is None and not body:
        return []
    if known is not None:
        stamp = known[0]
    if body:
        connection.execute("INSERT OR IGNORE INTO handover VALUES (?, ?, ?)", (name, key, stamp))
    else:
        connection.execute("DELETE FROM handover WHERE name = ? AND key = ?", (name, key))
    return [PointEntry(point) for point in row_points(name, HandedRow(key, from_ms(stamp), body))]


def _body(connection: sqlite3.Connection, name: str, key: str) -> str:
    table = BY_NAME.get(name)
    if table is None:
        return ""
    try:
        cursor = connection.execute(f"SELECT * FROM {table.name} WHERE {table.where()}", json.loads(key))
        if (row := cursor.fetchone()) is None:
            return ""
        columns = [column for column, *_ in cursor.description]
        return encode_cells(dict(zip(columns, row, strict=True)))
    except (ValueError, TypeError, sqlite3.OperationalError) as error:
        if hasattr(error, "sqlite_errorcode"):  # of the file; a text that is none has no code
            raise
        log.exception("a row cannot be handed over", table=name, key=key)
        return ""  # it stays here alone, and must not keep the others


def _note_rows(connection: sqlite3.Connection, *, only_new: bool) -> None:
    """Note all rows, and those that are there no more; or only those that the store does not have."""
    for table in TABLES:
        key = ", ".join(table.key)
        connection.execute(
            "INSERT OR REPLACE INTO handover_change (name, key) SELECT ?1, key FROM"
            f" (SELECT json_array({key}) AS key FROM {table.name} WHERE {table.chosen()})"
            " WHERE ?2 = 0 OR key NOT IN (SELECT key FROM handover WHERE name = ?1)",
            (table.name, only_new),
        )
    if not only_new:
        connection.execute("INSERT OR REPLACE INTO handover_change SELECT name, key FROM handover")


def _meta(connection: sqlite3.Connection, name: str) -> str:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return "" if found is None else str(found[0])
