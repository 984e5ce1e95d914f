"""A file that keeps room free on the disk: SQLite on a full disk cannot even delete.

Given up when the disk is full, so that the store can go on taking what waits and the journal shrinks; held
again as soon as the disk has room for three of it.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import structlog

_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})

log = structlog.get_logger()


def is_full(error: sqlite3.Error) -> bool:
    """Whether this says that the disk has no room."""
    return getattr(error, "sqlite_errorcode", 0) in _FULL


class Reserve:
    """`<journal>.reserve`, of `size` bytes; 0 keeps none. `held` says whether it is there."""

    def __init__(self, journal: Path, size: int) -> None:
        self.path = journal.with_name(journal.name + ".reserve")
        self.size = size
        self.held = False

    def hold(self) -> None:
        """Make the file, or take over the one that is there; a disk too full for it is said, no more."""
        try:
            with self.path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, self.size)
                os.ftruncate(file.fileno(), self.size)
        except OSError as error:
            self.path.unlink(missing_ok=True)
            log.warning("no reserve", file=str(self.path), why=error.strerror)
            return
        self.held = True

    def give_up(self) -> None:
        """Free its room."""
        if self.held:
            log.error("disk full", given_up=str(self.path), bytes=self.size)
            self.path.unlink(missing_ok=True)
            self.held = False

    def short_of_room(self, free_inside: int) -> bool:
        """Whether nothing more may be taken: the reserve is gone, and there is no room for as much again.

        Args:
            free_inside: Bytes that the journal file has in free pages.
        """
        free = 0
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self.path.parent).free
        if free >= 3 * self.size:
            self.hold()
        return not self.held and free + free_inside < 2 * self.size
