"""The attainment outlook of each of the plan's targets, and the target's status."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import SeriesNumbers
from dashboards.reports.content.water import WaterPlace, last_day
from dashboards.reports.month import Month
from sensors.averages.attainment import Outlook, outlook, year_so_far
from sensors.averages.bulk.months import month_rows
from sensors.averages.bulk.tables import day_rows
from sensors.averages.live.calendar_periods import CalendarPeriods
from sensors.averages.season import Prospect, Season, prospect, season
from sensors.calendar import first_day
from sensors.standards.rounding import decimals_of
from sensors.standards.targets import Target, TargetStatus, target_in_force
from sensors.standards.water_limits import Direction

_HARDNESS: tuple[Prospect, ...] = ("at_risk", "missed", "out_of_reach")


class TargetOutlook(Struct, frozen=True):
    """One target's outlook on one parameter; a water class has one each item, the hardest first.

    `aspiration`: the target is striven for, and not in force yet.
    """

    target: Target
    place: str
    parameter: str
    limit: Decimal
    result: Outlook
    season: Season
    aspiration: bool = False

    @property
    def prospect(self) -> Prospect:
        """How it stands, the season in view."""
        return prospect(self.result, self.season)


def target_outlooks(collected: Collected, water: dict[str, WaterPlace]) -> list[TargetOutlook]:
    """Every target in force at the month's end or aspired to, as far as its place was measured this year."""
    found: list[TargetOutlook] = []
    for target in collected.targets:
        status = target_status(target, collected)
        if target not in {status.target, status.aspiration}:
            continue
        rows = _air(collected, target) if target.parameter is not None else _water(collected, target, water)
        found += [replace(one, aspiration=status.target != target) for one in rows]
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
    made = _outlook(series, collected.month, target.limit, target.decimals)
    yield TargetOutlook(target, target.place, target.parameter or "", target.limit, *made)


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
        made = _outlook(series, collected.month, limit, decimals, limits.direction)
        found.append(TargetOutlook(target, place, item, limit, *made))
    return sorted(found, key=_hardest, reverse=True)


def _hardest(one: TargetOutlook) -> tuple[int, float]:
    """Out of reach first, then what is at risk, then by how much of its limit the year so far takes."""
    so_far = float(one.result.so_far or 0)
    limit = float(one.limit)
    load = so_far / limit if one.result.direction == "at_most" else limit / so_far if so_far else 0.0
    return (_HARDNESS.index(one.prospect) if one.prospect in _HARDNESS else -1, load)


def _outlook(
    series: SeriesNumbers, month: Month, limit: Decimal, decimals: int, direction: Direction = "at_most"
) -> tuple[Outlook, Season]:
    january, until = month.january.number, series.days.until
    calendar_periods = CalendarPeriods(series.basis)
    months = {row.month: row for row in month_rows(series.days, series.basis)}
    for row in day_rows(series.days):
        if row.day >= first_day(january):
            calendar_periods.put_day(row)
    calendar_periods.advance(until)
    so_far = year_so_far(*calendar_periods.year_so_far(january))
    known = season(months.get, january, until, so_far, by_days=series.basis.medium == "air")
    side: Literal["at_most", "at_least"] = "at_least" if direction == "at_least" else "at_most"
    return outlook(so_far, limit, decimals, direction=side), known
