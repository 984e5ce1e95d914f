"""Spike: one value stands out, and the next one shows it (QARTOD spike). Judged one reading late."""

from ingest.checks.distance import BINARY_ROUNDING, exact


def fails(before: float, value: float, after: float, limit: float) -> bool:
    """Whether `value` lies more than `limit` from the mean of its neighbours, and they agree on that.

    They agree when they lie nearer to each other than either does to the value; otherwise the series has
    stepped to a new level, and the last value before the step is no spike. Exactly at the limit, or exactly
    as near, is no spike.
    """
    rounding = BINARY_ROUNDING * (abs(before) + abs(value) + abs(after) + limit)
    if abs(value - before / 2 - after / 2) < limit - rounding:
        return False
    first, middle, last = exact(before), exact(value), exact(after)
    if abs(2 * middle - first - last) <= 2 * exact(limit):
        return False
    return abs(first - last) < min(abs(middle - first), abs(middle - last))
