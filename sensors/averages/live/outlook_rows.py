"""The outlooks of an open year as statistics: what the rest may average, and that against the season."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from sensors.averages.attainment import YearSoFar, annual_target, outlook
from sensors.averages.config import AveragingConfig
from sensors.averages.live.state import MonthMean
from sensors.averages.season import margin, season
from sensors.calendar import DayNumber, MonthNumber, january_of, month_of
from sensors.model import Statistic
from sensors.standards.statistics import OUTLOOK, OUTLOOK_MARGIN, OUTLOOKS


def outlook_rows(
    basis: AveragingConfig,
    so_far: Statistic,
    known: YearSoFar,
    open_day: DayNumber,
    month_mean: Callable[[MonthNumber], MonthMean | None],
) -> Iterator[Statistic]:
    """Those of the year that `open_day` follows a closed day of; nothing without a target.

    Each is based on the year to date, `so_far`. Once the year is over there is no rest: the rows say so with
    `n` = 0.
    """
    target = annual_target(basis, DayNumber(open_day - 1))
    if target is None:
        return
    made = outlook(known, target.limit, target.decimals)
    if made.rest is None or not so_far.n:
        yield from (replace(so_far, name=name, value=None, n=0, valid=False) for name in OUTLOOKS)
        return
    yield replace(so_far, name=OUTLOOK, value=float(made.rest))
    january = january_of(month_of(DayNumber(open_day - 1)))
    above = margin(made, season(month_mean, january, open_day, known, by_days=basis.medium == "air"))
    if above is not None:
        yield replace(so_far, name=OUTLOOK_MARGIN, value=float(above))
