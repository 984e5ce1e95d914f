"""A live series with some of its days computed from raw readings."""

from ingest.journal.windows import Rows
from ingest.statistics.asked import LIVE_HOURS, Days, Recomputed
from sensors.averages.periods import HOURS_A_DAY, hour_of
from sensors.averages.rows import DayMean, Head
from sensors.averages.streaming import Series


def rebuilt(former: Series | None, days: Days, one: Recomputed) -> Series | None:
    """The series with the rows of the days replaced; None where the parameter has no mean."""
    if former is None:
        return None
    newest = one.recent[-1][0] + former.basis.lead if one.recent else one.until
    until, head = max(former.until, one.until, newest), former.head()
    live = former.hours.closed is None or days.past * HOURS_A_DAY > former.hours.closed - LIVE_HOURS
    first, past = days.first * HOURS_A_DAY, days.past * HOURS_A_DAY
    hours = [row for row in former.hours.sums.values() if not first <= row.hour < past]
    hours += [row for row in one.hours if first <= row.hour < past]
    gone = {day: DayMean(day, 0, 0) for day in former.chain.days if days.first <= day < days.past}
    fresh = {**gone, **one.days}
    series = Series(former.basis)
    series.restore(
        Head(until, hour_of(until), one.recent if live else head.recent),
        hours,
        (former.chain.days | fresh).values(),
        former.chain.months.values(),
    )
    for month in one.months:
        series.put_month(month)
    for day, row in sorted(fresh.items()):
        if day < series.chain.closed:
            series.put_day(row)
    return series


def whole(rows: Rows, series: Series) -> Rows:
    """All rows of a series in the place of those it had."""
    chain = series.chain
    return Rows(
        rows.id,
        rows.fed,
        rows.head,
        list(series.hours.sums.values()),
        list(chain.days.values()),
        list(chain.months.values()),
        whole=True,
    )
