"""Device flag: the instrument itself says that the value is not a measurement of air or water."""

from ingest.checks.calm import CalmBounds
from sensors.catalogue.model import Parameter
from sensors.model import NORMAL, Reading


def fails(reading: Reading, _parameter: Parameter) -> bool:
    """Whether the device marked the value: any HJ 212 letter but `N`.

    Source: HJ 212-2017 table 8; only N counts as valid.
    """
    return reading.flag != NORMAL


def calm(_parameter: Parameter) -> CalmBounds:
    """Any value: no reading with a mark is calm."""
    return CalmBounds()
