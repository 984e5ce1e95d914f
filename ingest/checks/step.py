"""Step: the value changed more since its neighbour than is plausible (QARTOD rate of change)."""

from ingest.checks.distance import further_apart


def fails(value: float, neighbour: float, limit: float) -> bool:
    """Whether the two differ by more than `limit`; exactly at the limit is plausible."""
    return value != neighbour and further_apart(value, neighbour, limit)
