"""Water by classes: of the month and longer, of every sample, and how many samples met their target."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from dashboards.reports.content.collection import Collected
from dashboards.reports.content.series import Period, periods, times_of
from dashboards.reports.month import Month
from sensors.averages.bulk.period_rows import PeriodRows
from sensors.calendar import MONTHS_A_YEAR, SHANGHAI
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards.statistics import MONTH, TWELVE_MONTHS, YEAR_TO_DATE
from sensors.standards.targets import target_in_force
from sensors.standards.water_class import WaterClass, period_class, sample_class
from sensors.standards.water_limits import ItemLimits, assessed, standard_on

if TYPE_CHECKING:
    from sensors.standards.rounding import Number

CLASS = "water_class"


class PeriodClass(Struct, frozen=True):
    """The class of a period; `valid` when each assessed item of the place has enough behind it.

    `n` and `expected` are those of the item that has least; `means` are by item, unrounded.
    """

    statistic: StatisticName
    start: datetime
    end: datetime
    result: WaterClass | None
    means: Mapping[str, float]
    valid: bool
    n: int
    expected: int


class ClassifiedSample(Struct, frozen=True):
    """One sample's class on its unrounded values."""

    time: datetime
    result: WaterClass


class WaterPlace(Struct, frozen=True):
    """A section or river: its limits, the class to be met (None: no target), its periods and samples.

    `without` are the month and longer periods without exceptional readings, where there are such.
    """

    site: str
    standard: str
    limits: Mapping[str, ItemLimits]
    target: int | None
    month: PeriodClass | None
    month_before: PeriodClass | None
    month_year_ago: PeriodClass | None
    year_to_date: PeriodClass | None
    year_to_date_year_ago: PeriodClass | None
    twelve_months: tuple[PeriodClass, ...]
    months: tuple[PeriodClass, ...]
    samples: tuple[ClassifiedSample, ...]
    without: tuple[PeriodClass, ...] = ()

    @property
    def met_samples(self) -> int:
        """How many samples of the month met the target (without one: class III)."""
        return sum(one.result.number <= self.reference_class for one in self.samples)

    @property
    def met_share(self) -> float | None:
        """样次达标率: the share of samples that met it, 0 to 1; None without a sample."""
        return self.met_samples / len(self.samples) if self.samples else None

    @property
    def reference_class(self) -> int:
        """The target's class, or III, which 环办〔2011〕22号 measures times over against."""
        return self.target or 3

    def periods(self) -> Iterator[PeriodClass]:
        """All periods that have a class, each once."""
        yield from self.months
        yield from self.twelve_months
        for one in (self.year_to_date, self.year_to_date_year_ago):
            if one is not None:
                yield one


def water_place(collected: Collected, place: Place) -> WaterPlace:
    """The water numbers of a section or river."""
    month = collected.month
    standard = standard_on(month.first)
    limits = assessed(standard, place.waterbody)
    in_force = target_in_force(place.targets, last_day(month)).target
    target = in_force.water_class if in_force is not None else None
    classifier = _Classifier(collected, place, limits, target)
    months = tuple(classifier.periods(MONTH))
    by_start = {one.start: one for one in months}
    return WaterPlace(
        site=place.id,
        standard=standard,
        limits=limits,
        target=target,
        month=by_start.get(month.start),
        month_before=by_start.get(month.back(1).start),
        month_year_ago=by_start.get(month.back(MONTHS_A_YEAR).start),
        year_to_date={p.start: p for p in classifier.periods(YEAR_TO_DATE)}.get(month.january.start),
        year_to_date_year_ago=classifier.former_year_to_date(),
        twelve_months=tuple(classifier.periods(TWELVE_MONTHS)),
        months=months,
        samples=tuple(samples(collected, place, limits, target)),
        without=tuple(_without_exceptional(collected, place, limits, target)),
    )


def deciding_items(result: WaterClass) -> tuple[tuple[str, str], ...]:
    """The items over the target with their times over, then others as bad as the whole, with ""."""
    over = {one.item: f"{one.times:f}" for one in result.times_over}
    return tuple((item, over.get(item, "")) for item in dict.fromkeys((*over, *result.determining)))


def _without_exceptional(
    collected: Collected, place: Place, limits: Mapping[str, ItemLimits], target: int | None
) -> Iterator[PeriodClass]:
    """The classes of the month and longer without exceptional readings; none where no item has such."""
    classifier, month = _Classifier(collected, place, limits, target), collected.month
    if classifier.leave_out_exceptional(collected, place):
        for statistic in (MONTH, YEAR_TO_DATE, TWELVE_MONTHS):
            start = month.start_of(statistic)
            yield from (one for one in classifier.periods(statistic) if one.start == start)


def last_day(month: Month) -> date:
    """The month's last day, on which its targets are looked up."""
    return date.fromordinal(month.back(-1).first.toordinal() - 1)


class _Classifier:
    """Classes of one place."""

    def __init__(
        self, collected: Collected, place: Place, limits: Mapping[str, ItemLimits], target: int | None
    ) -> None:
        self._series = {name: one for name, one in collected.of(place.id) if name in limits}
        self._limits = limits
        self._target = target

    def leave_out_exceptional(self, collected: Collected, place: Place) -> bool:
        """Go on without the readings that are marked so; False where none of an assessed item is."""
        others = {name: collected.without.get((place.id, name)) for name in self._series}
        found = {name: one for name, one in others.items() if one is not None}
        self._series |= found
        return bool(found)

    def periods(self, statistic: StatisticName) -> Iterator[PeriodClass]:
        """A class for each period in which any assessed item has a mean, oldest first."""
        yield from self._of_tables(
            statistic, {name: one.tables[statistic] for name, one in self._series.items()}
        )

    def former_year_to_date(self) -> PeriodClass | None:
        """Last year's, as it stood a year ago."""
        tables = {name: one.former_year_to_date for name, one in self._series.items()}
        return next(self._of_tables(YEAR_TO_DATE, tables), None)

    def _of_tables(self, statistic: StatisticName, tables: Mapping[str, PeriodRows]) -> Iterator[PeriodClass]:
        rows: dict[datetime, dict[str, Period]] = {}
        for name, table in tables.items():
            for row in periods(table):
                if row.n:
                    rows.setdefault(row.start, {})[name] = row
        for start in sorted(rows):
            yield self._period(statistic, start, rows[start])

    def _period(self, statistic: StatisticName, start: datetime, rows: Mapping[str, Period]) -> PeriodClass:
        means = {name: row.value for name, row in rows.items()}
        return PeriodClass(
            statistic=statistic,
            start=start,
            end=max(row.end for row in rows.values()),
            result=period_class(means, self._limits, target=self._target),
            means=means,
            valid=all(row.valid for row in rows.values()) and len(rows) == len(self._series),
            n=min(row.n for row in rows.values()),
            expected=max(row.expected for row in rows.values()),
        )


def samples(
    collected: Collected, place: Place, limits: Mapping[str, ItemLimits], target: int | None
) -> Iterator[ClassifiedSample]:
    """The class of every sample of the month, oldest first; of a river those of all its sections."""
    for site in place.members or (place.id,):
        values: dict[datetime, dict[str, Number]] = {}
        for item in limits:
            series = collected.samples.get((site, item))
            if series is None:
                continue
            for time, value in zip(times_of(series.index), series.tolist(), strict=True):
                values.setdefault(time, {})[item] = value
        for time in sorted(values):
            result = sample_class(values[time], limits, target=target)
            if result is not None:
                yield ClassifiedSample(time.astimezone(SHANGHAI), result)
