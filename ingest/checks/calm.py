"""Calm readings: those in which no check can find anything.

Each check names, by a `calm` beside its `fails`, in which values it certainly finds nothing; where floats
cannot be trusted, near an edge, it names none.
"""

from datetime import timedelta
from math import inf

from msgspec import Struct


class CalmBounds(Struct, frozen=True):
    """In which values a check finds nothing.

    `low` and `high` bound the value, both included; it differs from the one before it by less than `change`,
    and this difference from the one before by less than `bend`. A value may stay the same for less than
    `stay`, and for ever at or below `may_stay`.
    """

    low: float = -inf
    high: float = inf
    change: float = inf
    bend: float = inf
    stay: timedelta = timedelta.max
    may_stay: float = inf

    def __and__(self, other: "CalmBounds") -> "CalmBounds":
        """In which values neither finds anything."""
        return CalmBounds(
            max(self.low, other.low),
            min(self.high, other.high),
            min(self.change, other.change),
            min(self.bend, other.bend),
            min(self.stay, other.stay),
            min(self.may_stay, other.may_stay),
        )


NOTHING_IS_CALM = CalmBounds(low=inf)
"""Of a check that has to see every reading."""
