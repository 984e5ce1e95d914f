"""Reads what a plan's days need from the store: a site's parameters in one pass, each as far as it needs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pandas as pd

from ingest.marks import all_marks
from ingest.recompute import series_input
from ingest.recompute.alert_replay import PlaceView, times_of
from ingest.recompute.model import DayRange, RecomputePlan
from ingest.recompute.series_input import SeriesInput
from ingest.statistics import points
from ingest.statistics.area_points import count_points
from ingest.statistics.assessment import Assessment, withdrawn_class, withdrawn_index
from ingest.statistics.series_config import config_on, members_of
from ingest.stores.base import Store
from ingest.stores.passes import passes
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.config import AveragingConfig
from sensors.averages.live.calendar_periods import KEPT_DAYS, KEPT_MONTHS
from sensors.calendar import (
    DAY_MS,
    HOUR_MS,
    MONTHS_A_YEAR,
    DayNumber,
    day_of,
    first_day,
    from_ms,
    january_of,
    month_of,
    month_start,
    to_ms,
)
from sensors.catalogue.model import Catalogue
from sensors.marks import apply_marks, effective_marks
from sensors.model import Kind, Statistic, StatisticName
from sensors.standards.statistics import (
    BELOW_MONTH,
    DAY,
    INDEXED,
    MONTHLY,
    StatisticKind,
    statistic_kind,
)

LONGEST = 3 * MONTHS_A_YEAR  # months in the longest window
_HOUR, _MOMENT = timedelta(hours=1), timedelta(milliseconds=1)


class PlanReader:
    """Reads a plan's series, each as far as its days need it; each series once."""

    def __init__(self, plan: RecomputePlan, catalogue: Catalogue, store: Store) -> None:
        self._plan = plan
        self._place = plan.place.id
        self._catalogue = catalogue
        self._store = store
        self._marks = effective_marks(all_marks(store))
        self._held: dict[tuple[str, str, Kind], pd.DataFrame] = {}  # read, and not used yet
        self.samples: dict[str, pd.DataFrame] = {}  # a section's readings of the days

    def is_far(self, parameter: str) -> bool:
        """Whether the days are older than those live series hold."""
        return month_of(self._plan.days.first) < month_of(
            max(self._newest(parameter) - KEPT_DAYS, DayNumber(0))
        )

    def input(self, parameter: str) -> SeriesInput | None:
        """One series of the place; None where it has no mean."""
        plan, days = self._plan, self._plan.days
        until = plan.series[parameter].until
        if plan.place.is_site:
            kinds = self._kinds(self._place, parameter)
            if kinds is not None and plan.place.medium == "water":
                counted = pd.concat([part.readings for part in kinds.counted()])
                self.samples[parameter] = counted[counted.index < from_ms(days.end)]
            return None if kinds is None else series_input.from_kinds(kinds, until, days)
        basis, members = self._config(self._place, parameter), {}
        sites = members_of(self._catalogue, plan.place, parameter)
        for site in sites:
            closed = plan.members.get((site.id, parameter))
            kinds = None if closed is None else self._kinds(site.id, parameter)
            if closed is not None and kinds is not None:
                members[site.id] = series_input.from_kinds(kinds, closed, days)
        if basis is None:
            return None
        heard = {site: one.until for site, one in members.items()}
        longer = plan.whole or self.is_far(parameter)
        of = count_points(sites, heard, until)
        return series_input.from_members(members, basis, until, of, longer=longer)

    def removed_statistics(
        self, computed: Sequence[Statistic], inputs: Mapping[str, SeriesInput]
    ) -> Iterator[Statistic]:
        """Those that the store holds of the days and that have no input now: `n` = 0 and no value."""
        there = {(one.parameter, one.name, points.stamp_of(one)) for one in computed}
        for kind in BELOW_MONTH:
            for parameter, stamp, expected in self._stored(kind, [*inputs]):
                if (parameter, kind.id, stamp) in there:
                    continue
                start = stamp - kind.span if kind.family == "rolling" else stamp
                end = start + kind.span
                yield Statistic(
                    self._place, parameter, kind.id, start, end, None, 0, expected, valid=False,
                    closed=to_ms(end) <= inputs[parameter].until,
                )  # fmt: skip

    def withdrawn_indices(self, computed: Sequence[Assessment]) -> Iterator[Assessment]:
        """The indices that the store holds of the days and that may not be published any more."""
        days = self._plan.days
        for kind in INDEXED:
            start, end = from_ms(days.start), from_ms(days.end)
            if kind.stamped == "end":
                start, end = start + _MOMENT, from_ms(days.end + DAY_MS) + _MOMENT
            there = {points.stamp_of(one.statistic) for one in computed if one.statistic.name == kind.id}
            found = self._store.points("aqi", start, end, {"site": self._place, "statistic": kind.id})
            for stamp, value, level in zip(times_of(found.index), found["aqi"], found["level"], strict=True):
                if level > 0 and stamp not in there:
                    yield withdrawn_index(self._place, kind.id, value, stamp)

    def withdrawn_classes(self, computed: Sequence[Assessment]) -> Iterator[Assessment]:
        """The classes of samples and days that the store holds of the days and that have no basis now."""
        there = {(one.statistic.name, points.stamp_of(one.statistic)) for one in computed}
        for name, stamp in self._classes(from_ms(self._plan.days.start), from_ms(self._plan.days.end)):
            if name in {"reading", DAY} and (name, stamp) not in there:
                end = stamp + statistic_kind(DAY).span
                closed = to_ms(end) <= max(one.until for one in self._plan.series.values())
                yield withdrawn_class(self._place, name, start=stamp, end=end, closed=closed)

    def standing_classes(self) -> frozenset[tuple[StatisticName, datetime]]:
        """The months and longer that may hold the days and have a class in the store; none of air."""
        days = self._plan.days
        first, past = january_of(month_of(days.first)), month_of(days.past) + MONTHS_A_YEAR + 1
        if self._plan.place.medium == "air":
            return frozenset()
        found = self._classes(month_start(first), month_start(past))
        return frozenset((name, stamp) for name, stamp in found if name in MONTHLY)

    def _classes(self, start: datetime, end: datetime) -> Iterator[tuple[StatisticName, datetime]]:
        """Statistic and stamp of the store's classes."""
        found = self._store.points("water_class", start, end, {"site": self._place})
        names: Sequence[StatisticName] = found["statistic"].tolist()
        for stamp, name, number in zip(times_of(found.index), names, found["class"], strict=True):
            if number > 0:
                yield name, stamp

    def place_view(self, computed: Sequence[Statistic]) -> PlaceView:
        """The place for the rules, with the recomputed days."""
        site = self._catalogue.sites.get(self._place)
        cycle = _HOUR if site is None else site.cycle
        configs = {} if site is None else {one: self._configs(site.id, one) for one in self._plan.series}
        return PlaceView(self._place, cycle, configs, self._store, self._marks, computed)

    def _config(self, place: str, parameter: str, kind: Kind | None = None) -> AveragingConfig | None:
        return config_on(self._catalogue, place, parameter, self._plan.days.past - 1, kind)

    def _configs(self, site: str, parameter: str) -> list[AveragingConfig]:
        """Those of the kinds that have come of a site's series, the finest first; none without a mean."""
        found = [self._config(site, parameter, kind) for kind in self._plan.kinds.get((site, parameter), ())]
        return [config for config in found if config is not None]

    def _kinds(self, site: str, parameter: str) -> SeriesKinds | None:
        """A site's series by kind; None where it has no mean."""
        parts = [KindReadings(config, self._raw(config)) for config in self._configs(site, parameter)]
        return SeriesKinds(parts) if parts else None

    def _stored(self, kind: StatisticKind, parameters: Sequence[str]) -> Iterator[tuple[str, datetime, int]]:
        """Parameter, stamp and expected count of the stored statistics of the days that have input."""
        days = self._plan.days
        start, end = from_ms(days.start), from_ms(days.end)
        if kind.family == "rolling":
            if kind.span > _HOUR:
                start, end = start + _MOMENT, from_ms(days.end + DAY_MS) + _MOMENT
            else:
                end = from_ms(days.end + HOUR_MS) + _MOMENT
        frames = self._store.statistics_by_parameter(self._place, parameters, kind.id, start, end)
        for parameter, found in frames:
            counts = zip(found["n"].tolist(), found["expected"].tolist(), strict=True)
            for stamp, (n, expected) in zip(times_of(found.index), counts, strict=True):
                if n > 0:
                    yield parameter, stamp, int(expected)

    def _raw(self, basis: AveragingConfig) -> pd.DataFrame:
        """A site's readings with marks applied, read with its others of the same days."""
        series = basis.site, basis.parameter, basis.kind
        if series not in self._held:
            days = self._days_to_read(basis.parameter)
            together = self._read_together(basis, days)
            frames = self._store.readings_by_parameter(
                basis.site, together, from_ms(days.start), from_ms(days.end), basis.kind
            )
            self._held |= {(basis.site, parameter, basis.kind): frame for parameter, frame in frames}
        return apply_marks(
            self._held.pop(series), [mark for mark in self._marks if mark.concerns(*series[:2])]
        )

    def _read_together(self, basis: AveragingConfig, days: DayRange) -> Sequence[str]:
        """The parameters of the site that are still to be read over the same days, this one first."""
        span, cycle = (timedelta(milliseconds=ms) for ms in (days.end - days.start, basis.cycle))
        later = [
            parameter
            for parameter in sorted(self._plan.series)
            if parameter >= basis.parameter
            and self._is_read(basis.site, parameter, basis.kind)
            and self._days_to_read(parameter) == days
        ]
        return passes(later, span, cycle, len(self._plan.place.members) or 1)[0]

    def _is_read(self, site: str, parameter: str, kind: Kind) -> bool:
        """Whether the readings of a kind of a site's series are needed."""
        is_member = site == self._place or (site, parameter) in self._plan.members
        return is_member and any(config.kind == kind for config in self._configs(site, parameter))

    def _days_to_read(self, parameter: str) -> DayRange:
        """The days whose readings are needed: a day each side, or what the longest windows hold."""
        days, newest = self._plan.days, self._newest(parameter)
        if self._plan.whole:
            return DayRange(first_day(month_of(newest) - KEPT_MONTHS), newest + 2)
        if not self.is_far(parameter):
            return days.widened(1, 2)
        past = first_day(month_of(days.past - 1) + LONGEST + 1)
        return DayRange(
            first_day(month_of(days.first) - LONGEST + 1), max(min(past, newest + 2), days.past + 2)
        )

    def _newest(self, parameter: str) -> DayNumber:
        return day_of(self._plan.series[parameter].until)
