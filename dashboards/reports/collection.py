"""Reading the store for a report: site by site, its parameters in one pass, so that memory stays flat.

Of each series only what the report needs is kept. The hours of zones and rivers are added up as their sites'
hours come. Everything read goes into one hash, which shows whether two reports are based on the same data.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct, field
from msgspec.structs import asdict, replace

from alerts.rules.index import RuleIndex
from dashboards.reports import data_capture, exceedances
from dashboards.reports.data_capture import DataCapture
from dashboards.reports.exceedances import Exceedance
from dashboards.reports.month import HISTORY, Month, reading_span
from dashboards.reports.series import SeriesNumbers, numbers
from ingest.stores.base import Store
from ingest.stores.passes import passes
from sensors import marks as marking
from sensors.averages.bulk.tables import HourTable, ZoneHours, hour_table
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
    water only. `first` and `last` are the times of a site's first and last reading that was read.
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
    last: dict[str, datetime] = field(default_factory=dict)
    digest: str = ""

    def of(self, place: str) -> Iterator[tuple[str, SeriesNumbers]]:
        """The parameters of a place and their numbers."""
        return ((parameter, one) for (id_, parameter), one in self.series.items() if id_ == place)


class _Area:
    """A series of a zone or river, of those of its sites; `without` where one has exceptional readings."""

    def __init__(self) -> None:
        self.inputs: list[AveragingConfig] = []
        self.hours = ZoneHours()
        self.without: ZoneHours | None = None

    def add(self, basis: AveragingConfig, hours: HourTable, without: HourTable | None) -> None:
        """Add one more site's."""
        if without is not None and self.without is None:
            self.without = copy(self.hours)
        if self.without is not None:
            self.without.add(hours if without is None else without)
        self.hours.add(hours)
        self.inputs.append(basis)


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
    read_from, until = month.back(HISTORY - 1), min(month.end, max(now, month.start))
    collected = Collected(month, read_from, until, targets=sources.catalogue.targets)
    wanted: dict[str, list[str]] = {}
    for site, parameter in measured_series(sources, read_from.start):
        wanted.setdefault(site, []).append(parameter)
    collected.places = measured_places(sources.catalogue, set(wanted))
    reading, done = _Reading(sources, collected), 0
    for site, parameters in wanted.items():
        reading.site(sources.catalogue.sites[site], parameters)
        done += len(parameters)
        advance(done)
    reading.areas()
    collected.digest = reading.digest.hexdigest()
    return collected


def measured_series(sources: Sources, since: datetime) -> list[SeriesId]:
    """The (site, parameter) of the catalogue with a reading since then, site by site."""
    newest = sources.store.latest()
    return [
        (site.id, parameter)
        for site in sources.catalogue.sites.values()
        for parameter in sources.catalogue.parameters
        if newest.get((site.id, parameter, site.basis), since - timedelta(1)) >= since
    ]


def measured_places(catalogue: Catalogue, measured: set[str]) -> dict[str, Place]:
    """Zones and rivers first, then the sites; only what was measured, with the members that were."""
    areas = {
        id_: replace(place, members=members)
        for id_, place in catalogue.places.items()
        if place.is_area and (members := tuple(site for site in place.members if site in measured))
    }
    return areas | {id_: place for id_, place in catalogue.places.items() if id_ in measured}


