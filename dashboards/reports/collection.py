"""Reading the store for a report: parameter by parameter, site by site, so that memory stays flat.

Of each series only what the report needs is kept. Zones and rivers are computed from their sites' hours while
these are in memory. Everything read goes into one hash, which shows whether two reports are based on the same
data.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct, field

from alerts.rules.index import RuleIndex
from dashboards.reports import data_capture, exceedances
from dashboards.reports.data_capture import DataCapture
from dashboards.reports.exceedances import Exceedance
from dashboards.reports.month import HISTORY, Month, reading_span
from dashboards.reports.places import measured_places
from dashboards.reports.series import SeriesNumbers, numbers
from ingest.stores.base import Store
from sensors import marks as marking
from sensors.averages.bulk.tables import HourTable, hour_table, zone_hours
from sensors.averages.config import AveragingConfig, config_of_site, config_of_zone
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place
from sensors.marks import Mark
from sensors.standards.air_limits import ozone_day_limit
from sensors.standards.targets import Target

Advance = Callable[[int], None]
SeriesId = tuple[str, str]


class Sources(Struct, frozen=True):
    """The sources of a report: the store, the catalogue, the rules, and the effective marks."""

    store: Store
    catalogue: Catalogue
    coverage: RuleIndex
    marks: Sequence[Mark]


class Collected(Struct):
    """What was read and computed for a month, by (place, parameter).

    `until` is where the month ends, or has got to while it is open. `without` has the numbers without
    readings marked exceptional, of series that have such; `samples` the valid readings of the month, of
    water only.
    """

    month: Month
    read_from: Month
    until: datetime
    targets: tuple[Target, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    series: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    without: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    samples: dict[SeriesId, pd.Series] = field(default_factory=dict)
    quality: list[DataCapture] = field(default_factory=list)
    exceedances: list[Exceedance] = field(default_factory=list)
    first: dict[str, datetime] = field(default_factory=dict)
    digest: str = ""

    def of(self, place: str) -> Iterator[tuple[str, SeriesNumbers]]:
        """The parameters of a place and their numbers."""
        return ((parameter, one) for (id_, parameter), one in self.series.items() if id_ == place)


class _Hours(Struct):
    """A series' hours; `without` where readings of it are marked exceptional."""

    basis: AveragingConfig
    hours: HourTable
    without: HourTable | None = None


def collect(sources: Sources, month: Month, now: datetime, advance: Advance) -> Collected:
    """Read everything that the report of a month needs.

    Args:
        sources: Where from.
        month: Which month.
        now: The clock; it matters only while the month is open.
        advance: Called with the number of series done so far.

    Raises:
        StoreAway: the store does not answer.
    """
    read_from = month.back(HISTORY - 1)
    made = Collected(
        month, read_from, min(month.end, max(now, month.start)), targets=sources.catalogue.targets
    )
    wanted = measured_series(sources, read_from.start)
    made.places = measured_places(sources.catalogue, {site for site, _ in wanted})
    reading = _Reading(sources, made)
    done = 0
    for parameter in dict.fromkeys(parameter for _, parameter in wanted):
        hours: dict[str, _Hours] = {}
        for site in (site for site, one in wanted if one == parameter):
            found = reading.series(sources.catalogue.sites[site], parameter)
            if found is not None:
                hours[site] = found
            done += 1
            advance(done)
        for place in made.places.values():
            reading.area(place, parameter, {site: hours[site] for site in place.members if site in hours})
    made.digest = reading.digest.hexdigest()
    return made


def measured_series(sources: Sources, since: datetime) -> list[SeriesId]:
    """The (site, parameter) of the catalogue with a reading since then, in the catalogue's order."""
    newest = sources.store.latest()
    return [
        (site.id, parameter)
        for parameter in sources.catalogue.parameters
        for site in sources.catalogue.sites.values()
        if newest.get((site.id, parameter, site.basis), since - timedelta(1)) >= since
    ]


