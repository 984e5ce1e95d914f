"""Whether the files of an open SQLite database are still in their place.

If somebody deletes or replaces them, the program goes on with files that nobody can find, and everything
written since is lost with the next restart.
"""

from pathlib import Path


class OpenFiles:
    """A database's file and its write-ahead log, as they were when this was made; check often."""

    def __init__(self, path: Path) -> None:
        self._opened = {part: _identity(part) for part in (path, path.with_name(f"{path.name}-wal"))}

    def missing(self) -> Path | None:
        """A file that is gone or was replaced; None while all are the same."""
        for part, opened in self._opened.items():
            found = _identity(part)
            if opened is None:
                self._opened[part] = found  # the log may be made later
            elif found != opened:
                return part
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
