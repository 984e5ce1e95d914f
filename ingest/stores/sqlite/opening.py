"""The SQLite store, as its settings say."""

from pathlib import Path

from ingest.stores.sqlite.copier import SqliteCopier
from ingest.stores.sqlite.section import Sqlite
from ingest.stores.sqlite.store import SqliteStore


def open_store(section: Sqlite) -> SqliteStore:
    """The store that is set; nothing is opened yet."""
    return SqliteStore(Path(section.path))


def open_copier(section: Sqlite) -> SqliteCopier:
    """What copies it whole."""
    return SqliteCopier(Path(section.path))
