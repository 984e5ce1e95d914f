"""From readings to hours, live: sums of the last 48 hours, the rolling windows over them, the ozone maximum.

A reading changes one hour sum. When an hour closes, its mean enters the windows that end with it; a reading
that comes late changes the windows that hold it, up to 24 hours back. Before that, the day is recomputed.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import Exact, divide
from sensors.calendar import (
    HOURS_A_DAY,
    DayNumber,
    HourNumber,
    calendar_day,
    day_start,
    first_hour,
    hour_start,
    numbers_from,
)
from sensors.model import Statistic, StatisticName
from sensors.standards.rounding import decimals_of, rounded
from sensors.standards.statistics import O3_8H_MAX, ROLLING_8H, WINDOWS

if TYPE_CHECKING:
    from sensors.averages.live.state import HourSum

KEPT_HOURS = 48
LIVE_HOURS = 24  # a change this late still finds every hour that its windows need
_EIGHT = 8
_EIGHTHS = 840  # a common multiple of one to eight hours


class _Window(NamedTuple):
    """A rolling window of so many hours, and how many of them it needs."""

    name: StatisticName
    width: int
    needs: int


class HourlyWindows:
    """The hour sums of one series and the windows rolling over them; `closed` is the first open hour."""

    def __init__(self, basis: AveragingConfig) -> None:
        self.sums: dict[HourNumber, HourSum] = {}
        self.means: dict[HourNumber, Exact] = {}  # of closed, valid hours
        self.contributed: dict[HourNumber, tuple[int, Exact]] = {}  # what each hour has given to its day
        self.closed: HourNumber | None = None
        self.first = HourNumber(0)  # hours below this one are no longer held
        self._basis = basis
        self._mean = basis.averaging.mean
        self._last_windows: dict[int, tuple[HourNumber, int, Exact]] = {}  # last end, n and total, by width
        windows = WINDOWS if basis.medium == "air" else ()
        self._windows = [_Window(name, width, basis.rule(name).needs or 0) for name, width in windows]

    @property
    def oldest_changeable(self) -> HourNumber:
        """The oldest hour that can still be changed here."""
        return HourNumber(0) if self.closed is None else self.closed - LIVE_HOURS

    def contribution(self, hour: HourNumber) -> tuple[int, Exact]:
        """What an hour gives its day: its mean, once, if it is valid; or each of its samples."""
        row = self.sums.get(hour)
        if row is None or row.n == 0:
            return 0, 0
        if not self._basis.hourly:
            return row.n, row.total
        return (1, divide(row.total, row.n)) if row.n >= self._basis.hour_needs else (0, 0)

    def count(self, hour: HourNumber) -> tuple[int, Exact]:
        """Bring an hour up to its sum; what it gives its day now."""
        n, mean = self.contributed[hour] = self.contribution(hour)
        if n:
            self.means[hour] = mean
        else:
            self.means.pop(hour, None)
        return n, mean

    def rolling(self, changed: list[HourNumber], former: HourNumber, closed: HourNumber) -> list[Statistic]:
        """The windows that end with an hour closed since `former`, and older ones with a changed hour.

        `changed` is in order.
        """
        statistics: list[Statistic] = []
        corrected: list[HourNumber] = []
        if changed and changed[0] < former:
            self._last_windows.clear()
            corrected = [hour for hour in changed if former - LIVE_HOURS <= hour < former]
        for window in self._windows:
            width = window.width
            for end in self._new_ends(former, closed, width):
                n, total = self._next_window(end, width)
                if n:
                    statistics.append(self._statistic(window, end, n, total))
            if corrected:
                statistics += self._corrected_windows(window, corrected, former)
        return statistics

    def _corrected_windows(
        self, window: _Window, changed: list[HourNumber], former: HourNumber
    ) -> list[Statistic]:
        """The windows that were there before and hold a changed hour."""
        width = window.width
        ends = {end for hour in changed for end in numbers_from(hour + 1, min(hour + width, former) + 1)}
        return [self._statistic(window, end, *self.window(end, width)) for end in sorted(ends)]

    def _next_window(self, end: HourNumber, width: int) -> tuple[int, Exact]:
        """As `window`, by one step from the one before it where that was the last."""
        last, n, total = self._last_windows.get(width, (HourNumber(0), 0, 0))
        if last == end - 1:
            new, old = self.means.get(last), self.means.get(last - width)
            if new is not None:
                n, total = n + 1, total + new
            if old is not None:
                n, total = n - 1, total - old
        else:
            n, total = self.window(end, width)
        self._last_windows[width] = end, n, total
        return n, total

    def window(self, end: HourNumber, width: int) -> tuple[int, Exact]:
        """How many of the `width` hours before `end` are valid, and the exact sum of their means."""
        means = self.means
        found = [means[hour] for hour in numbers_from(end - width, end) if hour in means]
        return len(found), sum(found)

    def ozone_day_maximum(self, day: DayNumber, *, closed: bool) -> Statistic:
        """The largest valid 8 h mean that ends between 08:00 and 24:00 of the day, of those that have ended.

        With fewer than 14 it is valid nevertheless if the rounded result exceeds the limit.

        Source: HJ 663-2013 and HJ 663-2026, 6.1.2.
        """
        first = first_hour(day)
        needs = self._basis.rule(ROLLING_8H).needs or 0
        ends = numbers_from(first + _EIGHT, min(first + HOURS_A_DAY, self.closed or first) + 1)
        found = [(n, total) for n, total in (self.window(end, _EIGHT) for end in ends) if n >= needs]
        value = None
        if found:
            n, total = max(found, key=lambda one: one[1] * (_EIGHTHS // one[0]))
            value = self._mean(total, n)
        return self._day_statistic(day, value, len(found), closed=closed)

    def prune(self) -> None:
        """Drop what is older than 48 hours."""
        first = HourNumber(0) if self.closed is None else self.closed - KEPT_HOURS
        for hour in numbers_from(self.first, first) if first - self.first <= KEPT_HOURS else list(self.sums):
            if hour < first:
                self.sums.pop(hour, None)
                self.means.pop(hour, None)
                self.contributed.pop(hour, None)
        self.first = first

    def _new_ends(self, former: HourNumber, closed: HourNumber, width: int) -> Iterable[HourNumber]:
        """The ends of windows from `former` to `closed` that can hold anything."""
        if closed - former <= HOURS_A_DAY:
            return numbers_from(former + 1, closed + 1)
        ends_near = (hour for hour in self.means if hour + width > former)
        return sorted(
            {e for h in ends_near for e in numbers_from(max(h, former) + 1, min(h + width, closed) + 1)}
        )

    def _statistic(self, window: _Window, end: HourNumber, n: int, total: Exact) -> Statistic:
        basis, width, valid = self._basis, window.width, n >= window.needs
        start, stop, value = hour_start(end - width), hour_start(end), self._mean(total, n) if n else None
        return Statistic(
            basis.site, basis.parameter, window.name, start, stop, value, n, width, valid, closed=True
        )

    def _day_statistic(self, day: DayNumber, value: float | None, n: int, *, closed: bool) -> Statistic:
        rule, limit = self._basis.rule(O3_8H_MAX), self._basis.o3_limit
        expected, decimals = rule.of or 0, decimals_of("o3", on=calendar_day(day)) or 0
        valid = rule.enough(n, expected) or (
            value is not None and limit is not None and rounded(value, decimals) > limit
        )
        start, end = day_start(day), day_start(day + 1)
        basis = self._basis
        return Statistic(
            basis.site, basis.parameter, O3_8H_MAX, start, end, value, n, expected, valid, closed
        )
