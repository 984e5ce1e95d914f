"""Where the `1h` windows lie that end with given readings, and which of them the store keeps."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import sub

from msgspec import Struct

from sensors.averages.exact_sum import Exact
from sensors.standards.statistics import ROLLING_1H_STORED_MS


class HourWindows(Struct, frozen=True):
    """Windows in order: each from its `begins` to, not including, its `stops`, as positions.

    `stored` are the numbers of those that are the first of their five minutes. `size` is how many readings
    each holds where all hold as many and each ends one reading later than the one before it; else 0.
    """

    begins: tuple[int, ...]
    stops: tuple[int, ...]
    stored: tuple[int, ...]
    size: int

    def totals(self, values: Sequence[Exact]) -> list[Exact]:
        """The sum of each."""
        begins, stops = self.begins, self.stops
        if self.size:
            total = sum(values[begins[0] : stops[0]])
            come, gone = values[stops[0] : stops[-1]], values[begins[0] : begins[-1]]
            return [*accumulate(map(sub, come, gone), initial=total)]
        sums = [0, *accumulate(values)]
        return [sums[stop] - sums[begin] for begin, stop in zip(begins, stops, strict=True)]


def windows_of(times: Sequence[int], positions: Sequence[int], lead: int, span: int) -> HourWindows:
    """The windows that end with the readings at these positions.

    Args:
        times: Of all readings held, in order, ms.
        positions: In order; at least one.
        lead: From a reading's stamp to the end of what it stands for, ms.
        span: How far a window reaches back, ms; a reading exactly so far back is out of it.
    """
    begins = tuple([bisect_right(times, times[position] - span) for position in positions])
    stops = tuple([position + 1 for position in positions])
    sizes = {stop - begin for begin, stop in zip(begins, stops, strict=True)}
    together = stops[-1] - stops[0] == len(stops) - 1
    stored = tuple(
        number
        for number, at in enumerate(positions)
        if at == 0 or is_other_five_minutes(times[at - 1], times[at], lead)
    )
    return HourWindows(begins, stops, stored, sizes.pop() if together and len(sizes) == 1 else 0)


@lru_cache(maxsize=64)
def even_windows(times: range, new: int, lead: int, span: int) -> HourWindows:
    """Those that end with the last `new` of readings at an even step.

    The series of a site, and often of all sites, have the same: they are remembered.
    """
    return windows_of(times, range(len(times) - new, len(times)), lead, span)


def is_other_five_minutes(before: int, ms: int, lead: int) -> bool:
    """Whether of two readings, one after the other, the second is the first to end in its five minutes."""
    return (before + lead) // ROLLING_1H_STORED_MS != (ms + lead) // ROLLING_1H_STORED_MS
