"""What the rest of the year may still be, for each of the plan's targets; and how the target stands."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from dashboards.reports.gathering import Gathered
from dashboards.reports.month import Month
from dashboards.reports.series import SeriesNumbers
from dashboards.reports.water import WaterPlace, last_day
from sensors.averages.chain import Chain
from sensors.averages.outlook import Outlook, known, outlook
from sensors.averages.periods import first_day
from sensors.averages.tables import day_rows
from sensors.rounding import decimals_of
from sensors.targets import Standing, Target, target_in_force, targets
from sensors.water_limits import Direction


class TargetOutlook(Struct, frozen=True):
    """One target's outlook on one parameter; a water class has one each item, the hardest first."""

    target: Target
    place: str
    parameter: str
    limit: Decimal
    result: Outlook


def of_targets(gathered: Gathered, water: dict[str, WaterPlace]) -> list[TargetOutlook]:
    """Every target in force at the end of the month whose place was measured."""
    made: list[TargetOutlook] = []
    for target in targets():
        standing = standing_of(target, gathered.month)
        if standing.target != target:
            continue
        if target.parameter is not None:
            made += _air(gathered, target)
        else:
            made += _water(gathered, target, water)
    return made


def standing_of(target: Target, month: Month) -> Standing:
    """What holds for the target's place at the month's end."""
    return target_in_force(target.place, target.statistic, last_day(month))


def place_of(target: Target, gathered: Gathered) -> str | None:
    """Where the target is looked at: the assessed section, else the zone or river; None if not measured."""
    return next((p for p in (target.section, target.place) if p is not None and p in gathered.places), None)


def _air(gathered: Gathered, target: Target) -> Iterator[TargetOutlook]:
    series = gathered.series.get((target.place, target.parameter or ""))
    if series is None or target.limit is None or target.decimals is None:
        return
    result = _outlook(series, gathered.month, target.limit, target.decimals)
    yield TargetOutlook(target, target.place, target.parameter or "", target.limit, result)


def _water(gathered: Gathered, target: Target, water: dict[str, WaterPlace]) -> list[TargetOutlook]:
    place = place_of(target, gathered)
    if place is None or target.water_class is None:
        return []
    made = []
    for item, limits in water[place].limits.items():
        series = gathered.series.get((place, item))
        if series is None or limits.direction == "range":
            continue
        limit = limits.limits[target.water_class - 1]
        decimals = decimals_of(item, "assessment") or 0
        result = _outlook(series, gathered.month, limit, decimals, limits.direction)
        made.append(TargetOutlook(target, place, item, limit, result))
    return sorted(made, key=_hardest, reverse=True)


def _hardest(one: TargetOutlook) -> tuple[bool, float]:
    """Out of reach first, then by how much of its limit the year so far takes."""
    so_far = float(one.result.so_far or 0)
    limit = float(one.limit)
    load = so_far / limit if one.result.direction == "at_most" else limit / so_far if so_far else 0.0
    return (one.result.state in {"out_of_reach", "missed"}, load)


def _outlook(
    series: SeriesNumbers, month: Month, limit: Decimal, decimals: int, direction: Direction = "at_most"
) -> Outlook:
    chain = Chain(series.basis)
    first = first_day(month.january.number)
    for row in day_rows(series.days):
        if row.day >= first:
            chain.put(row)
    chain.advance(series.days.until)
    return outlook(
        known(*chain.known(month.year)), limit, decimals,
        direction="at_least" if direction == "at_least" else "at_most",
    )  # fmt: skip
