"""The reading of one site for a report: its parameters in one pass, so that memory stays flat."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from alerts.rules.index import RuleIndex
from dashboards.reports.content import data_capture
from dashboards.reports.content.collection import Collected, Sources
from dashboards.reports.content.exceedances import runs
from dashboards.reports.content.series import SeriesNumbers, numbers
from dashboards.reports.content.sites.areas import SiteSeries
from dashboards.reports.hours import winds
from dashboards.reports.month import reading_span
from ingest.stores.passes import passes
from sensors import marks as marking
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.bulk.tables import HourTable, counting
from sensors.averages.config import AveragingConfig, config_of_site
from sensors.catalogue.model import Site
from sensors.marks import Mark
from sensors.model import Kind
from sensors.standards.air_limits import ozone_day_limit


class _Read(NamedTuple):
    """One kind of a series as it was read: the values, and the month's whole readings."""

    config: AveragingConfig
    values: pd.DataFrame
    of_month: pd.DataFrame


class SiteReading:
    """What is read of one site: `collected` has it, `series` what its zones and rivers are added up of."""

    def __init__(self, sources: Sources, month: Collected, site: Site) -> None:
        self.collected = month.empty({site.id: month.places[site.id]})
        self.series: list[SiteSeries] = []
        self._digest = hashlib.sha256()
        self._sources = sources
        self._site = site

    def digest(self) -> bytes:
        """The SHA-256 of everything that was read of it."""
        return self._digest.digest()

    def read(self, measured: Mapping[str, Sequence[Kind]]) -> None:
        """Read the series that have a mean, as many of the same kinds in one pass as memory allows.

        Raises:
            StoreAway: the store does not answer.
        """
        site, start, until = self._site, self.collected.read_from.start, self.collected.until
        limit = ozone_day_limit(site.area_class, self.collected.month.first)
        by_kinds: dict[Sequence[Kind], list[str]] = {}
        for parameter, kinds in measured.items():
            if config_of_site(site, parameter) is not None:
                by_kinds.setdefault(kinds, []).append(parameter)
        for kinds, parameters in by_kinds.items():
            parts: dict[str, list[_Read]] = {parameter: [] for parameter in parameters}
            for some, kind in product(passes(parameters, until - start, site.cycle, len(kinds)), kinds):
                for parameter, values, of_month in self._read(some, kind):
                    config = config_of_site(site, parameter, kind, o3_limit=limit)
                    assert config is not None  # noqa: S101 - it was a moment ago
                    parts[parameter].append(_Read(config, values, of_month))
                    if len(parts[parameter]) == len(kinds):
                        self._series(parts.pop(parameter))
        self._note_wind(measured)

    def _read(
        self, parameters: Sequence[str], kind: Kind
    ) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
        """The values of each of these parameters, and with all that is said of them those of the month."""
        store, site = self._sources.store, self._site
        months = (self.collected.month, self.collected.read_from)
        spans = [
            reading_span(month.start, self.collected.until, ends=_labels_end(site, kind)) for month in months
        ]
        said = dict(store.readings_by_parameter(site.id, parameters, *spans[0], kind=kind))
        for parameter, values in store.values_by_parameter(site.id, parameters, *spans[1], kind=kind):
            yield parameter, values, said.pop(parameter)

    def _series(self, read: Sequence[_Read]) -> None:
        """Take what is needed of a series, read by kind; nothing where nothing was read."""
        collected, parameter = self.collected, read[0].config.parameter
        for one in read:
            self._hash(parameter if len(read) == 1 else f"{parameter} {one.config.kind}", one.values)
        found = [one for one in read if len(one.values)]
        if not found:
            return
        marks = [mark for mark in self._sources.marks if mark.concerns(self._site.id, parameter)]
        kinds = SeriesKinds(
            [KindReadings(one.config, marking.apply_marks(one.values, marks)) for one in found]
        )
        config, hours = kinds.newest.config, kinds.hours(collected.until)
        for one in found:
            self._note_span(one.values)
        add_series(collected, config, hours, self._sources.coverage, kinds)
        self._note_quality(found, kinds, marks)
        without = self._without_exceptional(kinds, marks)
        self.series.append(SiteSeries(config, hours, collected.series[config.site, parameter], without))

    def _note_quality(self, found: Sequence[_Read], kinds: SeriesKinds, marks: Sequence[Mark]) -> None:
        """Keep the month's quality, of the kind that counted most, and a section's valid samples."""
        collected, inside = self.collected, list[pd.DataFrame]()
        for config, readings in kinds.counted():
            ends = _labels_end(self._site, config.kind)
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

    def _without_exceptional(
        self, kinds: SeriesKinds, marks: Sequence[Mark]
    ) -> tuple[HourTable, SeriesNumbers] | None:
        """Hours and numbers without exceptional readings; None where none is marked so."""
        what = [mark for mark in marks if mark.what == "exceptional"]
        exceptional = [marking.mask_of(part.readings, what) for part in kinds.parts]
        if not any(mask.any() for mask in exceptional):
            return None
        others = [
            part._replace(readings=part.readings[~mask])
            for part, mask in zip(kinds.parts, exceptional, strict=True)
        ]
        basis, hours = kinds.newest.config, SeriesKinds(others).hours(self.collected.until)
        return hours, add_without(self.collected, basis, hours)

    def _note_wind(self, measured: Mapping[str, Sequence[Kind]]) -> None:
        """Keep the rose of a month's wind, where the site has a vane; its directions are hashed too."""
        collected, speeds = self.collected, (winds.SPEED, winds.POLLUTANT)
        directions = winds.read_directions(self._sources, self._site, measured, collected)
        if directions is None:
            return
        self._digest.update(directions.tobytes())
        found = [one for name in speeds if (one := collected.series.get((self._site.id, name)))]
        if len(found) == len(speeds):
            rose = winds.wind_rose(directions, *(one.hours for one in found))
            if rose is not None:
                collected.roses[self._site.id] = rose

    def _note_span(self, values: pd.DataFrame) -> None:
        site, collected = self._site.id, self.collected
        first, last = values.index[0].to_pydatetime(), values.index[-1].to_pydatetime()
        collected.first[site] = min(collected.first.get(site, first), first)
        collected.last[site] = max(collected.last.get(site, last), last)

    def _hash(self, parameter: str, values: pd.DataFrame) -> None:
        self._digest.update(f"{self._site.id} {parameter} {len(values)}\n".encode())
        self._digest.update(pd.DatetimeIndex(values.index).as_unit("ms").asi8.tobytes())
        self._digest.update(values["value"].to_numpy(dtype=np.float64).tobytes())
        self._digest.update(values["counts"].to_numpy(dtype=np.bool_).tobytes())
        self._digest.update("\n".join(filter(None, values["sent"].tolist())).encode())


def add_series(
    collected: Collected,
    basis: AveragingConfig,
    hours: HourTable,
    coverage: RuleIndex,
    kinds: SeriesKinds | None = None,
) -> None:
    """Keep the numbers of a series and its exceedances; a zone or river has no readings of its own."""
    found = numbers(hours, basis, collected.month, collected.read_from)
    collected.series[basis.site, basis.parameter] = found
    collected.parameters.setdefault(basis.site, []).append(basis.parameter)
    if basis.medium == "air":
        collected.exceedances += runs.series_exceedances(
            kinds, hours, basis, coverage, month=collected.month, until=collected.until
        )


def add_without(collected: Collected, basis: AveragingConfig, hours: HourTable) -> SeriesNumbers:
    """Keep the numbers of a series without its exceptional readings."""
    series = basis.site, basis.parameter
    collected.without[series] = numbers(hours, basis, collected.month, collected.read_from)
    collected.exceptional.append(series)
    return collected.without[series]


def _labels_end(site: Site, kind: Kind) -> bool:
    """Whether stamps of a kind name the end of an interval."""
    return kind != "rtd" and site.label == "end"
