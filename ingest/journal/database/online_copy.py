"""A copy of a SQLite file that is being written meanwhile, by SQLite's backup API, and its rows counted."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

PAGES_AT_ONCE = 2048  # 8 MB
BUSY_TIMEOUT_S = 10.0

Advance = Callable[[int], None]
"""Called with how much is done so far."""


class CopyError(Exception):
    """There is nothing to copy, or what would be copied is damaged; one line that names the file."""


def copy_database(source: Path, target: Path, advance: Advance) -> Mapping[str, int]:
    """Copy all of one moment into a new file for its owner alone; how many rows each table has.

    Others go on writing: they are not waited for, nor made to wait. `advance` is told pages.

    Raises:
        CopyError: `source` is missing, empty, no SQLite file, damaged or without a row.
        OSError: `target` cannot be made.
    """
    if not source.is_file():
        raise CopyError(f"{source}: there is no such file")
    if not source.stat().st_size:
        raise CopyError(f"{source}: the file is empty")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_open(source, "rw")) as reader, closing(sqlite3.connect(target)) as writer:
            # A transaction of its own keeps the moment; without it each write would begin the copy again.
            reader.execute("BEGIN")
            reader.execute("SELECT 1 FROM sqlite_master").fetchone()
            reader.backup(
                writer, pages=PAGES_AT_ONCE, progress=lambda _status, left, total: advance(total - left)
            )
            writer.execute(
                "PRAGMA journal_mode = DELETE"
            )  # one file: -wal and -shm come with the next opening
    except sqlite3.Error as error:
        raise CopyError(f"{source}: {error}") from None
    counts = count_rows(target)
    if not any(counts.values()):
        raise CopyError(f"{source}: holds nothing")
    return counts


def put_whole(source: Path, place: Path, prepare: Callable[[Path], None] = lambda _: None) -> None:
    """Copy a file into its place, which has all of it and on the disk, or nothing; for its owner alone.

    `prepare` may give what comes to another before it is there.
    """
    coming = place.with_name(f".{place.name}.restoring")
    coming.unlink(missing_ok=True)
    number = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as part, source.open("rb") as whole:
        shutil.copyfileobj(whole, part)
        prepare(coming)
        part.flush()
        os.fsync(part.fileno())
    coming.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def count_rows(file: Path) -> Mapping[str, int]:
    """How many rows each table has, after SQLite has found the whole file sound; nothing is written.

    Raises:
        CopyError: it is damaged or no SQLite file.
    """
    try:
        with closing(_open(file, "ro")) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise CopyError(f"{file}: {verdict}")
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
            )
            names = [name for (name,) in found]
            return {name: _count(connection, name) for name in names}
    except sqlite3.Error as error:
        raise CopyError(f"{file}: {error}") from None


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    (number,) = connection.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()
    return int(number)


def _open(file: Path, mode: str) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
