"""What the running service says of itself, as a row of its journal, for whoever cannot ask it.

It is written when a trouble begins, changes or is over, else every half minute, and at an orderly end.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ingest.journal.file import Journal

EVERY = timedelta(seconds=30)
_NAME = "self_report"


class PartTrouble(Struct, frozen=True):
    """Why a part cannot work, as /readyz says it, and since when."""

    words: str
    since: datetime


class SelfReport(Struct, frozen=True, kw_only=True):
    """One report; `said` is when it was written, `stopped` when the service ended orderly.

    `connected` is since when the broker has been there, None while it is not. `restarts` are of parts that
    were restarted after a failure. `http` is the port of the pages, 0 without. `simulated`: its times are
    those of a demonstration's clock. `shard` is its name among several services, "" for the only one.
    """

    version: str
    started: datetime
    said: datetime
    stopped: datetime | None = None
    broker: str = ""
    connected: datetime | None = None
    store: str = ""
    http: int = 0
    simulated: bool = False
    troubles: Mapping[str, PartTrouble] = {}
    warnings: tuple[str, ...] = ()
    restarts: Mapping[str, int] = {}
    shard: str = ""


_decode = msgspec.json.Decoder(SelfReport).decode


def save_report(connection: sqlite3.Connection, report: SelfReport) -> None:
    """Write it in place of the last one."""
    text = msgspec.json.encode(report).decode()
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_NAME, text))


def read_report(connection: sqlite3.Connection) -> SelfReport | None:
    """The last one; None if no service wrote any, or one of another build that cannot be read."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (_NAME,)).fetchone()
    try:
        return None if found is None else _decode(found[0])
    except ValueError:
        return None


def now_of(connection: sqlite3.Connection, wall: datetime) -> datetime:
    """What time it is for whoever looks at this journal: the wall's, of a demonstration what it said last."""
    report = read_report(connection)
    return report.said if report is not None and report.simulated else wall


class SelfReporter:
    """Keeps the report; one thread uses it.

    Args:
        journal: Of the service.
        first: What does not change.
        troubles: What keeps each part from its work now, "" for nothing.
        current: The report with what else is so now; asked only when it is written.
    """

    def __init__(
        self,
        journal: Journal,
        first: SelfReport,
        troubles: Callable[[], Mapping[str, str]],
        current: Callable[[SelfReport], SelfReport],
    ) -> None:
        self._journal = journal
        self._report = first
        self._troubles = troubles
        self._current = current
        self._written: datetime | None = None

    def step(self, now: datetime) -> None:
        """Write it if it is time.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is locked.
        """
        before = self._report.troubles
        found = {part: words for part, words in self._troubles().items() if words}
        troubles = {
            part: PartTrouble(words, before[part].since if part in before else now)
            for part, words in found.items()
        }
        is_due = self._written is None or not timedelta() <= now - self._written < EVERY
        if is_due or troubles != before:
            self._write(replace(self._report, troubles=troubles, said=now), now)

    def finish(self, now: datetime) -> None:
        """Write that the service ends."""
        self._write(replace(self._report, said=now, stopped=now, connected=None), now)

    def _write(self, report: SelfReport, now: datetime) -> None:
        report = report if report.stopped else self._current(report)
        with self._journal.transaction(frees=True) as connection:  # a row in place of another
            save_report(connection, report)
        self._report, self._written = report, now
