"""Reading a site's month with its neighbours and marks from the store, as report and export read it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from dashboards.reports.month import Month, reading_span
from dashboards.review.curves import (
    HOUR,
    Flags,
    Floats,
    MaintenanceSpan,
    ReviewCurve,
    ReviewGrid,
    ReviewNeighbour,
    SiteMonth,
)
from dashboards.review.hints.runs import runs_of
from dashboards.review.limits import limits_of
from dashboards.review.neighbours import neighbours_of
from ingest.stores.base import Store
from sensors import marks as marking
from sensors.catalogue.model import Catalogue, Site
from sensors.marks import Mark
from sensors.model import NORMAL, Kind

AROUND = timedelta(days=2)
"""How much is read before and after the month, so that what crosses its edges is seen whole."""

MAINTENANCE = "M"
"""The device's letter of HJ 212-2017 table 8 that says so."""

_DECIMALS = 6
"""Of an hour's mean: far below any sensor's last digit, far above binary rounding."""

Indexes = NDArray[np.int64]


class ReviewSources(Struct, frozen=True):
    """What a review reads: the store, the catalogue, and the marks in effect."""

    store: Store
    catalogue: Catalogue
    marks: Sequence[Mark] = ()


class _Placed(Struct):
    """The readings of one kind and the step each lies in."""

    kind: Kind
    frame: pd.DataFrame
    at: Indexes

    @property
    def filled(self) -> int:
        """How many steps have any."""
        return len(np.unique(self.at))


def read_month(sources: ReviewSources, site: str, month: Month, now: datetime) -> SiteMonth:
    """A site's month and two days around it, up to `now`; what does not answer to a series is absent.

    Raises:
        KeyError: the catalogue has no such site.
        StoreAway: the store does not answer.
    """
    own, catalogue = sources.catalogue.sites[site], sources.catalogue
    newest = sources.store.latest()
    reading = _MonthReading(sources, newest, own, month, min(month.end + AROUND, max(now, month.start)))
    curves, maintenance = reading.own()
    neighbours = tuple(
        ReviewNeighbour(other, distance, found)
        for other, distance in neighbours_of(own, catalogue)
        if (found := reading.neighbour(other, curves))
    )
    limits = {parameter: limits_of(own, parameter, catalogue, month.first) for parameter in curves}
    return SiteMonth(own, catalogue.parameters, reading.grid, curves, neighbours, tuple(maintenance), limits)


