"""A stretch of a site's times that are all calm: followed at once, a column for each series.

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
    """Values of one site, kind and the same parameters, in the order in which they came, at least one."""

    sent: list[SiteValues]

    @cached_property
    def times(self) -> list[EpochMs]:
        """Their times, ms."""
        return [to_ms(one.time) for one in self.sent]

    @cached_property
    def columns(self) -> list[tuple[float, ...]]:
        """The values of each parameter."""
        return [*zip(*[one.values for one in self.sent], strict=True)]


class _Followed(Struct):
    """How a series has gone on: the change of its last value, and at which of the times it last changed."""

    change: float
    changed: int | None


def follow_stretch(series: Sequence[CheckedSeries], stretch: SiteStretch, reach: int) -> bool:
    """Follow a stretch; False, and nothing changes, unless all of it is calm.

    Args:
        series: Of each parameter, each once.
        stretch: What came.
        reach: How far apart two neighbours may be, ms.
    """
    times, latest = stretch.times, series[0].latest
    gaps = [*map(sub, times, (latest, *times))]
    if not (min(gaps) > 0 and max(gaps) <= reach) or any(one.latest != latest for one in series):
        return False
    ways: list[_Followed] = []
    for one, values in zip(series, stretch.columns, strict=True):
        way = _follow(one, values, stretch.sent)
        if way is None:
            return False
        ways.append(way)
    for at, (one, way) in enumerate(zip(series, ways, strict=True)):
        _take_up(one, at, way, stretch.sent)
        one.latest = times[-1]
    return True


def _follow(one: CheckedSeries, values: Sequence[float], sent: Sequence[SiteValues]) -> _Followed | None:
    """How a series goes on with these values; None if one of them is not calm."""
    if one.newest is None:
        return None
    bounds = one.bounds
    if not (bounds.low <= min(values) and max(values) <= bounds.high):
        return None
    changes = [*map(sub, values, (one.newest.value, *values))]
    if not (-bounds.change < min(changes) and max(changes) < bounds.change):
        return None
    bends = [*map(sub, changes, (one.change, *changes))]
    if not (-bounds.bend < min(bends) and max(bends) < bounds.bend):
        return None
    if one.run is None or 0.0 not in changes:
        return _Followed(changes[-1], len(changes) - 1)
    changed, start = None, one.run.start
    for at, change in enumerate(changes):
        if change:
            changed, start = at, sent[at].time
        elif values[at] > bounds.may_stay and sent[at].time - start >= bounds.stay:
            return None
    return _Followed(changes[-1], changed)


def _take_up(one: CheckedSeries, at: int, way: _Followed, sent: Sequence[SiteValues]) -> None:
    run = one.run
    if run is not None:
        if way.changed is not None:
            last = sent[way.changed]
            run.value, run.start, run.first = last.values[at], last.time, run.number + way.changed + 1
        run.number += len(sent)
    one.before = _neighbour(sent[-2], at) if len(sent) > 1 else one.newest
    one.newest, one.change = _neighbour(sent[-1], at), way.change


def _neighbour(sent: SiteValues, at: int) -> Neighbour:
    return Neighbour(sent.time, sent.values[at], sent.received, ())
