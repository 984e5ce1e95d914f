"""Which kind each live series goes on with, and which days are to be looked at again because of another kind.

Live statistics take one kind of a series and let the others pass. `averages.bulk.kinds` says which kind an
hour belongs to, and recompute goes by that; nothing is decided here. Where a kind that was let pass may have
an hour instead, the hour's day is recomputed, and the series goes on with the kind that has its end. What is
counted here is not kept: after a restart a kind is taken to fill the hour in which it comes again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct

from ingest.journal import statistics_state
from ingest.journal.statistics_state import Id
from sensors.averages.config import SAMPLES_LESS, AveragingConfig
from sensors.averages.live.series import LiveSeries
from sensors.calendar import (
    HOURS_A_DAY,
    DayNumber,
    EpochMs,
    HourNumber,
    day_of_hour,
    first_hour,
    hour_of,
    numbers_from,
)
from sensors.catalogue.model import Catalogue
from sensors.model import Kind

_ANY = 1_000_000  # of so many readings some may not have been seen


class _Arrivals(Struct):
    """Valid readings of a passed kind since an hour, or a day of samples, began; all of them, if `known`."""

    since: HourNumber
    n: int = 0
    known: bool = True


class _Doubt(NamedTuple):
    """An hour that may belong to a passed kind, which has so many readings in it, or in its day of samples.

    0 stands for the first one that comes in a day.
    """

    kind: Kind
    hour: HourNumber
    n: int


class LiveKinds:
    """The kinds of all series; one thread uses it.

    Args:
        catalogue: Which kinds may feed a site's statistics.
        connection: Gives this thread's connection to the journal.
    """

    def __init__(self, catalogue: Catalogue, connection: Callable[[], sqlite3.Connection]) -> None:
        self._catalogue = catalogue
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._come = statistics_state.kinds_come(self._connection())
        self._in_force = statistics_state.kinds_in_force(self._connection())
        self._arrivals: dict[tuple[Id, Kind], _Arrivals] = {}
        self._doubts: dict[Id, set[_Doubt]] = {}
        self._changed: dict[Id, Kind] = {}

    def in_force(self, id_: Id) -> Kind | None:
        """The kind that a series goes on with; None before its first reading that may count."""
        come = self.come(id_)
        return self._in_force.get(id_) or next(iter(come), None)

    def come(self, id_: Id) -> list[Kind]:
        """The kinds that have come and may count, the finest first."""
        come = self._come.get(id_, ())
        return [kind for kind in self._catalogue.sites[id_[0]].bases if kind in come]

    def note(self, id_: Id, kind: Kind, in_force: Kind | None) -> bool:
        """Note that a kind comes; whether it may count. `in_force` is that of the series, if it has begun."""
        if kind not in self._catalogue.sites[id_[0]].bases:
            return False
        if kind not in (come := self._come.setdefault(id_, set())):
            come.add(kind)
            self._arrivals[id_, kind] = _Arrivals(HourNumber(0))
        if in_force is not None and id_ not in self._in_force:
            self.put(id_, in_force)
        return True

    def put(self, id_: Id, kind: Kind) -> None:
        """Go on with this kind; it is kept where others have come."""
        if self._in_force.get(id_) != kind and len(self.come(id_)) > 1:
            self._in_force[id_] = self._changed[id_] = kind

    def take_changes(self) -> dict[Id, Kind]:
        """What is to be kept in the journal since the last call."""
        changed, self._changed = self._changed, {}
        return changed

    def pass_over(self, id_: Id, config: AveragingConfig, ms: EpochMs, *, valid: bool) -> None:
        """Let a reading of another kind than that of the series pass."""
        hour = hour_of(ms, config.shift)
        since = hour if config.hourly else first_hour(day_of_hour(hour))
        arrivals = self._arrivals.get((id_, config.kind))
        if arrivals is None:
            arrivals = self._arrivals[id_, config.kind] = _Arrivals(since, known=False)
            self._doubt(id_, config.kind, hour, 0)
        elif arrivals.since != since:
            if day_of_hour(arrivals.since) != day_of_hour(since):
                self._doubt(id_, config.kind, hour, 0)
            arrivals.since, arrivals.n, arrivals.known = since, 0, True
        arrivals.n += valid
        if not valid or (arrivals.known and config.hourly and arrivals.n != config.hour_needs):
            return
        self._doubt(id_, config.kind, hour, arrivals.n if arrivals.known else _ANY)

    def days_in_doubt(self, id_: Id, series: LiveSeries) -> Iterator[DayNumber]:
        """The days since the last call that a passed kind may change; the series is up to date."""
        for kind, hour, n in self._doubts.pop(id_, ()):
            come = self.come(id_)
            is_finer = come.index(kind) < come.index(series.basis.kind)
            may_change = _may_have_hour if series.basis.hourly else _may_have_day
            if may_change(series, hour, n, is_finer=is_finer):
                yield day_of_hour(hour)

    def _doubt(self, id_: Id, kind: Kind, hour: HourNumber, n: int) -> None:
        self._doubts.setdefault(id_, set()).add(_Doubt(kind, hour, n))


def _may_have_hour(series: LiveSeries, hour: HourNumber, n: int, *, is_finer: bool) -> bool:
    """Whether a passed kind may have the hour it fills; `n` 0: whether none was filled since yesterday."""
    needs, sums = series.basis.hour_needs, series.hours.sums
    if not n:
        since = first_hour(day_of_hour(hour) - 1)
        return not any(row.n >= needs for row in sums.values() if since <= row.hour <= hour)
    return is_finer or hour not in sums or sums[hour].n < needs


def _may_have_day(series: LiveSeries, hour: HourNumber, n: int, *, is_finer: bool) -> bool:
    """Whether a passed kind with `n` samples has the day of an hour."""
    first, most = first_hour(day_of_hour(hour)), series.basis.day_expected
    hours = numbers_from(first, first + HOURS_A_DAY)
    own = min(most, sum(row.n for at in hours if (row := series.hours.sums.get(at)) is not None))
    n = min(most, n)
    if is_finer:
        return n > 0 and n >= own - SAMPLES_LESS
    return not (own > 0 and own >= n - SAMPLES_LESS)
