"""The journal file's tables, version by version; newer code migrates, older code refuses."""

import sqlite3
from contextlib import closing
from importlib import resources

_FOLDER = resources.files("ingest.journal.database") / "migrations"
MIGRATIONS: tuple[str, ...] = tuple(
    file.read_text(encoding="utf-8") for file in sorted(_FOLDER.iterdir(), key=lambda file: file.name)
)
"""The statements that lead from each version to the next, one file each: `migrations/0001_….sql` first."""
VERSION = len(MIGRATIONS)
BEING_RESTORED = 2**31 - 1
"""The version that a restore gives to an empty file until the journal is there."""
APPLICATION = 0x4C514A4E
"""SQLite's application id of a journal: LQJN. Older ones have none and are known by their tables."""
_ALWAYS_THERE = {"inbox", "outgoing", "series", "request", "count", "meta"}


class JournalTooNewError(Exception):
    """The file was written by a newer liangqu, or is none yet; this one refuses to touch it."""


class ForeignFileError(Exception):
    """A SQLite file that is no journal: another program's, or liangqu's store."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of its tables; 0: it has none yet."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_former(connection: sqlite3.Connection) -> bool:
    """Whether an earlier liangqu wrote it, so that `migrate` would change what is there."""
    return 0 < version_of(connection) < VERSION


def migrate(connection: sqlite3.Connection, name: str) -> bool:
    """Bring the file to `VERSION`; True when it was made by this call.

    Raises:
        JournalTooNewError: its version is above ours, or it holds a place; `name` is for the message.
    """
    found = version_of(connection)
    if found == BEING_RESTORED:
        raise JournalTooNewError(f"{name}: a restore has not finished: this is no journal yet")
    if found > VERSION:
        raise JournalTooNewError(
            f"{name}: schema version {found}, this liangqu knows up to {VERSION}; install the newer one,"
            f" or go back to {name}.version-{VERSION}, if it is there (docs/guide.md, chapter 10)"
        )
    for version, statements in enumerate(MIGRATIONS[found:], start=found + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {statements}; PRAGMA user_version = {version}; COMMIT;")
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    return found == 0


def missing_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that a journal of this version has and this file not; none of another file or version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if (application, version_of(connection)) != (APPLICATION, VERSION):
        return []
    with closing(sqlite3.connect(":memory:")) as whole:
        for statements in MIGRATIONS:
            whole.executescript(statements)
        return sorted(_tables(whole) - _tables(connection))


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def recognise(connection: sqlite3.Connection, name: str) -> None:
    """Look whether the file is a journal, or an empty one that may become it.

    Raises:
        ForeignFileError: it is neither; `name` is for the message.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    tables = _tables(connection)
    if application == APPLICATION or (application == 0 and (not tables or tables >= _ALWAYS_THERE)):
        return
    raise ForeignFileError(
        f"{name}: a SQLite file of another program, no journal of liangqu; nothing was changed"
    )
