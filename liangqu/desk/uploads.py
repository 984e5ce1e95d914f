"""Files that somebody has sent and not decided upon yet: kept for an hour, for whoever sent them."""

import secrets
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfileobj, rmtree
from typing import BinaryIO

from msgspec import Struct

KEPT = timedelta(hours=1)
MOST = 20
_PLAIN = frozenset("-_. ()（）")
LONGEST_NAME = 240
"""Bytes; file systems take 255."""


class Upload(Struct, frozen=True):
    """A file as it was sent; `name` is harmless as a file's name."""

    token: str
    name: str
    path: Path
    by: str
    sent: datetime


class Uploads:
    """Keeps files in a folder of its own; any thread.

    Args:
        clock: The time of day.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="liangqu-uploads-")
        self._kept: dict[str, Upload] = {}

    def add(self, name: str, content: BinaryIO, by: str) -> Upload:
        """Keep a file; those that are too old go, and of too many the oldest.

        Raises:
            OSError: it cannot be written.
        """
        token = secrets.token_urlsafe(18)
        folder = Path(self._folder.name) / token
        folder.mkdir(mode=0o700)
        path = folder / harmless_name(name)
        try:
            with path.open("wb") as file:
                copyfileobj(content, file)
        except OSError:
            rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(token, path.name, path, by, self._clock())
        with self._lock:
            self._kept[token] = upload
            old = [key for key, one in self._kept.items() if one.sent + KEPT < self._clock()]
            for key in {*old, *[*self._kept][:-MOST]}:
                rmtree(self._kept.pop(key).path.parent, ignore_errors=True)
        return upload

    def find(self, token: str, by: str) -> Upload | None:
        """What somebody sent; None for anybody else's, and what is no more."""
        with self._lock:
            found = self._kept.get(token)
        if found is None or found.by != by or found.sent + KEPT < self._clock() or not found.path.exists():
            return None
        return found

    def take(self, upload: Upload) -> None:
        """Let it stay until `remove`: it is being taken in."""
        with self._lock:
            self._kept.pop(upload.token, None)

    def remove(self, upload: Upload) -> None:
        """It has been taken in, or will not be."""
        rmtree(upload.path.parent, ignore_errors=True)

    def close(self) -> None:
        """Remove them all."""
        self._folder.cleanup()


def harmless_name(name: str) -> str:
    """The last part of a name with letters, digits and plain signs alone; never hidden, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign if sign.isalnum() or sign in _PLAIN else "_" for sign in last)
    plain = plain[-LONGEST_NAME:]
    while len(plain.encode()) > LONGEST_NAME:
        plain = plain[1:]
    stem, dot, end = plain.lstrip(".- ").rpartition(".")
    return f"{stem}{dot}{end}" if stem or end else "file.csv"
