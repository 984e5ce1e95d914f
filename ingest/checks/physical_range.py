"""Physical range: the value lies where the quantity and its instrument can be (QARTOD gross range)."""

from ingest.checks.calm import CalmBounds
from sensors.catalogue.model import Parameter
from sensors.model import Reading


def fails(reading: Reading, parameter: Parameter) -> bool:
    """Whether the value lies outside; exactly at either end is inside."""
    return not parameter.low <= reading.value <= parameter.high


def calm(parameter: Parameter) -> CalmBounds:
    """Any value inside."""
    return CalmBounds(parameter.low, parameter.high)
