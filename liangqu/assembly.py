"""Which parts the settings ask for: the catalogue, the store, the journal."""

import sqlite3
from pathlib import Path

from ingest.journal.journal import Journal
from ingest.journal.schema import JournalTooNewError
from liangqu.errors import ProblemError
from liangqu.settings import Settings, read_secret
from sensors import catalogue_file
from sensors.catalogue import Catalogue
from sensors.catalogue_file import CatalogueError
from sensors.durations import parse_duration
from sensors.seams import Store


def open_catalogue(settings: Settings) -> Catalogue:
    """What is shipped and what the settings add.

    Raises:
        ProblemError: the files contradict themselves or each other; a line each.
    """
    try:
        return catalogue_file.load([Path(file) for file in settings.catalogue.extra])
    except CatalogueError as error:
        raise ProblemError(*error.problems) from None


def open_journal(settings: Settings) -> Journal:
    """The journal file, made when missing.

    Raises:
        ProblemError: it cannot be opened, is no journal, or a newer liangqu wrote it.
    """
    path = Path(settings.journal.path)
    try:
        return Journal(path)
    except JournalTooNewError as error:
        raise ProblemError(str(error)) from None
    except sqlite3.DatabaseError as error:
        raise ProblemError(f"{path}: {error}") from None


def open_store(settings: Settings) -> Store:
    """The store that is chosen; nothing is connected yet."""
    if settings.store.kind == "sqlite":
        from ingest.stores.sqlite import SqliteStore  # noqa: PLC0415 - only the chosen client is loaded

        return SqliteStore(Path(settings.sqlite.path))
    from ingest.stores.influxdb import InfluxDBStore  # noqa: PLC0415 - same

    s = settings.influxdb
    return InfluxDBStore(
        url=s.url,
        database=s.database,
        username=s.username,
        password=s.password or read_secret("influxdb.password_file", s.password_file),
        token=s.token or read_secret("influxdb.token_file", s.token_file),
        org=s.org,
        timeout=parse_duration(s.timeout).total_seconds(),
    )
