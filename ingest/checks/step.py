"""Step: the value changed more since its neighbour than is plausible (QARTOD rate of change)."""

from ingest.checks.distance import further_apart
from ingest.checks.state import CheckState
from sensors.catalogue.model import Thresholds
from sensors.model import Reading


def fails(reading: Reading, thresholds: Thresholds, state: CheckState) -> bool:
    """Whether it differs from its neighbour by more than `step`; exactly at the limit is plausible."""
    limit, last = thresholds.step, state.last
    if limit is None or last is None or reading.value == last.value:
        return False
    return further_apart(reading.value, last.value, limit)
