"""Feeds replays of a place's alerts with readings and rolling statistics, piece by piece.

They are read from the store as they are now, with marks applied, and from the recomputed days, which are
not there yet. It goes on beyond the days until no episode lasts; from there on nothing has changed.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from math import isnan

import pandas as pd
from msgspec import Struct

from ingest.recompute.model import AlertReplay, RecomputePlan
from ingest.statistics.assessment import hour_index
from ingest.stores.base import Store
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.config import AveragingConfig
from sensors.calendar import DAY_MS, EpochMs, day_of, day_start_ms, from_ms, to_ms
from sensors.marks import Mark, apply_marks
from sensors.model import Checked, Kind, Reading, Statistic, StatisticName
from sensors.standards.statistics import ROLLING_1H, ROLLING_1H_STORED_MS, statistic_kind

INDEX = ("aqi", ROLLING_1H)
READINGS_AT_ONCE = 100_000
LONGEST = timedelta(days=31)
_DAY = timedelta(days=1)
_MOMENT = timedelta(milliseconds=1)
_UNKNOWN = from_ms(EpochMs(4_102_444_800_000))  # 2100: the store does not keep when a reading was received


class PlaceView(Struct, frozen=True):
    """A place as the store and the recomputed days have it.

    Readings come once each `cycle`. `configs` are those of the kinds that have come of each of a site's
    parameters, the finest first; where one is quicker than five minutes, not every `1h` is in the store.
    `statistics` are those computed of the days, indices too; they replace what the store still holds. `marks`
    are those in force.
    """

    place: str
    cycle: timedelta
    configs: Mapping[str, Sequence[AveragingConfig]]
    store: Store
    marks: Sequence[Mark]
    statistics: Sequence[Statistic]

    def readings(self, parameters: Sequence[str], start: datetime, end: datetime) -> Iterator[Checked]:
        """The readings of these parameters that count, one after the other; marked ones are `invalid`."""
        for parameter, kinds in self._kinds(parameters, start, end):
            for config, raw in kinds.counted():
                counted = raw[(raw.index >= start) & (raw.index < end)]
                columns = (counted[name].tolist() for name in ("value", "flag", "failed", "validity"))
                for time, value, flag, failed, validity in zip(
                    times_of(counted.index), *columns, strict=True
                ):
                    reading = Reading(self.place, parameter, config.kind, time, value, flag, _UNKNOWN)
                    yield Checked(reading, tuple(failed.split(",")) if failed else (), validity)

    def rolling(
        self, name: StatisticName, parameters: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[Statistic]:
        """A rolling statistic of these parameters, by its stamps; the index of the hour is one too."""
        each = [parameter for parameter in parameters if name == ROLLING_1H and self._is_quick(parameter)]
        yield from self._each_hour(each, start, end)
        others = [parameter for parameter in parameters if parameter not in each]
        computed = (one for one in self.statistics if one.name == name and one.parameter in others)
        found: dict[tuple[str, datetime], Statistic] = {}
        for one in chain(self._stored(name, others, start, end), computed):
            if start <= one.end < end:
                found[one.parameter, one.end] = one
        yield from found.values()

    def _stored(
        self, name: StatisticName, parameters: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[Statistic]:
        if any((parameter, name) == INDEX for parameter in parameters):
            yield from self._indices(start, end)
        width, others = statistic_kind(name).span, [one for one in parameters if (one, name) != INDEX]
        for parameter, frame in self.store.statistics_by_parameter(self.place, others, name, start, end):
            columns = (frame[column].tolist() for column in ("value", "n", "expected", "valid", "closed"))
            for stamp, value, n, expected, valid, closed in zip(times_of(frame.index), *columns, strict=True):
                yield Statistic(
                    self.place, parameter, name, stamp - width, stamp, None if isnan(value) else value,
                    int(n), int(expected), valid, closed,
                )  # fmt: skip

    def _is_quick(self, parameter: str) -> bool:
        return any(config.cycle < ROLLING_1H_STORED_MS for config in self.configs.get(parameter, ()))

    def _kinds(
        self, parameters: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[tuple[str, SeriesKinds]]:
        """Each parameter by kind, those of one kind together; several as far around as tells which counts."""
        alone: dict[Kind, list[str]] = {}
        for parameter in parameters:
            configs = self.configs.get(parameter, ())
            if len(configs) == 1:
                alone.setdefault(configs[0].kind, []).append(parameter)
            elif configs:
                first, past = day_of(to_ms(start)) - 1, day_of(to_ms(end)) + 1
                span = from_ms(day_start_ms(first)), from_ms(day_start_ms(past)) + _MOMENT
                found = (next(self._raw([parameter], config.kind, *span))[1] for config in configs)
                yield parameter, SeriesKinds([*map(KindReadings._make, zip(configs, found, strict=True))])
        for kind, together in alone.items():
            for parameter, raw in self._raw(together, kind, start, end):
                yield parameter, SeriesKinds([KindReadings(self.configs[parameter][0], raw)])

    def _raw(
        self, parameters: Sequence[str], kind: Kind, start: datetime, end: datetime
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        frames_of = self.store.readings_by_parameter(self.place, parameters, start, end, kind)
        for parameter, raw in frames_of:
            yield (
                parameter,
                apply_marks(raw, [one for one in self.marks if one.concerns(self.place, parameter)]),
            )

    def _each_hour(self, parameters: Sequence[str], start: datetime, end: datetime) -> Iterator[Statistic]:
        """The mean of the hour that ends with each reading, as rules saw it."""
        width = statistic_kind(ROLLING_1H).span
        for parameter, kinds in self._kinds(parameters, start - width, end):
            hours = kinds.one_hour()
            columns = (hours[column].tolist() for column in ("value", "n", "expected", "valid"))
            for stamp, value, n, expected, valid in zip(times_of(hours["end"]), *columns, strict=True):
                if start <= stamp < end:
                    begin = stamp - width
                    yield Statistic(
                        self.place, parameter, ROLLING_1H, begin, stamp, value, n, expected, valid,
                        closed=True,
                    )  # fmt: skip

    def _indices(self, start: datetime, end: datetime) -> Iterator[Statistic]:
        frame = self.store.points("aqi", start, end, {"site": self.place, "statistic": ROLLING_1H})
        columns = (frame[name] for name in ("aqi", "level", "primary"))
        for stamp, value, level, primary in zip(times_of(frame.index), *columns, strict=True):
            pollutants = [each for each in primary.split(";") if each]
            yield hour_index(self.place, value if level != 0 else None, stamp, pollutants)  # 0: withdrawn


def feed(replay: AlertReplay, plan: RecomputePlan, view: PlaceView, connection: sqlite3.Connection) -> None:
    """Feed a replay until no episode lasts or the journal's newest reading is reached.

    Raises:
        StoreAway: the store does not answer.
    """
    first, behind = from_ms(plan.days.start), from_ms(plan.days.end + DAY_MS)
    end = from_ms(max((one.until for one in plan.series.values()), default=EpochMs(0))) + _MOMENT
    longest = min(LONGEST, READINGS_AT_ONCE // max(1, len(replay.parameters)) * view.cycle)
    rolling: dict[StatisticName, list[str]] = {}
    for parameter, name in replay.statistics:
        rolling.setdefault(name, []).append(parameter)
    start, beyond = replay.since, _DAY
    while start < end:
        until = min(start + longest, end)
        if start < behind:
            until = min(until, behind)
        else:  # not much further than the episode lasts
            until, beyond = min(until, start + beyond), min(2 * beyond, LONGEST)
        checked = [*view.readings(replay.parameters, start, until)]
        checked.sort(key=lambda one: one.reading.time)
        statistics = [one for series in rolling.items() for one in view.rolling(*series, start, until)]
        statistics.sort(key=lambda one: one.end)
        replay.take(checked, statistics, until)
        if start < first and replay.has_begun_earlier(connection):
            start = replay.since
            continue
        if until >= behind and replay.is_settled(connection):
            return
        start = until


def withdraw_exceedances(replay: AlertReplay, view: PlaceView) -> None:
    """Let a replay that was fed withdraw what the store still says of its time.

    Raises:
        StoreAway: the store does not answer.
    """
    found = view.store.points("exceedance", replay.since, replay.until, {"site": view.place})
    replay.withdraw_exceedances({str(name): found[name].tolist() for name in found}, times_of(found.index))


def times_of(times: "pd.Index[pd.Timestamp] | pd.Series[pd.Timestamp]") -> list[datetime]:
    """Times of the standard library, in UTC."""
    return [from_ms(EpochMs(ms)) for ms in pd.DatetimeIndex(times).as_unit("ms").asi8.tolist()]
