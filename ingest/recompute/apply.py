"""A live series whose rows of some days are replaced by recomputed ones, and what that asks for above it."""

from collections.abc import Iterator
from fractions import Fraction

from msgspec.structs import replace

from ingest.journal.requests import RecomputeCause
from ingest.journal.statistics_state import SeriesChanges
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputedSeries, RecomputeResult
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import simplify
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean, HourSum, SeriesState
from sensors.calendar import calendar_day, first_hour, hour_of, numbers_from
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of


def rebuild(
    former: LiveSeries | None, config: AveragingConfig, days: DayRange, one: RecomputedSeries
) -> LiveSeries:
    """The series with the rows of the days replaced; `former` is None before its first reading.

    If the days reach to its end it goes on with the kind of `config`, that of the recomputed series.
    """
    former = former or LiveSeries(config)
    head, closed = former.state(), former.hours.closed
    live = closed is None or first_hour(days.past) > closed - LIVE_HOURS
    series = LiveSeries(config if live else former.basis)
    newest = one.recent[-1][0] + series.basis.lead if one.recent else one.until
    until = max(former.until, one.until, newest)
    first, past = first_hour(days.first), first_hour(days.past)
    hours = [row for row in _rows_as_of(former, series.basis) if not first <= row.hour < past]
    hours += [row for row in one.hours if first <= row.hour < past]
    gone = {day: DayMean(day, 0, 0) for day in former.calendar_periods.days if days.first <= day < days.past}
    fresh = {**gone, **one.days}
    series.restore(
        SeriesState(until, hour_of(until), one.recent if live else head.recent),
        hours,
        [*former.calendar_periods.days.values(), *fresh.values()],
        former.calendar_periods.months.values(),
    )
    for month in one.months:
        series.calendar_periods.put_month(month)
    for day, row in sorted(fresh.items()):
        if day < series.calendar_periods.closed:
            series.calendar_periods.put_day(row)
    return series


def _rows_as_of(former: LiveSeries, config: AveragingConfig) -> Iterator[HourSum]:
    """The hour sums as readings of the configuration's kind would have made them."""
    needs = former.basis.hour_needs
    for row in former.hours.sums.values():
        if needs == config.hour_needs or not config.hourly:
            yield row
        elif row.n >= needs:
            yield as_filled(row, config)


def as_filled(row: HourSum, config: AveragingConfig) -> HourSum:
    """An hour that another kind fills, as one of this kind with the same mean."""
    return HourSum(row.hour, config.hour_needs, simplify(Fraction(row.total) * config.hour_needs / row.n))


def to_rows(rows: SeriesChanges, series: LiveSeries) -> SeriesChanges:
    """All rows of a series, to replace those of the journal."""
    hours, calendar_periods = series.hours.sums, series.calendar_periods
    days, months = list(calendar_periods.days.values()), list(calendar_periods.months.values())
    return replace(rows, hours=list(hours.values()), days=days, months=months, whole=True)


def area_requests(
    catalogue: Catalogue, recomputed: RecomputeResult
) -> tuple[list[tuple[str, str]], RecomputeCause]:
    """The days of the zone or river above a recomputed site that are to be recomputed, and why."""
    site = catalogue.sites.get(recomputed.place)
    area = None if site is None else area_of(site)
    cause = recomputed.completed[0].cause if recomputed.completed else "late"
    if area is None:
        return [], cause
    days = numbers_from(recomputed.days.first, recomputed.days.past)
    if recomputed.whole:
        days, cause = days[:1], "new_journal"
    return [(area, calendar_day(day).isoformat()) for day in days], cause
