"""Classifies failures: of the file, which pass or need the operator, or of the input itself."""

import errno
import sqlite3
from pathlib import Path

# Locked, full, read-only, damaged, not to be read or opened: what was worked on has no part in it.
_OF_THE_FILE = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOTADB,
})  # fmt: skip
_OF_THE_DISK = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EBADF,
    errno.EMFILE, errno.ENFILE, errno.ESTALE,
})  # fmt: skip
_DISK_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY = 0xFF  # of SQLite's extended codes


def is_disk_full(failure: BaseException) -> bool:
    """Whether this says that the disk has no room."""
    return getattr(failure, "sqlite_errorcode", 0) in _DISK_FULL


def is_damage(failure: BaseException) -> bool:
    """Whether this says that the file is damaged or no longer a database."""
    return getattr(failure, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGED


def is_of_the_file(failure: BaseException) -> bool:
    """Whether this says that the journal's file or disk is locked, full or broken.

    Anything else, an error of SQLite in what it was given too, is the input's or the program's.
    """
    if isinstance(failure, sqlite3.Error):
        code = getattr(failure, "sqlite_errorcode", None)
        if code is None:  # ours, of a full disk; a closed connection is a ProgrammingError
            return type(failure) in {sqlite3.OperationalError, sqlite3.DatabaseError}
        return code & _PRIMARY in _OF_THE_FILE
    return isinstance(failure, OSError) and failure.errno in _OF_THE_DISK


def to_sqlite_error(failure: OSError, path: Path) -> sqlite3.OperationalError:
    """The error that SQLite raises where the disk refuses it the same."""
    error = sqlite3.OperationalError(f"{path}: disk I/O error: {failure.strerror}")
    is_full = failure.errno in {errno.ENOSPC, errno.EDQUOT}
    error.sqlite_errorcode = sqlite3.SQLITE_FULL if is_full else sqlite3.SQLITE_IOERR_FSYNC
    return error
