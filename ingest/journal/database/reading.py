"""A journal that is only looked at: no row is written, nothing migrated, whatever state it is in."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from ingest.journal.database import schema
from ingest.journal.database.holder import is_locked, lock_of
from ingest.journal.database.schema import JournalTooNewError

TIMEOUT_S = 10.0


class JournalTooOldError(Exception):
    """An older liangqu wrote the file, and this one has not migrated it yet."""


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Any SQLite file, on a connection that can only read and ends with this.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    address = f"file:{quote(os.fsencode(path))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=TIMEOUT_S, isolation_level=None)) as connection:
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The journal as it is at one moment, on a connection that can only read.

    Raises:
        ForeignFileError: another program wrote it.
        JournalTooNewError: its schema is of a newer liangqu.
        JournalTooOldError: its schema is of an older one; the service migrates it when it starts.
        sqlite3.Error: it cannot be read.
    """
    with read_only(path) as connection:
        schema.recognise(connection, str(path))
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > schema.VERSION:
            raise JournalTooNewError(
                f"{path}: schema version {version}, this liangqu knows up to {schema.VERSION};"
                " install the newer one"
            )
        if version < schema.VERSION:
            raise JournalTooOldError(
                f"{path}: schema version {version}, this liangqu reads {schema.VERSION}:"
                " start its service, which migrates it, or call the liangqu that runs"
            )
        connection.execute("BEGIN")
        yield connection


def is_owned(path: Path) -> bool:
    """Whether a service has this journal now, as its lock shows; what is asked disturbs no start."""
    return is_locked(lock_of(path))
