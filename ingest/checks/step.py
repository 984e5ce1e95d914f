"""Step: the value changed more since its neighbour than is plausible (QARTOD rate of change)."""

from ingest.checks.calm import CalmBounds
from ingest.checks.distance import certainly_below, further_apart
from ingest.checks.state import CheckState
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Reading


def fails(reading: Reading, thresholds: Thresholds, state: CheckState) -> bool:
    """Whether it differs from its neighbour by more than `step`; exactly at the limit is plausible."""
    limit, last = thresholds.step, state.last
    if limit is None or last is None or reading.value == last.value:
        return False
    return further_apart(reading.value, last.value, limit)


def calm(parameter: Parameter) -> CalmBounds:
    """A change of less than `step`."""
    limit = parameter.checks.step
    return CalmBounds() if limit is None else CalmBounds(change=certainly_below(limit, parameter.largest))
