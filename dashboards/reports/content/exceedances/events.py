"""Exceedances as people count them: one event for what several statistics say of one time, and a sum a site.

Breaches are beyond a standard or a section's class. Beyond a value of the plan, which is of a year, is none;
nor is what is beyond a rule's own number.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from dashboards.reports.content.exceedances.runs import Exceedance
from sensors.model import Severity, StatisticName
from sensors.standards.statistics import ROLLING_1H

Listing = Literal["breach", "plan", "own"]

_GRAVE: tuple[Severity, ...] = ("info", "watch", "warning", "critical")
_READING = "reading"


class ExceedanceEvent(Struct, frozen=True):
    """What one place's item did without a break: its runs by any statistic, which overlap or touch.

    `end` is None where the month ended before it. `highest` is the run that was furthest beyond its limit.
    """

    runs: tuple[Exceedance, ...]
    highest: Exceedance
    begin: datetime
    end: datetime | None
    hours: float
    severity: Severity

    @property
    def statistics(self) -> tuple[StatisticName, ...]:
        """Those by which it was beyond, the shortest first."""
        return tuple(dict.fromkeys(one.statistic for one in self.runs))


class SiteSummary(Struct, frozen=True):
    """The events of one place's item: how many, hours in all, the longest, and the one furthest beyond."""

    site: str
    parameter: str
    times: int
    hours: float
    longest: float
    highest: ExceedanceEvent


def listing_of(one: Exceedance) -> Listing:
    """Which list an exceedance belongs to."""
    match one.against:
        case "plan" | "own":
            return one.against
        case _:
            return "breach"


def events(found: Iterable[Exceedance], listing: Listing, until: datetime) -> list[ExceedanceEvent]:
    """The events of a list by begin; a reading that its own 1 h mean repeats is left out."""
    groups: dict[tuple[str, str], list[Exceedance]] = {}
    for one in found:
        if listing_of(one) == listing:
            groups.setdefault((one.site, one.parameter), []).append(one)
    merged = [event for runs in groups.values() for event in _merged(_without_doubles(runs), until)]
    return sorted(merged, key=lambda one: (one.begin, one.highest.site, one.highest.parameter))


def summaries(found: Iterable[ExceedanceEvent]) -> list[SiteSummary]:
    """A row each place and item, most hours first."""
    groups: dict[tuple[str, str], list[ExceedanceEvent]] = {}
    for one in found:
        groups.setdefault((one.highest.site, one.highest.parameter), []).append(one)
    rows = [
        SiteSummary(
            site, parameter, len(each), sum(one.hours for one in each), max(one.hours for one in each),
            max(each, key=lambda one: _gravity(one.highest)),
        )
        for (site, parameter), each in groups.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda one: (-one.hours, one.site, one.parameter))


def _gravity(one: Exceedance) -> tuple[float, float]:
    """How far its peak is beyond its limit, as a share of it; of a sample then its worst times over."""
    beyond = abs(one.peak - one.limit) / abs(one.limit) if one.limit else abs(one.peak)
    return beyond, max((float(times) for _, times in one.determining if times), default=0.0)


def _without_doubles(runs: list[Exceedance]) -> list[Exceedance]:
    """Readings say nothing more where the 1 h mean is compared with the same limit."""
    hourly = {one.limit for one in runs if one.statistic == ROLLING_1H}
    return [one for one in runs if one.statistic != _READING or one.limit not in hourly]


def _merged(runs: list[Exceedance], until: datetime) -> Iterator[ExceedanceEvent]:
    """Runs that overlap or touch become one event."""
    together: list[Exceedance] = []
    past: datetime | None = None
    for one in sorted(runs, key=lambda run: run.begin):
        if past is not None and one.begin > past:
            yield _event(together, until)
            together, past = [], None
        together.append(one)
        end = one.end or until
        past = end if past is None else max(past, end)
    if together:
        yield _event(together, until)


def _event(runs: list[Exceedance], until: datetime) -> ExceedanceEvent:
    begin = min(one.begin for one in runs)
    goes_on = any(one.end is None for one in runs)
    past = max(one.end or until for one in runs)
    shortest_first = sorted(runs, key=lambda one: (_length(one.statistic), one.begin))
    return ExceedanceEvent(
        runs=tuple(shortest_first),
        highest=max(shortest_first, key=_gravity),
        begin=begin,
        end=None if goes_on else past,
        hours=max((past - begin).total_seconds() / 3600, 0.0),
        severity=max((one.severity for one in runs), key=_GRAVE.index),
    )


def _length(statistic: StatisticName) -> int:
    """The order of rolling statistics: their names begin with their hours."""
    digits = statistic.rstrip("h")
    return int(digits) if digits.isdecimal() else 0
