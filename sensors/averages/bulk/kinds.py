"""Which of several kinds of a series counts: one an hour, the finest that fills it.

A station may send moments, means of minutes and hours of the same quantity. They are one truth told more than
once, so two of them never count at a time:

- An hour belongs to the finest kind with enough valid readings in it. One that no kind fills has no mean; its
  readings count by themselves, for rules on readings and in `1h`, if they are of the kind of the last filled
  hour before it, as far back as the day before; else if they are of the finest kind in it.
- Samples, which come in a cycle of an hour or more, have no hours to fill. A day of them belongs to the
finest
  kind with at most one valid sample fewer than any other; more than the cycle asks for is no better.

It depends on nothing but the readings: not on the order in which they came, nor in what pieces.
"""

from collections.abc import Sequence
from datetime import datetime
from math import lcm
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.bulk import frames
from sensors.averages.bulk.exact_column import ExactColumn, widen
from sensors.averages.bulk.tables import (
    HourTable,
    Numbers,
    days_of,
    hour_table,
    hours_of,
    runs,
    valid_readings,
)
from sensors.averages.config import SAMPLES_LESS, AveragingConfig
from sensors.calendar import HOURS_A_DAY, EpochMs, from_ms, label_shift, to_ms


class KindReadings(NamedTuple):
    """The readings of one kind of a series, as a store gives them back, and how they are averaged."""

    config: AveragingConfig
    readings: pd.DataFrame


class SeriesKinds:
    """The kinds of one series; with one alone, all of it counts and nothing is looked up.

    Args:
        parts: The kinds that have readings, the finest first; at least one.
    """

    def __init__(self, parts: Sequence[KindReadings]) -> None:
        self.parts = parts
        self._hourly = parts[0].config.hourly
        self._filled: Numbers = np.zeros(0, dtype=np.int64)
        self._owner: Numbers = self._filled
        if len(parts) > 1:
            self._filled, self._owner = self._filled_hours() if self._hourly else self._days_of_samples()

    @property
    def newest(self) -> KindReadings:
        """The kind that counts at the end: the one live series go on with."""
        if len(self.parts) == 1:
            return self.parts[0]
        ends = [self._hours_counted(part) for part in self.parts]
        last = max((int(hours.max()) for hours in ends if len(hours)), default=0)
        return self.parts[int(self._owners(np.array([last]))[0])]

    @property
    def until(self) -> EpochMs:
        """The end of the newest valid reading's interval; 0 without one."""
        ends = (
            (valid_readings(part.readings)[0], part.config.lead) for part in self.parts if len(part.readings)
        )
        return EpochMs(max((int(ms.max()) + lead for ms, lead in ends if len(ms)), default=0))

    def counted(self) -> Sequence[KindReadings]:
        """Of each kind the readings that count by themselves."""
        if len(self.parts) == 1:
            return self.parts
        return [
            part._replace(readings=part.readings[self._owners(self._hours_counted(part)) == at])
            for at, part in enumerate(self.parts)
        ]

    def hours(self, until: datetime | None = None) -> HourTable:
        """The hours of the series, each of one kind; see `tables.hour_table`."""
        if len(self.parts) == 1:
            return hour_table(self.parts[0].readings, self.parts[0].config, until)
        end = from_ms(self.until if until is None else EpochMs(max(self.until, to_ms(until))))
        whole = [hour_table(part.readings, part.config, end) for part in self.parts]
        tables = [
            hour_table(part.readings[self.owns(at, _hours_of(part))], part.config, end)
            for at, part in enumerate(self.parts)
        ]
        return _merged(tables, np.unique(np.concatenate([table.days for table in whole])))

    def one_hour(self) -> pd.DataFrame:
        """`1h` of an air series: of each reading whose window ends in an hour of its kind."""
        found = [frames.rolling_hour_frame(part.readings, part.config) for part in self.parts]
        if len(found) == 1:
            return found[0]
        kept = [rows[self._owners(hours_ended(_ms(rows["end"]))) == at] for at, rows in enumerate(found)]
        whole: pd.DataFrame = pd.concat(kept).sort_values("end", kind="stable", ignore_index=True)
        return whole

    def owns(self, at: int, hours: Numbers) -> NDArray[np.bool_]:
        """Which hours the kind at this place has for its means; of samples, in whose days they lie."""
        if len(self.parts) == 1:
            return np.ones(len(hours), dtype=np.bool_)
        units = hours if self._hourly else days_of(hours)
        return np.asarray(np.isin(units, self._filled[self._owner == at]))

    def _hours_counted(self, part: KindReadings) -> Numbers:
        """As a part of which hour each reading counts by itself: where its interval ends; a sample's own."""
        if not self._hourly:
            return _hours_of(part)
        return hours_ended(_ms(part.readings.index) + part.config.lead)

    def _owners(self, hours: Numbers) -> Numbers:
        """Places of the kinds to which hours belong, filled or not."""
        units, since = hours, (days_of(hours) - 1) * HOURS_A_DAY
        if not self._hourly:
            units = since = days_of(hours)
        owners = np.zeros(len(units), dtype=np.int64)
        for place in reversed(range(len(self.parts))):
            there = self._hours_counted(self.parts[place])
            owners[np.isin(units, there if self._hourly else days_of(there))] = place
        if len(self._filled):
            at = np.searchsorted(self._filled, units, side="right") - 1
            found = (at >= 0) & (self._filled[at] >= since)
            owners[found] = self._owner[at[found]]
        return owners

    def _filled_hours(self) -> tuple[Numbers, Numbers]:
        """Every hour that a kind fills, and the finest of these kinds."""
        filled = []
        for part in self.parts:
            hour, n = _counts(part, days=False)
            filled.append(hour[n >= part.config.hour_needs])
        hours = np.unique(np.concatenate(filled))
        owner = np.zeros(len(hours), dtype=np.int64)
        for at in reversed(range(len(filled))):
            owner[np.isin(hours, filled[at])] = at
        return hours, owner

    def _days_of_samples(self) -> tuple[Numbers, Numbers]:
        """Every day that has a valid sample, and the finest kind that has enough of them."""
        counts = [_counts(part, days=True) for part in self.parts]
        days = np.unique(np.concatenate([day for day, _ in counts]))
        most = self.parts[0].config.day_expected
        n = np.zeros((len(counts), len(days)), dtype=np.int64)
        for at, (day, count) in enumerate(counts):
            n[at, np.searchsorted(days, day)] = np.minimum(count, most)
        enough = (n > 0) & (n >= n.max(axis=0) - SAMPLES_LESS) if len(days) else n > 0
        return days, np.argmax(enough, axis=0)


