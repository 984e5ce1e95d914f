"""A damaged journal file is moved aside and reported, and a new one begun: the service must go on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ingest.journal import schema

CHECK_S = 2.0
CHECK_STEPS = 10_000  # of SQLite between two looks at the clock
_PARTS = ("", "-wal")
_PRIMARY = 0xFF  # of SQLite's extended codes

log = structlog.get_logger()


def set_aside_if_damaged(path: Path, now: datetime) -> Path | None:
    """Check the file; if it is damaged, rename it to `<name>.damaged-<time>` and return that name.

    The look takes two seconds at most, about a gigabyte; what it leaves out is found when it is used, which
    leaves a mark (`suspect`), and then the whole file is looked at. Nobody may have the file open.
    """
    words = look(path)
    if not words:
        return None
    _mark(path).unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for part in _PARTS:
        found = path.with_name(path.name + part)
        if found.exists():
            found.rename(aside.with_name(aside.name + part))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    log.error("journal damaged", moved_to=str(aside), why=words)
    return aside


def is_damage(failure: BaseException) -> bool:
    """Whether this error says that the file is damaged or not a database any more."""
    code = getattr(failure, "sqlite_errorcode", 0) & _PRIMARY
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def look(path: Path) -> str:
    """What is wrong with a database file, in one line; "" when nothing is known to be, or there is none.

    Two seconds at most, unless it is suspect: then at all of it, and it is no more when it is whole.
    """
    mark = _mark(path)
    words = _damage(path, None if mark.exists() else CHECK_S)
    if not words:
        mark.unlink(missing_ok=True)
    return " ".join(words.split())


def mark_suspect(path: Path) -> None:
    """Make the check at the next start cover the whole file, however long that takes."""
    _mark(path).touch()


def list_set_aside(path: Path) -> list[str]:
    """The names of all that were moved aside and are still there, oldest first."""
    return sorted(found.name for found in _aside(path))


def _aside(path: Path) -> Iterator[Path]:
    return (f for f in path.parent.glob(f"{path.name}.damaged-*") if not f.name.endswith("-wal"))


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".suspect")


def _damage(path: Path, seconds: float | None) -> str:
    """What is wrong with the file; "" when nothing is known to be."""
    if not path.exists() or not path.stat().st_size:
        return ""
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            if seconds is not None:
                until = time.monotonic() + seconds
                connection.set_progress_handler(lambda: time.monotonic() > until, CHECK_STEPS)
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found == "ok" and (gone := schema.missing_tables(connection)):
                return f"no such table: {', '.join(gone)}"
    except sqlite3.OperationalError:
        return ""  # interrupted by our own clock, or not to be opened: no sign of damage
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else found