class _Reading:
    """One pass over the store."""

    def __init__(self, sources: Sources, made: Collected) -> None:
        self.digest = hashlib.sha256()
        self._sources = sources
        self._made = made
        sites = [msgspec.structs.asdict(s) for s in sources.catalogue.sites.values() if s.id in made.places]
        self.digest.update(msgspec.json.encode([str(made.month), sites, list(sources.marks)]))

    def series(self, site: Site, parameter: str) -> _Hours | None:
        """Read one series; None if it has no mean, or nothing was read."""
        basis = config_of_site(
            site, parameter, o3_limit=ozone_day_limit(site.area_class, self._made.month.first)
        )
        if basis is None:
            return None
        made, ends = self._made, basis.kind != "rtd" and site.label == "end"
        span = reading_span(made.read_from.start, made.until, ends=ends)
        checked = self._sources.store.readings(site.id, parameter, *span, kind=basis.kind)
        self._hash(site.id, parameter, checked)
        if not len(checked):
            return None
        marks = [mark for mark in self._sources.marks if mark.concerns(site.id, parameter)]
        counted = marking.apply_marks(checked, marks)
        hours = hour_table(counted, basis, made.until)
        self._first(site.id, checked)
        self._tell(basis, hours, counted)
        start = pd.Timestamp(reading_span(made.month.start, made.month.end, ends=ends)[0])
        inside = checked.index >= start
        made.quality.append(
            data_capture.of_series(checked[inside], counted[inside], basis, made.month.start, made.until)
        )
        if site.medium == "water":
            good = counted[inside & (counted["validity"] == "valid").to_numpy()]
            made.samples[site.id, parameter] = good["value"]
        return _Hours(basis, hours, self._without(basis, counted, marks))

    def area(self, place: Place, parameter: str, members: Mapping[str, _Hours]) -> None:
        """Compute a zone or river from its sites' hours; nothing where no site has any."""
        if not members:
            return
        made = self._made
        limit = ozone_day_limit(place.area_class, made.month.first)
        basis = config_of_zone(
            place.id,
            parameter,
            [one.basis for one in members.values()],
            o3_limit=limit,
            targets=place.targets,
        )
        hours = zone_hours({id_: one.hours for id_, one in members.items()}, made.until)
        made.series[place.id, parameter] = numbers(hours, basis, made.month, made.read_from)
        if place.medium == "air":
            made.exceedances += exceedances.of_series(
                None, hours, basis, self._sources.coverage, month=made.month, until=made.until
            )
        if any(one.without is not None for one in members.values()):
            without = zone_hours({id_: one.without or one.hours for id_, one in members.items()}, made.until)
            made.without[place.id, parameter] = numbers(without, basis, made.month, made.read_from)

    def _tell(self, basis: AveragingConfig, hours: HourTable, counted: pd.DataFrame) -> None:
        """Keep the numbers of a site's series."""
        made = self._made
        made.series[basis.site, basis.parameter] = numbers(hours, basis, made.month, made.read_from)
        if basis.medium == "air":
            made.exceedances += exceedances.of_series(
                counted, hours, basis, self._sources.coverage, month=made.month, until=made.until
            )

    def _without(
        self, basis: AveragingConfig, counted: pd.DataFrame, marks: Sequence[Mark]
    ) -> HourTable | None:
        """The hours without exceptional readings; None where none is marked so."""
        hit = marking.mask_of(counted, [mark for mark in marks if mark.what == "exceptional"])
        if not hit.any():
            return None
        made = self._made
        without = hour_table(counted[~hit], basis, made.until)
        made.without[basis.site, basis.parameter] = numbers(without, basis, made.month, made.read_from)
        return without

    def _first(self, site: str, checked: pd.DataFrame) -> None:
        first = checked.index[0].to_pydatetime()
        self._made.first[site] = min(self._made.first.get(site, first), first)

    def _hash(self, site: str, parameter: str, checked: pd.DataFrame) -> None:
        self.digest.update(f"{site} {parameter} {len(checked)}\n".encode())
        self.digest.update(pd.DatetimeIndex(checked.index).as_unit("ms").asi8.tobytes())
        self.digest.update(checked["value"].to_numpy(dtype=np.float64).tobytes())
        self.digest.update((checked["validity"] == "valid").to_numpy(dtype=np.bool_).tobytes())
