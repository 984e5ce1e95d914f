"""The file itself: opened, owned by one service, written in whole transactions, measured."""

import fcntl
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ingest.journal import accounting
from ingest.journal.database import former_version, schema
from ingest.journal.database.disk_reserve import Reserve
from ingest.journal.database.failures import is_disk_full
from ingest.journal.database.holder import Holder, alone_in, lock_of, read_holder, this_process, write_holder
from ingest.journal.database.open_files import OpenFiles
from ingest.journal.database.opening import open_file, recognise
from ingest.journal.database.write_ahead_log import LogSync, defer_syncs, give_log_back

GIVEN_BACK_PAGES = 1000  # at a time: 4 MB
LONGEST_READ_S = 60.0
_GONE = "nothing more is acknowledged; put it back, or let the store take what waits and restart liangqu"
LOCK_TRIES, LOCK_PAUSE_S = 3, 0.02
CHECK_STEPS = 10_000  # of SQLite between two checks of the time


class JournalInUseError(Exception):
    """Another `liangqu run` owns the file."""


class Journal:
    """Connections to the journal file, one a thread, and the write lock between them.

    Opening it makes or migrates the file. Any process may open it; `own()` is for the one service. When
    nobody holds it any more its connections are closed, those that `connection()` gave too.

    Attributes:
        before_commit: Called at the end of each transaction, inside it; not while the disk is full.

    Args:
        path: The SQLite file; its folder must exist.
        reserve: Bytes that its owner keeps free for a full disk, see disk_reserve.py.

    Raises:
        JournalTooNewError: a newer liangqu wrote the file.
        JournalInUseError: it has to be migrated, and a service of an earlier liangqu has it.
        ForeignFileError: another program wrote it.
        sqlite3.DatabaseError: the file is no journal, or damaged.
        OSError: its folder is missing or shut, or has no room for the copy that a migration keeps.
    """

    def __init__(self, path: Path, *, reserve: int = 0) -> None:
        self.path = path
        self.reserve = Reserve(path, 0)
        self.before_commit: Callable[[sqlite3.Connection], None] | None = None
        self._owners_reserve = reserve
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        weakref.finalize(self, _close_each, self._connections).atexit = False  # whoever held it is gone
        self._writing = threading.Lock()
        self._owner: int | None = None
        self._holder: Holder | None = None
        self._own_files: OpenFiles | None = None
        self._log: LogSync | None = None
        self._spare: sqlite3.Connection | None = None
        self._spare_lock = threading.Lock()
        with alone_in(path.parent):
            recognise(path)
            connection = self.connection()
            with ExitStack() as stack:
                if schema.is_former(
                    connection
                ):  # a service of that build would go on with tables it does not know
                    stack.enter_context(owned(path))
                    former_version.keep(connection, path)
                self.is_new = schema.migrate(connection, str(path))
            with self.transaction():
                accounting.create_rows(connection)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; reading needs nothing else and never waits for a writer."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = open_file(self.path, make=self._own_files is None)
            if self._log is not None:
                defer_syncs(found)
            self._local.connection = found
            self._connections.append(found)
        return found

    @contextmanager
    def transaction(self, *, frees: bool = False, synced: bool = True) -> Iterator[sqlite3.Connection]:
        """One write transaction: committed and synced at the end, rolled back by any exception.

        While the owner's is synced, its other threads read what was committed, and write.
        On a full disk the reserve is given up; its room is for the transactions that free more.

        Args:
            frees: It removes more than it adds, or adds next to nothing: it is tried on a full disk too.
            synced: False: it is on the disk with the next that is synced, within about a second. For what may
                be done again after the power has failed; the end of the process costs nothing.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is locked; try again later.
        """
        connection = self.connection()
        with self._writing:  # threads of one process queue here, not in SQLite's polling
            if not frees and self.disk_is_full():
                raise sqlite3.OperationalError("the disk is full")
            if self._log and self._log.refused:
                raise sqlite3.OperationalError(self._log.refused)
            with self._giving_up_the_reserve():
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    self.send_changes(connection)
                    connection.execute("COMMIT")
                    number = self._log.count() if self._log else 0
                finally:
                    if connection.in_transaction:  # it failed, and no full disk has rolled it back already
                        connection.execute("ROLLBACK")
        if self._log and synced:
            with self._giving_up_the_reserve():
                self._log.sync(number)

    def send_changes(self, connection: sqlite3.Connection) -> None:
        """Call `before_commit` before the end, in a transaction that has an order to keep."""
        if self.before_commit is not None and not self.disk_is_full():
            self.before_commit(connection)

    @contextmanager
    def _giving_up_the_reserve(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if is_disk_full(error):
                self.reserve.give_up()
            raise

    def write_log_back(self) -> None:
        """Write what its owner has committed from the log into the file, if it is much; see `LogSync`."""
        if self._log is not None:
            self._log.write_back(self.connection(), self._writing)

    def disk_is_full(self) -> bool:
        """Whether the reserve had to be given up and the disk has no room for it yet."""
        return self.reserve.size > 0 and not self.reserve.held

    def regain_room(self) -> None:
        """After a full disk: move the log into the file, give free pages back to the disk, hold the reserve.

        Does nothing while the reserve is held. Whoever frees room calls it before each step, one thread.
        """
        if not self.disk_is_full():
            return
        connection = self.connection()
        with self._writing, suppress(sqlite3.OperationalError):  # no room or a reader: the next time
            give_log_back(connection)
            # execute() would stop after the first page: it gives a row each and no columns.
            connection.executescript(f"PRAGMA incremental_vacuum({GIVEN_BACK_PAGES})")
            give_log_back(connection)
        self.reserve.hold_again()

    @contextmanager
    def snapshot(self, longest: float = LONGEST_READ_S) -> Iterator[sqlite3.Connection]:
        """Several reads of one moment, from any thread, on a connection of their own; keep it short.

        As long as it lasts the log cannot be written back and grows: print afterwards, not inside.

        Raises:
            TimeoutError: a query was still running after `longest` seconds.
        """
        until = time.monotonic() + longest
        with self._reading() as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, CHECK_STEPS)
            try:
                connection.execute("BEGIN")
                yield connection
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                    raise TimeoutError(
                        f"{self.path}: cut after {longest:g} s of reading; ask for less"
                    ) from None
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own; once the file is gone, the spare one that was opened before."""
        if self._spare is not None and self.gone():
            with self._spare_lock:
                yield self._spare
        else:
            with closing(open_file(self.path, make=self._own_files is None)) as connection:
                yield connection

    def gone(self) -> str:
        """Why nothing written now would survive a crash; "" while its owner's files are in their place.

        Deleted, replaced, moved, or on a disk that is no longer mounted: SQLite goes on as if nothing had
        happened. Files that were moved and come back are accepted again; a disk that refused a sync is not.
        """
        if self._log and self._log.refused:
            return f"{self._log.refused}; nothing more is acknowledged; see to the disk and restart liangqu"
        if taken := self.taken_by():
            return f"{self.path}: {taken} has taken it; nothing more is acknowledged"
        file = self._own_files and self._own_files.missing()
        if not file:
            return ""
        try:
            file.stat()
        except OSError as error:
            return f"{file} is gone ({error.strerror}); {_GONE}"
        return f"{file} is another file than was opened; {_GONE}"

    def taken_by(self) -> Holder | None:
        """Who has taken it from its owner: a network's disk may give a lock to somebody else."""
        holder = None if self._owner is None else read_holder(self._owner)
        return holder if holder != self._holder else None

    def check_owner(self) -> None:
        """Raise JournalInUseError if somebody has taken the file from its owner."""
        if taken := self.taken_by():
            raise JournalInUseError(f"{self.path}: {taken} has taken it")

    def own(self) -> None:
        """Take the file for this service until the process ends.

        Raises:
            JournalInUseError: another one has it.
        """
        self._owner, self._holder = _lock(self.path), this_process(datetime.now(UTC))
        write_holder(self._owner, self._holder)
        self.reserve = Reserve(self.path, self._owners_reserve)
        if self.reserve.size:
            self.reserve.hold()
        self._spare = open_file(self.path)
        self._connections.append(self._spare)
        self._own_files = OpenFiles(self.path)
        self._log = LogSync(self.path)

    def close(self) -> None:
        """Close every thread's connection and give the file up; no thread may use it any more."""
        _close_each(self._connections)
        if self._log is not None:
            self._log.close()
        self._spare = self._own_files = self._log = None
        self._local = threading.local()
        if self._owner is not None:
            os.close(self._owner)
            self._owner = self._holder = None


def _close_each(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Own a file that is not open yet, for as long as the context lasts.

    Raises:
        JournalInUseError: another service has it.
    """
    descriptor = _lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    descriptor = os.open(lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(LOCK_PAUSE_S)  # somebody may only be looking whether it is held
    os.close(descriptor)
    raise JournalInUseError(f"{path}: another liangqu run has this journal")


def used_bytes(connection: sqlite3.Connection) -> int:
    """Bytes in used pages; free pages inside the file count as room."""
    query = (
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    )
    return int(connection.execute(query).fetchone()[0])
