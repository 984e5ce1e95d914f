"""From days to months and years, live: the part of a series whose members are calendar periods.

One row a day for 400 days and one a month for 50 months. A changed day changes its month, and with it every
year and window of months that holds it; nothing else is recomputed. Only closed days count.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import datetime
from fractions import Fraction

from sensors.averages.attainment import year_so_far
from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import Exact, simplify
from sensors.averages.live import month_sums
from sensors.averages.live.compact_rows import DAY_CELLS, MONTH_CELLS, CompactRows
from sensors.averages.live.month_sums import PeriodTotal
from sensors.averages.live.outlook_rows import outlook_rows
from sensors.averages.live.state import DayMean, MonthMean
from sensors.calendar import (
    MONTHS_A_YEAR,
    DayNumber,
    MonthNumber,
    day_start,
    days_between,
    first_day,
    january_of,
    month_of,
    month_start,
    numbers_from,
)
from sensors.model import Statistic, StatisticName
from sensors.standards.statistics import DAY, MONTH, THREE_YEARS, TWELVE_MONTHS, YEAR, YEAR_TO_DATE

KEPT_DAYS = 400
KEPT_MONTHS = 50  # a day 400 days ago moves 36-month windows that reach back 49 months
_YEARS = 3
_SPAN = _YEARS * MONTHS_A_YEAR
_SPANS: dict[StatisticName, int] = {TWELVE_MONTHS: MONTHS_A_YEAR, THREE_YEARS: _SPAN}


class CalendarPeriods:
    """The months and years of one series, as far as its days are closed."""

    def __init__(self, basis: AveragingConfig) -> None:
        self.days = CompactRows[DayNumber, DayMean](DayMean, DAY_CELLS)
        self.months = CompactRows[MonthNumber, MonthMean](MonthMean, MONTH_CELLS)
        self.closed = DayNumber(0)  # days below this number are over
        self._basis = basis
        self._air = basis.medium == "air"
        self._mean = basis.averaging.mean
        self._rules = {name: basis.rule(name) for name in (DAY, MONTH, YEAR, YEAR_TO_DATE, TWELVE_MONTHS)}
        self._oldest_with_days = MonthNumber(0)  # months below have lost days and are corrected as a whole
        self._oldest_month = MonthNumber(0)  # months below are gone; no window may reach there
        self._changed: set[MonthNumber] = set()
        self._open_days: set[DayNumber] = set()

    def restore(self, days: Iterable[DayMean], months: Iterable[MonthMean], closed: DayNumber) -> None:
        """Continue from stored rows."""
        self.days.put_all(days)
        self.months.put_all(months)
        self.closed = closed
        self._prune()

    @property
    def pending(self) -> bool:
        """Whether something was added that `advance` has not processed yet."""
        return bool(self._changed)

    def set_open_day(self, row: DayMean) -> None:
        """Replace a day that the last hours changed; it counts once it is closed."""
        self.days.put(row)
        self._open_days.add(row.day)

    def put_day(self, row: DayMean) -> bool:
        """Add a closed day, new or corrected; False if its month is too old to be corrected by days."""
        month = month_of(row.day)
        if month < self._oldest_with_days:
            return False
        self.days.put(row)
        self._changed.add(month)
        return True

    def put_month(self, row: MonthMean) -> None:
        """Add a month that was computed elsewhere: one whose days are no longer held."""
        self.months.put(row)
        self._changed.add(row.month)

    def advance(self, closed: DayNumber) -> tuple[list[Statistic], list[MonthMean]]:
        """Close the days below `closed`; the statistics that changed, and the month rows behind them."""
        former, self.closed = self.closed, max(closed, self.closed)
        changed = self._changed
        if self.closed != former or min(self._open_days, default=former) < former:
            changed |= {month_of(day) for day in self._open_days if day < self.closed}
        if self.closed != former:
            changed |= {month_of(former), month_of(self.closed - 1), month_of(self.closed)}
        if not changed:
            self._open_days.clear()
            return [], []
        self._changed = set()
        self._open_days.clear()
        rows = [row for month in sorted(changed) if (row := self.make_month(month)) is not None]
        statistics = list(self._statistics(changed, former))
        self._prune()
        return statistics, rows

    def period(self, name: StatisticName, first: MonthNumber) -> Statistic | None:
        """A month or longer as it stands, by its first month; None if empty."""
        if name == MONTH:
            return self._month(first) if first in self.months else None
        if name in _SPANS:
            return next(self._window(name, first + _SPANS[name], _SPANS[name]), None)
        if not any(first + k in self.months for k in range(MONTHS_A_YEAR)):
            return None
        return self._year(first) if name == YEAR else self._year_to_date(first)

    def as_of(self, closed: DayNumber) -> "CalendarPeriods":
        """The same with the days below `closed` over; only to be asked."""
        if closed == self.closed:
            return self
        other = copy(self)
        other.closed, other.months = closed, CompactRows(MonthMean, MONTH_CELLS)
        other.months.put_all(self.months.values())
        first, last = month_of(min(closed, self.closed)), month_of(max(closed, self.closed))
        for month in numbers_from(first, last + 1):
            other.make_month(month)
        return other

    def year_so_far(self, january: MonthNumber) -> tuple[Exact, Fraction, Fraction]:
        """What a year's mean is based on so far: the sum of its parts, their weight, the weight still open.

        The parts are daily means (air) or month means (water), each of weight 1. Of an open water month the
        samples so far weigh as much of it as they are of those expected.
        """
        stop = january + MONTHS_A_YEAR
        if self._air:
            n, total = month_sums.sum_of_days(self.months, january, stop)
            open_days = first_day(stop) - max(first_day(january), self._first_open_day(stop))
            return total, Fraction(n), Fraction(open_days)
        months = numbers_from(january, stop)
        return month_sums.sum_of_shares(
            (self._closed_share(month), self.months.get(month)) for month in months
        )

    def _closed_share(self, month: MonthNumber) -> Fraction:
        """The share of the month's days that is closed."""
        return Fraction(
            max(self._first_open_day(month + 1) - first_day(month), 0), days_between(month, month + 1)
        )

    def _first_open_day(self, stop: MonthNumber) -> DayNumber:
        """The first day, up to the month `stop`, that is not closed."""
        return min(self.closed, first_day(stop))

    def make_month(self, month: MonthNumber) -> MonthMean | None:
        """Make the month's row from its days; None without any."""
        if month < self._oldest_with_days:
            return self.months.get(month)
        rows = self.days.between(first_day(month), self._first_open_day(month + 1))
        if not rows:
            return None
        expected = days_between(month, month + 1) * (1 if self._air else self._basis.day_expected)
        if self._air:
            n, total = month_sums.sum_of_daily_means(rows, self._rules[DAY], self._basis.day_expected)
        else:
            n, total = sum(row.n for row in rows), simplify(sum(row.total for row in rows))
        valid = self._rules[MONTH].enough_in_month(n, expected, month)
        row = MonthMean(month, n, total, expected, valid)
        self.months.put(row)
        return row

    def _statistics(self, changed: set[MonthNumber], former: DayNumber) -> Iterator[Statistic]:
        """Everything of a month or longer that the changed months and the days closed since `former` move."""
        for month in sorted(changed & self.months.keys()):
            yield self._month(month)
        for january in sorted({january_of(month) for month in changed}):
            if january >= self._oldest_month and any(
                january + k in self.months for k in range(MONTHS_A_YEAR)
            ):
                yield self._year(january)
                yield (so_far := self._year_to_date(january))
                yield from self._outlook(january, so_far)
        yield from self._outlook_of_open_year(changed)
        yield from self._windows(changed & self.months.keys(), former)

    def _windows(self, changed: set[MonthNumber], former: DayNumber) -> Iterator[Statistic]:
        """The windows of closed months that hold a changed month or have closed just now."""
        over = month_of(self.closed) - 1
        months = sorted(self.months)
        if not months:
            return
        newly_closed = set(
            numbers_from(max(month_of(former), months[0]), min(over, months[-1] + _SPAN - 1) + 1)
        )
        for name, span in _SPANS.items():
            if name == THREE_YEARS and not self._air:
                continue
            last = newly_closed | {m + k for m in changed for k in range(span)}
            for month in sorted(m for m in last if self._oldest_month + span - 1 <= m <= over):
                yield from self._window(name, month + 1, span)

    def _window(self, name: StatisticName, stop: MonthNumber, span: int) -> Iterator[Statistic]:
        """The 12 or 36 closed months that end before `stop`; nothing where nothing is known."""
        if name == TWELVE_MONTHS:
            total = self._twelve(stop - MONTHS_A_YEAR, TWELVE_MONTHS)
        else:
            total = self._three_years(stop)
        if total[0]:
            yield self._statistic(name, month_start(stop - span), month_start(stop), total, closed=True)

    def _month(self, month: MonthNumber) -> Statistic:
        row = self.months[month]
        total = row.n, row.total, row.expected, row.valid
        closed = self.closed >= first_day(month + 1)
        return self._statistic(MONTH, month_start(month), month_start(month + 1), total, closed=closed)

    def _year(self, january: MonthNumber) -> Statistic:
        stop, total = january + MONTHS_A_YEAR, self._twelve(january, YEAR)
        closed = self.closed >= first_day(stop)
        return self._statistic(YEAR, month_start(january), month_start(stop), total, closed=closed)

    def _year_to_date(self, january: MonthNumber) -> Statistic:
        stop = january + MONTHS_A_YEAR
        until, total = self._first_open_day(stop), self._total_to_date(january, stop)
        closed = until == first_day(stop)
        return self._statistic(YEAR_TO_DATE, month_start(january), day_start(until), total, closed=closed)

    def _outlook(self, january: MonthNumber, so_far: Statistic) -> Iterator[Statistic]:
        """What the rest of the year may average, and how far that lies above what earlier years brought."""
        known = year_so_far(*self.year_so_far(january))
        open_day = self._first_open_day(january + MONTHS_A_YEAR)
        return outlook_rows(self._basis, so_far, known, open_day, self.months.get)

    def _outlook_of_open_year(self, changed: set[MonthNumber]) -> Iterator[Statistic]:
        """Again where only months of the years before changed, which it is held against."""
        january = january_of(month_of(self.closed - 1))
        later = {january <= month < january + MONTHS_A_YEAR for month in changed if month >= january - _SPAN}
        if later == {False} and any(january + k in self.months for k in range(MONTHS_A_YEAR)):
            yield from self._outlook(january, self._year_to_date(january))

    def _total_to_date(self, first: MonthNumber, stop: MonthNumber) -> PeriodTotal:
        """1 January to the last closed day: closed months must be valid, the open one three quarters full."""
        open_month = min(month_of(self.closed), stop)
        days = self._first_open_day(stop) - first_day(open_month) if open_month < stop else 0
        row = self.months.get(open_month)
        expected_so_far = days * (1 if self._air else self._basis.day_expected)
        started = days > 0
        enough = not started or (row is not None and self._rules[YEAR_TO_DATE].enough(row.n, expected_so_far))
        valid = enough and None not in self._closed_months(first, open_month)
        if self._air:
            n, total = month_sums.sum_of_days(self.months, first, stop)
            return n, total, self._first_open_day(stop) - first_day(first), valid and n > 0
        n, total = month_sums.sum_of_means(self._closed_months(first, open_month))
        if started and enough and row is not None and row.n:
            n, total = n + 1, total + row.mean
        return n, total, open_month - first + started, valid and n > 0

    def _twelve(self, first: MonthNumber, name: StatisticName) -> PeriodTotal:
        """A year, or any twelve months: of daily means (air) or of month means (water)."""
        stop = first + MONTHS_A_YEAR
        every = None not in self._closed_months(first, stop)
        if self._air:
            (n, total), expected = month_sums.sum_of_days(self.months, first, stop), days_between(first, stop)
        else:
            (n, total), expected = month_sums.sum_of_means(self._closed_months(first, stop)), MONTHS_A_YEAR
        return n, total, expected, every and self._rules[name].enough(n, expected)

    def _three_years(self, stop: MonthNumber) -> PeriodTotal:
        """The mean of three 12-month means: the last, and those that end one and two years before it."""
        years = [self._twelve(stop - k * MONTHS_A_YEAR, TWELVE_MONTHS) for k in range(1, _YEARS + 1)]
        valid = [Fraction(total, n) for n, total, _, enough in years if enough]
        rule = self._basis.rule(THREE_YEARS)
        return len(valid), simplify(sum(valid)), _YEARS, rule.enough(len(valid), _YEARS)

    def _closed_months(self, first: MonthNumber, stop: MonthNumber) -> Iterator[MonthMean | None]:
        """Each month's row if it is over and has enough; one not over is not yet what a year asks for."""
        over = month_of(self.closed)
        for month in numbers_from(first, stop):
            row = self.months.get(month)
            yield row if row is not None and row.valid and month < over else None

    def _statistic(
        self, name: StatisticName, start: datetime, end: datetime, total: PeriodTotal, *, closed: bool
    ) -> Statistic:
        n, total_sum, expected, valid = total
        value = self._mean(total_sum, n) if n else None
        basis = self._basis
        return Statistic(basis.site, basis.parameter, name, start, end, value, n, expected, valid, closed)

    def _prune(self) -> None:
        """Drop whole months of days beyond 400 days, and months beyond 50."""
        oldest = month_of(max(self.closed - KEPT_DAYS, DayNumber(0)))
        if oldest > self._oldest_with_days:
            self._oldest_with_days = oldest
            self.days.drop_before(first_day(oldest))
            self._oldest_month = month_of(self.closed) - KEPT_MONTHS
            self.months.drop_before(self._oldest_month)
