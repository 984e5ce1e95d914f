"""Sums that do not round: a value's shortest decimal text as a whole number of millionths, or a fraction.

Readings of up to six decimals, which is nearly all of them, stay Python integers; a longer text becomes a
Fraction of millionths and mixes with them freely. A mean is one such sum over a count, turned into a float
once, at the end.
"""

from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import inf, nextafter
from typing import NamedTuple, TypeAlias

Exact: TypeAlias = int | Fraction

UNIT = 1_000_000
_MILLION = 1e6
_FIFTEEN_DIGITS = 1e9  # below, a text of six decimals has at most so many, which name one float only

# Hydrogen ions are counted in 1e-36 mol/L: at pH 14 that is twenty-two digits.
_IONS_PER_MOL = 10**36
_PH_MAX = 36.0
_PRECISE = Context(prec=50)
_SHORT = Context(prec=20)  # twelve decimals of a pH, with room to spare
_ACIDITY_DIGITS = Decimal("1e-12")


def to_exact(value: float) -> Exact:
    """The value's shortest decimal text in millionths, nothing lost."""
    if -_FIFTEEN_DIGITS < value < _FIFTEEN_DIGITS:
        millionths = round(value * _MILLION)
        if millionths / _MILLION == value:
            return millionths
    return simplify(Fraction(repr(float(value))) * UNIT)


def to_exact_all(values: Sequence[float]) -> list[Exact]:
    """Of each value what `to_exact` gives."""
    millionths: list[Exact] = [round(value * _MILLION) for value in values]
    are_short = min(values) > -_FIFTEEN_DIGITS and max(values) < _FIFTEEN_DIGITS
    if are_short and [number / _MILLION for number in millionths] == [*values]:
        return millionths
    return [*map(to_exact, values)]


def simplify(number: Exact) -> Exact:
    """The same number, as an integer where it is one."""
    return number.numerator if number.denominator == 1 else number


def divide(total: Exact, n: int) -> Exact:
    """`total / n`, exactly."""
    return total if n == 1 else simplify(Fraction(total, n))


def to_float(numerator: int, denominator: int) -> float:
    """The float nearest to a fraction of millionths, moved by one step where its text would lie about a tie.

    Rounding works on a float's shortest text. A mean a hair above 24.5 whose nearest float reads `24.5` would
    round down, so it becomes the next float above: rounding the float then rounds the fraction.
    """
    value = numerator / (denominator * UNIT)
    if not -_FIFTEEN_DIGITS < value < _FIFTEEN_DIGITS:
        return value
    millionths = round(value * _MILLION)
    if millionths / _MILLION == value and millionths * denominator != numerator:
        return nextafter(value, inf if millionths * denominator < numerator else -inf)
    return value


def mean(total: Exact, n: int) -> float:
    """The arithmetic mean of `n` values whose exact sum is `total`."""
    if type(total) is int:
        return to_float(total, n)
    return to_float(total.numerator, total.denominator * n)


@lru_cache(maxsize=4096)
def to_hydrogen_ions(ph: float) -> Exact:
    """The concentration of hydrogen ions at this pH, a whole number of 1e-36 mol/L; beyond ±36 as at ±36."""
    text = repr(float(max(-_PH_MAX, min(ph, _PH_MAX))))
    ions = _PRECISE.power(Decimal(10), -Decimal(text))
    return round(_PRECISE.multiply(ions, Decimal(_IONS_PER_MOL)))


def to_all_hydrogen_ions(values: Sequence[float]) -> list[Exact]:
    """Of each pH what `to_hydrogen_ions` gives."""
    return [*map(to_hydrogen_ions, values)]


def mean_ph(total: Exact, n: int) -> float:
    """The pH of the mean of `n` hydrogen ion concentrations whose sum is `total`, to twelve decimals.

    Source: 环办监测函〔2020〕82号: minus log10 of the mean of 10^-pH, not rounded in between.
    """
    ions = _SHORT.divide(Decimal(total.numerator), Decimal(total.denominator * n * _IONS_PER_MOL))
    return float((-_SHORT.log10(ions)).quantize(_ACIDITY_DIGITS))


class Averaging(NamedTuple):
    """How values become summands, one or several of them, and a sum and a count the mean."""

    to_summand: Callable[[float], Exact]
    to_summands: Callable[[Sequence[float]], list[Exact]]
    mean: Callable[[Exact, int], float]


ARITHMETIC = Averaging(to_exact, to_exact_all, mean)
ACIDITY = Averaging(to_hydrogen_ions, to_all_hydrogen_ions, mean_ph)
