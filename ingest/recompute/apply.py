"""A live series whose rows of some days are replaced by recomputed ones."""

from msgspec.structs import replace

from ingest.journal.statistics_state import SeriesChanges
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputedSeries
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean, SeriesState
from sensors.calendar import first_hour, hour_of


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
