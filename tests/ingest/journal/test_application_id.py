"""A journal is known by its application id; other programs' SQLite files are refused and left alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.journal.database.schema import (
    APPLICATION,
    MIGRATIONS,
    VERSION,
    ForeignFileError,
    JournalTooNewError,
)
from ingest.journal.file import Journal
from ingest.stores.sqlite.store import SqliteStore


def pragma(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return found


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE moz_places (url TEXT); INSERT INTO moz_places VALUES ('x');")


def other_program_with_a_version(path: Path) -> None:
    other_program(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 77")


def other_program_with_an_inbox(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE inbox (id INTEGER); PRAGMA user_version = 3;")


def other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA application_id = 252006674; CREATE TABLE t (x);")


def our_store(path: Path) -> None:
    store = SqliteStore(path)
    store.prepare()
    store.close()


FOREIGN = [
    other_program,
    other_program_with_a_version,
    other_program_with_an_inbox,
    other_application,
    our_store,
]


@pytest.mark.parametrize("make", FOREIGN)
def test_a_foreign_file_is_refused_by_name_and_left_as_it_was(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "journal.db"
    make(path)
    mode = pragma(path, "journal_mode")
    content = path.read_bytes()

    with pytest.raises(ForeignFileError, match=r"journal\.db: .*another program"):
        Journal(path)

    assert path.read_bytes() == content
    assert pragma(path, "journal_mode") == mode


def test_a_new_journal_says_what_it_is(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.db").close()

    assert pragma(tmp_path / "journal.db", "application_id") == APPLICATION


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_journal_from_before_is_adopted(version: int, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        for number, statements in enumerate(MIGRATIONS[:version], 1):
            connection.executescript(f"{statements}; PRAGMA user_version = {number};")
        connection.execute("PRAGMA application_id = 0")

    Journal(path).close()

    assert pragma(path, "application_id") == APPLICATION
    assert pragma(path, "user_version") == VERSION


def test_a_journal_of_a_newer_liangqu_is_still_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")

    with pytest.raises(JournalTooNewError):
        Journal(path)
