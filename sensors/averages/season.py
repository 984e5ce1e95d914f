"""The season behind an outlook: what the months still to come brought in earlier years, and the trend.

All of it is ours; no standard asks for it. It is by whole months, so that a series' own rows suffice for it.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from sensors.averages.attainment import Outlook, YearSoFar
from sensors.averages.exact_sum import UNIT
from sensors.averages.live.state import MonthMean
from sensors.calendar import (
    MONTHS_A_YEAR,
    DayNumber,
    MonthNumber,
    days_between,
    first_day,
    numbers_from,
    year_of,
)

SEASONS = 3
"""So many earlier years are compared with: what a report reads, and a series keeps, of each in full."""

TREND_FROM = Fraction(1, 4)
"""From this share of a year on its mean so far says how it differs from the year before."""

Prospect = Literal["on_course", "at_risk", "out_of_reach", "met", "missed", "no_comparison", "unknown"]


class FormerYear(Struct, frozen=True):
    """An earlier year over the same months: the mean of those `over` now, and of those still to come, `rest`.

    Each is None unless every month that it needs is valid. A month that is open now counts in both, with its
    share of days.
    """

    year: int
    over: Fraction | None
    rest: Fraction | None


class Season(Struct, frozen=True):
    """What came in earlier years, the latest first, and what would come by this year's trend, or None.

    The trend: last year's rest times this year's mean so far over that of the same months of last year.
    """

    former: tuple[FormerYear, ...]
    projected: Fraction | None

    @property
    def expected(self) -> tuple[Fraction, ...]:
        """All that may be expected of the rest of the year by these."""
        came = [one.rest for one in self.former if one.rest is not None]
        return tuple(came) if self.projected is None else (*came, self.projected)


def season(
    month_mean: Callable[[MonthNumber], MonthMean | None],
    january: MonthNumber,
    open_day: DayNumber,
    so_far: YearSoFar,
    *,
    by_days: bool,
) -> Season:
    """The season of the year that begins with `january`, of which days before `open_day` are closed.

    Args:
        month_mean: The row of a month, None without any.
        january: The year's first month.
        open_day: Its first day that is not closed.
        so_far: What is known of the year.
        by_days: Whether a month weighs as its days, as of air; else each weighs the same.
    """
    former = tuple(_former_years(month_mean, january, open_day, by_days=by_days))
    return Season(former, _projected(former[0], so_far))


def prospect(made: Outlook, known: Season) -> Prospect:
    """How a target stands with the season in view.

    `on_course` if every earlier year's rest, and what the trend makes of the last one, would meet it;
    `at_risk` if any would not; `no_comparison` without an earlier year. A rest of exactly what is allowed
    meets it only if the outlook says so (`attained`).
    """
    if made.state in {"met", "missed", "unknown", "out_of_reach"}:
        return made.state
    if not known.expected or made.so_far is None:
        return "no_comparison"
    return "on_course" if all(_meets(value, made) for value in known.expected) else "at_risk"


def margin(made: Outlook, known: Season) -> Fraction | None:
    """How far what the rest may average at most lies above all that may be expected; None without either.

    Below 0 the target is at risk. At exactly 0 it is met only if the outlook's edge is (`attained`).
    """
    if made.rest is None or made.so_far is None or not known.expected:
        return None
    return made.rest - max(known.expected)


def _meets(value: Fraction, made: Outlook) -> bool:
    if made.rest is None or value == made.rest:
        return made.attained
    return value < made.rest if made.direction == "at_most" else value > made.rest


def _former_years(
    month_mean: Callable[[MonthNumber], MonthMean | None],
    january: MonthNumber,
    open_day: DayNumber,
    *,
    by_days: bool,
) -> Iterator[FormerYear]:
    weights = list(_weights(january, open_day, by_days=by_days))
    for back in range(1, SEASONS + 1):
        first = MonthNumber(january - back * MONTHS_A_YEAR)
        rows = [month_mean(month) for month in numbers_from(first, first + MONTHS_A_YEAR)]
        over, rest = (
            _mean([(row, pair[side]) for row, pair in zip(rows, weights, strict=True)]) for side in (0, 1)
        )
        yield FormerYear(year_of(first), over, rest)


def _weights(
    january: MonthNumber, open_day: DayNumber, *, by_days: bool
) -> Iterator[tuple[Fraction, Fraction]]:
    """What each month of the year weighs among those that are over, and among those to come."""
    for month in numbers_from(january, january + MONTHS_A_YEAR):
        days = days_between(month, month + 1)
        closed = min(max(open_day - first_day(month), 0), days)
        unit = 1 if by_days else days
        yield Fraction(closed, unit), Fraction(days - closed, unit)


def _mean(parts: list[tuple[MonthMean | None, Fraction]]) -> Fraction | None:
    """The weighted mean in the parameter's unit; None if a month that counts is missing or not valid."""
    total, whole = Fraction(0), Fraction(0)
    for row, weight in parts:
        if not weight:
            continue
        if row is None or not row.valid:
            return None
        total, whole = total + weight * Fraction(row.mean), whole + weight
    return total / whole / UNIT if whole else None


def _projected(last: FormerYear, so_far: YearSoFar) -> Fraction | None:
    known = so_far.weight + so_far.left
    if last.rest is None or not last.over or not so_far.weight or so_far.weight < TREND_FROM * known:
        return None
    return last.rest * (so_far.total / so_far.weight) / last.over
