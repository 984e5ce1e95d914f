"""A recompute's plan and its result."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from ingest.journal.entries import DerivedEntry
from ingest.journal.requests import RecomputeRequest
from sensors.averages.live.state import DayMean, HourSum, MonthMean, StoredReadings
from sensors.calendar import DayNumber, EpochMs, day_start_ms
from sensors.catalogue.places import Place
from sensors.model import Checked, Kind, Statistic, StatisticName

LIVE_HOURS = 48  # how far back live series may still change by themselves


class DayRange(Struct, frozen=True):
    """Whole days of Asia/Shanghai, `first` up to, not including, `past`."""

    first: DayNumber
    past: DayNumber

    @property
    def start(self) -> EpochMs:
        """The moment at which they begin."""
        return day_start_ms(self.first)

    @property
    def end(self) -> EpochMs:
        """The moment at which they end."""
        return day_start_ms(self.past)

    def widened(self, before: int, after: int) -> "DayRange":
        """With this many more days at either end."""
        return DayRange(self.first - before, self.past + after)


class SeriesVersion(Struct, frozen=True):
    """A series in the journal: its number, and the end of its newest reading's interval."""

    version: int
    until: EpochMs


class RecomputePlan(Struct, frozen=True):
    """The requested days of a place, and the state of the journal at that moment.

    `series` are those of the place by parameter, `members` until when each (site, parameter) of a zone or
    river is closed. `kinds` are those that have come of each (site, parameter), the finest first. `outgoing`
    is the number up to which everything must be in the store. With `whole` all rows of the series are
    rebuilt, because the journal is new.
    """

    place: Place
    days: DayRange
    requests: Sequence[RecomputeRequest]
    series: Mapping[str, SeriesVersion]
    members: Mapping[tuple[str, str], EpochMs]
    kinds: Mapping[tuple[str, str], Sequence[Kind]]
    outgoing: int
    whole: bool


class RecomputedSeries(Struct, frozen=True):
    """One series recomputed from raw readings: what replaces its rows.

    `version` is its number when the raw readings were complete; `until` the moment up to which it is closed.
    `hours` are the sums of the requested hours that are still held, `days` and `months` rows to put in.
    `kind` is the one that the series goes on with where its end was read; `recent` are its last readings.
    """

    parameter: str
    version: int
    until: EpochMs
    hours: Sequence[HourSum]
    days: Mapping[DayNumber, DayMean]
    months: Sequence[MonthMean]
    recent: tuple[StoredReadings, ...]
    kind: Kind


class AlertReplay(Protocol):
    """Some series of a place that rules evaluate again because past readings have changed.

    It needs the readings of `parameters`, and the rolling `statistics` by (parameter, name), from `since` on:
    when the earliest episode that lasted then had begun.
    """

    since: datetime
    until: datetime
    parameters: Sequence[str]
    statistics: Sequence[tuple[str, StatisticName]]

    def take(self, checked: Sequence[Checked], statistics: Sequence[Statistic], until: datetime) -> None:
        """Evaluate what comes next, up to but not including `until`; both in the order of time."""
        ...

    def withdraw_exceedances(self, stored: Mapping[str, Sequence[Any]], times: Sequence[datetime]) -> None:
        """Withdraw exceedances of the store (columns, and times) that it should have found and has not."""
        ...

    def has_begun_earlier(self, connection: sqlite3.Connection) -> bool:
        """Whether something may have begun before `since`, which is then moved back: replay it all again."""
        ...

    def is_settled(self, connection: sqlite3.Connection) -> bool:
        """Whether no episode lasts at `until`, so that everything after it is unchanged."""
        ...


ReplaysOf = Callable[[sqlite3.Connection, str, Collection[str], datetime], Sequence[AlertReplay]]
"""The replays of a place, for some of its parameters, from a moment on."""


class RecomputeResult(Struct, frozen=True):
    """A place's days, computed: series to replace, entries to write, and the requests this completes.

    `samples` are the newest of a section's samples, by time; `standing` the months and longer that have a
    class in the store, by stamp.
    """

    place: str
    days: DayRange
    series: Sequence[RecomputedSeries]
    derived: Sequence[DerivedEntry]
    completed: Sequence[RecomputeRequest]
    whole: bool = False
    samples: Mapping[EpochMs, dict[str, float]] = {}
    replays: Sequence[AlertReplay] = ()
    standing: Collection[tuple[StatisticName, datetime]] = ()
