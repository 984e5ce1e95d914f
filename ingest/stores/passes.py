"""Which of a site's parameters are read together, so that memory stays flat; pure."""

from collections.abc import Sequence
from datetime import timedelta

READINGS_HELD = 1_000_000
"""About how many readings one pass may hold, 40 bytes each; one parameter may have more."""


def passes(
    parameters: Sequence[str], span: timedelta, cycle: timedelta, sites: int = 1
) -> list[Sequence[str]]:
    """The parameters in the order given, pass by pass, where so many sites are held at the same time."""
    at_once = max(1, int(READINGS_HELD // (sites * max(1.0, span / cycle))))
    return [parameters[first : first + at_once] for first in range(0, len(parameters), at_once)]
