"""The months before the demonstration's days: written in the background, so that the report has a year."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from ingest.importing.importer import HistoricMessage
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings
from liangqu.tasks.importing.history import write_history
from liangqu.tasks.simulation.simulate import expected_messages, simulated_past
from sensors.catalogue.model import Catalogue


class HistoryWriter:
    """What all sites sent from `start` to `end`, straight into the store, by a thread of its own.

    The accounts of the demonstration are those of its days: the past is recorded in a journal that is thrown
    away, and no day of it is queued for a recompute.

    Attributes:
        trouble: Why it had to give up; "" when all is well.
    """

    def __init__(
        self, settings: Settings, catalogue: Catalogue, start: datetime, end: datetime, seed: int
    ) -> None:
        self.trouble = ""
        self._settings = settings
        self._catalogue = catalogue
        self._span = start, end
        self._seed = seed
        self._sites = list(catalogue.sites.values())
        self._expected = expected_messages(self._sites, self._span)
        self._sent = 0
        self._begun = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="past", daemon=True)

    @property
    def share(self) -> float:
        """How much of it is written, 0 to 1."""
        return min(1.0, self._sent / self._expected) if self._expected else 1.0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be written."""
        return not self._thread.is_alive()

    def start(self) -> None:
        """Begin; returns when it knows what the store holds: what comes later needs no look-up."""
        self._thread.start()
        self._begun.wait()

    def stop(self) -> None:
        """Write nothing more; returns when what is under way is in."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            with TemporaryDirectory() as folder:
                own = replace(self._settings.journal, path=str(Path(folder) / "journal.db"))
                settings = replace(self._settings, journal=own)
                write_history(settings, self._catalogue, self._messages(), "simulate", "keep")
        except ProblemError as problem:
            self.trouble = str(problem)
        finally:
            self._begun.set()

    def _messages(self) -> Iterator[HistoricMessage]:
        self._begun.set()
        prefix = self._settings.mqtt.served[0]
        for one in simulated_past(prefix, self._catalogue, self._sites, self._span, self._seed, self._count):
            if self._stopping.is_set():
                return
            yield one

    def _count(self, sent: int) -> None:
        self._sent = sent
