"""Who has a journal, and who waits for it: locks beside the file, and in each of them who holds it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

_MOST_BYTES = 4096


class Holder(Struct, frozen=True):
    """A process, and since when it has held the lock."""

    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.host}, pid {self.pid}, since {self.since:%Y-%m-%dT%H:%M:%SZ}"


def this_process(now: datetime) -> Holder:
    """We, from now on."""
    return Holder(socket.gethostname(), os.getpid(), now)


def lock_of(path: Path) -> Path:
    """The lock of whoever works with a journal."""
    return path.with_name(f"{path.name}.lock")


def standby_of(path: Path) -> Path:
    """The lock of whoever waits for it."""
    return path.with_name(f"{path.name}.standby")


def write_holder(descriptor: int, holder: Holder) -> None:
    """Say in a lock who has it; the caller does."""
    text = msgspec.json.encode(holder)
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


def read_holder(lock: Path | int) -> Holder | None:
    """Who had a lock last, as it says itself; None if it says nothing that can be read."""
    try:
        text = os.pread(lock, _MOST_BYTES, 0) if isinstance(lock, int) else lock.read_bytes()[:_MOST_BYTES]
        return msgspec.json.decode(text, type=Holder)
    except (OSError, ValueError):
        return None


def is_locked(lock: Path) -> bool:
    """Whether somebody holds a lock now; what is asked disturbs nobody."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class StandbyLock:
    """Says beside a journal that this process waits for it, for as long as it lasts; the first of several.

    Args:
        path: Of the journal.
        now: The clock.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        self._descriptor = -1
        with suppress(OSError):  # where nothing can be written it waits all the same
            self._descriptor = os.open(standby_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                write_holder(self._descriptor, this_process(now))
            except OSError:
                self.end()

    def end(self) -> None:
        """Wait no more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process makes, migrates or changes files of this folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
