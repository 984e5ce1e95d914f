"""Exact columns: whole numbers over one common denominator, summed without rounding by numpy or Python."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensors.averages.exact_sum import ACIDITY, UNIT, Averaging, Exact

Whole: TypeAlias = NDArray[Any]  # int64 where sums are sure to fit, Python integers (object) otherwise
_SUM_MAX = 2**62
_FIFTEEN_DIGITS = 1e9
_MILLION = 1e6
_FLOAT_EXACT = 2**53


class ExactColumn(NamedTuple):
    """Summands `numbers / over`, in millionths (or in the ions of pH)."""

    numbers: Whole
    denominator: int

    def take(self, which: NDArray[Any]) -> "ExactColumn":
        """The rows of a mask or index."""
        return ExactColumn(self.numbers[which], self.denominator)

    def sums(self, first: NDArray[np.int64]) -> "ExactColumn":
        """Exact sums of the runs that begin at these positions."""
        if not len(first):
            return ExactColumn(self.numbers[:0], self.denominator)
        return ExactColumn(np.add.reduceat(widen(self.numbers, len(self.numbers)), first), self.denominator)

    def between(self, first: NDArray[np.int64], stop: NDArray[np.int64]) -> "ExactColumn":
        """Exact sums of the rows from `first` up to, not including, `stop`."""
        numbers = widen(self.numbers, len(self.numbers))
        running = np.concatenate([np.zeros(1, dtype=numbers.dtype), np.cumsum(numbers)])
        return ExactColumn(running[stop] - running[first], self.denominator)

    def means(self, n: NDArray[np.int64]) -> "ExactColumn":
        """Each row over its own count, on a common denominator."""
        common = lcm(*(int(one) for one in np.unique(n)))
        if common == 1:
            return self
        numbers = widen(self.numbers, common)
        counts = n.astype(object) if numbers.dtype == object else n
        return ExactColumn(numbers * (common // counts), self.denominator * common)


def to_summands(values: NDArray[np.float64], averaging: Averaging) -> ExactColumn:
    """Every value's shortest decimal text as an exact summand."""
    if averaging is ACIDITY:
        return _distinct_summands(values, averaging.to_summand)
    if (np.abs(values) < _FIFTEEN_DIGITS).all():
        millionths = np.rint(values * _MILLION)
        if np.array_equal(millionths / _MILLION, values):
            return ExactColumn(millionths.astype(np.int64), 1)
    return _distinct_summands(values, averaging.to_summand)


def to_floats(column: ExactColumn, n: NDArray[np.int64], averaging: Averaging) -> NDArray[np.float64]:
    """The mean of each row over its count as a float, NaN where the count is 0."""
    means = np.full(len(n), np.nan)
    filled = np.flatnonzero(n)
    numbers, counts = column.numbers[filled], n[filled]
    if averaging is not ACIDITY and _divides_exactly(numbers, counts, column.denominator):
        value = numbers / (counts * (column.denominator * UNIT))
        millionths = np.rint(value * _MILLION)
        exact = millionths.astype(np.int64) * counts * column.denominator == numbers
        misleading = (millionths / _MILLION == value) & ~exact
        means[filled] = value
        filled, numbers, counts = filled[misleading], numbers[misleading], counts[misleading]
    for at, number, count in zip(filled.tolist(), numbers.tolist(), counts.tolist(), strict=True):
        means[at] = averaging.mean(Fraction(number, column.denominator), count)
    return means


def _divides_exactly(numbers: Whole, counts: NDArray[np.int64], denominator: int) -> bool:
    """Whether dividing as floats rounds correctly: both sides are exact floats."""
    if numbers.dtype == object or not len(numbers):
        return False
    largest = int(np.abs(numbers).max())
    return largest < _FLOAT_EXACT and int(counts.max()) * denominator * UNIT < _FLOAT_EXACT


def widen(numbers: Whole, factor: int) -> Whole:
    """The numbers in a type that holds them `factor` times over."""
    largest = int(np.abs(numbers).max()) if len(numbers) else 0
    if numbers.dtype == object or max(largest, 1) * factor < _SUM_MAX:
        return numbers
    return numbers.astype(object)


def _distinct_summands(values: NDArray[np.float64], to_summand: Callable[[float], Exact]) -> ExactColumn:
    """As `to_summands`, one distinct value at a time, for texts of more than six decimals."""
    distinct, where = np.unique(values, return_inverse=True)
    exact = [to_summand(float(value)) for value in distinct]
    common = lcm(*(one.denominator for one in exact))
    whole = np.array([one.numerator * (common // one.denominator) for one in exact], dtype=object)
    return ExactColumn(whole[where], common)
