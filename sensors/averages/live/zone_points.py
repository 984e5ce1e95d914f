"""On how many of its sites a zone's or river's mean of a day or longer rests, live; is that enough?

A site counts if its own statistic of the period is valid, judged as of the zone's last closed day: a site
that has fallen silent, and closes its days later, does not hold up the zone. What of it still comes is an
hour of the zone as well, with which the zone's rows are judged again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sensors.averages.live.series import LiveSeries
from sensors.calendar import DayNumber, day_of, first_hour, month_of, to_ms
from sensors.model import Statistic, StatisticName
from sensors.standards import completeness
from sensors.standards.statistics import DAY, O3_8H_MAX, OUTLOOKS, ROLLING, YEAR_TO_DATE

if TYPE_CHECKING:
    from sensors.averages.live.calendar_periods import CalendarPeriods


class ZonePoints:
    """The points of one series of a zone or river, as of the first day that is not over there.

    `unknown` are days of which a site no longer holds the hours: they are to be recomputed.

    Args:
        zone: The series of the zone or river.
        members: The series of its sites, as far as they have begun.
        of: How many sites are its points, with those that are waited for.
    """

    def __init__(self, zone: LiveSeries, members: Sequence[LiveSeries], of: int) -> None:
        self.unknown: set[DayNumber] = set()
        self._rule = completeness.rules()[zone.basis.medium, "zone_points"]
        self._closed = zone.calendar_periods.closed
        self._members = members
        self._of = of
        self._periods: list[CalendarPeriods] | None = None

    def judge(self, statistics: Iterable[Statistic]) -> Iterator[Statistic]:
        """The statistics, valid only where the points of their period are enough."""
        for one in statistics:
            if one.valid and not self.are_enough(one.name, day_of(to_ms(one.start))):
                yield replace(one, valid=False)
            else:
                yield one

    def are_enough(self, name: StatisticName, first: DayNumber) -> bool:
        """Whether enough sites have a valid statistic of the period that begins with this day."""
        if name in ROLLING:
            return True
        return self._rule.enough_points(self._count(name, first), self._of)

    def _count(self, name: StatisticName, first: DayNumber) -> int:
        if name == DAY:
            return sum(_has_day(member, first) for member in self._members)
        if name == O3_8H_MAX:
            return sum(self._has_maximum(member, first) for member in self._members)
        if self._periods is None:
            self._periods = [member.calendar_periods.as_of(self._closed) for member in self._members]
        kind = YEAR_TO_DATE if name in OUTLOOKS else name  # a site has no outlook
        found = (one.period(kind, month_of(first)) for one in self._periods)
        return sum(row is not None and row.valid for row in found)

    def _has_maximum(self, member: LiveSeries, day: DayNumber) -> bool:
        if first_hour(day) < member.hours.first:
            self.unknown.add(day)
            return False
        return member.hours.ozone_day_maximum(day, closed=True).valid


def _has_day(member: LiveSeries, day: DayNumber) -> bool:
    row, basis = member.calendar_periods.days.get(day), member.basis
    return row is not None and row.n > 0 and basis.rule(DAY).enough(row.n, basis.day_expected)
