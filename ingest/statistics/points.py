"""Statistics, indices and classes as points for the store, with the limit and target of their date.

The observation's date is that of the window's or period's last moment. A rolling window is stamped with its
end (`12month` and `36month` too: their windows move on by a month), a period with its start.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ingest.journal.entries import PointEntry, StatisticEntry
from ingest.statistics.assessment import WATER_CLASS, Assessment
from sensors.calendar import DayNumber, EpochMs, calendar_day, day_before, day_start, from_ms
from sensors.catalogue.places import Place
from sensors.model import FieldValue, Point, Statistic, StatisticName
from sensors.standards.air_limits import air_limit
from sensors.standards.aqi import Index
from sensors.standards.statistics import STAMPED_BY_END
from sensors.standards.targets import Target, target_in_force
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import WaterClass
from sensors.standards.water_limits import ItemLimits, assessed, assessment, standard_on

DAYS_REMEMBERED = 8  # today, yesterday, the last days of the periods that are open
_NEVER = from_ms(EpochMs(0))
LimitAndTarget = tuple[float | None, float | None]  # limit, target


def stamp_of(one: Statistic) -> datetime:
    """The time of a statistic's point."""
    return one.end if one.name in STAMPED_BY_END else one.start


def target_on(place: Place, day: date, parameter: str | None = None) -> Target | None:
    """The target in force at a place, on that parameter if one is given."""
    return target_in_force(place.targets, day, parameter).target


def water_target(place: Place, day: date) -> int | None:
    """The class to be met at a section or river; None without one."""
    target = target_on(place, day)
    return None if target is None else target.water_class


def item_limits(place: Place, day: date) -> Mapping[str, ItemLimits]:
    """The items that decide a class on that date; none before the first standard."""
    try:
        return assessed(standard_on(day), place.waterbody)
    except NoStandard:
        return {}


class PointBuilder:
    """Makes points; limits and targets are looked up once a series, statistic and day."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._day_start = self._day_end = _NEVER  # of the day that `_compared` is for
        self._compared: dict[tuple[str, str, str], LimitAndTarget] = {}
        self._by_day: dict[DayNumber, dict[tuple[str, str, str], LimitAndTarget]] = {}

    def statistic(self, one: Statistic) -> StatisticEntry:
        """A statistic's point."""
        series = one.site, one.parameter, one.name
        end = one.end
        if not self._day_start < end <= self._day_end:  # nearly all statistics of a batch are of one day
            day = day_before(end)
            self._day_start, self._day_end = day_start(day), day_start(day + 1)
            self._compared = self._by_day[day] = self._by_day.pop(day, {})
            if len(self._by_day) > DAYS_REMEMBERED:
                del self._by_day[next(iter(self._by_day))]
        compared = self._compared.get(series)
        if compared is None:
            compared = self._compared[series] = self.limit_and_target(*series, calendar_day(day_before(end)))
        stamp = end if one.name in STAMPED_BY_END else one.start
        return StatisticEntry(
            *series, stamp, one.value, one.n, one.expected, one.valid, one.closed, *compared
        )

    @staticmethod
    def assessment(one: Assessment) -> PointEntry:
        """An index's or class's point."""
        statistic, found = one.statistic, one.grounds
        is_class = statistic.parameter == WATER_CLASS
        fields = _class_fields(found, one.target) if is_class else _index_fields(one)
        tags = {"site": statistic.site, "statistic": statistic.name}
        return PointEntry(Point(statistic.parameter, tags, fields, stamp_of(statistic)))

    def limit_and_target(self, site: str, parameter: str, name: StatisticName, day: date) -> LimitAndTarget:
        """What a statistic is compared with on a date; None if there is nothing."""
        place = self._places.get(site)
        if place is None:
            return None, None
        return (
            _of_air(place, parameter, name, day)
            if place.medium == "air"
            else _of_water(place, parameter, day)
        )


def _of_air(place: Place, parameter: str, name: StatisticName, day: date) -> LimitAndTarget:
    try:
        limit = air_limit(parameter, name, place.area_class, day)
    except NoStandard:
        limit = None
    target = target_on(place, day, parameter)
    aimed = None if target is None or target.parameter != parameter else target.limit
    return None if limit is None else float(limit.limit), None if aimed is None else float(aimed)


def _of_water(place: Place, parameter: str, day: date) -> LimitAndTarget:
    """The item's limit of class III and of the class aimed at; pH has a range, and so no single limit."""
    limits = item_limits(place, day).get(parameter)
    if limits is None or limits.direction not in {"at_most", "at_least"}:
        return None, None
    target = water_target(place, day)
    aimed = None if target is None else limits.floats[target - 1]
    return limits.floats[assessment().reference_class - 1], aimed


def _index_fields(one: Assessment) -> dict[str, FieldValue | None]:
    """One that may not be published after all has `level` 0, as no store takes a point back."""
    found = one.grounds
    if not isinstance(found, Index):
        return {"aqi": one.former, "level": 0.0, "primary": "", "standard": ""}
    return {
        "aqi": float(found.aqi),
        "level": float(found.level),
        "primary": ";".join(found.primary),
        "standard": found.rule,
    }


def _class_fields(found: Index | WaterClass | None, target: int | None) -> dict[str, FieldValue | None]:
    """One that has lost its basis is class 0, as no store takes a point back."""
    if not isinstance(found, WaterClass):
        return {"class": 0.0, "target": None, "met": "", "determining": ""}
    return {
        "class": float(found.number),
        "target": None if target is None else float(target),
        "met": None if found.met is None else "yes" if found.met else "no",
        "determining": ";".join(found.determining),
    }
