"""Derived series of whole days from raw readings: the same points as live, with whole columns.

A place's series are `SeriesInput`s, made of a site's own readings or of the hours of a zone's sites. Windows
reach 24 h beyond the requested days. Periods of a month and longer are left to the live series, which has all
their rows; they are only computed here for days older than these rows (`far`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ingest.recompute.model import DayRange
from ingest.recompute.series_input import SeriesInput, times_ms
from ingest.statistics import points
from ingest.statistics.assessment import Assessment, class_assessment, index_assessment
from ingest.statistics.indices import POLLUTANTS, published_index, report_on
from ingest.statistics.samples import sample_class_of
from sensors.averages.bulk import frames, zone_points
from sensors.averages.bulk.exact_column import to_floats
from sensors.averages.bulk.months import calendar_frames
from sensors.averages.bulk.tables import (
    day_table,
    valid_readings,
)
from sensors.averages.config import AveragingConfig
from sensors.calendar import (
    DAY_MS,
    DayNumber,
    EpochMs,
    HourNumber,
    calendar_day,
    day_before,
    day_of_hour,
    day_start,
    first_hour,
    from_ms,
    hour_of,
    hour_start,
    to_ms,
)
from sensors.catalogue.places import Place
from sensors.model import Statistic, StatisticName
from sensors.standards.statistics import (
    CLASSIFIED,
    DAY,
    HOURLY_INDEX,
    O3_8H_MAX,
    ROLLING_1H,
)
from sensors.standards.water_class import period_class

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

ByHour = defaultdict[HourNumber, dict[str, float]]
ByDay = defaultdict[DayNumber, dict[str, float]]


def statistics(one: SeriesInput, days: DayRange, *, far: bool) -> list[Statistic]:
    """All statistics of a series that rest on the days; a month and longer only if `far`."""
    basis, table = one.basis, day_table(one.hours)
    found: dict[StatisticName, pd.DataFrame] = {DAY: frames.day_frame(table, basis)}
    if one.one_hour is not None:
        found[ROLLING_1H] = one.one_hour
        found |= frames.rolling_frames(one.hours, basis)
    if basis.ozone:
        found[O3_8H_MAX] = frames.ozone_frame(one.hours, table, basis)
    if far:
        found |= calendar_frames(table, basis)
    if one.points is not None:
        found = zone_points.judge(found, one.points, basis.medium)
    return [
        row
        for name, rows in found.items()
        for row in to_statistics(basis, name, rows, _rests_on(rows, name, days))
    ]


def indices(
    place: Place, inputs: Mapping[str, SeriesInput], made: Iterable[Statistic], days: DayRange
) -> Iterator[Assessment]:
    """Hourly and daily indices of an air place."""
    made = list(made)
    hourly, daily = _index_inputs(made)
    whole = {day_before(one.end) for one in made if one.parameter == "o3" and one.name == DAY and one.valid}
    for parameter in inputs.keys() & POLLUTANTS:
        for hour, value in _hourly(inputs[parameter], days):
            hourly[hour + 1][parameter] = value
    if "o3" in inputs:
        for day, value in _largest_hours(inputs["o3"], days):
            if day in whole:
                daily[day]["o3"] = value
    for end, values in sorted(hourly.items()):
        if index := published_index(values, report_on(day_of_hour(end - 1), "hour"), place):
            yield index_assessment(place.id, ROLLING_1H, index, hour_start(end))
    for day, values in sorted(daily.items()):
        if index := published_index(values, report_on(day, "day"), place):
            yield index_assessment(place.id, DAY, index, day_start(day))


def _index_inputs(made: Iterable[Statistic]) -> tuple[ByHour, ByDay]:
    """What counts in indices: sliding means by the hour that ends them, daily values by day; valid ones."""
    hourly: ByHour = defaultdict(dict)
    daily: ByDay = defaultdict(dict)
    for one in made:
        if one.value is None or not one.valid or one.parameter not in POLLUTANTS:
            continue
        if one.name in HOURLY_INDEX:
            hourly[hour_of(to_ms(one.end))][f"{one.parameter}_{one.name}"] = one.value
        elif one.name == O3_8H_MAX and one.closed:
            daily[day_before(one.end)]["o3_8h"] = one.value
        elif one.name == DAY and one.closed and one.parameter != "o3":
            daily[day_before(one.end)][one.parameter] = one.value
    return hourly, daily


def samples(readings: Mapping[str, pd.DataFrame], days: DayRange) -> dict[EpochMs, dict[str, float]]:
    """A section's samples of the days, in order; `readings` by item."""
    found: defaultdict[EpochMs, dict[str, float]] = defaultdict(dict)
    for item, raw in readings.items():
        ms, values = valid_readings(raw)
        within = (ms >= days.start) & (ms < days.end)
        for at, value in zip(ms[within].tolist(), values[within].tolist(), strict=True):
            found[at][item] = value
    return dict(sorted(found.items()))


