"""The class of surface water: of a sample and of a period, with what determines it (环办〔2011〕22号).

Single-factor method: the class is the worst of the items measured. A missing item does not block it, as on
the national platform (total phosphorus is missing in some of its labelled rows).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from sensors.standards.rounding import Number, decimal_of, decimals_of, published, ratio_of, round_ratio
from sensors.standards.water_limits import WORSE_THAN_V, ClassQuality, ItemLimits, assessment, quality


class TimesOver(Struct, frozen=True):
    """How far an item exceeds a limit, (C - L) / L: exactly, as a fraction, and to two decimals."""

    item: str
    numerator: int
    denominator: int
    times: Decimal

    @property
    def exact(self) -> Fraction:
        """The fraction itself."""
        return Fraction(self.numerator, self.denominator)

    def __str__(self) -> str:
        return f"{self.item}:{self.times}"


class Grade(Struct, frozen=True):
    """One item's part in a class: its limits, its value and the class that makes."""

    limits: ItemLimits
    value: Number
    number: int

    def over(self, target: int) -> TimesOver | None:
        """How far it exceeds the limit of class `target`; None where it does not, and for DO and pH.

        Source: 环办〔2011〕22号, 超标倍数; not computed for pH and dissolved oxygen.
        """
        if self.number <= target or self.limits.direction != "at_most":
            return None
        return _times_over(self.limits.item, self.value, self.limits.limits[target - 1])


class WaterClass(Struct, frozen=True):
    """A class and its grounds.

    `number` is 1 to 5 for I to V, 6 for worse than V. `grades` are those of the items measured, in the order
    of the table, `determining` the ids of those as bad as the whole. `times_over` has each item that exceeds
    the target (class III without one), worst first; never DO or pH. `met` is None without a target.
    """

    number: int
    grades: tuple[Grade, ...]
    determining: tuple[str, ...]
    times_over: tuple[TimesOver, ...]
    met: bool | None

    @property
    def quality(self) -> ClassQuality:
        """Its words and colour."""
        return quality(self.number)

    @property
    def main(self) -> tuple[str, ...]:
        """The main pollution indicators: up to three items worse than class III; none where nothing is.

        Cyanide and heavy metals come first, then the worse class, then the more times over class III; DO and
        pH, which have no times over, stand last in their class.

        Source: 环办〔2011〕22号, 主要污染指标 (an exercise sheet on the notice; its text was not read).
        """
        rules = assessment()
        worse = [grade for grade in self.grades if grade.number > rules.reference_class]
        return tuple(grade.limits.item for grade in sorted(worse, key=_rank)[: rules.main_indicators])


def _rank(grade: Grade) -> tuple[bool, int, Fraction]:
    over = grade.over(assessment().reference_class)
    return (not grade.limits.first, -grade.number, -over.exact if over else Fraction(0))


def item_class(limits: ItemLimits, value: Number) -> int:
    """The class of one item, 1 to 6; exactly at a limit is within it, equal limits give the better class.

    Source: GB 3838-2002, table 1.
    """
    # Between floats the comparison is that of their texts: rounding to the nearest float keeps the order.
    exact: float | Decimal | Fraction
    steps: Sequence[float | Decimal]
    if isinstance(value, float):
        exact, steps = value, limits.floats
    else:
        exact, steps = value if isinstance(value, Fraction) else decimal_of(value), limits.limits
    if limits.direction == "at_most":
        return bisect_left(steps, exact) + 1
    if limits.direction == "at_least":
        return 1 + sum(exact < step for step in steps)
    return 1 if steps[0] <= exact <= steps[1] else WORSE_THAN_V


def grade(limits: ItemLimits, value: Number) -> Grade:
    """The grade of one measured item."""
    return Grade(limits, value, item_class(limits, value))


@lru_cache(maxsize=4096)
def _times_over(item: str, value: Number, limit: Decimal) -> TimesOver:
    over, under = ratio_of(value)
    limit_over, limit_under = limit.as_integer_ratio()
    numerator, denominator = over * limit_under - limit_over * under, limit_over * under
    times = round_ratio(numerator, denominator, assessment().times_over_decimals)
    return TimesOver(item, numerator, denominator, times)


def sample_class(
    values: Mapping[str, Number], by: Mapping[str, ItemLimits], *, target: int | None = None
) -> WaterClass | None:
    """The class of a sample on its unrounded values; None when none of the assessed items was measured.

    Args:
        values: By parameter id in the table's unit, what was not measured absent; items that are not assessed
            (total nitrogen, temperature, coliforms) are ignored. Below a detection limit: `counted_below` it.
        by: The limits, from `water_limits.assessed(standard_on(day), waterbody)`.
        target: The class to be met, 1 to 5.

    Source: 环办〔2011〕22号; unrounded as the national platform does (13,243 of 13,243 labels of 2020).
    """
    return classify([grade(by[item], values[item]) for item in by if item in values], target)


def classify(grades: Sequence[Grade], target: int | None = None) -> WaterClass | None:
    """The class from the grades of the items measured, in the order of the table; None without any."""
    if not grades:
        return None
    worst = max([grade.number for grade in grades])
    reference = target or assessment().reference_class
    exceeding = (
        [grade.over(reference) for grade in grades if grade.number > reference] if worst > reference else []
    )
    over = [one for one in exceeding if one]
    if len(over) > 1:
        over.sort(key=lambda one: one.exact, reverse=True)
    return WaterClass(
        number=worst,
        grades=tuple(grades),
        determining=tuple([grade.limits.item for grade in grades if grade.number == worst]),
        times_over=tuple(over),
        met=None if target is None else worst <= target,
    )


def period_class(
    means: Mapping[str, Number], by: Mapping[str, ItemLimits], *, target: int | None = None
) -> WaterClass | None:
    """The class of a period: as `sample_class`, but on its means rounded to the assessment decimals.

    Source: 环办监测函〔2020〕82号 and 总站水字〔2020〕90号: NH3-N 1.004 is 1.00 and so class III.
    """
    return sample_class(assessment_values(means), by, target=target)


def assessment_values(means: Mapping[str, Number]) -> dict[str, Number]:
    """Each mean rounded half to even to its assessment decimals; what would become 0 keeps one digit."""
    return {item: _assessment_value(item, mean) for item, mean in means.items()}


def _assessment_value(item: str, mean: Number) -> Number:
    decimals = decimals_of(item, "assessment")
    return mean if decimals is None else published(mean, decimals)
