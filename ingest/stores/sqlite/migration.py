"""Bringing a file of an earlier version of the tables up to this one."""

import sqlite3

from ingest.stores.sqlite import tables


def _add_missing(connection: sqlite3.Connection) -> None:
    """Add tables and columns that an earlier build of this version has not made, and goes on without."""
    if _missing(connection):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for statement in _missing(connection):  # anew: another process may have been quicker
                connection.execute(statement)


def _missing(connection: sqlite3.Connection) -> list[str]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    made = [tables.create(one) for name, one in tables.KEPT.items() if name not in there]
    for (table, column), statement in tables.ADDED.items():
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if columns and column not in columns:
            made.append(statement)
    return made


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables of an earlier version or build up; whoever opens the file first does it."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found < tables.VERSION:
        _raise_version(connection)
    _add_missing(connection)


def _raise_version(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for statements in tables.CHANGES[version - 1 :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {tables.VERSION}")