def sample_classes(place: Place, found: Mapping[EpochMs, dict[str, float]]) -> Iterator[Assessment]:
    """The classes of a section's samples."""
    classes = (sample_class_of(place, at, sample) for at, sample in found.items())
    return (found for found in classes if found is not None)


def period_classes(place: Place, made: Iterable[Statistic]) -> Iterator[Assessment]:
    """The classes of the periods among the statistics of all items."""
    means: dict[tuple[StatisticName, datetime, datetime], dict[str, float]] = defaultdict(dict)
    open_ = set()
    for one in made:
        if one.name in CLASSIFIED and one.valid and one.value is not None:
            means[one.name, one.start, one.end][one.parameter] = one.value
            if not one.closed:
                open_.add((one.name, one.start, one.end))
    for (name, start, end), of_items in means.items():
        day = calendar_day(day_before(end))
        target = points.water_target(place, day)
        found = period_class(of_items, points.item_limits(place, day), target=target)
        if found is not None:
            closed = (name, start, end) not in open_
            yield class_assessment(place.id, name, found, target, start=start, end=end, closed=closed)


def _rests_on(rows: pd.DataFrame, name: StatisticName, days: DayRange) -> "NDArray[np.bool_]":
    """Which rows rest on readings of the days."""
    start, end = times_ms(rows["start"]), times_ms(rows["end"])
    first, past = days.start, days.end
    if name == ROLLING_1H:
        return (end >= first) & (start <= past)
    if name in HOURLY_INDEX:  # all that the index of an hour with a changed window rests on
        return (end > first) & (end <= past + DAY_MS)
    return (start < past) & (end > first)


def to_statistics(
    basis: AveragingConfig, name: StatisticName, rows: pd.DataFrame, chosen: "NDArray[np.bool_]"
) -> Iterator[Statistic]:
    """The chosen rows of a frame of statistics."""
    series = basis.site, basis.parameter, name
    times = (times_ms(rows[name])[chosen].tolist() for name in ("start", "end"))
    others = (
        rows[name].to_numpy()[chosen].tolist() for name in ("value", "n", "expected", "valid", "closed")
    )
    for start, end, value, n, expected, valid, closed in zip(*times, *others, strict=True):
        mean = value if n else None
        yield Statistic(*series, from_ms(start), from_ms(end), mean, n, expected, valid, closed)


def _hourly(one: SeriesInput, days: DayRange) -> Iterator[tuple[HourNumber, float]]:
    """The valid hourly means of the days, and of the day after, whose windows hold them."""
    table = one.hours
    first, past = first_hour(days.first), first_hour(days.past + 1)
    within = (table.hour >= first) & (table.hour < past) & (table.hour < table.until)
    values = to_floats(table.total.take(within), table.n[within], one.basis.averaging)
    return zip(table.hour[within].tolist(), values.tolist(), strict=True)


def _largest_hours(one: SeriesInput, days: DayRange) -> Iterator[tuple[DayNumber, float]]:
    """The largest hour of each closed day; it counts where the day's mean is valid."""
    hours: dict[DayNumber, list[float]] = defaultdict(list)
    for hour, value in _hourly(one, days):
        hours[day_of_hour(hour)].append(value)
    closed = day_of_hour(one.hours.until)
    for day, values in hours.items():
        if day < min(days.past, closed):
            yield day, max(values)
