"""The `1h` mean, live: of each reading the mean of the hour that ends with it."""

from array import array
from bisect import bisect_left, bisect_right
from typing import cast

from sensors.averages.basis import Basis
from sensors.averages.exact import Exact
from sensors.averages.periods import HOUR_MS, instant
from sensors.averages.rows import Kept, fits_word, kept_of, packed, unpacked
from sensors.seams import Statistic


class Recent:
    """The readings of the last two hours, for the `1h` window that ends with each of them.

    A window holds the readings after one hour before its last, up to and with it. A change is followed one
    hour back; beyond that its day is computed anew. Where a reading stands for an hour or more, it is its
    own mean and only the last is held.
    """

    def __init__(self, basis: Basis) -> None:
        self.times = array("q")
        # An array as long as every value is a word: what is kept with each batch is copied, not converted.
        self.values: list[Exact] = array("q")  # type: ignore[assignment]
        self._words = True
        self._basis = basis
        self._mean = basis.averaging.mean
        self._alone = not basis.rolling
        self._expected = 1 if self._alone else basis.hour_expected
        self._needs = 1 if self._alone else basis.hour_needs
        self._lost: int | None = None  # readings up to this moment are no longer held
        self._fresh: list[int] = []  # new readings, each after all before it
        self._late: dict[int, Exact | None] = {}  # other windows that moved
        self._first = self._past = 0  # the last window, as positions
        self._total: Exact = 0

    def put(self, ms: int, value: Exact | None) -> bool:
        """Add or replace a reading, or take it out (None); False if it is too old to be followed here."""
        times = self.times
        if value is not None and (not times or ms > times[-1]):
            times.append(ms)
            self._append(value)
            self._fresh.append(ms)
            return True
        if self._alone:
            self._late[ms] = value
        elif self._lost is not None and ms <= self._lost + HOUR_MS:
            return False
        else:
            self._place(ms, value)
        return True

    def statistics(self) -> list[Statistic]:
        """The `1h` means whose window changed since the last call."""
        made = []
        if self._late:
            late, self._late = self._late, {}
            self._first = self._past = 0
            self._total = 0
            made = [self._of_late(ms, value) for ms, value in sorted(late.items())]
            self._fresh = [ms for ms in self._fresh if ms not in late]
        made += [self._next(ms) for ms in self._fresh]
        self._fresh.clear()
        self._prune()
        return made

    def kept(self) -> bytes | tuple[Kept, ...]:
        """The readings as `restore` takes them."""
        if self._words:
            return packed(self.times, cast("array[int]", self.values))
        return tuple(zip(self.times, map(kept_of, self.values), strict=True))

    def restore(self, readings: bytes | tuple[Kept, ...]) -> None:
        """Go on with the readings that were kept; what came before them is no longer held."""
        for ms, value in unpacked(readings):
            self.times.append(ms)
            self._append(value)
        if self.times:
            self._lost = self.times[0] - 1

    def _append(self, value: Exact) -> None:
        try:
            self.values.append(value)
        except (TypeError, OverflowError):
            self._widen()
            self.values.append(value)

    def _widen(self) -> None:
        """From now on the values are whatever they are."""
        self.values, self._words = list(self.values), False

    def _place(self, ms: int, value: Exact | None) -> None:
        """Put an older reading in its place and mark the windows that hold it."""
        times = self.times
        at = bisect_left(times, ms)
        there = at < len(times) and times[at] == ms
        if self._words and value is not None and not fits_word(value):
            self._widen()
        if value is None:
            if there:
                del times[at], self.values[at]
        elif there:
            self.values[at] = value
        else:
            times.insert(at, ms)
            self.values.insert(at, value)
        self._late[ms] = value
        self._late |= dict.fromkeys(times[at : bisect_left(times, ms + HOUR_MS)])

    def _of_late(self, ms: int, value: Exact | None) -> Statistic:
        if self._alone:
            return self._statistic(ms, int(value is not None), value or 0)
        first, past = bisect_right(self.times, ms - HOUR_MS), bisect_right(self.times, ms)
        if not past or self.times[past - 1] != ms:
            return self._statistic(ms, 0, 0)
        return self._statistic(ms, past - first, sum(self.values[first:past]))

    def _next(self, ms: int) -> Statistic:
        """The window of the next reading, from the one before it."""
        times, values, first, past = self.times, self.values, self._first, self._past
        total = self._total
        if self._alone:
            first = bisect_left(times, ms)
            past, total = first + 1, values[first]
        else:
            while past == 0 or times[past - 1] != ms:
                total += values[past]
                past += 1
            while times[first] <= ms - HOUR_MS:
                total -= values[first]
                first += 1
        self._first, self._past, self._total = first, past, total
        return self._statistic(ms, past - first, total)

    def _statistic(self, ms: int, n: int, total: Exact) -> Statistic:
        basis = self._basis
        last = ms + basis.lead
        start, end = instant(last - HOUR_MS), instant(last)
        value = self._mean(total, n) if n else None
        expected, enough = self._expected, n >= self._needs
        return Statistic(
            basis.site, basis.parameter, "1h", start, end, value, n, expected, enough, closed=True
        )

    def _prune(self) -> None:
        """Keep two hours: one to change, one more that its windows reach back; of lone readings the last."""
        times = self.times
        if not times:
            return
        oldest = times[-1] - 1 if self._alone else times[-1] - 2 * HOUR_MS
        if times[0] > oldest:
            return
        past = bisect_right(times, oldest)
        self._lost = times[past - 1]
        del times[:past], self.values[:past]
        self._first = max(0, self._first - past)
        self._past = max(0, self._past - past)
