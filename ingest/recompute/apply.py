"""A live series whose rows of some days are replaced by recomputed ones, and what that asks for above it."""

from msgspec.structs import replace

from ingest.journal.requests import RecomputeCause
from ingest.journal.statistics_state import SeriesChanges
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputedSeries, RecomputeResult
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean, SeriesState
from sensors.calendar import calendar_day, first_hour, hour_of, numbers_from
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of


def rebuild(former: LiveSeries | None, days: DayRange, one: RecomputedSeries) -> LiveSeries | None:
    """The series with the rows of the days replaced; None where the parameter has no mean."""
    if former is None:
        return None
    newest = one.recent[-1][0] + former.basis.lead if one.recent else one.until
    until, head = max(former.until, one.until, newest), former.state()
    live = former.hours.closed is None or first_hour(days.past) > former.hours.closed - LIVE_HOURS
    first, past = first_hour(days.first), first_hour(days.past)
    hours = [row for row in former.hours.sums.values() if not first <= row.hour < past]
    hours += [row for row in one.hours if first <= row.hour < past]
    gone = {day: DayMean(day, 0, 0) for day in former.calendar_periods.days if days.first <= day < days.past}
    fresh = {**gone, **one.days}
    series = LiveSeries(former.basis)
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
