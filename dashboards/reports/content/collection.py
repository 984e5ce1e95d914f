"""Reading the store for a report: site by site, its parameters in one pass, so that memory stays flat.

Of each series only what is printed is kept; hours of zones and rivers are added up as their sites' come.
Everything read goes into one hash, which shows whether two reports are based on the same data.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct, field
from msgspec.structs import asdict

from alerts.rules.index import RuleIndex
from dashboards.reports.content import data_capture
from dashboards.reports.content.data_capture import DataCapture
from dashboards.reports.content.exceedances import runs
from dashboards.reports.content.exceedances.runs import Exceedance
from dashboards.reports.content.series import SeriesNumbers, numbers
from dashboards.reports.drinking_water import DrinkingSource
from dashboards.reports.hours import winds
from dashboards.reports.hours.courses import Hours
from dashboards.reports.month import HISTORY, Month, reading_span
from ingest.stores.base import Store
from ingest.stores.passes import passes
from sensors import marks as marking
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.bulk.tables import HourTable, ZoneHours, counting
from sensors.averages.config import AveragingConfig, config_of_site, config_of_zone
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place
from sensors.marks import Mark
from sensors.model import Kind
from sensors.standards.air_limits import ozone_day_limit
from sensors.standards.targets import Target

Advance = Callable[[int], None]
SeriesId = tuple[str, str]


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
    """What was read and computed for a month, by (place, parameter).

    `until` is where the month ends, or has got to while it is open. `places` are all of the catalogue, heard
    or not, `parameters` what each of them has a series of. `without` has the numbers without readings marked
    exceptional, of series that have such; `samples` the valid readings of the month, of water only;
    `directions` of each site with a vane the wind by hour. `first` and `last` are the times of a site's first
    and last reading that was read.
    """

    month: Month
    read_from: Month
    until: datetime
    targets: tuple[Target, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    series: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    without: dict[SeriesId, SeriesNumbers] = field(default_factory=dict)
    samples: dict[SeriesId, pd.Series] = field(default_factory=dict)
    quality: list[DataCapture] = field(default_factory=list)
    exceedances: list[Exceedance] = field(default_factory=list)
    first: dict[str, datetime] = field(default_factory=dict)
    last: dict[str, datetime] = field(default_factory=dict)
    directions: dict[str, Hours] = field(default_factory=dict)
    digest: str = ""

    def of(self, place: str) -> Iterator[tuple[str, SeriesNumbers]]:
        """The parameters of a place and their numbers."""
        return ((parameter, self.series[place, parameter]) for parameter in self.parameters.get(place, ()))


class _Read(NamedTuple):
    """One kind of a series as it was read: the values, and the month's whole readings."""

    config: AveragingConfig
    values: pd.DataFrame
    of_month: pd.DataFrame


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
    """Read everything that the report of a month needs; `now` matters only while the month is open.

    `advance` is called with the number of series done so far.

    Raises:
        StoreAway: the store does not answer.
    """
    read_from, until = month.back(HISTORY - 1), min(month.end, max(now, month.start))
    collected = Collected(month, read_from, until, targets=sources.catalogue.targets)
    wanted: dict[str, dict[str, tuple[Kind, ...]]] = {}
    for (site, parameter), kinds in measured_series(sources, read_from.start).items():
        wanted.setdefault(site, {})[parameter] = kinds
    every = sources.catalogue.places.items()  # zones and rivers first; none that sent nothing is left out
    collected.places = dict(sorted(every, key=lambda item: not item[1].is_area))
    reading, done = _Reading(sources, collected, set(wanted)), 0
    for site, measured in wanted.items():
        reading.site(sources.catalogue.sites[site], measured)
        advance(done := done + len(measured))
    reading.areas()
    collected.directions = dict(winds.read_directions(sources, wanted, collected))
    reading.digest.update(b"".join(id_.encode() + one.tobytes() for id_, one in collected.directions.items()))
    collected.digest = reading.digest.hexdigest()
    return collected


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


