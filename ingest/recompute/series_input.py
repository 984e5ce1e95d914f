"""What the derived series of a place are made of: its hours, its `1h`, the rows that live series hold."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.recompute.apply import as_filled
from ingest.recompute.model import DayRange
from sensors.averages.bulk.exact_column import to_floats, to_summands
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.bulk.tables import (
    HourTable,
    Numbers,
    frame,
    hour_starts,
    hours_of,
    runs,
    valid_readings,
    zone_hours,
)
from sensors.averages.bulk.zone_points import PointStarts, point_starts
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import Exact, divide
from sensors.averages.live.state import HourSum, StoredReadings, to_packable
from sensors.calendar import DAY_MS, HOUR_MS, HOURS_A_DAY, EpochMs, HourNumber, day_of, from_ms, hour_of
from sensors.standards.statistics import ROLLING_1H_STORED_MS

_TWO_HOURS = 2 * HOUR_MS


class SeriesInput(NamedTuple):
    """One series: its hours, its `1h` (none for water), the sums that live holds, its last readings.

    `points` are those of a zone or river.
    """

    basis: AveragingConfig
    until: EpochMs
    hours: HourTable
    one_hour: pd.DataFrame | None
    sums: list[HourSum]
    recent: tuple[StoredReadings, ...]
    points: PointStarts | None = None


def from_kinds(kinds: SeriesKinds, until: EpochMs, days: DayRange) -> SeriesInput:
    """A site's series from its raw readings, by kind; `until` is the end of the newest."""
    basis, readings = kinds.newest
    near = SeriesKinds([part._replace(readings=_near(part, days)) for part in kinds.parts])
    one_hour = near.one_hour() if basis.medium == "air" else None
    if one_hour is not None and basis.cycle < ROLLING_1H_STORED_MS:
        stored = pd.Series(times_ms(one_hour["end"]) // ROLLING_1H_STORED_MS)
        one_hour = one_hour[~stored.duplicated().to_numpy()]
    sums = _held_sums(kinds, basis, hour_of(until) - HOURS_A_DAY * 3)
    recent = _recent(*valid_readings(readings), basis)
    return SeriesInput(basis, until, kinds.hours(from_ms(until)), one_hour, sums, recent)


def _near(part: KindReadings, days: DayRange) -> pd.DataFrame:
    """The readings on which `1h` of the days rests."""
    first, past = from_ms(EpochMs(days.start - DAY_MS)), from_ms(EpochMs(days.end + 2 * DAY_MS))
    return part.readings[(part.readings.index >= first) & (part.readings.index < past)]


def from_members(
    members: Mapping[str, SeriesInput], basis: AveragingConfig, until: EpochMs, of: int, *, longer: bool
) -> SeriesInput:
    """A zone's or river's series from the hours of its sites, of which `of` are points.

    `longer`: those of months and years as well.
    """
    series = ((member.basis, member.hours) for member in members.values())
    points = point_starts(series, day_of(until), of, longer=longer)
    tables = {site: member.hours for site, member in members.items()}
    hours = zone_hours(tables.values(), from_ms(until))
    held = hours.until - HOURS_A_DAY * 3
    sums: dict[HourNumber, HourSum] = {}
    for table in tables.values():
        for hour, mean in _means(table, held):
            row = sums.setdefault(hour, HourSum(hour, 0, 0))
            row.n += 1
            row.total += mean
    return SeriesInput(
        basis,
        until,
        hours,
        _zone_hour(tables, hours, basis) if basis.medium == "air" else None,
        sorted(sums.values(), key=lambda row: row.hour),
        (),
        points,
    )


def _means(table: HourTable, first: HourNumber) -> Iterator[tuple[HourNumber, Exact]]:
    """The exact hourly means from an hour on."""
    for at in np.flatnonzero(table.hour >= first).tolist():
        mean = divide(divide(int(table.total.numbers[at]), table.total.denominator), int(table.n[at]))
        yield HourNumber(int(table.hour[at])), mean


def _zone_hour(tables: Mapping[str, HourTable], hours: HourTable, basis: AveragingConfig) -> pd.DataFrame:
    """A zone's `1h`: the mean over the sites that have the hour, `n` of them."""
    every = np.concatenate([np.zeros(0, dtype=np.int64), *(table.hour for table in tables.values())])
    there, count = np.unique(every, return_counts=True)
    n: Numbers = count[np.searchsorted(there, hours.hour)] if len(hours.hour) else hours.n
    end = hour_starts(hours.hour + 1)
    value = to_floats(hours.total, hours.n, basis.averaging)
    closed = np.ones(len(end), dtype=bool)
    return frame(end, end - HOUR_MS, end, value, n, basis.hour_expected, closed, closed)


def _held_sums(kinds: SeriesKinds, basis: AveragingConfig, first: HourNumber) -> list[HourSum]:
    """The sums of the hours from `first` on, each of its kind, as live series of `basis` hold them."""
    sums: dict[HourNumber, HourSum] = {}
    for at, (config, readings) in enumerate(kinds.parts):
        ms, values = valid_readings(readings)
        held = hours_of(ms, config.shift) >= first
        rows = _sums(ms[held], values[held], config)
        own = kinds.owns(at, np.array([row.hour for row in rows], dtype=np.int64))
        for row, is_own in zip(rows, own.tolist(), strict=True):
            if config == basis and (is_own or row.hour not in sums):
                sums[row.hour] = row
            elif is_own:
                sums[row.hour] = as_filled(row, basis) if basis.hourly else row
    return sorted(sums.values(), key=lambda row: row.hour)


def _sums(ms: Numbers, values: NDArray[np.float64], basis: AveragingConfig) -> list[HourSum]:
    hour = hours_of(ms, basis.shift)
    first, n = runs(hour)
    total = to_summands(values, basis.averaging).sums(first)
    return [
        HourSum(at, count, divide(number, total.denominator))
        for at, count, number in zip(hour[first].tolist(), n.tolist(), total.numbers.tolist(), strict=True)
    ]


def _recent(ms: Numbers, values: NDArray[np.float64], basis: AveragingConfig) -> tuple[StoredReadings, ...]:
    """The readings that `1h` continues from: those of two hours, or the last one of an hourly series."""
    if basis.medium != "air" or not len(ms):
        return ()
    last = int(ms[-1])
    late = ms > last - _TWO_HOURS if basis.rolling else ms == last
    return tuple(
        (at, to_packable(basis.averaging.to_summand(value)))
        for at, value in zip(ms[late].tolist(), values[late].tolist(), strict=True)
    )


def times_ms(times: "pd.Series[pd.Timestamp]") -> Numbers:
    """A column of times in epoch milliseconds."""
    return times.to_numpy("M8[ms]").view(np.int64)
