"""A whole SQLite store into a folder and back: one file, copied while it is written."""

from collections.abc import Mapping
from pathlib import Path

from ingest.journal.database.online_copy import Advance, copy_database, count_rows, put_whole

FILE = "store.db"


class SqliteCopier:
    """A `StoreCopier` of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, folder: Path, advance: Advance) -> Mapping[str, int]:
        """As of any `StoreCopier`."""
        return copy_database(self.path, folder / FILE, advance)

    def content(self) -> str:
        """As of any `StoreCopier`; a log without its file would be played into the one that comes."""
        names = (self.path.name + end for end in ("", "-wal", "-shm"))
        there = next((file for file in map(self.path.with_name, names) if file.exists()), None)
        return f"{there} is there already" if there else ""

    def load(self, folder: Path, advance: Advance) -> None:
        """As of any `StoreCopier`: whole in its place, or not there."""
        put_whole(folder / FILE, self.path)
        advance(self.path.stat().st_size)

    def count(self) -> Mapping[str, int]:
        """As of any `StoreCopier`."""
        return count_rows(self.path)

    def close(self) -> None:
        """Nothing is open."""
