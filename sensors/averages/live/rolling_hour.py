"""The `1h` mean, live: of each reading the mean of the hour that ends with it."""

from array import array
from bisect import bisect_left, bisect_right
from typing import Any

from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import Exact
from sensors.averages.live.packing import pack, unpack
from sensors.averages.live.state import StoredReadings, is_word_sized, to_packable
from sensors.calendar import HOUR_MS, EpochMs, from_ms, to_ms
from sensors.model import Statistic
from sensors.standards.statistics import ROLLING_1H, ROLLING_1H_STORED_MS

_KEPT_MS = 2 * HOUR_MS  # one to change, one more that its windows reach back


class RollingHour:
    """The readings of the last two hours, for the `1h` window that ends with each of them.

    A window holds the readings after one hour before its last, up to and with it. A change is followed one
    hour back; beyond that its day is recomputed. Where a reading stands for an hour or more, it is its
    own mean and only the last is held.
    """

    def __init__(self, basis: AveragingConfig) -> None:
        self.times: array[Any] = array("q")  # of EpochMs, which an array does not know
        # An array as long as every value is a word: what is kept with each batch is copied, not converted.
        self.values: list[Exact] = array("i")  # type: ignore[assignment]
        self._gap = 0  # between the last two readings, ms
        self._even_from = 0  # from this position on they are all so far apart
        self._basis = basis
        self._mean = basis.averaging.mean
        self._is_single = not basis.rolling
        self._expected = 1 if self._is_single else basis.hour_expected
        self._needs = 1 if self._is_single else basis.hour_needs
        self._dropped_until: EpochMs | None = None  # readings up to this moment are no longer held
        self._new: list[EpochMs] = []  # new readings, each after all before it
        self._corrections: dict[EpochMs, Exact | None] = {}  # other windows that moved
        self._first = self._stop = 0  # the last window, as positions
        self._total: Exact = 0

    def put(self, ms: EpochMs, value: Exact | None) -> bool:
        """Add or replace a reading, or take it out (None); False if its windows cannot all be followed."""
        whole = self._is_single or self._dropped_until is None or ms >= self._dropped_until + HOUR_MS
        if whole and value is not None and (not self.times or ms > self.times[-1]):
            self.extend([ms], [value])
        elif self._is_single:
            self._corrections[ms] = value
        elif self._dropped_until is None or ms > self._dropped_until:
            self._insert(ms, value)
        return whole

    def extend(self, times: list[EpochMs], values: list[Exact]) -> None:
        """Add readings in order, newer than all that are held."""
        self._append(times, values)
        self._new += times

    def statistics(self) -> list[Statistic]:
        """The `1h` means whose window changed since the last call."""
        statistics = []
        if self._corrections:
            corrections, self._corrections = self._corrections, {}
            statistics = [self._corrected(ms, value) for ms, value in sorted(corrections.items())]
            self._new = [ms for ms in self._new if ms not in corrections]
        statistics += self._single_readings() if self._is_single else self._new_windows()
        self._new.clear()
        self._prune()
        return statistics

    def is_stored(self, one: Statistic) -> bool:
        """Whether no held reading before that of a `1h` ends in the same five minutes; all else is stored."""
        step, lead, times = ROLLING_1H_STORED_MS, self._basis.lead, self.times
        if one.name != ROLLING_1H or self._basis.cycle >= step:
            return True
        end = to_ms(one.end)
        at = bisect_left(times, end - lead)
        return at == 0 or (times[at - 1] + lead) // step != end // step

    def stored_readings(self) -> bytes | tuple[StoredReadings, ...]:
        """The readings as `restore` takes them."""
        kept: Any = self.values
        if isinstance(kept, array):
            return pack(self.times, kept, 0 if self._even_from else self._gap)
        return tuple(zip(self.times, map(to_packable, self.values), strict=True))

    def restore(self, readings: bytes | tuple[StoredReadings, ...], newest: EpochMs) -> None:
        """Continue with stored readings; none has ever been newer than `newest`."""
        times, values = list[EpochMs](), list[Exact]()
        for ms, value in unpack(readings):
            times.append(ms)
            values.append(value)
        self._append(times, values)
        self._dropped_until = newest - _KEPT_MS
        if self.times:
            self._dropped_until = min(self._dropped_until, self.times[0] - 1)

    def _append(self, times: list[EpochMs], values: list[Exact]) -> None:
        kept, gap = self.times, self._gap
        last = kept[-1] if kept else None
        for at, ms in enumerate(times, len(kept)):
            if last is not None and ms - last != gap:
                self._gap = gap = ms - last
                self._even_from = at - 1
            last = ms
        kept.fromlist(times)
        try:
            self.values.extend(values)
        except (TypeError, OverflowError):
            stop = len(kept) - len(times)
            del self.values[stop:]
            self._widen(values)
            self.values.extend(values)

    def _replace(self, at: int, value: Exact) -> None:
        try:
            self.values[at] = value
        except (TypeError, OverflowError):
            self._widen([value])
            self.values[at] = value

    def _widen(self, values: list[Exact]) -> None:
        """Hold the values so that these can be among them."""
        kept: list[Any] = self.values
        words = all(map(is_word_sized, values))
        self.values = array("q", kept) if words else list(kept)  # type: ignore[assignment]

    def _insert(self, ms: EpochMs, value: Exact | None) -> None:
        """Put an older reading in its place and mark the windows that hold it, where they are held whole."""
        times = self.times
        self._first = self._stop = self._total = 0
        at = bisect_left(times, ms)
        exists = at < len(times) and times[at] == ms
        if exists != (value is not None):  # a time less or a time more
            self._gap, self._even_from = 0, len(times) + 1
        if value is None:
            if exists:
                del times[at], self.values[at]
                self._new = [one for one in self._new if one != ms]
        else:
            if not exists:
                times.insert(at, ms)
                self.values.insert(at, 0)
            self._replace(at, value)
        whole = ms if self._dropped_until is None else self._dropped_until + HOUR_MS
        affected = times[max(at, bisect_left(times, whole)) : bisect_left(times, ms + HOUR_MS)]
        self._corrections |= dict.fromkeys([ms, *affected] if ms >= whole else affected)

    def _corrected(self, ms: EpochMs, value: Exact | None) -> Statistic:
        if self._is_single:
            return self._statistic(ms, int(value is not None), value or 0)
        first, stop = bisect_right(self.times, ms - HOUR_MS), bisect_right(self.times, ms)
        if not stop or self.times[stop - 1] != ms:
            return self._statistic(ms, 0, 0)
        return self._statistic(ms, stop - first, sum(self.values[first:stop]))

    def _new_windows(self) -> list[Statistic]:
        """The windows of the new readings, each from the one before it."""
        times, values = self.times, self.values
        first, stop, total = self._first, self._stop, self._total
        statistics = []
        for ms in self._new:
            while stop == 0 or times[stop - 1] != ms:
                total += values[stop]
                stop += 1
            dropped_until = ms - HOUR_MS
            while times[first] <= dropped_until:
                total -= values[first]
                first += 1
            statistics.append(self._statistic(ms, stop - first, total))
        self._first, self._stop, self._total = first, stop, total
        return statistics

    def _single_readings(self) -> list[Statistic]:
        """Of readings that stand for an hour or more: each its own mean."""
        return [self._statistic(ms, 1, self.values[bisect_left(self.times, ms)]) for ms in self._new]

    def _statistic(self, ms: EpochMs, n: int, total: Exact) -> Statistic:
        basis = self._basis
        last = ms + basis.lead
        start, end = from_ms(last - HOUR_MS), from_ms(last)
        value = self._mean(total, n) if n else None
        expected, enough = self._expected, n >= self._needs
        return Statistic(
            basis.site, basis.parameter, ROLLING_1H, start, end, value, n, expected, enough, closed=True
        )

    def _prune(self) -> None:
        """Keep two hours; of lone readings the last."""
        times = self.times
        if not times:
            return
        dropped_until = times[-1] - 1 if self._is_single else times[-1] - _KEPT_MS
        if times[0] > dropped_until:
            return
        stop = bisect_right(times, dropped_until)
        self._dropped_until = times[stop - 1]
        del times[:stop], self.values[:stop]
        if self._first < stop:  # the last window rests on what is gone
            self._first = self._stop = self._total = 0
        else:
            self._first -= stop
            self._stop -= stop
        self._even_from = max(0, self._even_from - stop)
