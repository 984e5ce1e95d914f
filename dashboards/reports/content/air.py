"""Air by days: each place's daily index, and the counts of days in a month or year."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import partial

from msgspec import Struct

from dashboards.reports.content.collection import Collected
from dashboards.reports.month import Month
from sensors.averages.bulk.period_rows import PeriodRows
from sensors.calendar import MONTHS_A_YEAR, SHANGHAI, calendar_day, day_of, to_ms
from sensors.model import StatisticName
from sensors.standards import aqi
from sensors.standards.aqi import Index
from sensors.standards.statistics import DAY, O3_1H_MAX, O3_8H_MAX

GOOD = 2
"""Days of the levels up to this one are good days (优良天数)."""

_LEVELS = range(1, 7)
_TABLES: Mapping[str, StatisticName] = {"o3_8h": O3_8H_MAX, "o3": O3_1H_MAX}


class DayIndex(Struct, frozen=True):
    """A day of a place: its AQI, None where nothing valid was measured, and its daily PM2.5."""

    day: date
    index: Index | None
    pm25: float | None

    @property
    def level(self) -> int | None:
        """1 to 6; None where the standard does not let the index count (2026: at most 100, one missing)."""
        return self.index.level if self.index is not None and self.index.published else None


class DayCounts(Struct, frozen=True):
    """Days of a period counted: by level, good ones, those above 100, by primary pollutant.

    `counted` have an index that counts, of `expected` that are over.
    """

    expected: int
    counted: int
    levels: tuple[int, ...]
    primary: dict[str, int]

    @property
    def good(self) -> int:
        """Days of level 1 and 2."""
        return sum(self.levels[:GOOD])

    @property
    def exceeding(self) -> int:
        """Days above AQI 100."""
        return self.counted - self.good

    @property
    def good_share(self) -> float | None:
        """优良天数比例, 0 to 1 of the days that count; None without any."""
        return self.good / self.counted if self.counted else None


class AirPlace(Struct, frozen=True):
    """A place's days of the month, and counts of the month, a year ago, and both years to date."""

    site: str
    days: tuple[DayIndex, ...]
    month: DayCounts
    month_before: DayCounts
    month_year_ago: DayCounts
    year_to_date: DayCounts
    year_to_date_year_ago: DayCounts


def air_place(collected: Collected, place: str) -> AirPlace:
    """A place's days, from the first of last year's January that was read."""
    month = collected.month
    year_ago = month.back(MONTHS_A_YEAR)
    days = daily(collected, place, max(year_ago.january, collected.read_from))
    count = partial(count_days, days, collected.until.astimezone(SHANGHAI).date())
    return AirPlace(
        site=place,
        days=tuple(one for one in days if month.first <= one.day),
        month=count(month, month),
        month_before=count(month.back(1), month.back(1)),
        month_year_ago=count(year_ago, year_ago),
        year_to_date=count(month.january, month),
        year_to_date_year_ago=count(year_ago.january, year_ago),
    )


def daily(collected: Collected, place: str, first: Month) -> list[DayIndex]:
    """Every closed day from the first of a month on that has an index, oldest first."""
    values: dict[date, dict[str, float]] = {}
    for item, rows in _tables(collected, place):
        recent = rows[(rows["start"] >= to_ms(first.start)) & rows["valid"] & rows["closed"]]
        for start, value in zip(recent["start"].tolist(), recent["value"].tolist(), strict=True):
            values.setdefault(calendar_day(day_of(start)), {})[item] = value
    at = collected.places[place]
    return [
        DayIndex(day, aqi.daily_index(of_day, at, day), of_day.get("pm25"))
        for day, of_day in sorted(values.items())
    ]


def _tables(collected: Collected, place: str) -> Iterator[tuple[str, PeriodRows]]:
    """What counts in a daily index: means of the day, of ozone its largest 8 h and hour."""
    for parameter in aqi.pollutants():
        series = collected.series.get((place, parameter))
        if series is None:
            continue
        if parameter == "o3":
            yield from ((item, series.tables[name]) for item, name in _TABLES.items())
        else:
            yield parameter, series.tables[DAY]


def count_days(days: list[DayIndex], until: date, first: Month, last: Month) -> DayCounts:
    """Count the days of the months from `first` to `last`, as far as they are over before `until`."""
    stop = last.back(-1).first
    inside = [one for one in days if first.first <= one.day < stop]
    by_level = Counter(one.level for one in inside if one.level is not None)
    primary: Counter[str] = Counter()
    for one in inside:
        if one.level is not None and one.index is not None:
            primary.update(one.index.primary)
    return DayCounts(
        expected=max(0, (min(stop, until) - first.first).days),
        counted=sum(by_level.values()),
        levels=tuple(by_level[level] for level in _LEVELS),
        primary=dict(primary),
    )


def start_of(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
