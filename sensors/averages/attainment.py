"""The attainment outlook: what the rest of a period may average so that its mean meets the target."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from sensors.averages.config import AveragingConfig
from sensors.averages.exact_sum import UNIT, Exact
from sensors.calendar import DayNumber, calendar_day
from sensors.standards.rounding import fraction_of, round_half_even
from sensors.standards.targets import target_in_force

Direction = Literal["at_most", "at_least"]
State = Literal["within_reach", "out_of_reach", "met", "missed", "unknown"]

_HALF = Fraction(1, 2)


class AnnualTarget(Struct, frozen=True):
    """What a place's year may average at most, compared rounded to `decimals`."""

    limit: Decimal
    decimals: int


def annual_target(basis: AveragingConfig, day: DayNumber) -> AnnualTarget | None:
    """The annual target of the series' own place on a day; None if there is none.

    A station has none of its own; the targets of water are classes, which many items share.
    """
    if not basis.targets:
        return None
    target = target_in_force(basis.targets, calendar_day(day), basis.parameter).target
    if target is None or target.limit is None:
        return None
    return AnnualTarget(target.limit, target.decimals or 0)


class YearSoFar(Struct, frozen=True):
    """What the period's mean is based on so far, in the parameter's unit.

    `total` is the weighted sum of what is known and `weight` its weight: days for air, months for water, a
    part of one for a month that is open. `left` is the weight still to come.
    """

    total: Fraction
    weight: Fraction
    left: Fraction


class Outlook(Struct, frozen=True):
    """Whether a target can still be met.

    `rest` is what the rest may average at most (or has to at least); a mean of exactly `rest` still meets the
    target only if `attained`. `rest` is None when nothing is open. `open_share` is the share of the period
    still to come, 0 to 1. `so_far` is the mean of what is known, None before any.
    """

    state: State
    rest: Fraction | None
    attained: bool
    open_share: Fraction
    so_far: Fraction | None
    limit: Decimal
    direction: Direction


def year_so_far(total: Exact, weight: Fraction, left: Fraction) -> YearSoFar:
    """From the figures of `CalendarPeriods.year_so_far`, which are in millionths."""
    return YearSoFar(Fraction(total) / UNIT, weight, left)


def outlook(so_far: YearSoFar, limit: Decimal, decimals: int, *, direction: Direction = "at_most") -> Outlook:
    """What the rest of the period may average, exactly.

    The period's mean is compared rounded to `decimals`, half to even, so it may pass the limit by up to half
    a digit: a limit of 25 allows every mean below 25.5, which itself rounds to 26; a limit of 24 allows 24.5.
    A concentration is never below 0, so that less than 0 is out of reach. Not for pH, whose limit is a range.
    """
    bound, attained = rounding_bound(limit, decimals, direction)
    whole = so_far.weight + so_far.left
    share = so_far.left / whole if whole else Fraction(0)
    mean = so_far.total / so_far.weight if so_far.weight else None
    if not so_far.left:
        state = _verdict(mean, limit, decimals, direction)
        return Outlook(state, None, attained, share, mean, limit, direction)
    rest = (bound * whole - so_far.total) / so_far.left
    reachable = direction == "at_least" or rest > 0 or (rest == 0 and attained)
    state = "within_reach" if reachable else "out_of_reach"
    return Outlook(state, rest, attained, share, mean, limit, direction)


def rounding_bound(limit: Decimal, decimals: int, direction: Direction = "at_most") -> tuple[Fraction, bool]:
    """The outermost mean that rounds to within the limit, and whether it does so itself.

    A limit with more digits than `decimals` is met by what rounds to the last step within it.
    """
    step = Fraction(1, 10**decimals)
    steps = fraction_of(limit) / step
    last = steps.__floor__() if direction == "at_most" else steps.__ceil__()
    half = _HALF if direction == "at_most" else -_HALF
    return (last + half) * step, last % 2 == 0


def _verdict(mean: Fraction | None, limit: Decimal, decimals: int, direction: Direction) -> State:
    if mean is None:
        return "unknown"
    value = round_half_even(mean, decimals)
    met = value <= limit if direction == "at_most" else value >= limit
    return "met" if met else "missed"
