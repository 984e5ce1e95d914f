"""A journal is kept as it was before it is migrated, so that the build before can go on with it."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ingest.journal.database import schema


def kept_copy(path: Path, version: int) -> Path:
    """Where the journal as it was in that version of the schema stands: `<name>.version-<n>` beside it."""
    return path.with_name(f"{path.name}.version-{version}")


def keep(connection: sqlite3.Connection, path: Path) -> Path:
    """Copy the journal as it is now; whole and on the disk before its name appears.

    It takes the place of a copy of the same version. Copies of other versions end: they are of a time from
    which nobody goes on any more.

    Raises:
        OSError: the disk has no room for the copy (ENOSPC), its `strerror` says of how much.
    """
    version = schema.version_of(connection)
    _refuse_without_room(connection, path, version)
    kept = kept_copy(path, version)
    unfinished = kept.with_name(kept.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            connection.backup(copy)
        unfinished.replace(kept)
    finally:
        unfinished.unlink(missing_ok=True)
    _write_names(path.parent)
    for other in path.parent.glob(f"{path.name}.version-*"):
        if other != kept:
            other.unlink()
    return kept


def _refuse_without_room(connection: sqlite3.Connection, path: Path, version: int) -> None:
    query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    (wanted,) = connection.execute(query).fetchone()
    room = os.statvfs(path.parent)
    free = room.f_bavail * room.f_frsize
    if free < wanted:
        raise OSError(
            errno.ENOSPC,
            f"of schema version {version}: its copy, kept before it is migrated, takes {wanted / 1e6:.0f}"
            f" MB, and {path.parent} has {free / 1e6:.0f} free: make room, nothing was changed",
            str(path),
        )


def _write_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
