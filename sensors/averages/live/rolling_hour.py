"""The `1h` mean, live: of each reading the mean of the hour that ends with it."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf, isinf
from typing import Any

from msgspec import Struct

from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import UNIT, Exact
from sensors.averages.live.packing import pack, unpack
from sensors.averages.live.state import StoredReadings, is_word_sized, to_packable
from sensors.averages.live.windows import HourWindows, even_windows, is_other_five_minutes, windows_of
from sensors.calendar import HOUR_MS, EpochMs, from_ms
from sensors.model import Statistic
from sensors.standards.statistics import ROLLING_1H

_ROUNDING = 1e-12
_KEPT_MS = 2 * HOUR_MS  # one to change, one more that its windows reach back


class CalmMeans(Struct, frozen=True):
    """The means that need not be shown: from `low` to `high`, or of too few readings.

    They are of windows that end from `start` until before `end`, ms. But the first that ends at `due` or
    later has to be shown, and then again the first that ends at least `every` after it.
    """

    low: float
    high: float
    start: float
    end: float
    due: float = inf
    every: float = inf

    def find_due(self, times: Sequence[EpochMs], lead: int) -> list[int]:
        """Of means that are valid and calm otherwise, the numbers of those that are due.

        `times` are the last readings of their windows, in order, which end `lead` later.
        """
        found: list[int] = []
        due = self.due
        while due <= times[-1] + lead:
            found.append(bisect_left(times, due - lead))
            due = times[found[-1]] + lead + self.every
        return found

    @property
    def low_summand(self) -> float:
        """A bound of the mean summand: what lies above is surely not below `low`."""
        return -_summand_below(-self.low)

    @property
    def high_summand(self) -> float:
        """A bound of the mean summand: what lies below is surely not above `high`."""
        return _summand_below(self.high)


ALL_IS_CALM = CalmMeans(-inf, inf, -inf, inf)
NONE_IS_CALM = CalmMeans(inf, -inf, inf, -inf)


class RollingHour:
    """The readings of the last two hours, for the `1h` window that ends with each of them.

    A window holds the readings after one hour before its last, up to and with it. A change is followed one
    hour back; beyond that its day is recomputed. Where a reading stands for an hour or more, it is its
    own mean and only the last is held. The store keeps the first window of five minutes.
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
        self._span = 1 if self._is_single else HOUR_MS
        self._expected = 1 if self._is_single else basis.hour_expected
        self._needs = 1 if self._is_single else basis.hour_needs
        self._dropped_until: EpochMs | None = None  # readings up to this moment are no longer held
        self._new: list[EpochMs] = []  # new readings, each after all before it
        self._corrections: dict[EpochMs, Exact | None] = {}  # other windows that moved

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

    def statistics(self, calm: CalmMeans = NONE_IS_CALM) -> tuple[list[Statistic], list[Statistic]]:
        """The `1h` means whose window changed since the last call, and those of them that are stored.

        Those that are calm, as all before them are, are made only to be stored.
        """
        made, stored = list[Statistic](), list[Statistic]()
        new, self._new = self._new, []
        if self._corrections:
            corrections, self._corrections = self._corrections, {}
            calm = calm if calm is ALL_IS_CALM else NONE_IS_CALM
            for ms, value in sorted(corrections.items()):
                is_stored = self._is_stored(ms)
                if is_stored or calm is NONE_IS_CALM:
                    made.append(self._corrected(ms, value))
                    stored += made[-1:] if is_stored else ()
            new = [ms for ms in new if ms not in corrections]
        if new:
            self._add_new(new, calm, made, stored)
            self._prune()
        return made, stored

    def _add_new(
        self, new: list[EpochMs], calm: CalmMeans, made: list[Statistic], stored: list[Statistic]
    ) -> None:
        """The means of the windows that end with these readings."""
        windows = self._windows(new)
        totals = windows.totals(self.values)
        shown = self._find_shown(new, windows, totals, calm)
        are_stored = {*windows.stored}
        for number in sorted(are_stored.union(shown)) if shown else windows.stored:
            n = windows.stops[number] - windows.begins[number]
            made.append(self._statistic(new[number], n, totals[number]))
            if number in are_stored:
                stored.append(made[-1])

    def _windows(self, new: list[EpochMs]) -> HourWindows:
        """The windows that end with new readings, of which some may have been removed."""
        times, lead, held = self.times, self._basis.lead, len(self.times)
        together = times[held - len(new)] == new[0]
        if together and self._even_from == 0 and self._gap:
            even = range(times[0], times[-1] + 1, self._gap)
            return even_windows(even, len(new), lead, self._span)
        positions = range(held - len(new), held) if together else [bisect_left(times, ms) for ms in new]
        return windows_of(times, positions, lead, self._span)

    def _find_shown(
        self, new: list[EpochMs], windows: HourWindows, totals: list[Exact], calm: CalmMeans
    ) -> Sequence[int]:
        """The numbers of the means that have to be shown: from the first that is not calm on all."""
        if calm is ALL_IS_CALM:
            return ()
        low, high, lead, needs = calm.low_summand, calm.high_summand, self._basis.lead, self._needs
        if not calm.start <= new[0] + lead < calm.end:
            return range(len(new))
        n = windows.size
        if n >= needs and low * n <= min(totals) and max(totals) <= high * n and new[-1] + lead < calm.end:
            return calm.find_due(new, lead)
        for number, (ms, begin, stop, total) in enumerate(
            zip(new, windows.begins, windows.stops, totals, strict=True)
        ):
            n, end = stop - begin, ms + lead
            if end >= min(calm.end, calm.due) or (n >= needs and not low * n <= total <= high * n):
                return range(number, len(new))
        return ()

    def _is_stored(self, ms: EpochMs) -> bool:
        """Whether no held reading before this time ends in the same five minutes."""
        at = bisect_left(self.times, ms)
        return at == 0 or is_other_five_minutes(self.times[at - 1], ms, self._basis.lead)

    def _corrected(self, ms: EpochMs, value: Exact | None) -> Statistic:
        if self._is_single:
            return self._statistic(ms, int(value is not None), value or 0)
        first, stop = bisect_right(self.times, ms - HOUR_MS), bisect_right(self.times, ms)
        if not stop or self.times[stop - 1] != ms:
            return self._statistic(ms, 0, 0)
        return self._statistic(ms, stop - first, sum(self.values[first:stop]))

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
        self._even_from = max(0, self._even_from - stop)


def _summand_below(value: float) -> float:
    """Further below than floats of its size may be wrong, and by a millionth."""
    return value if isinf(value) else value * UNIT - abs(value * UNIT) * _ROUNDING - 1