class _Reading:
    """One pass over the store."""

    def __init__(self, sources: Sources, collected: Collected, measured: set[str]) -> None:
        self.digest = hashlib.sha256()
        self._sources = sources
        self._collected = collected
        self._areas: dict[SeriesId, _Area] = {}
        self._zones = [place for place in collected.places.values() if place.is_area]
        sites = [asdict(site) for site in sources.catalogue.sites.values() if site.id in measured]
        self.digest.update(msgspec.json.encode([str(collected.month), sites, list(sources.marks)]))

    def site(self, site: Site, measured: Mapping[str, Sequence[Kind]]) -> None:
        """Read a site's series that have a mean, as many of the same kinds in one pass as memory allows."""
        start, until = self._collected.read_from.start, self._collected.until
        limit = ozone_day_limit(site.area_class, self._collected.month.first)
        by_kinds: dict[Sequence[Kind], list[str]] = {}
        for parameter, kinds in measured.items():
            if config_of_site(site, parameter) is not None:
                by_kinds.setdefault(kinds, []).append(parameter)
        for kinds, parameters in by_kinds.items():
            parts: dict[str, list[_Read]] = {parameter: [] for parameter in parameters}
            for some, kind in product(passes(parameters, until - start, site.cycle, len(kinds)), kinds):
                for parameter, values, of_month in self._read(site, some, kind):
                    config = config_of_site(site, parameter, kind, o3_limit=limit)
                    assert config is not None  # noqa: S101 - it was a moment ago
                    parts[parameter].append(_Read(config, values, of_month))
                    if len(parts[parameter]) == len(kinds):
                        self._series(site, parts.pop(parameter))

    def _read(
        self, site: Site, parameters: Sequence[str], kind: Kind
    ) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
        """The values of each of these parameters, and with all that is said of them those of the month."""
        store, ends = self._sources.store, _labels_end(site, kind)
        months = (self._collected.month, self._collected.read_from)
        spans = [reading_span(month.start, self._collected.until, ends=ends) for month in months]
        said = dict(store.readings_by_parameter(site.id, parameters, *spans[0], kind=kind))
        for parameter, values in store.values_by_parameter(site.id, parameters, *spans[1], kind=kind):
            yield parameter, values, said.pop(parameter)

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

    def _series(self, site: Site, read: Sequence[_Read]) -> None:
        """Take what is needed of a series, read by kind; nothing where nothing was read."""
        collected, parameter = self._collected, read[0].config.parameter
        for one in read:
            self._hash(site.id, parameter if len(read) == 1 else f"{parameter} {one.config.kind}", one.values)
        found = [one for one in read if len(one.values)]
        if not found:
            return
        marks = [mark for mark in self._sources.marks if mark.concerns(site.id, parameter)]
        kinds = SeriesKinds(
            [KindReadings(one.config, marking.apply_marks(one.values, marks)) for one in found]
        )
        config, hours = kinds.newest.config, kinds.hours(collected.until)
        for one in found:
            self._note_span(site.id, one.values)
        self._add(config, hours, kinds)
        self._note_quality(site, found, kinds, marks)
        without = self._without_exceptional(kinds, marks)
        for place in self._zones:
            if site.id in place.members:
                area = self._areas.setdefault((place.id, parameter), _Area())
                area.add(config, hours, without)

    def _note_quality(
        self, site: Site, found: Sequence[_Read], kinds: SeriesKinds, marks: Sequence[Mark]
    ) -> None:
        """Keep the month's quality, of the kind that counted most, and a section's valid samples."""
        collected, inside = self._collected, list[pd.DataFrame]()
        for config, readings in kinds.counted():
            ends = _labels_end(site, config.kind)
            start, _ = reading_span(collected.month.start, collected.until, ends=ends)
            inside.append(readings[readings.index >= start])
        most = max(range(len(inside)), key=lambda at: len(inside[at]) * found[at].config.cycle)
        config, _, checked = found[most]
        marked = marking.apply_marks(checked, marks)
        collected.quality.append(
            data_capture.series_capture(checked, marked, config, collected.month.start, collected.until)
        )
        if config.medium == "water":
            valid = [readings[counting(readings)]["value"] for readings in inside]
            collected.samples[config.site, config.parameter] = pd.concat(valid).sort_index(kind="stable")

    def _add(self, basis: AveragingConfig, hours: HourTable, kinds: SeriesKinds | None = None) -> None:
        """Keep the numbers of a series and its exceedances; a zone or river has no readings of its own."""
        collected = self._collected
        collected.series[basis.site, basis.parameter] = self._numbers(hours, basis)
        collected.parameters.setdefault(basis.site, []).append(basis.parameter)
        if basis.medium == "air":
            collected.exceedances += runs.series_exceedances(
                kinds, hours, basis, self._sources.coverage, month=collected.month, until=collected.until
            )

    def _numbers(self, hours: HourTable, basis: AveragingConfig) -> SeriesNumbers:
        return numbers(hours, basis, self._collected.month, self._collected.read_from)

    def _without_exceptional(self, kinds: SeriesKinds, marks: Sequence[Mark]) -> HourTable | None:
        """The hours without exceptional readings; None where none is marked so."""
        what = [mark for mark in marks if mark.what == "exceptional"]
        exceptional = [marking.mask_of(part.readings, what) for part in kinds.parts]
        if not any(mask.any() for mask in exceptional):
            return None
        others = [
            part._replace(readings=part.readings[~mask])
            for part, mask in zip(kinds.parts, exceptional, strict=True)
        ]
        basis, hours = kinds.newest.config, SeriesKinds(others).hours(self._collected.until)
        self._collected.without[basis.site, basis.parameter] = self._numbers(hours, basis)
        return hours

    def _note_span(self, site: str, values: pd.DataFrame) -> None:
        first, last = values.index[0].to_pydatetime(), values.index[-1].to_pydatetime()
        self._collected.first[site] = min(self._collected.first.get(site, first), first)
        self._collected.last[site] = max(self._collected.last.get(site, last), last)

    def _hash(self, site: str, parameter: str, values: pd.DataFrame) -> None:
        self.digest.update(f"{site} {parameter} {len(values)}\n".encode())
        self.digest.update(pd.DatetimeIndex(values.index).as_unit("ms").asi8.tobytes())
        self.digest.update(values["value"].to_numpy(dtype=np.float64).tobytes())
        self.digest.update(values["counts"].to_numpy(dtype=np.bool_).tobytes())
        self.digest.update("\n".join(filter(None, values["sent"].tolist())).encode())


def _labels_end(site: Site, kind: Kind) -> bool:
    """Whether stamps of a kind name the end of an interval."""
    return kind != "rtd" and site.label == "end"
