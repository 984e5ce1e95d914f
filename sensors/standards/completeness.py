"""When a statistic is complete enough to be valid: rules as data, read from completeness.toml."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from msgspec import Struct

from sensors.calendar import MonthNumber, month_of_year
from sensors.model import Medium, StatisticName
from sensors.standards import versions

_FEBRUARY = 2

CompleteName = Literal[StatisticName, "hour", "zone_hour", "zone_points"]
"""A statistic, an hour, or a zone's points: what may be complete."""


class CompletenessRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[rule]]` row; its keys are explained at the head of the file."""

    medium: Medium
    statistic: CompleteName
    counts: str
    standard: str
    clause: str
    confirmed: str
    needs: int | None = None
    share: Decimal | None = None
    february: int | None = None
    few: int | None = None
    few_share: Decimal | None = None
    of: int | None = None
    months: Literal["every", "closed"] | None = None

    def enough(self, n: int, expected: int) -> bool:
        """Whether `n` of `expected` inputs satisfy it; exactly the required number or share does."""
        if self.needs is not None and n < self.needs:
            return False
        return self.share is None or n * self._share.denominator >= expected * self._share.numerator

    def enough_points(self, n: int, of: int) -> bool:
        """As `enough`, for `n` of a zone's `of` points; of fewer than `few` a smaller share will do."""
        share = self._share
        if self.few is not None and self.few_share is not None and of < self.few:
            share = Fraction(self.few_share)
        return n * share.denominator >= of * share.numerator

    def enough_in_month(self, n: int, expected: int, month: MonthNumber) -> bool:
        """As `enough`, for a calendar month, of which a February may need less."""
        if self.february is not None and month_of_year(month) == _FEBRUARY:
            return n >= self.february
        return self.enough(n, expected)

    @property
    def _share(self) -> Fraction:
        return Fraction(self.share or 0)


class _Method(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[averaging]]` row."""

    parameter: str
    method: Literal["hydrogen_ions", "none"]
    standard: str
    confirmed: str


@cache
def rules() -> Mapping[tuple[Medium, CompleteName], CompletenessRule]:
    """Every rule, by medium and statistic."""
    rows = versions.parse_rows("completeness.toml", "rule", CompletenessRule)
    return {(row.medium, row.statistic): row for row in rows}


@cache
def method(parameter: str) -> Literal["arithmetic", "hydrogen_ions", "none"]:
    """How this parameter's values are averaged; `none` means that they have no mean."""
    rows = versions.parse_rows("completeness.toml", "averaging", _Method)
    return next((row.method for row in rows if row.parameter == parameter), "arithmetic")
