"""Rounding by GB/T 8170: half to even, on a number's decimal text or an exact fraction, never on binary.

A float stands for its shortest decimal text (2.675 is 2.675, though its binary value lies below), because
that text is what was measured and published.
"""

import math
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Literal, TypeAlias

from msgspec import Struct

from sensors.standards import versions

Number: TypeAlias = float | int | str | Decimal | Fraction
Use = Literal["reading", "assessment"]

# 400 digits hold the longest float (309 before the point) to any number of decimals used here.
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN)
_QUANTA = tuple(Decimal(1).scaleb(-decimals) for decimals in range(16))

# Above 2**40 scaled units a float's own error is no longer far below the distance that counts as near a tie.
_SCALED_MAX = float(2**40)
_NEAR_TIE = 1e-3
_SCALES = tuple(10.0**decimals for decimals in range(16))


class _Decimals(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[decimals]]` row of rounding.toml."""

    standard: str
    clause: str
    confirmed: str
    reading: dict[str, int]
    assessment: dict[str, int]
    valid_from: date = date.min
    valid_to: date = date.max


def decimal_of(value: Number) -> Decimal:
    """The decimal number that a value's text says; a float's is its shortest text.

    Raises:
        TypeError: A Fraction, which need not have one; or a bool.
        decimal.InvalidOperation: A text that is not a number.
    """
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, (bool, Fraction)):
        raise TypeError(f"{value!r} has no decimal text")
    return Decimal(value)


def ratio_of(value: Number) -> tuple[int, int]:
    """The exact value as numerator and denominator in lowest terms; a float's as its shortest text."""
    return (value if isinstance(value, Fraction) else decimal_of(value)).as_integer_ratio()


def fraction_of(value: Number) -> Fraction:
    """The exact value as a fraction; a float's is that of its shortest text."""
    return value if isinstance(value, Fraction) else Fraction(decimal_of(value))


def to_significant(value: float, digits: int = 6) -> str:
    """At most so many significant digits as people write them: without exponent, and no zeros at the end."""
    if not math.isfinite(value):
        return f"{value}"
    exact = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(decimal_of(float(value)))
    return f"{exact.normalize():f}"


def round_half_even(value: Number, decimals: int) -> Decimal:
    """Round to `decimals` places, 0 to 15; a tie goes to the even digit (0.125 to 0.12, 0.135 to 0.14).

    The result always shows its decimals: 8 to two places is `8.00`. Exact on the decimal text, and on the
    fraction itself for a Fraction.

    Raises:
        decimal.InvalidOperation: The value is not finite, is not a number, or has more than 400 digits.

    Source: GB/T 8170-2008, 3.2 (四舍六入五成双).
    """
    if isinstance(value, Fraction):
        return round_ratio(value.numerator, value.denominator, decimals)
    result = decimal_of(value).quantize(_QUANTA[decimals], context=_EXACT)
    if result.is_nan():
        raise InvalidOperation(f"{value!r} cannot be rounded")
    return result


def round_ratio(numerator: int, denominator: int, decimals: int) -> Decimal:
    """Round numerator / denominator (above 0) half to even, from the exact fraction; a mean is sum over n.

    Source: GB/T 8170-2008, 3.2; rounded once, never from an already rounded value (3.3).
    """
    whole, rest = divmod(numerator * 10**decimals, denominator)
    twice = rest + rest
    if twice > denominator or (twice == denominator and whole & 1):
        whole += 1
    return Decimal(whole).scaleb(-decimals, _EXACT)


def rounded(value: float, decimals: int) -> float:
    """`round_half_even` of a finite float as a float, quicker: exact arithmetic only near a tie."""
    scaled = abs(value) * _SCALES[decimals]
    if scaled < _SCALED_MAX and abs(scaled % 1.0 - 0.5) > _NEAR_TIE:
        return round(value, decimals)
    return float(round_half_even(value, decimals))


def published(value: Number, decimals: int) -> Decimal:
    """As `round_half_even`, but what would become 0 keeps one significant digit: 0.00025 to 0.0002.

    Zero itself stays 0 with its decimals.

    Source: 总站水字〔2018〕87号 as one library cites it; the published water values of 2020 follow it.
    """
    result = round_half_even(value, decimals)
    if result or not value:
        return result
    exact = fraction_of(value)
    while exact and not result:
        decimals += 1
        result = round_ratio(exact.numerator, exact.denominator, decimals)
    return result


@cache
def _tables() -> tuple[_Decimals, ...]:
    return versions.parse_rows("rounding.toml", "decimals", _Decimals)


@cache
def decimals_of(parameter: str, use: Use = "assessment", on: date = date.max) -> int | None:
    """How many decimals count for this parameter in a reading or an assessment; None if unstated.

    `on` is the observation's date, of a period its last day, in Asia/Shanghai; without one the newest version
    counts.
    """
    for row in _tables():
        table = row.reading if use == "reading" else row.assessment
        if parameter in table and row.valid_from <= on <= row.valid_to:
            return table[parameter]
    return None
