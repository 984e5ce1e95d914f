"""From the start to a journal of our own: who has it is waited for, what it left in the store is read back.

While it waits nothing else is opened: no broker, no channel; the store only once the journal is ours.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from msgspec.structs import replace

from ingest.journal.database.holder import StandbyLock, lock_of, read_holder
from ingest.journal.file import Journal, JournalInUseError
from ingest.journal.handover import changes
from ingest.processing.taking_over import TakeOver
from ingest.stores.base import FormerLayoutError, Store, StoreAway
from ingest.stores.sender import StoreSender, is_store_known
from liangqu import __version__
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_own_journal, open_store
from liangqu.config.settings import Settings
from liangqu.service import answers, http
from liangqu.service.clock import wall
from liangqu.service.monitoring.self_report import EVERY, PartTrouble, SelfReport, save_report
from liangqu.service.parts.shard import ServedShard

LOOK_S = 1.0
"""How often a standby looks whether the journal is free."""
PAUSE_S = 2.0
"""Between two tries to reach the store."""
LONG_S = 3.0
"""After which people are told on the pages how far it has come."""

log = structlog.get_logger()


class Succession:
    """One start of a service.

    Attributes:
        shard: Whose turn was waited for; None: it need not be.

    Args:
        settings: Already checked.
        stopping: Ends the waiting.
    """

    def __init__(self, settings: Settings, stopping: threading.Event) -> None:
        self._settings = settings
        self._stopping = stopping
        self._path = Path(settings.journal.path)
        self._words, self._begun = "", time.monotonic()
        self._pages: http.HttpServer | None = None
        self.shard: ServedShard | None = None

    def take(self, *, standby: bool) -> Journal | None:
        """The journal, owned and with all that is known of it; None if it was stopped before.

        Raises:
            JournalInUseError: another service has it, and this one is no standby.
            ProblemError: as `open_own_journal`, or the store is of a former build.
        """
        try:
            journal = self._wait_for_journal() if standby else self._open()
            return journal if journal is not None and self._take_over(journal) else None
        finally:
            self._close_pages()

    def _open(self) -> Journal:
        return open_own_journal(self._settings, datetime.now(UTC))

    def _wait_for_journal(self) -> Journal | None:
        lock: StandbyLock | None = None
        try:
            while not self._stopping.is_set():
                try:
                    return self._open()
                except JournalInUseError:
                    lock = lock or StandbyLock(self._path, datetime.now(UTC))
                    holder = read_holder(lock_of(self._path))
                    self._wait(f"standby: waits for the journal, which {holder or 'another run'} has")
                self._stopping.wait(LOOK_S)
            return None
        finally:
            if lock is not None:
                lock.end()

    def _take_over(self, journal: Journal) -> bool:
        """Read back what a predecessor left, and have ours written; whether it was not stopped before."""
        if self._settings.journal.acknowledge == "journal":
            changes.end(journal)
            return True
        store = open_store(self._settings)
        try:
            taking = TakeOver(journal, store, datetime.now(UTC))
            if taking.takes and not taking.is_over:
                self._wait_for_turn(journal)
            # First: a write that was under way when the other died may bring readings after what they led to
            # was read. Those that come again are then new to their series, and judged.
            self._learn_series(journal, store)
            while not taking.is_over and not self._stopping.is_set():
                self._try(taking.step, taking.describe)
        finally:
            store.close()
        if not taking.is_over:
            if self.shard is not None:
                self.shard.stop()
            journal.close()
            return False
        changes.begin(journal, lambda: datetime.now(UTC), only_new=taking.takes)
        return True

    def _wait_for_turn(self, journal: Journal) -> None:
        """While another run of the shard works what it leaves in the store changes: it is read afterwards."""
        self.shard = ServedShard(self._settings, journal, wall)
        self.shard.start()
        report = SelfReport(version=__version__, started=datetime.now(UTC), said=changes.FIRST)
        while not self.shard.is_served() and not self._stopping.is_set():
            self._wait(why := self.shard.waits_for())
            report = _report_waiting(journal, report, why, datetime.now(UTC))
            self._stopping.wait(LOOK_S)

    def _learn_series(self, journal: Journal, store: Store) -> None:
        """What comes again of what the store has is known as such: no machine sees it twice."""
        now = datetime.now(UTC)
        sender = StoreSender(journal, store, prefix=self._settings.mqtt.served[0])
        while not is_store_known(journal) and not self._stopping.is_set():
            self._try(lambda: sender.prepare(now), lambda: "reads the newest time of each series")

    def _try(self, step: Callable[[], None], describe: Callable[[], str]) -> None:
        """One step; the store is waited for, and a full or locked disk."""
        try:
            step()
            self._words = describe()
            if time.monotonic() - self._begun > LONG_S:
                self._open_pages()
        except FormerLayoutError as error:
            raise ProblemError(str(error)) from None
        except (StoreAway, sqlite3.OperationalError, TimeoutError) as error:
            self._wait(f"waits for the store, which may know open events: {error}")
            self._stopping.wait(PAUSE_S)

    def _wait(self, words: str) -> None:
        """Say what it waits for, once, and on the pages."""
        if words != self._words:
            log.warning("waiting", why=words)
        self._words = words
        self._open_pages()

    def _open_pages(self) -> None:
        if self._pages is None and self._settings.http.listen:
            pages = {
                "/readyz": lambda: answers.readiness({"journal": self._words}),
                "/healthz": answers.health,
            }
            try:
                self._pages = http.open_server(self._settings.http.listen, pages)
                self._pages.start()
            except ProblemError as error:  # a standby beside the holder, with the same settings
                log.warning("no pages while it waits", why=str(error))

    def _close_pages(self) -> None:
        if self._pages is not None:
            self._pages.stop()


def _report_waiting(journal: Journal, last: SelfReport, why: str, now: datetime) -> SelfReport:
    """What a service that waits says of itself in its journal, whenever that changes and each half minute."""
    troubles = {"broker": PartTrouble(why, last.started)}
    if troubles == last.troubles and now - last.said < EVERY:
        return last
    report = replace(last, said=now, troubles=troubles)
    with journal.transaction(frees=True) as connection:
        save_report(connection, report)
    return report
