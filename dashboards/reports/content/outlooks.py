"""The attainment outlook of each of the plan's targets, and the target's status."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import SeriesNumbers
from dashboards.reports.content.water import WaterPlace, last_day
from dashboards.reports.month import Month
from sensors.averages.attainment import Outlook, outlook, year_so_far
from sensors.averages.bulk.tables import day_rows
from sensors.averages.live.calendar_periods import CalendarPeriods
from sensors.calendar import first_day
from sensors.standards.rounding import decimals_of
from sensors.standards.targets import Target, TargetStatus, target_in_force
from sensors.standards.water_limits import Direction


class TargetOutlook(Struct, frozen=True):
    """One target's outlook on one parameter; a water class has one each item, the hardest first."""

    target: Target
    place: str
    parameter: str
    limit: Decimal
    result: Outlook


def target_outlooks(collected: Collected, water: dict[str, WaterPlace]) -> list[TargetOutlook]:
    """Every target in force at the end of the month whose place was measured."""
    found: list[TargetOutlook] = []
    for target in collected.targets:
        status = target_status(target, collected)
        if status.target != target:
            continue
        if target.parameter is not None:
            found += _air(collected, target)
        else:
            found += _water(collected, target, water)
    return found


def target_status(target: Target, collected: Collected) -> TargetStatus:
    """The target status of the place at the month's end."""
    rows = [row for row in collected.targets if row.place == target.place]
    return target_in_force(rows, last_day(collected.month), target.parameter)


def place_of(target: Target, collected: Collected) -> str | None:
    """Where the target is assessed: the assessed section, else the zone or river; None if not measured."""
    return next((p for p in (target.section, target.place) if p is not None and p in collected.places), None)


def _air(collected: Collected, target: Target) -> Iterator[TargetOutlook]:
    series = collected.series.get((target.place, target.parameter or ""))
    if series is None or target.limit is None or target.decimals is None:
        return
    result = _outlook(series, collected.month, target.limit, target.decimals)
    yield TargetOutlook(target, target.place, target.parameter or "", target.limit, result)


def _water(collected: Collected, target: Target, water: dict[str, WaterPlace]) -> list[TargetOutlook]:
    place = place_of(target, collected)
    if place is None or target.water_class is None:
        return []
    found = []
    for item, limits in water[place].limits.items():
        series = collected.series.get((place, item))
        if series is None or limits.direction == "range":
            continue
        limit = limits.limits[target.water_class - 1]
        decimals = decimals_of(item, "assessment") or 0
        result = _outlook(series, collected.month, limit, decimals, limits.direction)
        found.append(TargetOutlook(target, place, item, limit, result))
    return sorted(found, key=_hardest, reverse=True)


def _hardest(one: TargetOutlook) -> tuple[bool, float]:
    """Out of reach first, then by how much of its limit the year so far takes."""
    so_far = float(one.result.so_far or 0)
    limit = float(one.limit)
    load = so_far / limit if one.result.direction == "at_most" else limit / so_far if so_far else 0.0
    return (one.result.state in {"out_of_reach", "missed"}, load)


def _outlook(
    series: SeriesNumbers, month: Month, limit: Decimal, decimals: int, direction: Direction = "at_most"
) -> Outlook:
    calendar_periods = CalendarPeriods(series.basis)
    january = month.january.number
    for row in day_rows(series.days):
        if row.day >= first_day(january):
            calendar_periods.put_day(row)
    calendar_periods.advance(series.days.until)
    return outlook(
        year_so_far(*calendar_periods.year_so_far(january)), limit, decimals,
        direction="at_least" if direction == "at_least" else "at_most",
    )  # fmt: skip
