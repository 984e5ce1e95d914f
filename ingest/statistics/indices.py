"""Air quality indices and water classes of periods, which combine several live series."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.statistics import points
from ingest.statistics.area_points import AreaPoints
from ingest.statistics.assessment import Assessment, class_assessment, index_assessment, withdrawn_class
from ingest.statistics.batch_result import BatchResult
from sensors.averages.live.series import LiveSeries
from sensors.calendar import (
    HOURS_A_DAY,
    DayNumber,
    HourNumber,
    calendar_day,
    day_before,
    day_of,
    day_of_hour,
    day_start,
    first_hour,
    hour_of,
    hour_start,
    month_of,
    numbers_from,
    to_ms,
)
from sensors.catalogue.places import Place
from sensors.model import IndexSpan, Statistic, StatisticName
from sensors.standards import aqi
from sensors.standards.statistics import (
    CLASSIFIED,
    DAILY_INDEX,
    DAY,
    HOURLY_INDEX,
    O3_8H_MAX,
    ROLLING_1H,
    WINDOWS,
)
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import period_class

if TYPE_CHECKING:
    from sensors.averages.exact_sum import Exact

POLLUTANTS = frozenset(aqi.pollutants())

Ended = tuple[str, datetime]  # a site, and the end of an hour or day
Begun = tuple[str, StatisticName, datetime]  # a site, a period's name and start
Stamped = tuple[StatisticName, datetime]  # a period's name and stamp
Find = Callable[[str, str], LiveSeries | None]  # a place's series of a parameter, if it has begun


@lru_cache(maxsize=64)
def report_on(day: DayNumber, span: IndexSpan) -> aqi.IndexReport | None:
    """What counts in an index on that day; None before the first standard."""
    try:
        return aqi.report_on(calendar_day(day), span)
    except NoStandard:
        return None


def published_index(
    values: dict[str, float], report: aqi.IndexReport | None, place: Place
) -> aqi.Index | None:
    """The index if it may be published; None before the first standard."""
    found = None if report is None else aqi.index_at(values, report, place)
    return found if found is not None and found.published else None


class IndexCalculator:
    """Computes a place's indices and classes from its series."""

    def __init__(self, places: Mapping[str, Place], find: Find, points: AreaPoints) -> None:
        self._places = places
        self._find = find
        self._points = points

    def assess(
        self, statistics: Iterable[Statistic], result: BatchResult, standing: Collection[Stamped] = ()
    ) -> None:
        """Add the indices and classes that rest on the statistics, by site and time.

        `standing` are the site's periods with a class in the store: without one now, it is withdrawn.
        """
        hours, days, periods = self._resting_on(statistics)
        found: list[Assessment | None] = []
        for site, end in sorted(hours):
            hour = hour_of(to_ms(end))
            if self._holds(site, hour - HOURS_A_DAY, day_of_hour(hour - 1), result):
                found.append(self.hour(self._places[site], hour))
        for site, end in sorted(days):
            day = day_before(end)
            if self._holds(site, first_hour(day), day, result):
                found.append(self.day(self._places[site], day))
        for site, name, start in sorted(periods):
            one = self.period(self._places[site], name, day_of(to_ms(start)))
            gone = withdrawn_class(site, name, start=start, end=periods[site, name, start], closed=True)
            if one is None and (name, points.stamp_of(gone.statistic)) in standing:
                one = gone
            found.append(one)
        result.assessments += [one for one in found if one is not None]

    def hour(self, place: Place, end: HourNumber) -> Assessment | None:
        """The hourly index at the end of an hour, from hourly means and sliding means as the report asks."""
        report = report_on(day_of_hour(end - 1), "hour")
        index = self._index(place, report, lambda series, item: _hour_value(series, item, end))
        return None if index is None else index_assessment(place.id, ROLLING_1H, index, hour_start(end))

    def day(self, place: Place, day: DayNumber) -> Assessment | None:
        """The daily index of a closed day whose hours are still held."""
        index = self._index(
            place, report_on(day, "day"), lambda series, item: self._day_value(place, series, item, day)
        )
        return None if index is None else index_assessment(place.id, DAY, index, day_start(day))

    def period(self, place: Place, name: StatisticName, first: DayNumber) -> Assessment | None:
        """The class of a period by its first day, from the valid means of its items."""
        means: dict[str, float] = {}
        found: list[Statistic] = []
        limits = points.item_limits(place, calendar_day(first))
        for item in limits:
            series = self._find(place.id, item)
            if series is None:
                continue
            periods = series.calendar_periods
            one = _daily(series, first) if name == DAY else periods.period(name, month_of(first))
            if one is None:
                continue
            found.append(one)
            enough = one.valid and self._points.are_enough((place.id, item), series, name, first)
            if enough and one.value is not None:
                means[item] = one.value
        if not means:
            return None
        end = max(one.end for one in found)
        on = calendar_day(day_before(end))
        target = points.water_target(place, on)
        made = period_class(means, points.item_limits(place, on), target=target)
        if made is None:
            return None
        closed = all(one.closed for one in found if one.parameter in means)
        start = day_start(first)
        return class_assessment(place.id, name, made, target, start=start, end=end, closed=closed)

    def _day_value(self, place: Place, series: LiveSeries, item: str, day: DayNumber) -> float | None:
        """What an item brings to the daily index; nothing of a zone with too few points."""
        name: StatisticName = O3_8H_MAX if item == "o3_8h" else DAY
        value = _day_value(series, item, day)
        id_ = place.id, series.basis.parameter
        return value if value is not None and self._points.are_enough(id_, series, name, day) else None

    def _resting_on(
        self, statistics: Iterable[Statistic]
    ) -> tuple[set[Ended], set[Ended], dict[Begun, datetime]]:
        """The hours and days of indices and the periods of classes, with their ends, that rest on them."""
        hours: set[Ended] = set()
        days: set[Ended] = set()
        periods: dict[Begun, datetime] = {}
        for one in statistics:
            name = one.name
            if one.parameter in POLLUTANTS:
                if name in HOURLY_INDEX:
                    hours.add((one.site, one.end))
                elif one.closed and name in DAILY_INDEX:
                    days.add((one.site, one.end))
            elif name in CLASSIFIED and self._places[one.site].medium == "water":
                periods[one.site, name, one.start] = one.end
        return hours, days, periods

    def _index(
        self,
        place: Place,
        report: aqi.IndexReport | None,
        value_of: Callable[[LiveSeries, str], float | None],
    ) -> aqi.Index | None:
        """The index of what the place's series say of each item of the report."""
        if report is None:
            return None
        values = {}
        for item in report.items:
            series = self._find(place.id, item.pollutant)
            value = None if series is None else value_of(series, item.id)
            if value is not None:
                values[item.id] = value
        return published_index(values, report, place)

    def _holds(self, site: str, first: HourNumber, day: DayNumber, result: BatchResult) -> bool:
        """Whether the place's series still hold that hour; if not, the day is left to be recomputed."""
        found = (self._find(site, parameter) for parameter in POLLUTANTS)
        if all(series is None or series.hours.first <= first for series in found):
            return True
        result.recompute.add((site, day))
        return False


