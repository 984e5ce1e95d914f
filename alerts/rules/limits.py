"""A rule's limit for a place on a day: its own number, the plan's target, or the legal limit."""

from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from alerts.rules.definition import Rule, RuleLevel
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Severity
from sensors.standards.air_limits import air_limit
from sensors.standards.rounding import decimals_of
from sensors.standards.statistics import statistic_kind
from sensors.standards.targets import Target, target_in_force
from sensors.standards.versions import NoStandard


class LevelBound(Struct, frozen=True):
    """One level of a rule in numbers; a value exactly at either is within it."""

    severity: Severity
    limit: float
    clear: float
    source: str


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
    found: list[LevelBound] = []
    decimals = rule.decimals
    for level in rule.levels:
        bound, rounding = _bound(level, rule, (site, parameter), day, catalogue)
        if bound is not None:
            found.append(bound)
        if decimals is None:
            decimals = rounding
    if statistic_kind(rule.statistic).compared == "raw":
        decimals = None
    end = start + timedelta(days=1)
    return BoundsInForce(start.astimezone(UTC), end.astimezone(UTC), tuple(found), decimals)


def _bound(
    level: RuleLevel, rule: Rule, series: tuple[str, str], day: date, catalogue: Catalogue
) -> tuple[LevelBound | None, int | None]:
    site, parameter = series
    if not isinstance(level.limit, str):
        clear = level.limit if level.clear is None else level.clear
        return LevelBound(level.severity, float(level.limit), float(clear), rule.id), None
    if level.limit == "target":
        target = target_of(site, parameter, day, catalogue)
        if target is None:
            return None, None
        number = float((target.water_class if target.limit is None else target.limit) or 0)
        return LevelBound(level.severity, number, number, target.id), target.decimals
    found = catalogue.sites.get(site)
    try:
        law = air_limit(parameter, rule.statistic, found.area_class if found is not None else 2, day)
    except NoStandard:
        law = None
    if law is None:
        return None, None
    limit = float(law.limit)
    return LevelBound(level.severity, limit, limit, law.standard), decimals_of(parameter)


def target_of(site: str, parameter: str, day: date, catalogue: Catalogue) -> Target | None:
    """The plan's target for a place: its own (an assessed section, a zone), else that of its zone."""
    place = catalogue.places.get(site)
    return None if place is None else target_in_force(place.targets, day, parameter).target
