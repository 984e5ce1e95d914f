"""What looks at each batch inside its transaction: the alerts, which stand on a floor above."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from ingest.journal.entries import PointEntry
from ingest.journal.requests import CommandRequest
from ingest.recompute.model import AlertReplay
from sensors.model import Checked, Refused, Statistic


class Health(Struct, frozen=True):
    """Since when the broker has been there, for how many seconds each part has had its trouble, and which."""

    connected_since: datetime | None = None
    troubles: Mapping[str, float] = {}
    words: Mapping[str, str] = {}


class BatchObserver(Protocol):
    """Looks at what a batch brought; every method but `parse` and `replays` runs in the caller's transaction.

    What they return is written to the store.
    """

    def load(self, connection: sqlite3.Connection) -> None:
        """Remember what the file says; called again after a transaction that failed."""
        ...

    def parse(self, level: str, name: str, payload: bytes) -> Any | Refused | None:
        """What a message on `<prefix>/<level>/<name>` asks of the observer; None if it is not for it."""
        ...

    def acknowledge(self, connection: sqlite3.Connection, handling: Any, now: datetime) -> list[PointEntry]:
        """Carry out what `parse` found."""
        ...

    def evaluate(
        self,
        connection: sqlite3.Connection,
        checked: Sequence[Checked],
        statistics: Sequence[Statistic],
        now: datetime,
    ) -> list[PointEntry]:
        """Judge readings that are new to their series, in their order, and the statistics that moved."""
        ...

    def tick(self, connection: sqlite3.Connection, health: Health, now: datetime) -> list[PointEntry]:
        """What the clock brings."""
        ...

    def clock_set(self, connection: sqlite3.Connection, by: timedelta, now: datetime) -> None:
        """Go on waiting as if nobody had set the clock."""
        ...

    def carry_out(
        self, connection: sqlite3.Connection, asked: Sequence[CommandRequest], now: datetime
    ) -> list[PointEntry]:
        """What commands and pages ask."""
        ...

    def replays(
        self, connection: sqlite3.Connection, place: str, parameters: Collection[str], start: datetime
    ) -> Sequence[AlertReplay]:
        """Which series of a place are judged again from `start` on; any thread."""
        ...

    def correct(
        self, connection: sqlite3.Connection, replays: Sequence[AlertReplay], now: datetime
    ) -> list[PointEntry]:
        """Make what is remembered that of the replays."""
        ...
