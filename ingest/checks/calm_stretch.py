"""A stretch of a site's times: as far as they are calm followed at once, a column for each series.

What a batch brings of a site is compared in a few calls a series, however many times there are; `follow_calm`
takes as many for each time.
"""

from collections.abc import Sequence
from functools import cached_property
from operator import sub

from msgspec import Struct

from ingest.checks.checked_series import CheckedSeries
from ingest.checks.state import Neighbour
from sensors.calendar import EpochMs, to_ms
from sensors.model import SiteValues


class SiteStretch(Struct, dict=True):
    """Values of one site, kind and the same parameters, in the order in which they came, at least one.

    The first `followed` are followed, or were seen to by themselves; from `again` on the next may be calm.
    `tries` counts how often hardly any was.
    """

    sent: list[SiteValues]
    followed: int = 0
    again: int = 0
    tries: int = 0

    @cached_property
    def times(self) -> list[EpochMs]:
        """Their times, ms."""
        return [to_ms(one.time) for one in self.sent]

    @cached_property
    def columns(self) -> list[tuple[float, ...]]:
        """The values of each parameter."""
        return [*zip(*[one.values for one in self.sent], strict=True)]


def follow_stretch(
    series: Sequence[CheckedSeries], stretch: SiteStretch, first: int, stop: int, reach: int
) -> int:
    """Follow times of a stretch as far as all their values are calm; returns how many.

    Args:
        series: Of each parameter, each once.
        stretch: What came.
        first: With which of its times to begin.
        stop: With which to end at the latest; it is not included.
        reach: How far apart two neighbours may be, ms.
    """
    latest, times = series[0].latest, stretch.times[first:stop]
    if any(one.latest != latest or one.newest is None for one in series):
        return 0
    gaps = [*map(sub, times, (latest, *times))]
    calm = _count_within(gaps, 1, reach)
    for one, column in zip(series, stretch.columns, strict=True):
        if not calm:
            return 0
        calm = _count_calm(one, column[first : first + calm], stretch.sent, first)
    sent = stretch.sent[first : first + calm]
    for at, (one, column) in enumerate(zip(series, stretch.columns, strict=True)) if calm else ():
        _take_up(one, at, column[first : first + calm], sent)
        one.latest = times[calm - 1]
    return calm


def _count_within(numbers: Sequence[float], low: float, high: float) -> int:
    """How many of the numbers, from the first on, lie between these or are one of them."""
    if low <= min(numbers) and max(numbers) <= high:
        return len(numbers)
    return next(at for at, number in enumerate(numbers) if not low <= number <= high)


def _count_below(numbers: Sequence[float], most: float) -> int:
    """How many of the numbers, from the first on, are closer to zero than this."""
    if -most < min(numbers) and max(numbers) < most:
        return len(numbers)
    return next(at for at, number in enumerate(numbers) if not -most < number < most)


def _count_calm(one: CheckedSeries, values: Sequence[float], sent: Sequence[SiteValues], first: int) -> int:
    """How many of the values, from the first on, are calm; they came in `sent`, from `first` on."""
    bounds, newest = one.bounds, one.newest
    if newest is None:
        return 0
    changes = [*map(sub, values, (newest.value, *values))]
    bends = map(sub, changes, (one.change, *changes))
    calm = min(
        _count_within(values, bounds.low, bounds.high),
        _count_below(changes, bounds.change),
        _count_below([*bends], bounds.bend),
    )
    if one.run is None or 0.0 not in changes:
        return calm
    start = one.run.start
    for at in range(calm):
        time = sent[first + at].time
        if changes[at]:
            start = time
        elif values[at] > bounds.may_stay and time - start >= bounds.stay:
            return at
    return calm


def _take_up(one: CheckedSeries, at: int, values: Sequence[float], sent: Sequence[SiteValues]) -> None:
    """Go on with calm values, those at this place in what was sent."""
    newest, run, count = one.newest, one.run, len(values)
    before = (newest.value if newest is not None else values[0], *values)
    if run is not None:
        changed = next((k for k in range(count - 1, -1, -1) if values[k] != before[k]), None)
        if changed is not None:
            run.value, run.start, run.first = values[changed], sent[changed].time, run.number + changed + 1
        run.number += count
    one.before = _neighbour(sent[-2], at) if count > 1 else newest
    one.newest, one.change = _neighbour(sent[-1], at), values[-1] - before[count - 1]


def _neighbour(sent: SiteValues, at: int) -> Neighbour:
    return Neighbour(sent.time, sent.values[at], sent.received, ())
