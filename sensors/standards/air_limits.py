"""Ambient air limits of GB 3095, by date; and the percentiles that a year is assessed on."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from msgspec import Struct

from sensors.model import StatisticName
from sensors.standards import versions
from sensors.standards.rounding import Number, fraction_of
from sensors.standards.statistics import O3_8H_MAX, YEAR, statistic_kind

AreaClass = Literal[1, 2]


class AirLimit(Struct, frozen=True):
    """One number of GB 3095: a value at the limit is within it."""

    standard: str
    clause: str
    phase: str
    parameter: str
    statistic: StatisticName
    area_class: int
    limit: Decimal
    unit: str
    valid_from: date
    valid_to: date | None
    confirmed: str

    def exceeded_by(self, value: Number) -> bool:
        """Whether the value, rounded or not as its statistic asks, lies above; at the limit it does not."""
        return fraction_of(value) > self.limit


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    parameter: str
    statistic: StatisticName
    class_1: Decimal | int
    class_2: Decimal | int
    unit: str


class _Version(versions.Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    phase: Literal["only", "interim", "final"]
    limits: tuple[_Row, ...]


class _Percentile(Struct, frozen=True, forbid_unknown_fields=True):
    parameter: str
    of: StatisticName
    percent: int


class _Percentiles(versions.Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    items: tuple[_Percentile, ...]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: tuple[_Version, ...]
    percentile: tuple[_Percentiles, ...]


@cache
def _file() -> _File:
    return versions.parse_file("air_limits.toml", _File)


@cache
def air_limits() -> tuple[AirLimit, ...]:
    """Every limit of every version, class 1 and 2 of the area."""
    return tuple(
        _limit(version, row, area_class)
        for version in _file().version
        for row in version.limits
        for area_class in (1, 2)
    )


def _limit(version: _Version, row: _Row, area_class: int) -> AirLimit:
    return AirLimit(
        standard=version.standard,
        clause=version.clause,
        phase=version.phase,
        parameter=row.parameter,
        statistic=row.statistic,
        area_class=area_class,
        limit=Decimal(row.class_1 if area_class == 1 else row.class_2),
        unit=row.unit,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        confirmed=version.confirmed,
    )


@cache
def _limits_of(valid_from: date) -> dict[tuple[str, StatisticName, int], AirLimit]:
    return {
        (limit.parameter, limit.statistic, limit.area_class): limit
        for limit in air_limits()
        if limit.valid_from == valid_from
    }


def air_limit(parameter: str, statistic: StatisticName, area_class: AreaClass, on: date) -> AirLimit | None:
    """The limit in force on the observation's date in Asia/Shanghai; None where the standard has none.

    A running statistic gets the limit of what it is compared with (statistics.toml); a month has none,
    nor has the year for CO and O3.

    Raises:
        NoStandard: The date lies before GB 3095-2012's start in 京津冀.

    Source: GB 3095-2012 and GB 3095-2026, table 1.
    """
    file = _file()
    version = versions.in_force(file.version, on)
    return _limits_of(version.valid_from).get((parameter, statistic_kind(statistic).limit_of, area_class))


def ozone_day_limit(area_class: AreaClass, on: date) -> float | None:
    """The limit of a day's largest 8 h mean of ozone; None before the first standard."""
    try:
        limit = air_limit("o3", O3_8H_MAX, area_class, on)
    except versions.NoStandard:
        return None
    return None if limit is None else float(limit.limit)


def annual_percentile(parameter: str, on: date) -> tuple[StatisticName, int] | None:
    """The daily statistic and percent that a year is assessed on (`("day", 95)` for CO); None of weather.

    Raises:
        NoStandard: The date lies before HJ 663-2013.

    Source: HJ 663-2013, annual assessment items; HJ 663-2026, table 1 as code citing it has it.
    """
    for item in versions.in_force(_file().percentile, on).items:
        if item.parameter == parameter:
            return item.of, item.percent
    return None


def has_annual_mean(parameter: str, on: date) -> bool:
    """Whether a year of it is assessed on its mean too; of CO and O3 the percentile stands alone.

    Raises:
        NoStandard: The date lies before GB 3095-2012.

    Source: GB 3095-2012 and GB 3095-2026, table 1.
    """
    return air_limit(parameter, YEAR, 2, on) is not None


def percentile(values: Iterable[Number], percent: int) -> Fraction:
    """The exact percentile of valid daily values in any order, see `percentile_of_ordered`.

    Raises:
        ValueError: There is no value.
    """
    return percentile_of_ordered(sorted(fraction_of(value) for value in values), percent)


def percentile_of_ordered(ordered: Sequence[Fraction] | Sequence[int], percent: int) -> Fraction:
    """The exact percentile: linear between neighbours, at rank k = 1 + (n - 1) percent / 100.

    Args:
        ordered: Valid daily values, exact, the smallest first; at least one.
        percent: 0 to 100; 0 is the smallest value, 100 the largest.

    Raises:
        ValueError: There is no value.

    Source: HJ 663-2013, annex A; equal to NumPy's default method.
    """
    if not len(ordered):
        raise ValueError("a percentile needs at least one value")
    below, rest = divmod((len(ordered) - 1) * percent, 100)
    if not rest:
        return Fraction(ordered[below])
    return ordered[below] + (ordered[below + 1] - ordered[below]) * Fraction(rest, 100)
