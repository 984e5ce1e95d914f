"""The input for replaying alerts of a place's days: readings and rolling statistics, stretch by stretch.

They are read from the store as they are now, with marks applied, and from the recomputed days, which are
not there yet. Behind the days it goes on until nothing lasts any more; from there on nothing has changed.
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
from sensors.standards.statistics import statistic_kind

INDEX = ("aqi", "1h")
READINGS_AT_ONCE = 100_000
LONGEST = timedelta(days=31)
_DAY = timedelta(days=1)
_MOMENT = timedelta(milliseconds=1)
_UNKNOWN = from_ms(
    EpochMs(4_102_444_800_000)
)  # 2100: when a stored reading was received is not kept; long since


class PlaceView(Struct, frozen=True):
    """A place as the store and the recomputed days have it.

    `kind` of reading feeds the rules, one each `cycle`. `statistics` are what was computed of the days,
    indices too; they stand for what the store still holds. `marks` are those that stand. `bases`,
    by parameter, are given where the store has not every `1h`: of a site that is quicker than a minute.
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
        for time, value, flag, failed, validity in zip(_times(raw), *columns, strict=True):
            reading = Reading(self.place, parameter, self.kind, time, value, flag, _UNKNOWN)
            yield Checked(reading, tuple(failed.split(",")) if failed else (), validity)

    def rolling(
        self, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> Iterator[Statistic]:
        """A rolling statistic, by its stamps; the index of the hour is one too."""
        if (parameter, name) == INDEX:
            return self._indices(start, end)
        if name == "1h" and parameter in self.bases:
            return self._each_hour(parameter, start, end)
        width, found = statistic_kind(name).span, {}
        frame = self.store.statistics(self.place, parameter, name, start, end)
        columns = (frame[column].tolist() for column in ("value", "n", "expected", "valid", "closed"))
        for stamp, value, n, expected, valid, closed in zip(_times(frame), *columns, strict=True):
            found[stamp] = Statistic(
                self.place, parameter, name, stamp - width, stamp, None if isnan(value) else value, int(n),
                int(expected), valid, closed,
            )  # fmt: skip
        for one in self.statistics:
            if one.parameter == parameter and one.name == name and start <= one.end < end:
                found[one.end] = one
        return iter(found.values())

    def _raw(self, parameter: str, start: datetime, end: datetime) -> pd.DataFrame:
        raw = self.store.readings(self.place, parameter, start, end, self.kind)
        return apply_marks(raw, [mark for mark in self.marks if mark.concerns(self.place, parameter)])

    def _each_hour(self, parameter: str, start: datetime, end: datetime) -> Iterator[Statistic]:
        """The mean of the hour that ends with each reading, as rules saw it."""
        made = frames.rolling_hour_frame(
            self._raw(parameter, start - statistic_kind("1h").span, end), self.bases[parameter]
        )
        columns = (made[column].tolist() for column in ("value", "n", "expected", "valid"))
        for stamp, value, n, expected, valid in zip(_of(made["end"]), *columns, strict=True):
            if stamp >= start:
                begin = stamp - statistic_kind("1h").span
                yield Statistic(
                    self.place, parameter, "1h", begin, stamp, value, n, expected, valid, closed=True
                )

    def _indices(self, start: datetime, end: datetime) -> Iterator[Statistic]:
        tags = {"site": self.place, "statistic": "1h"}
        frame = self.store.points("aqi", start, end, tags)
        columns = (frame[column].tolist() for column in ("aqi", "level"))
        made: dict[datetime, Statistic] = {}
        for stamp, value, level in zip(_times(frame), *columns, strict=True):
            made[stamp] = hour_index(self.place, value if level != 0 else None, stamp)  # 0: withdrawn
        made |= {one.end: one for one in self.statistics if (one.parameter, one.name) == INDEX}
        return (one for stamp, one in made.items() if start <= stamp < end)


def replay_alerts(
    again: AlertReplay, plan: RecomputePlan, as_it_is: PlaceView, connection: sqlite3.Connection
) -> None:
    """Feed the replays until nothing lasts or the journal's newest reading is reached.

    Raises:
        StoreAway: the store does not answer.
    """
    start, least = from_ms(plan.days.start), from_ms(plan.days.end + DAY_MS)
    at = again.since
    end = from_ms(max((one.until for one in plan.series.values()), default=EpochMs(0))) + _MOMENT
    longest = min(LONGEST, READINGS_AT_ONCE // max(1, len(again.parameters)) * as_it_is.cycle)
    beyond = _DAY
    while at < end:
        past = min(at + longest, end)
        if at < least:
            past = min(past, least)
        else:  # as far as it lasts: no further than that by much
            past, beyond = min(past, at + beyond), 2 * beyond
        checked = [one for p in again.parameters for one in as_it_is.readings(p, at, past)]
        checked.sort(key=lambda one: one.reading.time)
        statistics = [one for series in again.statistics for one in as_it_is.rolling(*series, at, past)]
        statistics.sort(key=lambda one: one.end)
        again.take(checked, statistics, past)
        if at < start and again.has_begun_earlier(connection):
            at = again.since
            continue
        if past >= least and again.is_settled(connection):
            return
        at = past


def _times(frame: pd.DataFrame) -> list[datetime]:
    """The index as times of the standard library."""
    return _of(frame.index)


def _of(times: "pd.Index[pd.Timestamp] | pd.Series[pd.Timestamp]") -> list[datetime]:
    return [from_ms(EpochMs(ms)) for ms in pd.DatetimeIndex(times).as_unit("ms").asi8.tolist()]
