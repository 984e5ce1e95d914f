"""On how many of its sites a zone's or river's mean of a day or longer rests; see `live.zone_points`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from sensors.averages.bulk.frames import day_periods, ozone_maxima
from sensors.averages.bulk.months import measured_periods
from sensors.averages.bulk.period_rows import PeriodRows
from sensors.averages.bulk.tables import HourTable, Numbers, day_table
from sensors.averages.config import AveragingConfig
from sensors.calendar import DayNumber
from sensors.model import Medium, StatisticName
from sensors.standards import completeness
from sensors.standards.statistics import DAY, O3_8H_MAX, OUTLOOKS, YEAR_TO_DATE


class PointStarts(NamedTuple):
    """Where valid periods of a zone's sites begin, by statistic, of all sites; `of` is how many points."""

    of: int
    starts: Mapping[StatisticName, Numbers]


def point_starts(
    members: Iterable[tuple[AveragingConfig, HourTable]], until: DayNumber, of: int, *, longer: bool
) -> PointStarts:
    """The valid periods of a zone's sites, as of its first day that is not over; `longer`: months and years.

    A site that is closed less far than its zone counts with what it has.
    """
    found: defaultdict[StatisticName, list[Numbers]] = defaultdict(list)
    for basis, hours in members:
        for name, rows in _periods(basis, hours, until, longer=longer).items():
            found[name].append(rows["start"][rows["valid"]])
    return PointStarts(of, {name: np.concatenate(starts) for name, starts in found.items()})


def _periods(
    basis: AveragingConfig, hours: HourTable, until: DayNumber, *, longer: bool
) -> dict[StatisticName, PeriodRows]:
    days = day_table(hours)
    found: dict[StatisticName, PeriodRows] = {DAY: day_periods(days, basis)}
    if basis.ozone:
        found[O3_8H_MAX] = ozone_maxima(hours, days, basis).periods(basis)
    if longer:
        found |= measured_periods(days._replace(until=until), basis)
    return found


def judge(
    frames: Mapping[StatisticName, pd.DataFrame], points: PointStarts, medium: Medium
) -> dict[StatisticName, pd.DataFrame]:
    """The frames of a zone or river, each row valid only where the points of its period are enough.

    A window of hours asks for none.
    """
    rule = completeness.rules()[medium, "zone_points"]
    enough = np.array([rule.enough_points(n, points.of) for n in range(points.of + 1)], dtype=bool)
    made = dict(frames)
    for name, rows in frames.items():
        starts = points.starts.get(YEAR_TO_DATE if name in OUTLOOKS else name)
        if starts is not None:
            there = np.sort(starts)
            start = pd.DatetimeIndex(rows["start"]).as_unit("ms").asi8
            count = np.searchsorted(there, start, side="right") - np.searchsorted(there, start)
            made[name] = rows.assign(valid=rows["valid"].to_numpy() & enough[count])
    return made
