"""The live series that have begun, each of the kind that it goes on with."""

import sqlite3
from collections.abc import Callable

from ingest.journal import statistics_state
from ingest.journal.statistics_state import Id
from ingest.recompute.apply import rebuild
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputedSeries, RecomputeResult
from ingest.statistics.live_kinds import LiveKinds
from ingest.statistics.series_config import config_on
from sensors.averages.live.series import LiveSeries
from sensors.calendar import EpochMs, day_of, first_hour, to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Kind


class BegunSeries:
    """All series of the catalogue's places, restored from the journal when first needed; one thread uses it.

    Args:
        catalogue: The sites, zones and rivers.
        connection: Gives this thread's connection to the journal.
    """

    def __init__(self, catalogue: Catalogue, connection: Callable[[], sqlite3.Connection]) -> None:
        self.kinds = LiveKinds(catalogue, connection)
        self._catalogue = catalogue
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Drop everything in memory."""
        self.kinds.forget()
        self._series: dict[Id, LiveSeries | None] = {}
        self._versions: dict[Id, int] = {}

    def find(self, place: str, parameter: str) -> LiveSeries | None:
        """A series that has begun."""
        id_ = place, parameter
        if id_ in self._series:
            return self._series[id_]
        stored = statistics_state.read(self._connection(), id_)
        series = None
        if stored is not None and stored.head.until is not None:
            kind = self.kinds.in_force(id_) if place in self._catalogue.sites else None
            series = self._new(id_, stored.head.until, kind)
            if series is not None:
                series.restore(stored.head, stored.hours, stored.days, stored.months)
        self._series[id_] = series
        self._versions[id_] = 0 if stored is None else stored.version
        return series

    def begin(self, id_: Id, kind: Kind, ms: EpochMs, *, valid: bool) -> LiveSeries | None:
        """The series of a site's reading, begun by a valid one that may count; None if it has no mean."""
        series = self.find(*id_)
        if series is not None and series.basis.kind == kind:
            return series
        may_count = self.kinds.note(id_, kind, None if series is None else series.basis.kind)
        if series is None and may_count and valid:
            series = self._series[id_] = self._new(id_, ms, kind)
            if series is not None:
                self.kinds.put(id_, kind)
        return series

    def begin_area(self, id_: Id, until: EpochMs) -> LiveSeries | None:
        """The series of a zone or river; None if it has no statistics."""
        series = self._series[id_] = self.find(*id_) or self._new(id_, until)
        return series

    def replace(self, id_: Id, days: DayRange, one: RecomputedSeries) -> LiveSeries | None:
        """The series with the rows of some days recomputed; None if it has no statistics."""
        config = config_on(self._catalogue, *id_, day_of(one.until), one.kind)
        if config is None:
            return None
        series = self._series[id_] = rebuild(self.find(*id_), config, days, one)
        if id_[0] in self._catalogue.sites:
            self.kinds.put(id_, series.basis.kind)
        return series

    def kind_of(self, id_: Id) -> Kind | None:
        """The kind of a site's readings that counts."""
        series = self.find(*id_)
        return self.kinds.in_force(id_) if series is None else series.basis.kind

    def is_outdated(self, recomputed: RecomputeResult, one: RecomputedSeries) -> bool:
        """Whether a recomputed series has changed since its raw readings were read, and that matters."""
        id_ = recomputed.place, one.parameter
        series = self.find(*id_)
        if series is None or series.hours.closed is None:
            return False
        live = first_hour(recomputed.days.past) > series.hours.closed - LIVE_HOURS
        replayed = any(to_ms(each.until) > one.until for each in recomputed.replays)
        return (live or replayed) and self._versions[id_] != one.version

    def next_version(self, id_: Id) -> int:
        """Count a change."""
        self._versions[id_] += 1
        return self._versions[id_]

    def _new(self, id_: Id, ms: EpochMs, kind: Kind | None = None) -> LiveSeries | None:
        config = config_on(self._catalogue, *id_, day_of(ms), kind)
        return None if config is None else LiveSeries(config)
