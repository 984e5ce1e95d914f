"""What days and months add up to, exactly: the sums behind the means of calendar periods."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm

from sensors.averages.exact_sum import Exact, simplify
from sensors.averages.live.state import DayMean, MonthMean
from sensors.calendar import MonthNumber, numbers_from
from sensors.standards.completeness import CompletenessRule

PeriodTotal = tuple[int, Exact, int, bool]
"""What a period of months comes to: inputs, their sum, how many were expected, whether that is enough."""


def sum_of_daily_means(rows: Iterable[DayMean], rule: CompletenessRule, expected: int) -> tuple[int, Exact]:
    """How many of the days are valid by the rule for a day, and the exact sum of their means."""
    valid = [row for row in rows if row.n and rule.enough(row.n, expected)]
    common = lcm(*(row.n for row in valid))
    total = sum(row.total * (common // row.n) for row in valid)
    return len(valid), simplify(Fraction(total, common))


def sum_of_days(
    months: Mapping[MonthNumber, MonthMean], first: MonthNumber, stop: MonthNumber
) -> tuple[int, Exact]:
    """All valid daily means of the months `first <= month < stop`: how many, and their exact sum."""
    rows = [row for month in numbers_from(first, stop) if (row := months.get(month)) is not None]
    return sum(row.n for row in rows), simplify(sum((row.total for row in rows), start=Fraction(0)))


def sum_of_means(months: Iterable[MonthMean | None]) -> tuple[int, Exact]:
    """How many of the months are there, and the exact sum of their means."""
    means = [row.mean for row in months if row is not None]
    return len(means), simplify(sum(means, start=Fraction(0)))


def sum_of_shares(parts: Iterable[tuple[Fraction, MonthMean | None]]) -> tuple[Exact, Fraction, Fraction]:
    """Of months with the share of each that is over: the sum of their means, its weight, what is still open.

    A month that is over must be valid; one that is not weighs as much as it is over.
    """
    total, weight, left = Fraction(0), Fraction(0), Fraction(0)
    for part, row in parts:
        if row is not None and row.n and (part < 1 or row.valid):
            weight += part
            total += part * row.mean
        left += 1 - part
    return simplify(total), weight, left
