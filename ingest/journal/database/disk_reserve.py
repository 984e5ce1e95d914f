"""A file that keeps room free on the disk: SQLite on a full disk cannot even delete.

Given up when the disk is full, so that the store can go on taking what waits and the journal shrinks; held
again as soon as the disk has room for two of it. Until then only what frees room is written.
"""

import contextlib
import os
import shutil
from pathlib import Path

import structlog

log = structlog.get_logger()


class Reserve:
    """`<journal>.reserve`, of `size` bytes; 0 keeps none. `held` says whether it is there."""

    def __init__(self, journal: Path, size: int) -> None:
        self.path = journal.with_name(journal.name + ".reserve")
        self.size = size
        self.held = False

    def hold(self) -> None:
        """Make the file, or take over the existing one; a disk too full for it is only logged."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(descriptor, self.size)
                if hasattr(os, "posix_fallocate"):  # without it, as on a Mac, the file is a hole
                    os.posix_fallocate(descriptor, 0, self.size)
            finally:
                os.close(descriptor)
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

    def hold_again(self) -> None:
        """Make it again if the disk has room for two of it: one to hold and one to work in."""
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self.path.parent).free >= 2 * self.size:
                self.hold()