def _hour_value(series: LiveSeries, item: str, end: HourNumber) -> float | None:
    """`o3` is the hour's mean, `o3_8h` and `pm25_24h` the windows that end with it."""
    hours = series.hours
    if hours.closed is None or end > hours.closed:
        return None
    mean = series.basis.averaging.mean
    window = next((window for window in WINDOWS if item.endswith(f"_{window[0]}")), None)
    if window is None:
        hourly = hours.means.get(end - 1)
        return None if hourly is None else mean(hourly, 1)
    name, width = window
    n, total = hours.window(end, width)
    return mean(total, n) if n >= (series.basis.rule(name).needs or 0) else None


def _day_value(series: LiveSeries, item: str, day: DayNumber) -> float | None:
    """`o3_8h` is the day's largest 8 h mean, `o3` its largest hour, the others are the day's mean.

    An hour counts for the day only if the day has as many valid hours as its mean needs.
    """
    if day >= series.calendar_periods.closed:
        return None
    if item == "o3_8h":
        largest = series.hours.ozone_day_maximum(day, closed=True)
        return largest.value if largest.valid else None
    if item != "o3":
        return _day_mean(series, day)
    means: list[Exact] = [
        series.hours.means[hour]
        for hour in numbers_from(first_hour(day), first_hour(day + 1))
        if hour in series.hours.means
    ]
    needs = series.basis.rule(DAY).needs or 1
    return series.basis.averaging.mean(max(means), 1) if len(means) >= needs else None


def _daily(series: LiveSeries, day: DayNumber) -> Statistic:
    """The day's mean of the series' parameter; its expected count does not matter to a class."""
    mean, basis = _day_mean(series, day), series.basis
    closed = day < series.calendar_periods.closed
    return Statistic(
        basis.site, basis.parameter, DAY, day_start(day), day_start(day + 1), mean, 1, 1, mean is not None,
        closed,
    )  # fmt: skip


def _day_mean(series: LiveSeries, day: DayNumber) -> float | None:
    row, basis = series.calendar_periods.days.get(day), series.basis
    if row is None or not row.n or not basis.rule(DAY).enough(row.n, basis.day_expected):
        return None
    return basis.averaging.mean(row.total, row.n)
