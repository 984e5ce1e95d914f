"""How far apart two values are, decided as their decimal text says and not as binary rounding happens."""

from decimal import Decimal
from fractions import Fraction

BINARY_ROUNDING = 1e-14
"""As a share: far above a few roundings of a 53-bit float, far below any sensor's last digit."""


def further_apart(one: float, other: float, limit: float) -> bool:
    """Whether the two differ by more than `limit`; exactly at the limit is not more.

    0.4 and 0.1 are exactly 0.3 apart, although 0.4 - 0.1 > 0.3 in binary.
    """
    beyond = abs(one - other) - limit
    if abs(beyond) > BINARY_ROUNDING * (abs(one) + abs(other) + limit):
        return beyond > 0
    return abs(exact(one) - exact(other)) > exact(limit)


def certainly_below(limit: float, most: float) -> float:
    """Up to where a distance in floats, of values no further from zero than `most`, is below the limit."""
    return limit - 8 * BINARY_ROUNDING * (most + limit)


def exact(value: float) -> Fraction:
    """The number that the shortest decimal text of a finite float names."""
    return Fraction(Decimal(repr(value)))
