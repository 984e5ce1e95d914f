"""What a report reads from, and what it keeps of that: by place and series, only what is printed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pandas as pd
from msgspec import Struct, field

from alerts.rules.index import RuleIndex
from dashboards.reports.content.data_capture import DataCapture
from dashboards.reports.content.exceedances.runs import Exceedance
from dashboards.reports.content.series import SeriesNumbers
from dashboards.reports.drinking_water import DrinkingSource
from dashboards.reports.hours.winds import WindRose
from dashboards.reports.month import HISTORY, Month
from ingest.stores.base import Store
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.marks import Mark
from sensors.model import Kind
from sensors.standards.targets import Target

Advance = Callable[[int], None]
SeriesId = tuple[str, str]
Wanted = Mapping[str, Mapping[str, tuple[Kind, ...]]]
"""Of each site its parameters that are read, each with its kinds."""


class Sources(Struct, frozen=True):
    """The sources of a report: the store, the catalogue, the rules, and the effective marks.

    `record` is every mark and withdrawal ever made.
    `drinking_water` are the rows of a table of drinking water sources, if one was given.
    """

    store: Store
    catalogue: Catalogue
    coverage: RuleIndex
    marks: Sequence[Mark]
    record: Sequence[Mark] = ()
    drinking_water: tuple[DrinkingSource, ...] = ()


class Collected(Struct):
    """What was read and computed for a month, by (place, parameter); of a site alone, or of all.

    `until` is where the month ends, or has got to while it is open. `places` are all of the catalogue, heard
    or not, `parameters` what each has a series of. `series` has the numbers of zones, rivers and those
    sites that figures or targets ask for; of the others `content.sites` has kept what is printed. `without`
    has the numbers without readings marked exceptional, of those of `exceptional` that are among them;
    `samples` the valid readings of the month, of water only; `roses` of each site with a vane its month of
    wind. `first` and `last` are the times of a site's first and last reading that was read.
    """

    month: Month
    read_from: Month
    until: datetime
    targets: tuple[Target, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    series: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    without: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    exceptional: list[SeriesId] = field(default_factory=list)
    samples: dict[SeriesId, pd.Series] = field(default_factory=dict)
    quality: list[DataCapture] = field(default_factory=list)
    exceedances: list[Exceedance] = field(default_factory=list)
    first: dict[str, datetime] = field(default_factory=dict)
    last: dict[str, datetime] = field(default_factory=dict)
    roses: dict[str, WindRose] = field(default_factory=dict)
    digest: str = ""

    def of(self, place: str) -> Iterator[tuple[str, SeriesNumbers]]:
        """The parameters of a place whose numbers are held, and these."""
        for parameter in self.parameters.get(place, ()):
            if (place, parameter) in self.series:
                yield parameter, self.series[place, parameter]

    def empty(self, places: Mapping[str, Place]) -> "Collected":
        """The same month of these places, of which nothing was read yet."""
        return Collected(self.month, self.read_from, self.until, self.targets, dict(places))

    def take(self, other: "Collected") -> None:
        """Add what was collected of other sites, after what is there; `places` and `digest` stay."""
        for name in ("parameters", "series", "without", "samples", "first", "last", "roses"):
            getattr(self, name).update(getattr(other, name))
        self.exceptional += other.exceptional
        self.quality += other.quality
        self.exceedances += other.exceedances


def month_of_report(sources: Sources, month: Month, now: datetime) -> Collected:
    """A month of the catalogue's places, of which nothing was read; `now` matters while it is open."""
    every = sources.catalogue.places.items()  # zones and rivers first; none that sent nothing is left out
    places = dict(sorted(every, key=lambda item: not item[1].is_area))
    until = min(month.end, max(now, month.start))
    return Collected(month, month.back(HISTORY - 1), until, sources.catalogue.targets, places)


def wanted_series(sources: Sources, since: datetime) -> Wanted:
    """The series of `measured_series`, site by site."""
    wanted: dict[str, dict[str, tuple[Kind, ...]]] = {}
    for (site, parameter), kinds in measured_series(sources, since).items():
        wanted.setdefault(site, {})[parameter] = kinds
    return wanted


def measured_series(sources: Sources, since: datetime) -> dict[SeriesId, tuple[Kind, ...]]:
    """The (site, parameter) of the catalogue with a reading since then, site by site.

    Each with the kinds that may count of which there is one, the finest first.
    """
    newest, never = sources.store.latest(), since - timedelta(1)
    found = {
        (site.id, parameter): tuple(
            kind for kind in site.bases if newest.get((site.id, parameter, kind), never) >= since
        )
        for site in sources.catalogue.sites.values()
        for parameter in sources.catalogue.parameters
    }
    return {series: kinds for series, kinds in found.items() if kinds}
