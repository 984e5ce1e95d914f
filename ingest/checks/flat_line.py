"""Flat line: a stuck sensor repeats itself; the longest run of values within the tolerance tells.

The run is the longest end of the series whose values all lie within the tolerance of each other. It is kept
as its start and two staircases, the values that no later one undercuts or tops. A new value that lies too far
above a low step, or below a high one, restarts the run right after the last occurrence of that step.
"""

from datetime import datetime, timedelta
from functools import cache
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct

from ingest.checks.calm import NOTHING_IS_CALM, CalmBounds
from ingest.checks.distance import further_apart
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Reading

if TYPE_CHECKING:
    from ingest.checks.state import CheckState  # which holds the run

LEAST_READINGS = 3
"""Two equal values are a coincidence, whatever the time between them."""

_MOST_STEPS = 32


class RunStep(Struct, array_like=True, gc=False):
    """A value of the run, and the reading that followed its last occurrence: its time and number."""

    value: float
    next_time: datetime
    next_number: int


class Run(Struct, array_like=True):
    """The run so far: readings `first` to `number`, the first of them at `start`, the newest `value`.

    At most 32 steps are kept of either staircase; beyond that the run is taken to start later than it did,
    so that the check fails later and never wrongly. With tolerance 0 there are no staircases.
    """

    value: float
    start: datetime
    first: int = 0
    number: int = 0
    lows: list[RunStep] = []
    negated_highs: list[RunStep] = []


def fails(reading: Reading, thresholds: Thresholds, state: "CheckState") -> bool:
    """Whether the series has been flat for `flat_hours`, at a value above `flat_above`; follows its run."""
    if thresholds.flat_hours is None:
        return False
    run = state.run = follow(state.run, reading.value, reading.time, thresholds.flat_tolerance)
    if thresholds.flat_above is not None and reading.value <= thresholds.flat_above:
        return False
    return is_flat(run, reading.time, thresholds.flat_hours)


def calm(parameter: Parameter) -> CalmBounds:
    """Any value that moves, or has not stayed for so long; with a tolerance each has to be followed here."""
    thresholds = parameter.checks
    if thresholds.flat_hours is None:
        return CalmBounds()
    if thresholds.flat_tolerance:
        return NOTHING_IS_CALM
    above = -inf if thresholds.flat_above is None else thresholds.flat_above
    return CalmBounds(stay=_span(thresholds.flat_hours), may_stay=above)


def follow(run: Run | None, value: float, time: datetime, tolerance: float) -> Run:
    """The run with the next value in it; None before the first. Changes the run it is given."""
    if run is None:
        return Run(value, time)
    run.number += 1
    if value == run.value:
        return run
    if tolerance == 0:
        run.value, run.start, run.first = value, time, run.number
        return run
    _climb(run, run.lows, RunStep(run.value, time, run.number), value, tolerance)
    _climb(run, run.negated_highs, RunStep(-run.value, time, run.number), -value, tolerance)
    run.value = value
    return run


def is_flat(run: Run, time: datetime, hours: float) -> bool:
    """Whether the run is at least `hours` old at `time`, exactly so old included, and has three readings."""
    return run.number - run.first >= LEAST_READINGS - 1 and time - run.start >= _span(hours)


@cache
def _span(hours: float) -> timedelta:
    return timedelta(hours=hours)


def _climb(run: Run, lows: list[RunStep], left: RunStep, value: float, tolerance: float) -> None:
    """Put the value just left on the staircase of lows; cut off what lies too far below the new value."""
    while lows and lows[-1].value >= left.value:
        lows.pop()
    lows.append(left)
    while lows:
        lowest = lows[0]
        too_low = lowest.value < value and further_apart(lowest.value, value, tolerance)
        if not too_low and len(lows) <= _MOST_STEPS:
            return
        del lows[0]
        if lowest.next_number > run.first:
            run.first, run.start = lowest.next_number, lowest.next_time
