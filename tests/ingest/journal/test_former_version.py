"""A journal of an earlier build is kept whole before it is migrated, and not migrated under its service."""

import os
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.journal.database import schema
from ingest.journal.database.former_version import kept_copy
from ingest.journal.file import Journal, JournalInUseError, owned
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from liangqu.config.settings import load

BEFORE = schema.VERSION - 1
KEPT = f"journal.db.version-{BEFORE}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal as the build before left it, a part of it still in the log."""
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for number, statements in enumerate(schema.MIGRATIONS[:BEFORE], start=1):
            connection.executescript(f"{statements}; PRAGMA user_version = {number};")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        connection.commit()
    return path


def rows_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def test_it_is_kept_as_it_was_for_its_owner_only(path: Path) -> None:
    before = rows_of(path)

    Journal(path).close()

    kept = kept_copy(path, BEFORE)
    assert kept.name == KEPT
    assert rows_of(kept) == before
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert schema.version_of(connection) == schema.VERSION


def test_the_copy_in_its_place_is_gone_on_with(path: Path) -> None:
    Journal(path).close()
    kept_copy(path, BEFORE).replace(path)

    with closing(Journal(path)) as journal:
        found = journal.connection().execute("SELECT value FROM meta WHERE name = 'a'").fetchall()

    assert found == [("b",)]
    assert KEPT in names(path)


@pytest.mark.parametrize("left", ["journal.db.version-3", KEPT, f"{KEPT}.unfinished"])
def test_one_copy_is_kept(left: str, path: Path) -> None:
    (path.parent / left).write_bytes(b"of a time before")

    Journal(path).close()

    assert {name for name in names(path) if "version" in name} == {KEPT}
    assert "INSERT INTO \"meta\" VALUES('a','b');" in rows_of(path.parent / KEPT)


def test_a_new_journal_and_one_of_today_keep_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        Journal(tmp_path / "journal.db").close()

    assert not [name for name in names(tmp_path / "journal.db") if "version" in name]


def test_without_room_for_the_copy_nothing_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))
    before = rows_of(path)

    with pytest.raises(
        ProblemError, match=rf"version {BEFORE}: its copy, kept before .* make room, nothing was"
    ):
        open_journal(load(None, {"LIANGQU_JOURNAL__PATH": str(path)}))

    assert rows_of(path) == before
    assert not [name for name in names(path) if "version" in name]


def test_a_copy_that_fails_leaves_the_journal_and_no_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(path)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("the disk is gone")))

    with pytest.raises(OSError, match="the disk is gone"):
        Journal(path)

    assert rows_of(path) == before
    assert not [name for name in names(path) if "version" in name]


def test_it_is_not_migrated_under_a_service_of_the_build_before(path: Path) -> None:
    """A command of the new image, while the old one runs and would go on with tables it does not know."""
    before = rows_of(path)
    with owned(path):
        with pytest.raises(JournalInUseError, match="another liangqu run has this journal"):
            Journal(path)
        with pytest.raises(ProblemError, match=r"journal\.db: .*of an earlier version: stop it, then"):
            open_journal(load(None, {"LIANGQU_JOURNAL__PATH": str(path)}))

    assert rows_of(path) == before


def test_a_newer_journal_is_refused_by_name_and_told_what_was_kept(path: Path) -> None:
    Journal(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")

    with pytest.raises(ProblemError) as refused:
        open_journal(load(None, {"LIANGQU_JOURNAL__PATH": str(path)}))

    assert f"{path}: schema version {schema.VERSION + 1}, this liangqu knows up to" in str(refused.value)
    assert f"{path}.version-{schema.VERSION}" in str(refused.value)
    assert refused.value.exit_code == 2


def test_each_migration_is_named_by_the_version_it_makes() -> None:
    """A gap would give the next one a number that is not its version."""
    names = sorted(file.name for file in files("ingest.journal.database").joinpath("migrations").iterdir())

    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, schema.VERSION + 1)]
