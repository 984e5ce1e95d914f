"""Opens the journal's file: recognised as ours, synced at each commit, free pages given back."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ingest.journal.database import schema
from ingest.journal.database.write_ahead_log import LOG_KEPT

BUSY_TIMEOUT_S = 10.0


def recognise(path: Path) -> None:
    """Refuse a file that is not ours before it is opened for writing, which would already change it."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and path.stat().st_size:
        with closing(sqlite3.connect(_address(path, "ro"), uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            schema.recognise(connection, str(path))


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


def open_file(path: Path, *, make: bool = False) -> sqlite3.Connection:
    """A connection that any thread may use; with `make` the file is made where it is missing."""
    if make:  # for this user only: it holds the secret of the links. SQLite gives its log the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(
        _address(path, "rw"),
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
        # Only before anything is in the file, it writes: so free pages can be given back to the disk.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL would not sync at a commit at all: an acknowledged message could be lost.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_KEPT}")
    return connection
