"""Settings read again while the service runs: catalogue, rules, people, language; or the former stay."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import structlog
from msgspec import structs

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.journal.requests import ReloadAnswer
from liangqu.config.errors import describe
from liangqu.config.factories import JudgingParts, open_catalogue, open_judging
from liangqu.config.settings import Settings
from sensors.section import Section

log = structlog.get_logger()

TAKEN = ("language", "catalogue", "stations", "alerts", "report", "review")
"""What a reload takes in; `http.public_url` too. All else is in force from the next start."""


class SettingsReload:
    """Reads the settings again when asked to; all but `ask` is for the thread that may change the parts.

    Attributes:
        warning: Why the last ones were not taken, for /readyz; "" if they were.

    Args:
        journal: Where commands ask, and are answered.
        read: The settings as they are now; None: they do not change, as in a demonstration.
        take: Puts settings in force, by what their files held when they were checked.
        clock: The time of day.
    """

    def __init__(
        self,
        journal: Journal,
        read: Callable[[], Settings] | None,
        take: Callable[[JudgingParts], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._read = read
        self._take = take
        self._clock = clock
        self._asked = threading.Event()
        self.warning = ""

    def ask(self) -> None:
        """Read them soon; from a signal's handler too."""
        self._asked.set()

    def step(self, running: Settings) -> None:
        """Carry out and answer what is asked for by now; what comes meanwhile is for the next step.

        Raises:
            sqlite3.Error: the journal's file; what was asked for waits.
        """
        signalled = self._asked.is_set()
        if signalled:
            self._asked.clear()
        try:
            last = requests.newest_reload(self._journal.connection())
            if signalled or last is not None:
                self._answer(last, self._reload(running))
        except sqlite3.Error:
            if signalled:
                self._asked.set()
            raise

    def _answer(self, last: int | None, problems: tuple[str, ...]) -> None:
        if last is not None:
            with self._journal.transaction(frees=True) as connection:
                requests.answer_reloads(connection, last, ReloadAnswer(problems), self._clock())

    def _reload(self, running: Settings) -> tuple[str, ...]:
        """Take them in; why not, or nothing."""
        if self._read is None:
            return ("this service takes no other settings",)
        try:
            read = self._read()
            taken = with_reloaded(running, read)
            parts = open_judging(taken, open_catalogue(taken))
        except Exception as failure:  # noqa: BLE001 - whatever is wrong with them, the running ones stay
            lines, _ = describe(failure)
            self.warning = f"settings not taken, the former ones stay: {lines[0]}"
            log.warning("settings not taken", problems=list(lines), first=lines[0])
            return lines
        self._take(parts)
        self.warning = ""
        later = [*waiting_for_start(taken, read)]
        log.info("settings taken", sites=len(parts.catalogue.sites), language=taken.language)
        if later:
            log.warning("settings taken at the next start", keys=", ".join(later))
        return ()


def with_reloaded(running: Settings, read: Settings) -> Settings:
    """The running settings with those of the new ones that need no start."""
    http = structs.replace(running.http, public_url=read.http.public_url)
    return structs.replace(running, http=http, **{name: getattr(read, name) for name in TAKEN})


def waiting_for_start(running: Settings, read: Settings) -> Iterator[str]:
    """The keys that stand otherwise in the new settings than in those in force."""
    for field in structs.fields(Settings):
        old, new = getattr(running, field.name), getattr(read, field.name)
        if isinstance(old, Section):
            keys = old.__struct_fields__
            yield from (f"{field.name}.{key}" for key in keys if getattr(old, key) != getattr(new, key))
