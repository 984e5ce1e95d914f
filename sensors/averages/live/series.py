"""A live series: takes valid readings in any order and returns the statistics that moved.

    series = LiveSeries(basis)
    series.add(time, 31.2)                  # or correct(time, 31.2, 30.9), or remove(time, 31.2)
    changes = series.changes(until=now)     # after each batch

What comes out does not depend on how the readings were divided into batches, except that a value which a
batch both makes and replaces is seen once. A day too far back to be corrected from memory is named in
`recompute`, and comes back through `CalendarPeriods.put_day`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import Exact, divide
from sensors.averages.live.calendar_periods import CalendarPeriods
from sensors.averages.live.changes import Changes, HourChange
from sensors.averages.live.hourly import HourlyWindows
from sensors.averages.live.rolling_hour import NONE_IS_CALM, CalmMeans, RollingHour
from sensors.averages.live.state import (
    DayMean,
    HourSum,
    MonthMean,
    SeriesState,
    parse_total,
    to_packable,
)
from sensors.calendar import (
    HOUR_MS,
    DayNumber,
    EpochMs,
    HourNumber,
    day_of_hour,
    day_start,
    first_hour,
    hour_of,
    hour_start,
    hour_start_ms,
)
from sensors.model import Statistic
from sensors.standards.statistics import DAY, ROLLING_1H

_NEVER = EpochMs(-(10**18))


class LiveSeries:
    """The statistics of one (site, parameter), or of a zone or river, as far as its inputs are known."""

    def __init__(self, basis: AveragingConfig) -> None:
        self.basis = basis
        self.hours = HourlyWindows(basis)
        self.calendar_periods = CalendarPeriods(basis)
        self.until = _NEVER  # the moment up to which everything is closed
        self._rolling_hour = RollingHour(basis) if basis.medium == "air" and not basis.zone else None
        self._averaging = basis.averaging
        self._to_summand, self._lead = basis.averaging.to_summand, basis.lead
        self._hour_shift = basis.shift  # to the hour that it belongs to
        self._times: list[EpochMs] = []  # readings newer than all before, not yet added
        self._values: list[float] = []
        self._day_rule = basis.rule(DAY)
        self._changed_hours: set[HourNumber] = set()
        self._days_to_recompute: set[DayNumber] = set()
        self._oldest_changeable = self.hours.oldest_changeable
        self._has_closed_changes = True  # something may have changed that is over
        self._next_close = _NEVER

    def add(self, ms: EpochMs, value: float) -> None:
        """A new valid reading, by its stamp."""
        until = ms + self._lead
        if until > self.until:
            self.until = until
            self._times.append(ms)
            self._values.append(value)
        else:
            summand = self._to_summand(value)
            self._change(ms, 1, summand, summand)

    def extend(self, times: Sequence[EpochMs], values: Sequence[float]) -> None:
        """New valid readings, each newer than the one before it."""
        if times[0] + self._lead <= self.until:
            for ms, value in zip(times, values, strict=True):
                self.add(ms, value)
            return
        self.until = times[-1] + self._lead
        self._times += times
        self._values += values

    def correct(self, ms: EpochMs, old: float, new: float) -> None:
        """A reading has another value now; both are valid."""
        summand = self._to_summand(new)
        self._change(ms, 0, summand - self._to_summand(old), summand)

    def remove(self, ms: EpochMs, value: float) -> None:
        """A reading is no longer valid, or no longer there."""
        self._change(ms, -1, -self._to_summand(value), None)

    def follow_member(self, change: HourChange) -> None:
        """A site of this zone or river has another hourly mean; closing is left to `changes(until)`."""
        n = (change.mean is not None) - (change.former is not None)
        self._change_hour(change.hour, n, (change.mean or 0) - (change.former or 0))

    def changes(self, until: EpochMs | None = None, calm: CalmMeans = NONE_IS_CALM) -> Changes:
        """Close what is over at `until` (never before the last reading) and return what changed.

        Of the `1h` means that are neither stored nor needed, those that are `calm` may be missing.
        """
        if self._times:
            self._add_pending()
        if until is not None and until > self.until:
            self.until = until
        statistics, stored = list[Statistic](), list[Statistic]()
        if self._rolling_hour is not None:
            statistics, stored = self._rolling_hour.statistics(calm)
        recompute: list[DayNumber] = []
        if self._days_to_recompute:
            recompute = sorted(self._days_to_recompute)
            self._days_to_recompute.clear()
        nothing_closes = not self._has_closed_changes and self.until < self._next_close
        if nothing_closes and not self.calendar_periods.pending:
            return Changes(statistics, stored, [], [], [], [], recompute)
        former, closed = self._close()
        if former is None:
            return Changes(statistics, stored, [], [], [], [], recompute)
        hour_changes = self._count_hours(closed)
        rows = [self.hours.sums[change.hour] for change in hour_changes]
        others, days, months = self._statistics(hour_changes, former, closed)
        self.hours.prune()
        self._oldest_changeable = self.hours.oldest_changeable
        self._next_close = hour_start_ms(closed + 1)
        self._has_closed_changes = False
        return Changes(statistics + others, stored + others, hour_changes, rows, days, months, recompute)

    def _statistics(
        self, hour_changes: list[HourChange], former: HourNumber, closed: HourNumber
    ) -> tuple[list[Statistic], list[DayMean], list[MonthMean]]:
        """Every statistic that changed hours and closed periods move; the rows behind them."""
        statistics = list[Statistic]()
        changed = [change.hour for change in hour_changes]
        if self.basis.zone and self.basis.medium == "air":
            statistics += [self._zone_hour(hour) for hour in changed]
        statistics += self.hours.rolling(changed, former, closed)
        days = [self.calendar_periods.days[day] for day in sorted({day_of_hour(hour) for hour in changed})]
        statistics += self._days(days, day_of_hour(former), day_of_hour(closed))
        longer, months = self.calendar_periods.advance(day_of_hour(closed))
        return statistics + longer, days, months

    def close(self, until: EpochMs, *, if_complete: bool) -> bool:
        """Close what the clock has closed, perhaps only if its last hour is complete; whether it has."""
        row = self.hours.sums.get(hour_of(until) - 1)
        is_complete = row is not None and row.n >= self.basis.hour_expected
        if until <= self.until or (if_complete and not is_complete):
            return False
        self.until = until
        return True

    def state(self) -> SeriesState:
        """What must be stored besides the rows to continue after a restart; read it after `changes`."""
        rows = map(self.hours.sums.__getitem__, self._changed_hours)
        return SeriesState(
            until=None if self.until == _NEVER else self.until,
            closed=self.hours.closed,
            recent=() if self._rolling_hour is None else self._rolling_hour.stored_readings(),
            open=tuple([(row.hour, row.n, to_packable(row.total)) for row in rows]),
        )

    def restore(
        self,
        state: SeriesState,
        hours: Iterable[HourSum],
        days: Iterable[DayMean],
        months: Iterable[MonthMean],
    ) -> None:
        """Continue where the stored rows end."""
        if state.closed is None or state.until is None:
            return
        self.until, self.hours.closed = state.until, state.closed
        self.calendar_periods.restore(days, months, day_of_hour(state.closed))
        open_hours = (HourSum(hour, n, parse_total(total)) for hour, n, total in state.open)
        for row in (*hours, *open_hours):
            self.hours.sums[row.hour] = row
            if self.basis.hourly and row.hour >= state.closed:
                self._changed_hours.add(row.hour)
            else:
                self.hours.count(row.hour)
        if self._rolling_hour is not None:
            self._rolling_hour.restore(state.recent, state.until - self._lead)
        self.hours.prune()
        self._oldest_changeable = self.hours.oldest_changeable

    def _change(self, ms: EpochMs, n: int, total: Exact, now: Exact | None) -> None:
        if self._times:
            self._add_pending()
        hour = hour_of(ms, self._hour_shift)
        self._change_hour(hour, n, total)
        if hour < self._oldest_changeable:
            return
        self.until = max(self.until, ms + self._lead)
        if self._rolling_hour is not None and not self._rolling_hour.put(ms, now):
            self._days_to_recompute.add(day_of_hour(hour))

    def _add_pending(self) -> None:
        """Add the new readings to their hours, all of an hour at once, and to the last of the series."""
        times, self._times = self._times, []
        summands = self._averaging.to_summands(self._values)
        self._values.clear()
        if self._rolling_hour is not None:
            self._rolling_hour.extend(times, summands)
        shift, first = self._hour_shift, 0
        while first < len(times):
            # `hour_of` and its inverse in place: two calls would cost 2 % of a reading's way through here.
            hour: HourNumber = (times[first] + shift) // HOUR_MS  # type: ignore[assignment]
            stop = bisect_left(times, (hour + 1) * HOUR_MS - shift, first)
            self._change_hour(hour, stop - first, sum(summands[first:stop]))
            first = stop

    def _change_hour(self, hour: HourNumber, n: int, total: Exact) -> None:
        """Change an hour sum; if its windows reach behind what is kept, its day is left to be recomputed."""
        if hour < self._oldest_changeable:
            self._days_to_recompute.add(day_of_hour(hour))
            if hour < self.hours.first:
                return
        row = self.hours.sums.get(hour)
        if row is None:
            self.hours.sums[hour] = HourSum(hour, n, total)
        else:
            row.n += n
            row.total += total
        self._changed_hours.add(hour)
        if not self._has_closed_changes:
            closed = self.hours.closed
            self._has_closed_changes = not self.basis.hourly or closed is None or hour < closed

    def _close(self) -> tuple[HourNumber | None, HourNumber]:
        """The first open hour before and after; before is None as long as there is nothing."""
        former = self.hours.closed
        if former is None:
            if not self._changed_hours:
                return None, HourNumber(0)
            former = min(self._changed_hours)
        closed = max(hour_of(self.until), former) if self.until != _NEVER else former
        self.hours.closed = closed
        return former, closed

    def _count_hours(self, closed: HourNumber) -> list[HourChange]:
        """Bring days up to their changed hours, closed ones only where hours are averaged."""
        if self.basis.hourly:
            ready = sorted(hour for hour in self._changed_hours if hour < closed)
            self._changed_hours.difference_update(ready)
        else:
            ready = sorted(self._changed_hours)
            self._changed_hours.clear()
        return [self._count_hour(hour) for hour in ready]

    def _count_hour(self, hour: HourNumber) -> HourChange:
        day = day_of_hour(hour)
        before_n, before = self.hours.contributed.get(hour, (0, 0))
        n, total = self.hours.count(hour)
        row = self.calendar_periods.days.get(day) or DayMean(day, 0, 0)
        row = DayMean(day, row.n + n - before_n, row.total + total - before)
        self.calendar_periods.set_open_day(row)
        return HourChange(hour, _mean(before_n, before), _mean(n, total))

    def _days(self, rows: list[DayMean], open_before: DayNumber, first_open: DayNumber) -> list[Statistic]:
        """The changed days, and the one that was open and is over now."""
        if open_before < first_open and all(row.day != open_before for row in rows):
            row = self.calendar_periods.days.get(open_before)
            rows = [row, *rows] if row is not None else rows
        statistics = []
        for row in rows:
            statistics.append(self._day(row, closed=row.day < first_open))
            if self.basis.ozone and first_hour(row.day) >= self.hours.first:
                statistics.append(self.hours.ozone_day_maximum(row.day, closed=row.day < first_open))
        return statistics

    def _day(self, row: DayMean, *, closed: bool) -> Statistic:
        basis, start, end = self.basis, day_start(row.day), day_start(row.day + 1)
        value = self._averaging.mean(row.total, row.n) if row.n else None
        expected, valid = basis.day_expected, self._day_rule.enough(row.n, basis.day_expected)
        return Statistic(basis.site, basis.parameter, DAY, start, end, value, row.n, expected, valid, closed)

    def _zone_hour(self, hour: HourNumber) -> Statistic:
        """A zone's `1h`: the mean over the sites that have the hour."""
        row, basis, mean = self.hours.sums[hour], self.basis, self.hours.means.get(hour)
        value = None if mean is None else self._averaging.mean(mean, 1)
        start, end, valid = hour_start(hour), hour_start(hour + 1), mean is not None
        return Statistic(
            basis.site, basis.parameter, ROLLING_1H, start, end, value, row.n, basis.hour_expected, valid,
            closed=True,
        )  # fmt: skip


def _mean(n: int, total: Exact) -> Exact | None:
    return divide(total, n) if n else None
