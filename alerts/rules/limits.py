"""A rule's limit for a place on a day: its own number, the plan's target, or the legal limit."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from msgspec import Struct

from alerts.rules.definition import Rule, RuleLevel
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Severity
from sensors.standards.air_limits import air_limit
from sensors.standards.rounding import decimals_of
from sensors.standards.statistics import statistic_kind
from sensors.standards.targets import Target, Wording, target_in_force
from sensors.standards.versions import NoStandard
from sensors.standards.water_limits import WORSE_THAN_V, assessed, standard_on


class LevelBound(Struct, frozen=True):
    """One level of a rule in numbers; a value exactly at either is within it.

    `told` is the limit that people are told: the target, where so many classes beyond it are still within.
    A value counts only if it is also beyond `floor`, where there is one.
    """

    severity: Severity
    limit: float
    clear: float
    source: str
    told: float
    floor: float | None = None


class BoundsInForce(Struct, frozen=True):
    """The bounds from `start` until before `end`; mildest first, empty if none is in force then.

    `decimals` is what a period's value is rounded to before it is compared; None compares it as it is.
    """

    start: datetime
    end: datetime
    levels: tuple[LevelBound, ...]
    decimals: int | None


def bounds_on(rule: Rule, site: str, parameter: str, moment: datetime, catalogue: Catalogue) -> BoundsInForce:
    """The rule's limits for a series on the day (Asia/Shanghai) of the observation."""
    day = moment.astimezone(SHANGHAI).date()
    start = datetime.combine(day, time(), SHANGHAI)
    series = _SeriesOnDay(rule, site, parameter, day, catalogue)
    found: list[LevelBound] = []
    decimals = rule.decimals
    for level in rule.levels:
        bound, rounding = _bound(level, series)
        if bound is not None:
            found.append(bound)
        if decimals is None:
            decimals = rounding
    if statistic_kind(rule.statistic).compared == "raw":
        decimals = None
    end = start + timedelta(days=1)
    return BoundsInForce(start.astimezone(UTC), end.astimezone(UTC), tuple(found), decimals)


class _SeriesOnDay(NamedTuple):
    rule: Rule
    site: str
    parameter: str
    day: date
    catalogue: Catalogue


class _Limit(NamedTuple):
    number: float
    source: str
    decimals: int | None = None


def _bound(level: RuleLevel, series: _SeriesOnDay) -> tuple[LevelBound | None, int | None]:
    """The level in numbers, None where it does not hold; and to how many decimals the law rounds."""
    target = target_of(series.site, series.parameter, series.day, series.catalogue, level.wordings)
    found, floor = _limit(level, target, series), None
    if level.also_beyond:
        floor = _class_limit(target, series)
    if found is None or (level.wordings and target is None) or (level.also_beyond and floor is None):
        return None, None
    limit = told = found.number * level.times
    if level.classes_beyond:
        limit = min(told + level.classes_beyond, WORSE_THAN_V - 1)
    clear = limit if level.clear is None else float(level.clear)
    if level.clear_times is not None:
        clear = limit * level.clear_times
    # A multiple of a limit is a number of ours, not of the law: what is compared with it is not rounded.
    decimals = found.decimals if level.times == 1 else None
    return LevelBound(level.severity, limit, clear, found.source, told, floor), decimals


def _limit(level: RuleLevel, target: Target | None, series: _SeriesOnDay) -> _Limit | None:
    if not isinstance(level.limit, str):
        return _Limit(float(level.limit), series.rule.id)
    if level.limit == "target":
        if target is None:
            return None
        number = target.water_class if target.limit is None else target.limit
        return _Limit(float(number or 0), target.id, target.decimals)
    site = series.catalogue.sites.get(series.site)
    area_class = site.area_class if site is not None else 2
    try:
        law = air_limit(series.parameter, series.rule.statistic, area_class, series.day)
    except NoStandard:
        return None
    decimals = decimals_of(series.parameter, on=series.day)
    return None if law is None else _Limit(float(law.limit), law.standard, decimals)


def _class_limit(target: Target | None, series: _SeriesOnDay) -> float | None:
    """The limit of a water parameter in the target's class, on the side that the rule looks at."""
    site = series.catalogue.sites.get(series.site)
    if target is None or target.water_class is None or site is None or site.medium != "water":
        return None
    try:
        row = assessed(standard_on(series.day), site.waterbody).get(series.parameter)
    except NoStandard:
        return None
    side = "at_most" if series.rule.direction == "above" else "at_least"
    return row.floats[target.water_class - 1] if row is not None and row.direction == side else None


def target_of(
    site: str, parameter: str, day: date, catalogue: Catalogue, wordings: Collection[Wording] = ()
) -> Target | None:
    """The plan's target for a place: its own (an assessed section, a zone), else that of its zone.

    With `wordings` only targets so worded on the day; what is striven for is stable from its year on.
    """
    place = catalogue.places.get(site)
    if place is None:
        return None
    rows = [row for row in place.targets if not wordings or row.wording_on(day) in wordings]
    return target_in_force(rows, day, parameter).target
