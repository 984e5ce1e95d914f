"""Which of two columns of ozone is the hour: the national platform names them the wrong way round."""

from collections.abc import Iterable

_CONTRADICTING = 0.05
"""Share of pairs against the rest that may be corrections; ours (of 3,946 pairs of 2019 there is none)."""


def is_swapped(pairs: Iterable[tuple[float, float]]) -> bool | None:
    """Whether the second of `o3` and `o3_24h` (or `o3_8h` and `o3_8h_24h`) is the current value.

    The current value is never above the day's maximum, and that tells which one it is. None where all pairs
    are equal: then either is right.

    Raises:
        ValueError: Neither is: the pairs contradict each other.
    """
    above = below = 0
    for named_current, named_maximum in pairs:
        above += named_current > named_maximum
        below += named_current < named_maximum
    if not above and not below:
        return None
    if min(above, below) > _CONTRADICTING * (above + below):
        raise ValueError("the current value and the day's maximum of ozone contradict each other")
    return above > below
