"""Files changed together: each at once, and all of them or none."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Replace each file as a whole, in this order; if one cannot be, those before become as they were.

    A program that is killed in between leaves the first ones new and the others as they were.

    Raises:
        OSError: a file could not be replaced, and none is changed.
    """
    former: dict[Path, bytes | None] = {}
    try:
        for path, new in contents.items():
            was = path.read_bytes() if path.exists() else None
            put(path, new)
            former[path] = was
    except OSError:
        for path, old in reversed(former.items()):
            with suppress(OSError):  # the first failure is the one that is told
                if old is None:
                    path.unlink()
                else:
                    put(path, old)
        raise


def new_beside(path: Path) -> Path:
    """Where new contents stand until they are whole; what a killed command leaves, the next replaces."""
    return path.with_name(f".{path.name}.new")


class FileOwner(NamedTuple):
    """Numbers of a user and a group."""

    user: int
    group: int


def possible_owner(path: Path) -> FileOwner:
    """Whose a file is, if root asks or it is new; nobody else may give theirs away."""
    return _owner_of(path) if os.geteuid() == 0 else FileOwner(os.geteuid(), os.getegid())


def put(path: Path, contents: bytes, *, owner: FileOwner | None = None, mode: int | None = None) -> None:
    """Replace a file at once, with the owner and mode that it had or that are given; on the disk at the end.

    A new one may be read by everybody, as an editor makes it; root's is whose the folder is, such as a
    service's. A link leads to what is replaced.

    Raises:
        OSError: it could not be; the file is as it was.
    """
    path = path.resolve()
    new = new_beside(path)
    try:
        given = owner or _owner_of(path)
        if mode is None:
            mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if given != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), given.user, given.group)
            os.fchmod(file.fileno(), mode)
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        # A descriptor's failure names no file, and that of a new one a file that nobody knows.
        raise OSError(error.errno, error.strerror, str(path)) from error
    _sync(path.parent)


def _owner_of(path: Path) -> FileOwner:
    if not path.exists() and os.geteuid() != 0:
        return FileOwner(os.geteuid(), os.getegid())
    was = (path if path.exists() else path.parent).stat()
    return FileOwner(was.st_uid, was.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
