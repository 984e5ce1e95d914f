"""Rows of the journal that nobody can read: kept in the quarantine, said there, and done without.

A damaged byte that SQLite does not see, another version's row, another hand's: what a part remembers is read
at its start, and one such row must not keep the service from starting.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

import msgspec
import structlog
from msgspec import Struct

from ingest.journal import accounting, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from sensors.excerpt import failure_line
from sensors.model import RefusalReason, Refused

REASON: RefusalReason = "internal_error"

log = structlog.get_logger()

Cell: TypeAlias = float | str | bytes | None


class RowCheck(Struct, frozen=True):
    """How rows of a table are read: `read` is given the `columns` and raises for what cannot be worked with.

    Text is looked at too: it has to be UTF-8. `derived` says that the store can bring back what is lost.
    """

    table: str
    columns: str
    read: Callable[..., object]
    where: str = "1"
    derived: bool = False


class UnreadableRow(Struct, frozen=True):
    """One row: its table, its key by column, and by what reading it failed."""

    check: RowCheck
    key: dict[str, Cell]
    failure: Exception


def set_aside(journal: Journal, checks: Iterable[RowCheck], prefix: str, limit: float, now: datetime) -> bool:
    """Move each row that cannot be read into the quarantine, on the topic `<prefix>/journal/<table>`.

    Args:
        journal: The file; its owner calls this before anybody else reads it.
        checks: Which tables, and how they are read.
        prefix: The topics' first levels.
        limit: Bytes that the quarantine may take.
        now: The clock.

    Returns:
        Whether one of them was `derived`.
    """
    connection = journal.connection()
    former = connection.text_factory
    connection.text_factory = _foreign_text
    try:
        found = [row for check in checks for row in _unreadable(connection, check)]
        if found:
            with journal.transaction(frees=True):
                for row in found:
                    _move(connection, row, prefix, limit, now)
                accounting.create_rows(connection)
    finally:
        connection.text_factory = former
    return any(row.check.derived for row in found)


def _unreadable(connection: sqlite3.Connection, check: RowCheck) -> Iterator[UnreadableRow]:
    keys = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (check.table,)
        )
    ]
    query = f"SELECT {', '.join(keys)}, {check.columns} FROM {check.table} WHERE {check.where}"
    for row in connection.execute(query):
        failure = _failure(check, row, len(keys))
        if failure is not None:
            yield UnreadableRow(check, dict(zip(keys, row, strict=False)), failure)


def _failure(check: RowCheck, row: tuple[Cell, ...], keys: int) -> Exception | None:
    try:
        for value in row:
            if type(value) is str:
                value.encode()
        check.read(*row[keys:])
    except Exception as failure:  # noqa: BLE001 - whatever a foreign row may do to its reader; it is kept and said
        return failure
    return None


def _move(
    connection: sqlite3.Connection, row: UnreadableRow, prefix: str, limit: float, now: datetime
) -> None:
    words = failure_line(row.failure)
    table = row.check.table
    # Text that is no UTF-8 can only be given back as the bytes that it is.
    where = " AND ".join(
        f"{name} = {'CAST(? AS TEXT)' if _is_text(v) else '?'}" for name, v in row.key.items()
    )
    values = [_to_bytes(value) for value in row.key.values()]
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {where}", values)
    names = [name for name, *_ in cursor.description]
    whole = {name: _shown(value) for name, value in zip(names, cursor.fetchone(), strict=True)}
    log.error("a row of the journal cannot be read", table=table, key=[*map(_shown, values)], why=words)
    connection.execute(f"DELETE FROM {table} WHERE {where}", values)
    message = InboxMessage(f"{prefix}/journal/{table}", msgspec.json.encode(whole), now)
    quarantine.add(connection, message, [Refused(REASON, words)], limit)
    accounting.add(connection, {"items": 1})


def _foreign_text(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _to_bytes(value: Cell) -> Cell:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def _shown(value: Cell) -> Cell:
    return (
        value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if isinstance(value, str)
        else value
    )
