"""The write-ahead log beside a database's file: its size, given back to the disk, synced."""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from ingest.journal.database.failures import to_sqlite_error

LOG_KEPT = 64 * 1024**2  # once what it holds is in the file
WRITE_BACK_AFTER = 250  # commits
LATEST_WRITE_BACK = 4_000  # pages


def log_of(path: Path) -> Path:
    """The log of a database."""
    return path.with_name(f"{path.name}-wal")


def log_bytes(path: Path) -> int:
    """Its size: at most `LOG_KEPT`, unless a reader keeps it from being written back."""
    with suppress(FileNotFoundError):
        return log_of(path).stat().st_size
    return 0


def give_log_back(connection: sqlite3.Connection) -> None:
    """Write the log back and truncate it, unless a reader is in the way; does not wait."""
    _, pages, written_back = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages == written_back:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def defer_syncs(connection: sqlite3.Connection) -> None:
    """Its commits do not sync, which `LogSync` does, nor write the log back unless it has grown long."""
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LATEST_WRITE_BACK}")


class LogSync:
    """Syncs the log for the threads that commit to it: one sync serves all that have committed before it.

    With `synchronous = FULL` SQLite syncs amid the commit, while nobody else may write; a disk that takes
    a tenth of a second then holds up all of them, one after the other.

    A sync that the disk has refused is the last: Linux may drop what was to be written and accept the next
    one, and whatever is read back ends at the hole. `refused` says so; "" as long as none was.

    Args:
        path: The database, open in WAL mode, so that its log is there.

    Raises:
        OSError: there is no log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(log_of(path), os.O_RDONLY | os.O_CLOEXEC)
        self._syncing = threading.Lock()
        self._committed = self._synced = self._written_back = 0
        self.refused = ""

    def count(self) -> int:
        """Count a commit, while nobody else can commit; returns its number."""
        self._committed += 1
        return self._committed

    def sync(self, number: int) -> None:
        """Return when the commit of this number is on the disk.

        Raises:
            sqlite3.OperationalError: the disk refuses, or has before. The commit stands all the same, and
                may be lost.
        """
        with self._syncing:
            if self._synced >= number:
                return
            if self.refused:  # by the sync that it waited for
                raise sqlite3.OperationalError(self.refused)
            reached = self._committed
            try:
                os.fdatasync(self._descriptor)
            except OSError as error:
                self.refused = f"{log_of(self._path)}: the disk refused to sync it ({error.strerror})"
                raise to_sqlite_error(error, self._path) from error
            self._synced = reached

    def write_back(self, connection: sqlite3.Connection, writing: threading.Lock) -> None:
        """Write what the log holds into its file, once that is much; the log then begins anew.

        SQLite would do it amid a commit. Others write meanwhile, but for a moment at the end. Where readers
        are in the way, or the disk refuses, the rest is for the next time. One thread calls it.
        """
        if self._committed - self._written_back < WRITE_BACK_AFTER:
            return
        self._written_back = self._committed
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            with writing:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        """Nothing more is committed."""
        os.close(self._descriptor)
