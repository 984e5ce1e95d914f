"""Bringing a file of an earlier version of the tables up to this one."""

import sqlite3

from ingest.stores.sqlite import tables


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables of an earlier version up; whoever opens the file first does it."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for statements in tables.CHANGES[version - 1 :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {tables.VERSION}")
