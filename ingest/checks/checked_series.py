"""A series from reading to reading: the calm ones, nearly all, are followed at one glance.

Any other is left to `check_newest`. Both leave a series in the same state.
"""

from collections.abc import Sequence
from datetime import timedelta

from ingest.checks.calm import CalmBounds
from ingest.checks.state import CheckState, Neighbour
from sensors.calendar import EpochMs, to_ms
from sensors.model import NORMAL, Reading


class CheckedSeries:
    """What the checks remember of one series; `state` is behind by the calm readings, until `settle`.

    `latest` is the time of its newest checked reading, ms. `newest` is that reading where the next may be
    calm, else None; `before` is the one before it, and `change` how much its value differs from that.
    """

    __slots__ = ("_follows_run", "before", "bounds", "change", "latest", "newest", "run", "state")

    def __init__(self, bounds: CalmBounds, state: CheckState, latest: EpochMs) -> None:
        self.bounds = bounds
        self.state = state
        self._follows_run = bounds.stay < timedelta.max
        self.take_up(latest)

    def take_up(self, latest: EpochMs) -> None:
        """Go on from the state as `check_newest` has left it after a reading of that time."""
        last, before = self.state.last, self.state.before
        self.latest = latest
        self.before: Neighbour | Reading | None = before
        self.newest: Neighbour | Reading | None = None
        self.change = 0.0
        self.run = self.state.run if self._follows_run else None
        is_followed = self.run is not None or not self._follows_run
        if last is not None and before is not None and is_followed and to_ms(last.time) == latest:
            self.newest, self.change = last, last.value - before.value

    def settle(self) -> CheckState:
        """The state with all readings in it."""
        if self.newest is not None and self.newest is not self.state.last:
            self.state.before, self.state.last = _neighbour(self.before), _neighbour(self.newest)
        return self.state


def follow_calm(
    series: Sequence[CheckedSeries], readings: Sequence[Reading], first: int, ms: EpochMs, reach: int
) -> int:
    """Follow readings of one time as far as they are calm.

    Args:
        series: Of each reading its own.
        readings: In their order.
        first: Where to begin.
        ms: Their time.
        reach: How far apart two neighbours may be, ms.

    Returns:
        Where the first stands that `check_newest` has to see; how many there are if it has to see none.
    """
    at = first
    for one, reading in zip(series[first:], readings[first:], strict=True):
        newest, value, bounds = one.newest, reading.value, one.bounds
        if newest is None or not 0 < ms - one.latest <= reach or reading.flag != NORMAL or reading.sent:
            return at
        change = value - newest.value
        bend = change - one.change
        if not (
            bounds.low <= value <= bounds.high
            and -bounds.change < change < bounds.change
            and -bounds.bend < bend < bounds.bend
        ):
            return at
        run = one.run
        if run is not None:
            if change:
                run.value, run.start, run.first = value, reading.time, run.number + 1
            elif value > bounds.may_stay and reading.time - run.start >= bounds.stay:
                return at
            run.number += 1
        one.before, one.newest, one.change, one.latest = newest, reading, change, ms
        at += 1
    return at


def _neighbour(one: Neighbour | Reading | None) -> Neighbour | None:
    return Neighbour(one.time, one.value, one.received, ()) if isinstance(one, Reading) else one
