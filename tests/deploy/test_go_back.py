"""go-back.sh: the journal that a migration kept is in its place again, or nothing is changed."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from ingest.journal import accounting
from ingest.journal.database import schema
from ingest.journal.database.former_version import kept_copy
from ingest.journal.file import Journal, owned
from tests.support.paths import ROOT

BEFORE = schema.VERSION - 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of today, migrated from one of the build before that had a row; it has had another since."""
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        for number, statements in enumerate(schema.MIGRATIONS[:BEFORE], start=1):
            connection.executescript(f"{statements}; PRAGMA user_version = {number};")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
        connection.execute("INSERT INTO meta VALUES ('of', 'before')")
        connection.commit()
    journal = Journal(path)
    with journal.transaction() as connection:
        accounting.add(connection, {"items": 1, "stored": 1})
        connection.execute("UPDATE meta SET value = 'today' WHERE name = 'of'")
    journal.close()
    return path


def go_back(*words: object) -> subprocess.CompletedProcess[str]:
    script = ROOT / "deploy" / "go-back.sh"
    return subprocess.run(
        ["sh", script, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )


def state_of(path: Path) -> tuple[int, str]:
    with closing(sqlite3.connect(path)) as connection:
        (value,) = connection.execute("SELECT value FROM meta WHERE name = 'of'").fetchone()
        return schema.version_of(connection), value


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_journal_of_before_is_in_its_place_and_the_newer_one_beside_it(path: Path) -> None:
    done = go_back(path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{path} is the one of version {BEFORE} again; the newer one is {path}.newer\n"
    assert state_of(path) == (BEFORE, "before")
    assert state_of(path.with_name("journal.db.newer")) == (schema.VERSION, "today")
    Journal(path).close()  # and up again
    assert kept_copy(path, BEFORE).exists()


def test_what_a_killed_service_left_in_its_log_goes_with_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE meta SET value = 'in the log' WHERE name = 'of'")
        connection.commit()
        left = files(path.parent)
    for name in ("journal.db", "journal.db-wal"):
        (path.parent / name).write_bytes(left[name])

    assert go_back(path).returncode == 0

    assert state_of(path) == (BEFORE, "before")
    assert state_of(path.with_name("journal.db.newer")) == (schema.VERSION, "in the log")


def test_one_that_was_killed_is_run_again(path: Path) -> None:
    path.rename(path.with_name("journal.db.newer"))

    assert go_back(path).returncode == 0

    assert state_of(path) == (BEFORE, "before")


def test_under_a_service_nothing_is_changed(path: Path) -> None:
    with owned(path):
        before = files(path.parent)
        done = go_back(path)

    assert done.stderr == f"go-back: the service has {path}: stop it, nothing was changed\n"
    assert done.returncode == 1
    assert files(path.parent) == before


def test_while_a_desk_has_it_open_nothing_is_changed(path: Path) -> None:
    """What it wrote from then on would stand in the journal that is put away."""
    desk = Journal(path)
    before = {file.name for file in path.parent.iterdir()}

    done = go_back(path)
    desk.close()

    assert f"go-back: process {os.getpid()} has {path} open, such as a desk: end it" in done.stderr
    assert done.returncode == 1
    assert {file.name for file in path.parent.iterdir()} >= before - {"journal.db-wal", "journal.db-shm"}
    assert state_of(path) == (schema.VERSION, "today")


@pytest.mark.parametrize(
    ("missing", "there", "why"),
    [
        (f"journal.db.version-{BEFORE}", "other", "no migration has kept a journal as"),
        ("journal.db", "other", "is not there"),
        ("other", "journal.db.newer", "is there already, of a time before: move it away"),
    ],
)
def test_without_what_it_needs_nothing_is_changed(missing: str, there: str, why: str, path: Path) -> None:
    (path.parent / missing).unlink(missing_ok=True)
    (path.parent / there).touch()
    before = files(path.parent)

    done = go_back(path)

    assert done.returncode == 1
    assert why in done.stderr
    assert files(path.parent) == before


def test_it_says_how_it_is_called() -> None:
    assert go_back().returncode == 2
    assert "sh deploy/go-back.sh compose" in go_back().stderr