class _Reading:
    """One pass over the store."""

    def __init__(self, sources: Sources, collected: Collected) -> None:
        self.digest = hashlib.sha256()
        self._sources = sources
        self._collected = collected
        self._areas: dict[SeriesId, _Area] = {}
        sites = [asdict(site) for site in sources.catalogue.sites.values() if site.id in collected.places]
        self.digest.update(msgspec.json.encode([str(collected.month), sites, list(sources.marks)]))

    def site(self, site: Site, parameters: Sequence[str]) -> None:
        """Read a site's series that have a mean, as many of them in one pass as memory allows."""
        month, ends = self._collected.month, site.basis != "rtd" and site.label == "end"
        span = reading_span(self._collected.read_from.start, self._collected.until, ends=ends)
        inside = reading_span(month.start, month.end, ends=ends)[0]
        limit = ozone_day_limit(site.area_class, month.first)
        found = [config_of_site(site, parameter, o3_limit=limit) for parameter in parameters]
        bases = {basis.parameter: basis for basis in found if basis is not None}
        for some in passes([*bases], span[1] - span[0], site.cycle):
            for parameter, checked in self._sources.store.readings_by_parameter(
                site.id, some, *span, kind=site.basis
            ):
                self._series(site, bases[parameter], checked, inside)

    def areas(self) -> None:
        """Compute zones and rivers from their sites' hours; nothing where no site has any."""
        collected = self._collected
        for (id_, parameter), area in self._areas.items():
            place = collected.places[id_]
            limit = ozone_day_limit(place.area_class, collected.month.first)
            basis = config_of_zone(id_, parameter, area.inputs, o3_limit=limit, targets=place.targets)
            self._add(basis, area.hours.table(collected.until))
            if area.without is not None:
                hours = area.without.table(collected.until)
                collected.without[id_, parameter] = self._numbers(hours, basis)

    def _series(self, site: Site, basis: AveragingConfig, checked: pd.DataFrame, inside: datetime) -> None:
        """Take what is needed of a series; nothing where nothing was read."""
        collected = self._collected
        self._hash(site.id, basis.parameter, checked)
        if not len(checked):
            return
        marks = [mark for mark in self._sources.marks if mark.concerns(site.id, basis.parameter)]
        counted = marking.apply_marks(checked, marks)
        hours = hour_table(counted, basis, collected.until)
        self._note_span(site.id, checked)
        self._add(basis, hours, counted)
        self._note_quality(basis, checked, counted, inside)
        without = self._without_exceptional(basis, counted, marks)
        for place in collected.places.values():
            if site.id in place.members:
                area = self._areas.setdefault((place.id, basis.parameter), _Area())
                area.add(basis, hours, without)

    def _note_quality(
        self, basis: AveragingConfig, checked: pd.DataFrame, counted: pd.DataFrame, start: datetime
    ) -> None:
        """Keep the quality of the readings from `start` on, and a section's valid samples."""
        collected, inside = self._collected, checked.index >= pd.Timestamp(start)
        collected.quality.append(
            data_capture.series_capture(
                checked[inside], counted[inside], basis, collected.month.start, collected.until
            )
        )
        if basis.medium == "water":
            good = counted[inside & (counted["validity"] == "valid").to_numpy()]
            collected.samples[basis.site, basis.parameter] = good["value"]

    def _add(self, basis: AveragingConfig, hours: HourTable, readings: pd.DataFrame | None = None) -> None:
        """Keep the numbers of a series and its exceedances; a zone or river has no readings of its own."""
        collected = self._collected
        collected.series[basis.site, basis.parameter] = self._numbers(hours, basis)
        if basis.medium == "air":
            collected.exceedances += exceedances.series_exceedances(
                readings, hours, basis, self._sources.coverage, month=collected.month, until=collected.until
            )

    def _numbers(self, hours: HourTable, basis: AveragingConfig) -> SeriesNumbers:
        return numbers(hours, basis, self._collected.month, self._collected.read_from)

    def _without_exceptional(
        self, basis: AveragingConfig, counted: pd.DataFrame, marks: Sequence[Mark]
    ) -> HourTable | None:
        """The hours without exceptional readings; None where none is marked so."""
        exceptional = marking.mask_of(counted, [mark for mark in marks if mark.what == "exceptional"])
        if not exceptional.any():
            return None
        hours = hour_table(counted[~exceptional], basis, self._collected.until)
        self._collected.without[basis.site, basis.parameter] = self._numbers(hours, basis)
        return hours

    def _note_span(self, site: str, checked: pd.DataFrame) -> None:
        first, last = checked.index[0].to_pydatetime(), checked.index[-1].to_pydatetime()
        self._collected.first[site] = min(self._collected.first.get(site, first), first)
        self._collected.last[site] = max(self._collected.last.get(site, last), last)

    def _hash(self, site: str, parameter: str, checked: pd.DataFrame) -> None:
        self.digest.update(f"{site} {parameter} {len(checked)}\n".encode())
        self.digest.update(pd.DatetimeIndex(checked.index).as_unit("ms").asi8.tobytes())
        self.digest.update(checked["value"].to_numpy(dtype=np.float64).tobytes())
        self.digest.update((checked["validity"] == "valid").to_numpy(dtype=np.bool_).tobytes())
        self.digest.update("\n".join(checked["sent"][checked["sent"] != ""]).encode())
