"""Feeds replays of a place's alerts with readings and rolling statistics, piece by piece.

They are read from the store as they are now, with marks applied, and from the recomputed days, which are
not there yet. It goes on beyond the days until no episode lasts; from there on nothing has changed.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan

import pandas as pd
from msgspec import Struct

from ingest.recompute.model import AlertReplay, RecomputePlan
from ingest.statistics.assessment import hour_index
from ingest.stores.base import Store
from sensors.averages.bulk import frames
from sensors.averages.config import AveragingConfig
from sensors.calendar import DAY_MS, EpochMs, from_ms
from sensors.marks import Mark, apply_marks
from sensors.model import Checked, Kind, Reading, Statistic, StatisticName
from sensors.standards.statistics import ROLLING_1H, statistic_kind

INDEX = ("aqi", ROLLING_1H)
READINGS_AT_ONCE = 100_000
LONGEST = timedelta(days=31)
_DAY = timedelta(days=1)
_MOMENT = timedelta(milliseconds=1)
_UNKNOWN = from_ms(EpochMs(4_102_444_800_000))  # 2100: the store does not keep when a reading was received


class PlaceView(Struct, frozen=True):
    """A place as the store and the recomputed days have it.

    Rules rest on its readings of `kind`, one each `cycle`. `statistics` are those computed of the days,
    indices too; they replace what the store still holds. `marks` are those in force. `bases`, by parameter,
    are given where the store has not every `1h`: of a site with a cycle below five minutes.
    """

    place: str
    kind: Kind
    cycle: timedelta
    store: Store
    marks: Sequence[Mark]
    statistics: Sequence[Statistic]
    bases: Mapping[str, AveragingConfig] = {}

    def readings(self, parameter: str, start: datetime, end: datetime) -> Iterator[Checked]:
        """The readings of a parameter; marked ones are `invalid`."""
        raw = self._raw(parameter, start, end)
        columns = (raw[name].tolist() for name in ("value", "flag", "failed", "validity"))
        for time, value, flag, failed, validity in zip(times_of(raw.index), *columns, strict=True):
            reading = Reading(self.place, parameter, self.kind, time, value, flag, _UNKNOWN)
            yield Checked(reading, tuple(failed.split(",")) if failed else (), validity)

    def rolling(
        self, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> Iterator[Statistic]:
        """A rolling statistic, by its stamps; the index of the hour is one too."""
        if name == ROLLING_1H and parameter in self.bases:
            return self._each_hour(parameter, start, end)
        is_index = (parameter, name) == INDEX
        stored = self._indices(start, end) if is_index else self._stored(parameter, name, start, end)
        found = {one.end: one for one in stored}
        found |= {one.end: one for one in self.statistics if (one.parameter, one.name) == (parameter, name)}
        return (one for stamp, one in found.items() if start <= stamp < end)

    def _stored(
        self, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> Iterator[Statistic]:
        width = statistic_kind(name).span
        frame = self.store.statistics(self.place, parameter, name, start, end)
        columns = (frame[column].tolist() for column in ("value", "n", "expected", "valid", "closed"))
        for stamp, value, n, expected, valid, closed in zip(times_of(frame.index), *columns, strict=True):
            yield Statistic(
                self.place, parameter, name, stamp - width, stamp, None if isnan(value) else value, int(n),
                int(expected), valid, closed,
            )  # fmt: skip

    def _raw(self, parameter: str, start: datetime, end: datetime) -> pd.DataFrame:
        raw = self.store.readings(self.place, parameter, start, end, self.kind)
        return apply_marks(raw, [mark for mark in self.marks if mark.concerns(self.place, parameter)])

    def _each_hour(self, parameter: str, start: datetime, end: datetime) -> Iterator[Statistic]:
        """The mean of the hour that ends with each reading, as rules saw it."""
        width = statistic_kind(ROLLING_1H).span
        hours = frames.rolling_hour_frame(self._raw(parameter, start - width, end), self.bases[parameter])
        columns = (hours[column].tolist() for column in ("value", "n", "expected", "valid"))
        for stamp, value, n, expected, valid in zip(times_of(hours["end"]), *columns, strict=True):
            if stamp >= start:
                begin = stamp - width
                yield Statistic(
                    self.place, parameter, ROLLING_1H, begin, stamp, value, n, expected, valid, closed=True
                )

    def _indices(self, start: datetime, end: datetime) -> Iterator[Statistic]:
        frame = self.store.points("aqi", start, end, {"site": self.place, "statistic": ROLLING_1H})
        for stamp, value, level in zip(times_of(frame.index), frame["aqi"], frame["level"], strict=True):
            yield hour_index(self.place, value if level != 0 else None, stamp)  # 0: withdrawn


def feed(replay: AlertReplay, plan: RecomputePlan, view: PlaceView, connection: sqlite3.Connection) -> None:
    """Feed a replay until no episode lasts or the journal's newest reading is reached.

    Raises:
        StoreAway: the store does not answer.
    """
    first, behind = from_ms(plan.days.start), from_ms(plan.days.end + DAY_MS)
    end = from_ms(max((one.until for one in plan.series.values()), default=EpochMs(0))) + _MOMENT
    longest = min(LONGEST, READINGS_AT_ONCE // max(1, len(replay.parameters)) * view.cycle)
    start, beyond = replay.since, _DAY
    while start < end:
        until = min(start + longest, end)
        if start < behind:
            until = min(until, behind)
        else:  # not much further than the episode lasts
            until, beyond = min(until, start + beyond), 2 * beyond
        checked = [one for p in replay.parameters for one in view.readings(p, start, until)]
        checked.sort(key=lambda one: one.reading.time)
        statistics = [one for series in replay.statistics for one in view.rolling(*series, start, until)]
        statistics.sort(key=lambda one: one.end)
        replay.take(checked, statistics, until)
        if start < first and replay.has_begun_earlier(connection):
            start = replay.since
            continue
        if until >= behind and replay.is_settled(connection):
            return
        start = until


def times_of(times: "pd.Index[pd.Timestamp] | pd.Series[pd.Timestamp]") -> list[datetime]:
    """Times of the standard library, in UTC."""
    return [from_ms(EpochMs(ms)) for ms in pd.DatetimeIndex(times).as_unit("ms").asi8.tolist()]