class _MonthReading:
    """One pass over the store."""

    def __init__(
        self,
        sources: ReviewSources,
        newest: Mapping[tuple[str, str, str], datetime],
        site: Site,
        month: Month,
        until: datetime,
    ) -> None:
        self._sources, self._newest, self._site = sources, newest, site
        self._begin, self._end = month.start - AROUND, until
        step = max(HOUR, site.cycle)
        size, first = max(1, -(-(until - self._begin) // step)), AROUND // step
        stop = min(size, first + (month.end - month.start) // step)
        self.grid = ReviewGrid(self._begin, step, size, first, stop)

    def own(self) -> tuple[dict[str, ReviewCurve], list[MaintenanceSpan]]:
        """The site's curves, and when somebody worked there."""
        site, curves = self._site, dict[str, ReviewCurve]()
        spans = [
            MaintenanceSpan(mark.parameter, mark.start, mark.end, "mark")
            for mark in self._sources.marks
            if mark.site == site.id and mark.what == "maintenance" and mark.overlaps(self._begin, self._end)
        ]
        found = dict(self._read(site, None, whole=True))
        if 2 * sum(_labels_end(site, read.kind) for read in found.values()) > len(found):
            first = self._begin + min(site.cycle, self.grid.step)
            self.grid = replace(self.grid, start=first)  # one label for all: that of most
        for parameter, read in found.items():
            frame, at = read.frame, read.at
            marks = self._marks(site, parameter)
            counts = (marking.apply_marks(frame, marks)["validity"] == "valid").to_numpy()
            flags = frame["flag"].to_numpy()
            usable = (frame["validity"] != "invalid").to_numpy() | (flags == MAINTENANCE)
            values = frame["value"].to_numpy(dtype=np.float64)
            curves[parameter] = ReviewCurve(
                self._means(values, at, counts), self._means(values, at, usable), _remarks(frame, at, marks)
            )
            spans += list(self._flagged(parameter, at[flags == MAINTENANCE], spans))
        return curves, spans

    def neighbour(self, site: Site, wanted: Iterable[str]) -> dict[str, Floats]:
        """A neighbour's counting values of these parameters."""
        found = {}
        for parameter, read in self._read(site, set(wanted), whole=False):
            counts = marking.apply_marks(read.frame, self._marks(site, parameter))["counts"].to_numpy()
            found[parameter] = self._means(read.frame["value"].to_numpy(dtype=np.float64), read.at, counts)
        return found

    def _read(self, site: Site, wanted: set[str] | None, *, whole: bool) -> Iterator[tuple[str, _Placed]]:
        """Each parameter with readings, of the kind that fills most of the grid."""
        best: dict[str, _Placed] = {}
        by_kind: dict[Kind, list[str]] = {}
        for parameter, kind in self._series(site, wanted):
            by_kind.setdefault(kind, []).append(parameter)
        store = self._sources.store
        for kind, parameters in by_kind.items():
            span = reading_span(self._begin, self._end, ends=_labels_end(site, kind))
            read = store.readings_by_parameter if whole else store.values_by_parameter
            for parameter, frame in read(site.id, parameters, *span, kind=kind):
                if len(frame):
                    placed = _Placed(kind, frame, self._places(frame, span[0]))
                    if parameter not in best or placed.filled > best[parameter].filled:
                        best[parameter] = placed
        yield from ((id_, best[id_]) for id_ in self._sources.catalogue.parameters if id_ in best)

    def _series(self, site: Site, wanted: set[str] | None) -> list[tuple[str, Kind]]:
        """The parameters and kinds that have a reading since the grid began."""
        return [
            (parameter, kind)
            for parameter in self._sources.catalogue.parameters
            if wanted is None or parameter in wanted
            for kind in site.bases
            if self._newest.get((site.id, parameter, kind), self._begin - HOUR) >= self._begin
        ]

    def _places(self, frame: pd.DataFrame, begin: datetime) -> Indexes:
        stamps = pd.DatetimeIndex(frame.index).as_unit("ms").asi8
        step_ms = int(self.grid.step.total_seconds() * 1000)
        found: Indexes = (stamps - round(begin.timestamp() * 1000)) // step_ms
        return np.minimum(found, self.grid.size - 1)

    def _means(self, values: Floats, at: Indexes, use: Flags) -> Floats:
        """The mean of each step's readings, a single one as it is."""
        n = np.bincount(at[use], minlength=self.grid.size)
        total = np.bincount(at[use], weights=values[use], minlength=self.grid.size)
        means = np.where(n > 1, np.round(total / np.maximum(n, 1), _DECIMALS), total)
        found: Floats = np.where(n > 0, means, np.nan)
        return found

    def _flagged(
        self, parameter: str, at: Indexes, marked: Sequence[MaintenanceSpan]
    ) -> Iterator[MaintenanceSpan]:
        """Maintenance by the device's letter where no mark says so."""
        mask = np.zeros(self.grid.size, dtype=bool)
        mask[at] = True
        for run in runs_of(mask):
            start, end = self.grid.time(run.first), self.grid.time(run.stop)
            if not any(one.start < end and start < one.end for one in marked if one.said_by == "mark"):
                yield MaintenanceSpan(parameter, start, end, "flag")

    def _marks(self, site: Site, parameter: str) -> list[Mark]:
        return [mark for mark in self._sources.marks if mark.concerns(site.id, parameter)]


def _labels_end(site: Site, kind: Kind) -> bool:
    """Whether stamps of a kind name the end of an interval."""
    return kind != "rtd" and site.label == "end"


def _remarks(frame: pd.DataFrame, at: Indexes, marks: Sequence[Mark]) -> dict[int, tuple[str, ...]]:
    """What is said of readings, by step: checks that failed, and what marks call them."""
    found: dict[int, dict[str, None]] = {}
    said = (frame["failed"] != "").to_numpy() | (frame["flag"] != NORMAL).to_numpy()
    for index in np.flatnonzero(said).tolist():
        names = [name for name in str(frame["failed"].iloc[index]).split(",") if name]
        found.setdefault(int(at[index]), {}).update(dict.fromkeys(names or ["flag"]))
    for mark in marks:
        for step in np.unique(at[marking.mask_of(frame, [mark])]).tolist():
            found.setdefault(int(step), {})[mark.what] = None
    return {step: tuple(names) for step, names in sorted(found.items())}
