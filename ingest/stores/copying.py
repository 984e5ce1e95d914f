"""A whole store into a folder and back, as `liangqu backup` and `restore` ask of every kind of store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ingest.journal.database.online_copy import Advance


class StoreCopier(Protocol):
    """What of one store is kept; every method raises StoreAway or CopyError where it cannot do it.

    Counts are by table (SQLite: rows) or measurement (InfluxDB: values of all its fields).
    """

    def save(self, folder: Path, advance: Advance) -> Mapping[str, int]:
        """Copy everything into new files of `folder`, which is there; what was copied, counted."""
        ...

    def content(self) -> str:
        """What is there already, in words that name it; "" where nothing would be overwritten."""
        ...

    def load(self, folder: Path, advance: Advance) -> None:
        """Bring back what `save` has written; only where `content` is ""."""
        ...

    def count(self) -> Mapping[str, int]:
        """What the store holds now, as `save` counts."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
