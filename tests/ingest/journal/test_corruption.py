"""A damaged journal is moved aside whole and a new one begun; one that is whole is left alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.journal import inbox
from ingest.journal.database import corruption, schema
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ASIDE = "journal.db.damaged-20261122T080000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of some hundred pages, closed orderly."""
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal, journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(f"liangqu/air/{n}", b"x" * 1000, NOW) for n in range(1000)])
    return path


def truncate(content: bytearray) -> None:
    del content[len(content) // 2 :]


def flip_pages(content: bytearray) -> None:
    for start in range(8 * 4096, len(content), 16 * 4096):
        content[start : start + 4096] = bytes(255 - byte for byte in content[start : start + 4096])


def zero_header(content: bytearray) -> None:
    content[:100] = bytes(100)


@pytest.mark.parametrize("hurt", [truncate, flip_pages, zero_header])
def test_a_damaged_file_is_moved_aside_as_it_was(path: Path, hurt: Callable[[bytearray], None]) -> None:
    content = bytearray(path.read_bytes())
    hurt(content)
    path.write_bytes(content)

    aside = corruption.set_aside_if_damaged(path, NOW)

    assert aside == path.with_name(ASIDE)
    assert aside.read_bytes() == content
    assert corruption.list_set_aside(path) == [ASIDE]
    with closing(Journal(path)) as anew:
        assert anew.is_new


@pytest.mark.parametrize("table", ["request", "head", "count", "inbox", "episode"])
def test_a_journal_that_has_lost_a_table_is_damaged(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {table}")

    assert corruption.damage_of(path) == f"no such table: {table}"
    assert corruption.set_aside_if_damaged(path, NOW) == path.with_name(ASIDE)
    with closing(Journal(path)) as anew:
        assert anew.is_new


def test_a_whole_file_and_none_are_left_alone(path: Path) -> None:
    assert corruption.set_aside_if_damaged(path, NOW) is None
    assert corruption.set_aside_if_damaged(path.with_name("other.db"), NOW) is None
    assert corruption.list_set_aside(path) == []
    with closing(Journal(path)) as journal:
        assert len(inbox.fetch(journal.connection(), 2000, most_bytes=10**7)) == 1000


def test_a_torn_last_write_is_no_damage(path: Path) -> None:
    with closing(Journal(path)) as journal:
        with journal.transaction() as connection:
            inbox.add(connection, [InboxMessage("liangqu/air/last", b"kept", NOW)])
        with journal.transaction() as connection:
            inbox.add(connection, [InboxMessage("liangqu/air/torn", b"never synced", NOW)])
        torn = path.with_name("copy.db")
        torn.write_bytes(path.read_bytes())
        wal = path.with_name("journal.db-wal").read_bytes()
        torn.with_name("copy.db-wal").write_bytes(wal[:-100])

    assert corruption.set_aside_if_damaged(torn, NOW) is None
    with closing(Journal(torn)) as journal:
        assert inbox.fetch(journal.connection(), 2000, most_bytes=10**7)[-1].payload == b"kept"


def test_a_look_cut_short_finds_the_damage_once_it_was_met(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(path.read_bytes())
    flip_pages(content)
    path.write_bytes(content)
    monkeypatch.setattr(corruption, "CHECK_S", -1.0)
    monkeypatch.setattr(corruption, "CHECK_STEPS", 1)
    assert corruption.set_aside_if_damaged(path, NOW) is None

    corruption.mark_suspect(path)

    assert corruption.set_aside_if_damaged(path, NOW) == path.with_name(ASIDE)
    assert not path.with_name("journal.db.suspect").exists()


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
def test_every_older_version_is_migrated_with_its_rows(version: int, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number, statements in enumerate(schema.MIGRATIONS[:version], start=1):
            connection.executescript(f"BEGIN; {statements}; PRAGMA user_version = {number}; COMMIT")
        width = len(connection.execute("PRAGMA table_info (inbox)").fetchall())
        values = "1, 'liangqu/air/a', CAST('{}' AS BLOB), 17" + ", NULL" * (width - 4)
        connection.execute(f"INSERT INTO inbox VALUES ({values})")
        connection.execute("INSERT INTO recompute (site, day, cause) VALUES ('a', '2026-11-22', 'late')")
        connection.execute("INSERT INTO count VALUES ('received', 1), ('inbox', 1)")
        connection.execute("INSERT INTO outgoing VALUES (1, 1, 1, x'90')")

    with closing(Journal(path)) as old, closing(Journal(tmp_path / "new.db")) as new:
        tables = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
        connection = old.connection()
        assert not old.is_new
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert connection.execute(tables).fetchall() == new.connection().execute(tables).fetchall()
        assert [m.payload for m in inbox.fetch(connection, 2)] == [b"{}"]
        assert [row[:3] for row in connection.execute("SELECT * FROM recompute")] == [
            ("a", "2026-11-22", "late")
        ]
        assert connection.execute("SELECT count(*) FROM outgoing").fetchone() == (1,)
