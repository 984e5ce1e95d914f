"""Who has a journal, and who waits for it, as the locks beside it say."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.journal.database.holder import (
    Holder,
    StandbyLock,
    is_locked,
    lock_of,
    read_holder,
    standby_of,
    write_holder,
)
from ingest.journal.file import Journal, JournalInUseError

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
OTHER = Holder("north", 7, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_the_owner_says_in_the_lock_who_it_is(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.own()
        holder = read_holder(lock_of(path))
        assert holder is not None
        assert (holder.pid, is_locked(lock_of(path))) == (os.getpid(), True)
    assert not is_locked(lock_of(path))


def test_whoever_loses_the_lock_to_another_ends(path: Path) -> None:
    """As a file server does that gives the lock of a machine it cannot reach to the next one."""
    with closing(Journal(path)) as journal:
        journal.own()
        journal.check_owner()
        taken = os.open(lock_of(path), os.O_RDWR)
        write_holder(taken, OTHER)
        os.close(taken)

        words = f"{path}: north, pid 7, since 2026-03-01T02:00:00Z has taken it"
        assert journal.gone() == f"{words}; nothing more is acknowledged"
        with pytest.raises(JournalInUseError, match=words):
            journal.check_owner()


def test_the_first_of_several_that_wait_is_named_until_it_waits_no_more(path: Path) -> None:
    first, second = StandbyLock(path, NOW), StandbyLock(path, NOW.replace(hour=5))
    found = read_holder(standby_of(path))
    assert found is not None
    assert (found.since, is_locked(standby_of(path))) == (NOW, True)
    second.end()
    assert is_locked(standby_of(path))
    first.end()
    assert not is_locked(standby_of(path))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="an earlier build wrote nothing"),
        pytest.param(b'{"host":1}', id="nonsense"),
        pytest.param(b"\xff" * 5000, id="no text"),
    ],
)
def test_a_lock_that_says_nothing_is_no_holder(text: bytes, path: Path) -> None:
    lock_of(path).write_bytes(text)

    assert read_holder(lock_of(path)) is None
