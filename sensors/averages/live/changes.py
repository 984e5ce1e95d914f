"""What a batch changes in a series."""

from msgspec import Struct

from sensors.averages.exact_sum import Exact
from sensors.averages.live.state import DayMean, HourSum, MonthMean
from sensors.calendar import DayNumber, HourNumber
from sensors.model import Statistic


class HourChange(Struct, frozen=True):
    """An hour whose mean changed, for the zones and rivers it belongs to; None = no valid hour."""

    hour: HourNumber
    former: Exact | None
    mean: Exact | None


class Changes(Struct, frozen=True):
    """What a batch moved: statistics, those to store, rows to keep, hours to pass on, days to recompute."""

    statistics: list[Statistic]
    stored: list[Statistic]
    hours: list[HourChange]
    hour_rows: list[HourSum]
    day_rows: list[DayMean]
    month_rows: list[MonthMean]
    recompute: list[DayNumber]
