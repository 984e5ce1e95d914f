"""The class of surface water: of a sample and of a period, with what determines it (环办〔2011〕22号).

Single-factor method: the class is the worst of the items measured. A missing item does not block it, as on
the national platform (total phosphorus is missing in some of its labelled rows).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from sensors.rounding import Number, decimal_of, decimals_of, fraction_of, published, round_ratio
from sensors.water_limits import WORSE_THAN_V, ItemLimits, Quality, quality

_CLASS_III = 3
_MAIN = 3
_TIMES_OVER_DECIMALS = 2


class WaterClass(Struct, frozen=True):
    """A class and its grounds.

    `number` is 1 to 5 for I to V, 6 for worse than V. `items` holds the class of each item measured, in the
    order of the table. `determining` are the items as bad as the whole. `times_over` has each item that
    exceeds the target (class III without one), worst first, two decimals; never DO or pH. `met` is None
    without a target.
    """

    number: int
    items: Mapping[str, int]
    determining: tuple[str, ...]
    times_over: tuple[tuple[str, Decimal], ...]
    met: bool | None

    @property
    def quality(self) -> Quality:
        """Its words and colour."""
        return quality(self.number)


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
        return bisect_left(steps, exact) + 1  # type: ignore[type-var]  # both are of one kind
    if limits.direction == "at_least":
        return 1 + sum(exact < step for step in steps)
    return 1 if steps[0] <= exact <= steps[1] else WORSE_THAN_V


def sample_class(
    values: Mapping[str, Number], by: Mapping[str, ItemLimits], *, target: int | None = None
) -> WaterClass | None:
    """The class of a sample on its unrounded values; None when none of the assessed items was measured.

    Args:
        values: By parameter id in the table's unit, what was not measured absent; items that are not assessed
            (total nitrogen, temperature, coliforms) are ignored. Below a detection limit: `half_of` it.
        by: The limits, from `water_limits.assessed(waterbody, on)`.
        target: The class to be met, 1 to 5.

    Source: 环办〔2011〕22号; unrounded as the national platform does (13,243 of 13,243 labels of 2020).
    """
    items = {item: item_class(by[item], values[item]) for item in by if item in values}
    if not items:
        return None
    worst = max(items.values())
    return WaterClass(
        number=worst,
        items=items,
        determining=tuple([item for item, number in items.items() if number == worst]),
        times_over=_rounded(_times_over(values, by, items, target or _CLASS_III)),
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


def half_of(detection_limit: Number) -> Decimal:
    """What a value below its detection limit counts as.

    Source: 环办监测函〔2020〕82号, item 7 (以1/2检出限参与计算和统计).
    """
    return decimal_of(detection_limit) / 2


def main_indicators(values: Mapping[str, Number], by: Mapping[str, ItemLimits]) -> tuple[str, ...]:
    """The main pollution indicators: up to three items worse than class III; none where nothing is.

    Cyanide and heavy metals come first, then the worse class, then the more times over class III; pH and
    dissolved oxygen, which have no times over, stand last in their class. For a period pass
    `assessment_values`.

    Source: 环办〔2011〕22号, 主要污染指标 (general knowledge, not confirmed from a source here).
    """
    items = {item: item_class(by[item], values[item]) for item in by if item in values}
    times = dict(_times_over(values, by, items, _CLASS_III))
    worse = [item for item, number in items.items() if number > _CLASS_III]
    worse.sort(key=lambda item: (not by[item].first, -items[item], -times.get(item, Fraction(0))))
    return tuple(worse[:_MAIN])


def _times_over(
    values: Mapping[str, Number], by: Mapping[str, ItemLimits], items: Mapping[str, int], target: int
) -> list[tuple[str, Fraction]]:
    """(C - L) / L of each item worse than the target class, exactly; worst first, ties in the table's order.

    Source: 环办〔2011〕22号, 超标倍数; not computed for pH and dissolved oxygen.
    """
    over = []
    for item, number in items.items():
        if number > target and by[item].direction == "at_most":
            limit = Fraction(by[item].limits[target - 1])
            over.append((item, fraction_of(values[item]) / limit - 1))
    if len(over) > 1:
        over.sort(key=lambda pair: -pair[1])
    return over


def _rounded(over: list[tuple[str, Fraction]]) -> tuple[tuple[str, Decimal], ...]:
    return tuple(
        [
            (item, round_ratio(times.numerator, times.denominator, _TIMES_OVER_DECIMALS))
            for item, times in over
        ]
    )
