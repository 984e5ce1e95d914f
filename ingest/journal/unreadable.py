"""Rows of the journal that cannot be read: moved to the quarantine, and done without.

A damaged byte that SQLite does not see, or a row that another version or program wrote: state is read at the
start, and one such row must not keep the service from starting.
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
    """How rows of a table are read: `read` is given the `columns` and raises if it cannot use them.

    Text has to be UTF-8 too. `derived` says that the store can bring back what is lost.
    """

    table: str
    columns: str
    read: Callable[..., object]
    where: str = "1"
    derived: bool = False


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
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        found = [(check, *row) for check in checks for row in _unreadable(connection, check)]
        if found:
            with journal.transaction(frees=True):
                for check, key, failure in found:
                    _move(connection, check.table, key, failure, prefix=prefix, limit=limit, now=now)
                accounting.create_rows(connection)
    finally:
        connection.text_factory = former
    return any(check.derived for check, _, _ in found)


def _unreadable(
    connection: sqlite3.Connection, check: RowCheck
) -> Iterator[tuple[dict[str, Cell], Exception]]:
    """The key, by column, of each row that cannot be read, and why."""
    primary = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
    keys = [name for (name,) in connection.execute(primary, (check.table,))]
    query = f"SELECT {', '.join(keys)}, {check.columns} FROM {check.table} WHERE {check.where}"
    for row in connection.execute(query):
        failure = _failure(check, row, len(keys))
        if failure is not None:
            yield dict(zip(keys, row, strict=False)), failure


def _failure(check: RowCheck, row: tuple[Cell, ...], keys: int) -> Exception | None:
    try:
        for value in row:
            if type(value) is str:
                value.encode()
        check.read(*row[keys:])
    except Exception as failure:  # noqa: BLE001 - a foreign row may raise anything; it is kept and reported
        return failure
    return None


def _move(
    connection: sqlite3.Connection,
    table: str,
    key: dict[str, Cell],
    failure: Exception,
    *,
    prefix: str,
    limit: float,
    now: datetime,
) -> None:
    words = failure_line(failure)
    # Text that is not UTF-8 can only be passed to SQLite as bytes.
    where = " AND ".join(
        f"{name} = {'CAST(? AS TEXT)' if isinstance(value, str) else '?'}" for name, value in key.items()
    )
    values = [_to_bytes(value) for value in key.values()]
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {where}", values)
    names = [name for name, *_ in cursor.description]
    whole = {name: _shown(value) for name, value in zip(names, cursor.fetchone(), strict=True)}
    log.error("a row of the journal cannot be read", table=table, key=[*map(_shown, values)], why=words)
    connection.execute(f"DELETE FROM {table} WHERE {where}", values)
    message = InboxMessage(f"{prefix}/journal/{table}", msgspec.json.encode(whole), now)
    quarantine.add(connection, message, [Refused(REASON, words)], limit)
    accounting.add(connection, {"items": 1})


def _to_bytes(value: Cell) -> Cell:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def _shown(value: Cell) -> Cell:
    found = _to_bytes(value)
    return found.decode("utf-8", "replace") if isinstance(value, str) and isinstance(found, bytes) else found
