"""The log of a service: synced before a transaction returns, while others write; written back in time."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from ingest.journal import inbox
from ingest.journal.database.failures import is_of_the_file
from ingest.journal.database.write_ahead_log import WRITE_BACK_AFTER, log_bytes, log_of
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage

MESSAGE = InboxMessage("liangqu/air/wujinku", b"{}", datetime(2026, 11, 28, 6, tzinfo=UTC))
PATIENCE = 30.0


class Disk:
    """Stands for `fdatasync`: what was asked for, and whether it answers yet."""

    def __init__(self) -> None:
        self.synced: list[Path] = []
        self.asked, self.answers = Event(), Event()
        self.answers.set()
        self.refuses = 0

    def sync(self, descriptor: int) -> None:
        self.asked.set()
        assert self.answers.wait(PATIENCE)
        if self.refuses:
            raise OSError(self.refuses, os.strerror(self.refuses))
        self.synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(os, "fdatasync", made.sync)
    return made


@pytest.fixture
def journal(tmp_path: Path, disk: Disk) -> Iterator[Journal]:
    """Owned, and not used in this thread since: its connections are those of a service's threads."""
    with closing(Journal(tmp_path / "journal.db", reserve=4096)) as opened:
        opened.own()
        disk.synced.clear()
        disk.asked.clear()
        yield opened


@pytest.fixture
def threads() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit


def keep(journal: Journal, reached: Event | None = None) -> None:
    """Commit a message as a thread of the service does."""
    with journal.transaction() as connection:
        inbox.add(connection, [MESSAGE])
        if reached:
            reached.set()


def count(journal: Journal) -> int:
    with journal.snapshot() as connection:
        return len(inbox.fetch(connection, 100))


def test_a_transaction_ends_when_the_log_is_synced(
    journal: Journal, disk: Disk, threads: Callable[..., Future[object]]
) -> None:
    disk.answers.clear()
    kept = threads(keep, journal)
    assert disk.asked.wait(PATIENCE)
    assert (kept.done(), disk.synced) == (False, [])

    disk.answers.set()
    kept.result(PATIENCE)
    assert disk.synced == [log_of(journal.path)]


def test_meanwhile_others_read_what_was_committed_and_commit_and_one_sync_serves_them_all(
    journal: Journal, disk: Disk, threads: Callable[..., Future[object]]
) -> None:
    disk.answers.clear()
    first = threads(keep, journal)
    assert disk.asked.wait(PATIENCE)
    assert count(journal) == 1

    reached = [Event(), Event()]
    others = [threads(keep, journal, each) for each in reached]
    assert all(each.wait(PATIENCE) for each in reached)
    while count(journal) < 3:
        assert not first.done()
    disk.answers.set()
    for each in (first, *others):
        each.result(PATIENCE)
    assert len(disk.synced) == 2


def test_what_may_be_done_again_waits_for_no_sync_and_is_on_the_disk_with_the_next(
    journal: Journal, disk: Disk, threads: Callable[..., Future[object]]
) -> None:
    def keep_without() -> None:
        with journal.transaction(synced=False) as connection:
            inbox.add(connection, [MESSAGE])

    threads(keep_without).result(PATIENCE)
    assert (count(journal), disk.synced) == (1, [])
    threads(keep, journal).result(PATIENCE)
    assert disk.synced == [log_of(journal.path)]


@pytest.mark.parametrize(
    ("refusal", "is_held"), [(errno.EIO, True), (errno.ENOSPC, False)], ids=["broken", "full"]
)
def test_a_disk_that_refused_to_sync_is_not_trusted_again(
    refusal: int, is_held: bool, journal: Journal, disk: Disk, threads: Callable[..., Future[object]]
) -> None:
    disk.refuses = refusal
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error") as failure:
        threads(keep, journal).result(PATIENCE)
    assert is_of_the_file(failure.value)
    assert journal.reserve.held is is_held

    disk.refuses = 0  # as Linux does, which has dropped what it could not write
    threads(journal.regain_room).result(PATIENCE)
    with pytest.raises(sqlite3.OperationalError, match="refused to sync it") as failure:
        threads(keep, journal).result(PATIENCE)
    assert is_of_the_file(failure.value)
    assert disk.synced == []
    assert journal.gone() == (
        f"{log_of(journal.path)}: the disk refused to sync it ({os.strerror(refusal)});"
        " nothing more is acknowledged; see to the disk and restart liangqu"
    )


def test_who_is_not_the_owner_leaves_it_to_sqlite(journal: Journal) -> None:
    with closing(Journal(journal.path)) as command:
        assert command.connection().execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


@pytest.mark.usefixtures("disk")
def test_a_log_that_is_written_back_begins_anew(
    journal: Journal, threads: Callable[..., Future[object]]
) -> None:
    def fill() -> int:
        for _ in range(WRITE_BACK_AFTER):
            keep(journal)
        journal.write_log_back()
        return log_bytes(journal.path)

    first, second, third = [int(str(threads(fill).result(PATIENCE))) for _ in range(3)]

    assert second <= first * 1.1
    assert third <= first * 1.1
