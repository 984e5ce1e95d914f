"""Spike: one value stands out, as the next one shows (QARTOD spike); checked one reading later."""

from ingest.checks.calm import CalmBounds
from ingest.checks.distance import BINARY_ROUNDING, certainly_below, exact
from ingest.checks.state import Neighbour
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Reading


def fails(before: Neighbour, middle: Neighbour, after: Reading, thresholds: Thresholds) -> bool:
    """Whether the middle value lies more than `spike` from the mean of the others, and they agree on that.

    They agree when they lie nearer to each other than either does to the middle one; otherwise the series has
    stepped to a new level, and the last value before the step is no spike. Exactly at the limit, or exactly
    as near, is no spike.
    """
    limit = thresholds.spike
    if limit is None:
        return False
    one, value, other = before.value, middle.value, after.value
    rounding = BINARY_ROUNDING * (abs(one) + abs(value) + abs(other) + limit)
    if abs(value - one / 2 - other / 2) < limit - rounding:
        return False
    left, centre, right = exact(one), exact(value), exact(other)
    if abs(2 * centre - left - right) <= 2 * exact(limit):
        return False
    return abs(left - right) < min(abs(centre - left), abs(centre - right))


def calm(parameter: Parameter) -> CalmBounds:
    """The middle value lies half as far from the mean of the others as the two changes differ."""
    limit = parameter.checks.spike
    return CalmBounds() if limit is None else CalmBounds(bend=certainly_below(2 * limit, parameter.largest))
