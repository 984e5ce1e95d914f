"""A damaged journal file is moved aside and reported, and a new one begun, so that the service goes on."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ingest.journal.database import schema

CHECK_S = 2.0
CHECK_STEPS = 10_000  # of SQLite between two checks of the time
_PARTS = ("", "-wal")

log = structlog.get_logger()


def set_aside_if_damaged(path: Path, now: datetime) -> Path | None:
    """Check the file; if it is damaged, rename it to `<name>.damaged-<time>` and return that name.

    The check takes two seconds at most, about a gigabyte. Damage in the rest is found when it is used; the
    file is then marked as suspect, and the next check covers all of it. Nobody may have the file open.
    """
    words = damage_of(path)
    if not words:
        return None
    _suspect(path).unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for part in _PARTS:
        found = path.with_name(path.name + part)
        if found.exists():
            found.rename(aside.with_name(aside.name + part))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    log.error("journal damaged", moved_to=str(aside), why=words)
    return aside


def damage_of(path: Path) -> str:
    """What is wrong with a database file, in one line; "" when nothing is known to be, or there is none.

    It checks for two seconds at most, or all of a suspect file, which is no longer suspect if it is whole.
    """
    suspect = _suspect(path)
    words = _check(path, None if suspect.exists() else CHECK_S)
    if not words:
        suspect.unlink(missing_ok=True)
    return " ".join(words.split())


def mark_suspect(path: Path) -> None:
    """Make the check at the next start cover the whole file, however long that takes."""
    _suspect(path).touch()


def list_set_aside(path: Path) -> list[str]:
    """The names of all that were moved aside and are still there, oldest first."""
    found = (file.name for file in path.parent.glob(f"{path.name}.damaged-*"))
    return sorted(name for name in found if not name.endswith("-wal"))


def _suspect(path: Path) -> Path:
    return path.with_name(path.name + ".suspect")


def _check(path: Path, seconds: float | None) -> str:
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