def _ms(times: "pd.Index[pd.Timestamp] | pd.Series[pd.Timestamp]") -> Numbers:
    return np.asarray(pd.DatetimeIndex(times).as_unit("ms").asi8)


def _hours_of(part: KindReadings) -> Numbers:
    """The hour to which each reading belongs."""
    return hours_of(_ms(part.readings.index), part.config.shift)


def _counts(part: KindReadings, *, days: bool) -> tuple[Numbers, Numbers]:
    """How many valid readings each hour, or day, has."""
    ms, _ = valid_readings(part.readings)
    hour = hours_of(ms, part.config.shift)
    unit = days_of(hour) if days else hour
    first, n = runs(unit)
    return unit[first], n


def hours_ended(end: Numbers) -> Numbers:
    """The hours in which intervals with these ends lie; one that ends on the hour lies before it."""
    return hours_of(end, label_shift("hour", "end"))


def _merged(tables: Sequence[HourTable], days: Numbers) -> HourTable:
    """The hours of all tables, none of which stands in two."""
    common = lcm(*(table.total.denominator for table in tables))
    numbers = []
    for table in tables:
        factor = common // table.total.denominator
        numbers.append(widen(table.total.numbers, factor) * factor)
    hour = np.concatenate([table.hour for table in tables])
    order = np.argsort(hour, kind="stable")
    n = np.concatenate([table.n for table in tables])[order]
    return HourTable(
        hour[order], n, ExactColumn(np.concatenate(numbers)[order], common), tables[0].until, days
    )
