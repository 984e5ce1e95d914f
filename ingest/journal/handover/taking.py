"""Rows that the store gives back are put into a journal that no service has worked with."""

import json
import sqlite3
from collections.abc import Iterable

import structlog

from ingest.journal import accounting, outgoing, quarantine
from ingest.journal.entries import PointEntry
from ingest.journal.handover import changes
from ingest.journal.handover.points import Cell, HandedRow, decode_cells, row_points
from ingest.journal.handover.tables import BY_NAME, HandedTable
from sensors.calendar import to_ms

log = structlog.get_logger()


def put(connection: sqlite3.Connection, name: str, row: HandedRow) -> bool:
    """Put a row where it was, or take it away if it was deleted; whether it could be used.

    A row of the same key that came before it is replaced. A number that somebody else has taken since the
    journal was made stays theirs: the row gets another.
    """
    table = BY_NAME[name]
    try:
        _remove_former(connection, table, row.key)
        if row.body:
            key = _insert(connection, table, row)
            connection.execute(
                "INSERT OR REPLACE INTO handover VALUES (?, ?, ?)", (name, key, to_ms(row.stamp))
            )
            if key != row.key:  # the store learns of its new number
                _note(connection, name, key)
    except (ValueError, sqlite3.DatabaseError) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CONSTRAINT) & 0xFF not in _OF_THE_ROW:
            raise
        log.error("a row of the store cannot be taken over", table=name, key=row.key, why=str(error))  # noqa: TRY400 - the row's fault
        return False
    return True


_OF_THE_ROW = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_ERROR}


def _remove_former(connection: sqlite3.Connection, table: HandedTable, key: str) -> None:
    """What was put there from an older point of the same key."""
    gone = connection.execute("DELETE FROM handover WHERE name = ? AND key = ?", (table.name, key))
    if gone.rowcount:
        connection.execute(f"DELETE FROM {table.name} WHERE {table.where()}", json.loads(key))


def _insert(connection: sqlite3.Connection, table: HandedTable, row: HandedRow) -> str:
    """The key under which it is there; a column that this build does not have is left out."""
    kinds = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table.name,))
    columns: dict[str, str] = dict(kinds.fetchall())
    blobs = [name for name, kind in columns.items() if kind == "BLOB"]
    cells = {name: cell for name, cell in decode_cells(row.body, blobs).items() if name in columns}
    if _insert_cells(connection, table, cells):
        return row.key
    if not table.numbered:
        there = f"SELECT 1 FROM {table.name} WHERE {table.where()}"
        if connection.execute(there, json.loads(row.key)).fetchone() is None:
            raise ValueError("it contradicts another row")
        _note(connection, table.name, row.key)  # what is here already, as a day to recompute, holds
        return row.key
    number = connection.execute(f"SELECT max({table.key[0]}) FROM {table.name}").fetchone()[0] + 1
    _insert_cells(connection, table, cells | {table.key[0]: number})
    return json.dumps([number])


def _note(connection: sqlite3.Connection, name: str, key: str) -> None:
    connection.execute("INSERT OR REPLACE INTO handover_change VALUES (?, ?)", (name, key))


def _insert_cells(connection: sqlite3.Connection, table: HandedTable, cells: dict[str, Cell]) -> bool:
    names, places = ", ".join(cells), ", ".join("?" * len(cells))
    done = connection.execute(
        f"INSERT INTO {table.name} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING", [*cells.values()]
    )
    return done.rowcount == 1


def take_away(connection: sqlite3.Connection, name: str, rows: Iterable[HandedRow]) -> None:
    """Have the rows deleted in the store that are not this journal's: another one's, which is no more."""
    known = {
        stamp for (stamp,) in connection.execute("SELECT stamp_ms FROM handover WHERE name = ?", (name,))
    }
    points = [
        PointEntry(point)
        for row in rows
        if row.body and to_ms(row.stamp) not in known
        for point in row_points(name, HandedRow(row.key, row.stamp, ""))
    ]
    outgoing.add(connection, points)


def settle_quarantine(connection: sqlite3.Connection) -> int:
    """Count what came back of the quarantine, and its bytes; returns how many items."""
    connection.execute("DELETE FROM refusal WHERE message NOT IN (SELECT id FROM refused_message)")
    connection.execute("DELETE FROM refused_message WHERE id NOT IN (SELECT message FROM refusal)")
    items = _count_bytes(connection)
    known = accounting.read_count(connection, "quarantined")
    accounting.add(connection, {"items": items - known, "quarantined": items - known})
    return items


def _count_bytes(connection: sqlite3.Connection) -> int:
    """Count anew how many bytes each site's messages take, and all; returns how many items there are."""
    connection.execute("DELETE FROM quarantine_bytes")
    connection.execute(
        "INSERT INTO quarantine_bytes SELECT site, sum(bytes) FROM (SELECT site, length(CAST(topic AS BLOB))"
        " + length(payload) + ? * (1 + (SELECT count(*) FROM refusal WHERE message = m.id)) AS bytes"
        " FROM refused_message m UNION ALL SELECT '', 0) GROUP BY site",
        (quarantine.ROW_BYTES,),
    )
    connection.execute(
        "UPDATE quarantine_bytes SET bytes = (SELECT sum(bytes) FROM quarantine_bytes) WHERE site = ''"
    )
    return int(connection.execute("SELECT count(*) FROM refusal").fetchone()[0])


def note_progress(connection: sqlite3.Connection, state: str) -> None:
    """Keep how far reading back has come."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (changes.STATE, state))
