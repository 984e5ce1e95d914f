"""The composite index of ambient air (环境空气质量综合指数), by the version of HJ 663 in force."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from msgspec import Struct

from sensors.standards import versions
from sensors.standards.air_limits import AirLimit, air_limit, annual_percentile
from sensors.standards.rounding import Number, round_half_even
from sensors.standards.statistics import YEAR


class _Item(Struct, frozen=True, forbid_unknown_fields=True):
    parameter: str
    weight: int
    decimals: int


class CompositeRule(versions.Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of the rule: which pollutants, with which weights."""

    items: tuple[_Item, ...]

    @property
    def is_confirmed(self) -> bool:
        """Whether more than programs of one origin tell of it."""
        return not self.confirmed.startswith("unconfirmed")


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    index_decimals: int
    version: tuple[CompositeRule, ...]


class SingleIndex(Struct, frozen=True):
    """One pollutant's part: `concentration` as rounded, over the `limit`; exact, not yet times its weight."""

    parameter: str
    concentration: Decimal
    limit: Decimal
    weight: int

    @property
    def exact(self) -> Fraction:
        """The single index 单项指数, C / S."""
        return Fraction(self.concentration) / Fraction(self.limit)

    @property
    def value(self) -> Decimal:
        """It on the decimals of an index, half to even; so it enters the sum."""
        return round_half_even(self.exact, index_decimals())


class CompositeIndex(Struct, frozen=True):
    """The index of a period: its single indices, of the pollutants that were given.

    Without all of the rule's pollutants there is no sum: a sum of fewer would look like cleaner air.
    """

    rule: CompositeRule
    singles: tuple[SingleIndex, ...]

    @property
    def exact(self) -> Fraction | None:
        """The weighted sum of the single indices before they are rounded; None with a pollutant missing."""
        if len(self.singles) < len(self.rule.items):
            return None
        return sum((one.exact * one.weight for one in self.singles), Fraction(0))

    @property
    def value(self) -> Decimal | None:
        """The index: the weighted sum of the single indices on their decimals."""
        if self.exact is None:
            return None
        return sum((one.value * one.weight for one in self.singles), Decimal(0))


@cache
def _file() -> _File:
    return versions.parse_file("composite_index.toml", _File)


def index_decimals() -> int:
    """The decimals of an index."""
    return _file().index_decimals


def composite_rule(on: date) -> CompositeRule:
    """The version in force on a date.

    Raises:
        NoStandard: The date lies before HJ 663-2013.
    """
    return versions.in_force(_file().version, on)


def composite_index(concentrations: Mapping[str, Number], on: date) -> CompositeIndex:
    """The index of a period.

    Args:
        concentrations: The period's statistics by pollutant, unrounded: means of SO2, NO2, PM10, PM2.5
            (µg/m³), 95th percentile of the days of CO (mg/m³), 90th of the daily largest 8 h of O3 (µg/m³).
            What is not there is left out.
        on: The period's last day in Asia/Shanghai.

    Raises:
        NoStandard: The date lies before HJ 663-2013.

    Source: HJ 663-2013; HJ 663-2026; see composite_index.toml for how sure.
    """
    rule = composite_rule(on)
    singles = tuple(
        SingleIndex(
            item.parameter,
            round_half_even(concentrations[item.parameter], item.decimals),
            _limit(item.parameter, on).limit,
            item.weight,
        )
        for item in rule.items
        if item.parameter in concentrations
    )
    return CompositeIndex(rule, singles)


def _limit(parameter: str, on: date) -> AirLimit:
    """The class 2 limit that a single index is held against, whatever the area's class."""
    ranked = annual_percentile(parameter, on)
    found = air_limit(parameter, YEAR, 2, on) or (ranked and air_limit(parameter, ranked[0], 2, on))
    if not found:
        raise LookupError(f"{parameter} has no limit on {on}, which composite_index.toml asks for")
    return found
