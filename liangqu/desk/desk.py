"""What every page stands on: settings, catalogue and rules as the files are now, the journal, the clock."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from alerts.notify.config import NotifyConfig
from alerts.rules.index import RuleIndex
from alerts.texts.event_reader import EventReader
from ingest.stores.base import Store
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue, open_journal, open_notify, open_rules, reading_store
from liangqu.config.factories import open_event_reader as _open_event_reader
from liangqu.config.settings import Settings, SettingsRead
from liangqu.desk.jobs import Jobs
from liangqu.desk.uploads import Uploads
from sensors.catalogue.model import Catalogue

if TYPE_CHECKING:
    from ingest.journal.file import Journal

LOOK_S = 1.0
"""How often the files are looked at; what was changed is on the next page after it."""


class FilesInForce(Struct, frozen=True):
    """All that the files of the settings say, of one reading."""

    found: SettingsRead
    rules: RuleIndex
    notify: NotifyConfig
    reader: EventReader

    @property
    def settings(self) -> Settings:
        """What they are."""
        return self.found.settings

    @property
    def catalogue(self) -> Catalogue:
        """The sites that all of them know."""
        return self.rules.catalogue


def open_files(found: SettingsRead) -> FilesInForce:
    """Read all that the settings name.

    Raises:
        ProblemError: they or one of the files cannot be used.
    """
    if found.problems:
        raise ProblemError(*found.problems)
    settings = found.settings
    rules, notify = open_rules(settings, open_catalogue(settings)), open_notify(settings)
    return FilesInForce(found, rules, notify, _open_event_reader(settings))


class Desk:
    """Opened once, for all pages; any thread.

    Attributes:
        journal: Of the service; requests are written into it as the commands write them.
        clock: The time of day.
        jobs: Long work, in processes of its own.
        uploads: Files that were sent and are not decided upon.
        refused: What the gate has refused since the start, by reason.
        problem: Why the files that are there now are not taken; "" while they are.

    Args:
        read_settings: Reads the settings anew.
        clock: The time of day.

    Raises:
        ProblemError: the files or the journal cannot be used.
    """

    def __init__(self, read_settings: Callable[[], SettingsRead], clock: Callable[[], datetime]) -> None:
        self._read_settings = read_settings
        self._lock = threading.Lock()  # of whoever reads them
        self._files = open_files(read_settings())
        self._seen = _versions(self._files.found)
        self._looked = time.monotonic()
        self.clock = clock
        self.jobs = Jobs()
        self.uploads = Uploads(clock)
        self.problem = ""
        self.refused: Mapping[str, int] = {}
        self.journal: Journal = open_journal(self._files.settings)

    @property
    def files(self) -> FilesInForce:
        """As they are now; as they were, while what is there cannot be used, and `problem` says why.

        While one page reads them anew all others get the former: they do not wait.
        """
        if time.monotonic() - self._looked >= LOOK_S and self._lock.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                self._look()
            finally:
                self._lock.release()
        return self._files

    def read_again(self) -> None:
        """Read all files anew; what cannot be used is a `problem`, and the former stay."""
        with self._lock:
            self._read()

    def _look(self) -> None:
        if _versions(self._files.found) != self._seen:
            self._read()

    def _read(self) -> None:
        before = _versions(self._files.found)  # what is written while they are read is read next time
        try:
            self._files, self.problem = open_files(self._read_settings()), ""
        except ProblemError as error:
            self.problem = str(error)
        known = {each[0]: each for each in before}
        self._seen = tuple(known.get(each[0], each) for each in _versions(self._files.found))

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads of one moment; keep it short."""
        with self.journal.snapshot() as connection:
            yield connection

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for as long as something is read from it.

        Raises:
            ProblemError: it does not answer, or is of a former build.
        """
        with reading_store(self.files.settings) as store:
            yield store

    def close(self) -> None:
        """End its jobs and close the journal; no page may use it any more."""
        self.jobs.close()
        self.uploads.close()
        self.journal.close()


def _versions(found: SettingsRead) -> tuple[tuple[str, int, int], ...]:
    """Of each file that a page stands on, when it was written and how long it is."""
    alerts = found.settings.alerts
    names = [found.file, *found.settings.catalogue.extra, *alerts.rules, alerts.notify_file]
    return tuple(_version(str(name)) for name in names if name)


def _version(name: str) -> tuple[str, int, int]:
    try:
        found = Path(name).stat()
    except OSError:
        return name, 0, 0
    return name, found.st_mtime_ns, found.st_size
