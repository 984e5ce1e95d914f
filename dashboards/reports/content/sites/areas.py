"""Zones and rivers while their sites are read: hours added up, and on how many sites each row will rest.

What is held does not grow with the number of sites. Parts that were added up elsewhere are merged exactly.
"""

from copy import copy

import numpy as np
from msgspec import Struct, field

from dashboards.reports.content.series import SeriesNumbers
from sensors.averages.bulk.period_rows import PeriodRows
from sensors.averages.bulk.tables import HourTable, Numbers, ZoneHours
from sensors.averages.config import AveragingConfig

FORMER = "former_year_to_date"
"""Under which name the year to date of a year ago is counted."""

_WAITING = 32


class SiteSeries(Struct, frozen=True):
    """What a site's series gives to its zones and rivers; `without` where it has exceptional readings."""

    basis: AveragingConfig
    hours: HourTable
    numbers: SeriesNumbers
    without: tuple[HourTable, SeriesNumbers] | None = None


class StartCounts:
    """How many sites have a valid row with each start."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Numbers, Numbers]] = []

    def add(self, start: Numbers) -> None:
        """One more site's."""
        self._put(start, np.ones(len(start), dtype=np.int64))

    def merge(self, other: "StartCounts") -> None:
        """Other sites'."""
        self._put(*other.counted())

    def counted(self) -> tuple[Numbers, Numbers]:
        """Each start once, the oldest first, and its count."""
        starts = [np.zeros(0, dtype=np.int64), *(start for start, _ in self._waiting)]
        counts = [np.zeros(0, dtype=np.int64), *(n for _, n in self._waiting)]
        start, at = np.unique(np.concatenate(starts), return_inverse=True)
        n = np.bincount(at, np.concatenate(counts), len(start)).astype(np.int64)
        self._waiting = [(start, n)]
        return start, n

    def _put(self, start: Numbers, n: Numbers) -> None:
        self._waiting.append((start, n))
        if len(self._waiting) > _WAITING:
            self.counted()


class PointCounts(Struct):
    """The sites with a valid row, by statistic and start; `maxima` of the daily largest 8 h of ozone."""

    by_statistic: dict[str, StartCounts] = field(default_factory=dict)
    maxima: "PointCounts | None" = None

    def add(self, numbers: SeriesNumbers) -> None:
        """One more site's."""
        for name, rows in (*numbers.tables.items(), (FORMER, numbers.former_year_to_date)):
            self._of(name).add(_valid_starts(rows))
        if numbers.maxima is not None:
            self._of_maxima().add(numbers.maxima)

    def merge(self, other: "PointCounts") -> None:
        """Other sites'."""
        for name, counts in other.by_statistic.items():
            self._of(name).merge(counts)
        if other.maxima is not None:
            self._of_maxima().merge(other.maxima)

    def counted(self, name: str) -> tuple[Numbers, Numbers]:
        """Starts of a statistic and how many sites have a valid row with each."""
        return self.by_statistic.get(name, StartCounts()).counted()

    def _of(self, name: str) -> StartCounts:
        return self.by_statistic.setdefault(name, StartCounts())

    def _of_maxima(self) -> "PointCounts":
        if self.maxima is None:
            self.maxima = PointCounts()
        return self.maxima


def _valid_starts(rows: PeriodRows) -> Numbers:
    starts: Numbers = rows["start"][rows["valid"]].astype(np.int64)
    return starts


class SitesAdded(Struct):
    """Sites' hours added up, and their points."""

    hours: ZoneHours = field(default_factory=ZoneHours)
    points: PointCounts = field(default_factory=PointCounts)

    def add(self, hours: HourTable, numbers: SeriesNumbers) -> None:
        """One more site's."""
        self.hours.add(hours)
        self.points.add(numbers)

    def merge(self, other: "SitesAdded") -> None:
        """Other sites'."""
        self.hours.merge(other.hours)
        self.points.merge(other.points)

    def again(self) -> "SitesAdded":
        """The same, to go on from."""
        made = SitesAdded(copy(self.hours))
        made.points.merge(self.points)
        return made


class AreaSeries(Struct):
    """A series of a zone or river, of those of its sites; `without` where one has exceptional readings."""

    inputs: list[AveragingConfig] = field(default_factory=list)
    all: SitesAdded = field(default_factory=SitesAdded)
    without: SitesAdded | None = None

    def add(self, site: SiteSeries) -> None:
        """Add one more site's."""
        if site.without is not None and self.without is None:
            self.without = self.all.again()
        if self.without is not None:
            self.without.add(*(site.without or (site.hours, site.numbers)))
        self.all.add(site.hours, site.numbers)
        self.inputs.append(site.basis)

    def merge(self, other: "AreaSeries") -> None:
        """Add other sites', after those that are there."""
        if other.without is not None and self.without is None:
            self.without = self.all.again()
        if self.without is not None:
            self.without.merge(other.without or other.all)
        self.all.merge(other.all)
        self.inputs += other.inputs
