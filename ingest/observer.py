"""The observer of each batch, inside its transaction: the alerts, one floor above."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from ingest.journal.entries import PointEntry, SiteEntry
from ingest.journal.requests import CommandRequest
from ingest.recompute.model import AlertReplay
from sensors.averages.live.rolling_hour import NONE_IS_CALM, CalmMeans
from sensors.model import Checked, Refused, Statistic, StatisticName


class Health(Struct, frozen=True):
    """Since when the broker has been connected, and for how many seconds each part has had which trouble."""

    connected_since: datetime | None = None
    troubles: Mapping[str, float] = {}
    words: Mapping[str, str] = {}


CalmMeansOf = Callable[[str, str, StatisticName], CalmMeans]


def no_calm_means(_place: str, _parameter: str, _statistic: StatisticName) -> CalmMeans:
    """Whoever observes has to see every value."""
    return NONE_IS_CALM


class BatchObserver(Protocol):
    """Observes each batch; all but `parse`, `calm_means` and `replays` run in the caller's transaction.

    What they return is written to the store.
    """

    def load(self, connection: sqlite3.Connection) -> None:
        """Load the state from the file; called again after a transaction that failed."""
        ...

    def parse(self, level: str, name: str, payload: bytes) -> Any | Refused | None:
        """The request in a message on `<prefix>/<level>/<name>`; None if it is not for the observer."""
        ...

    def acknowledge(self, connection: sqlite3.Connection, request: Any, now: datetime) -> list[PointEntry]:
        """Carry out a request that `parse` returned."""
        ...

    def calm_means(self, place: str, parameter: str, statistic: StatisticName) -> CalmMeans:
        """Which values of a window it need not see in the next batch, up to the first that it has to see."""
        ...

    def evaluate(
        self,
        connection: sqlite3.Connection,
        checked: Sequence[Checked | SiteEntry],
        statistics: Sequence[Statistic],
        now: datetime,
        *,
        corrected: bool = False,
    ) -> list[PointEntry]:
        """Evaluate readings that are new to their series, in order, and the statistics that changed.

        `corrected` ones replace others, whose exceedances may have to be withdrawn.
        """
        ...

    def tick(self, connection: sqlite3.Connection, health: Health, now: datetime) -> list[PointEntry]:
        """Do what is time-driven."""
        ...

    def shift_times(self, connection: sqlite3.Connection, by: timedelta, now: datetime) -> None:
        """Shift all waiting times by a change of the clock."""
        ...

    def carry_out(
        self, connection: sqlite3.Connection, commands: Sequence[CommandRequest], now: datetime
    ) -> list[PointEntry]:
        """Carry out requests of commands and pages."""
        ...

    def replays(
        self, connection: sqlite3.Connection, place: str, parameters: Collection[str], start: datetime
    ) -> Sequence[AlertReplay]:
        """The replays of a place from `start` on; any thread may call it."""
        ...

    def correct(
        self, connection: sqlite3.Connection, replays: Sequence[AlertReplay], now: datetime
    ) -> list[PointEntry]:
        """Correct the register to match the replays."""
        ...
