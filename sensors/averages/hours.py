"""From readings to hours, live: sums of the last 48 hours, the rolling windows over them, the ozone maximum.

A reading changes one hour sum. When an hour closes, its mean enters the windows that end with it; a reading
that comes late changes the windows that hold it, up to 24 hours back. Before that, the day is computed anew.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from sensors.averages.basis import Basis
from sensors.averages.exact import Exact, over
from sensors.averages.periods import HOUR_MS, HOURS_A_DAY, day_edge, hour_edge, instant
from sensors.averages.rows import HourSum
from sensors.rounding import decimals_of, rounded
from sensors.seams import Statistic

HELD_HOURS = 48
LIVE_HOURS = 24  # a change this late still finds every hour that its windows need
WINDOWS = (("8h", 8), ("24h", HOURS_A_DAY))
_WIDEST = HOURS_A_DAY
_EIGHT = 8
_EIGHTHS = 840  # a common multiple of one to eight hours


class Hours:
    """The hour sums of one series and what rolls over them; `closed` is the first hour that is not over."""

    def __init__(self, basis: Basis) -> None:
        self.sums: dict[int, HourSum] = {}
        self.means: dict[int, Exact] = {}  # of closed, valid hours
        self.counted: dict[int, tuple[int, Exact]] = {}  # what each hour has given to its day
        self.closed: int | None = None
        self.first = 0  # hours below this one are no longer held
        self._basis = basis
        self._mean = basis.averaging.mean
        self._windows = [(name, width, basis.rule(name)) for name, width in WINDOWS if basis.medium == "air"]

    @property
    def reach(self) -> int:
        """The oldest hour that can still be changed here."""
        return 0 if self.closed is None else self.closed - LIVE_HOURS

    def contribution(self, hour: int) -> tuple[int, Exact]:
        """What an hour gives its day: its mean, once, if it is valid; or each of its samples."""
        row = self.sums.get(hour)
        if row is None or row.n == 0:
            return 0, 0
        if not self._basis.hourly:
            return row.n, row.total
        return (1, over(row.total, row.n)) if row.n >= self._basis.hour_needs else (0, 0)

    def count(self, hour: int) -> None:
        """Bring the mean of a closed hour up to its sum."""
        n, mean = self.contribution(hour)
        if n:
            self.means[hour] = mean
        else:
            self.means.pop(hour, None)

    def rolling(self, changed: Iterable[int], former: int, closed: int) -> Iterator[Statistic]:
        """The windows that end with an hour closed since `former`, and the older ones with a changed hour."""
        late = [hour for hour in changed if hour < former]
        for name, width, rule in self._windows:
            for end in self._fresh_ends(former, closed, width):
                n, total = self.window(end, width)
                if n:
                    yield self._statistic(name, end, width, n, total, valid=n >= (rule.needs or 0))
            for end in sorted({e for h in late for e in range(h + 1, min(h + width, former) + 1)}):
                n, total = self.window(end, width)
                yield self._statistic(name, end, width, n, total, valid=n >= (rule.needs or 0))

    def window(self, end: int, width: int) -> tuple[int, Exact]:
        """How many of the `width` hours before `end` are valid, and the exact sum of their means."""
        means = self.means
        found = [means[hour] for hour in range(end - width, end) if hour in means]
        return len(found), sum(found)

    def ozone(self, day: int, *, closed: bool) -> Statistic:
        """The largest valid 8 h mean that ends between 08:00 and 24:00 of the day.

        Fewer than 14 make it valid all the same if the rounded result exceeds the limit.

        Source: HJ 663-2013 and HJ 663-2026, 6.1.2.
        """
        first = day * HOURS_A_DAY
        needs = self._basis.rule("8h").needs or 0
        ends = range(first + _EIGHT, first + HOURS_A_DAY + 1)
        found = [(n, total) for n, total in (self.window(end, _EIGHT) for end in ends) if n >= needs]
        value = None
        if found:
            n, total = max(found, key=lambda one: one[1] * (_EIGHTHS // one[0]))
            value = self._mean(total, n)
        return self._day_statistic(day, value, len(found), closed=closed)

    def prune(self) -> None:
        """Drop what is older than 48 hours."""
        first = 0 if self.closed is None else self.closed - HELD_HOURS
        for hour in range(self.first, first) if first - self.first <= HELD_HOURS else list(self.sums):
            if hour < first:
                self.sums.pop(hour, None)
                self.means.pop(hour, None)
                self.counted.pop(hour, None)
        self.first = first

    def _fresh_ends(self, former: int, closed: int, width: int) -> Iterable[int]:
        """The ends of windows from `former` to `closed` that can hold anything."""
        if closed - former <= _WIDEST:
            return range(former + 1, closed + 1)
        near = (hour for hour in self.means if hour + width > former)
        return sorted({e for h in near for e in range(max(h, former) + 1, min(h + width, closed) + 1)})

    def _statistic(self, name: str, end: int, width: int, n: int, total: Exact, *, valid: bool) -> Statistic:
        value = self._mean(total, n) if n else None
        basis, start = self._basis, hour_edge(end - width)
        return Statistic(
            basis.site, basis.parameter, name, start, hour_edge(end), value, n, width, valid, True
        )

    def _day_statistic(self, day: int, value: float | None, n: int, *, closed: bool) -> Statistic:
        rule, limit = self._basis.rule("o3_8h_max"), self._basis.o3_limit
        expected = rule.of or 0
        valid = rule.enough(n, expected) or (
            value is not None and limit is not None and rounded(value, decimals_of("o3") or 0) > limit
        )
        start, end = day_edge(day), day_edge(day + 1)
        basis = self._basis
        return Statistic(
            basis.site, basis.parameter, "o3_8h_max", start, end, value, n, expected, valid, closed
        )


class Recent:
    """The readings of the last two hours, for the `1h` window that ends with each of them.

    A window holds the readings after one hour before its last, up to and with it. A change is followed one
    hour back; beyond that its day is computed anew.
    """

    def __init__(self, basis: Basis) -> None:
        self.times: list[int] = []
        self.values: list[Exact] = []
        self._basis = basis
        self._mean = basis.averaging.mean
        self._lost: int | None = None  # readings up to this moment are no longer held
        self._dirty: set[int] = set()

    def put(self, ms: int, value: Exact | None) -> bool:
        """Add or replace a reading, or take it out (None); False if it is too old to be followed here."""
        times = self.times
        if not times or ms > times[-1]:
            if value is None or (self._lost is not None and ms <= self._lost + HOUR_MS):
                return False
            times.append(ms)
            self.values.append(value)
            self._dirty.add(ms)
            return True
        if self._lost is not None and ms <= self._lost + HOUR_MS:
            return False
        self._place(ms, value)
        self._dirty.update(times[bisect_left(times, ms) : bisect_left(times, ms + HOUR_MS)])
        return True

    def _place(self, ms: int, value: Exact | None) -> None:
        at = bisect_left(self.times, ms)
        there = at < len(self.times) and self.times[at] == ms
        if value is None:
            if there:
                del self.times[at], self.values[at]
                self._dirty.add(ms)
        elif there:
            self.values[at] = value
        else:
            self.times.insert(at, ms)
            self.values.insert(at, value)

    def restore(self, readings: Iterable[tuple[int, Exact]]) -> None:
        """Go on with the readings that were kept; what came before them is no longer held."""
        for ms, value in readings:
            self.times.append(ms)
            self.values.append(value)
        if self.times:
            self._lost = self.times[0] - 1

    def statistics(self) -> list[Statistic]:
        """The `1h` means whose window changed since the last call, by time."""
        made = [self._window(ms) for ms in sorted(self._dirty)]
        self._dirty.clear()
        self._prune()
        return made

    def _window(self, ms: int) -> Statistic:
        times, basis = self.times, self._basis
        first, past = bisect_right(times, ms - HOUR_MS), bisect_right(times, ms)
        n = past - first if past and times[past - 1] == ms else 0
        value = self._mean(sum(self.values[first:past]), n) if n else None
        end = ms + basis.lead
        expected, valid = basis.hour_expected, n >= basis.hour_needs
        start = instant(end - HOUR_MS)
        return Statistic(
            basis.site, basis.parameter, "1h", start, instant(end), value, n, expected, valid, True
        )

    def _prune(self) -> None:
        """Keep two hours: one to change, one more that its windows reach back."""
        past = bisect_right(self.times, self.times[-1] - 2 * HOUR_MS) if self.times else 0
        if past:
            self._lost = self.times[past - 1]
            del self.times[:past], self.values[:past]


def single(basis: Basis, ms: int, value: Exact | None) -> Statistic:
    """The `1h` mean of a reading that stands for an hour or more: the reading itself."""
    end = ms + basis.lead
    mean = None if value is None else basis.averaging.mean(value, 1)
    n = int(value is not None)
    start = instant(end - HOUR_MS)
    return Statistic(basis.site, basis.parameter, "1h", start, instant(end), mean, n, 1, bool(n), True)
