"""A month's hours of a series, and the course of a day that they make."""

import numpy as np
from numpy.typing import NDArray

from dashboards.reports.month import Month
from sensors.averages.bulk.exact_column import to_floats
from sensors.averages.bulk.tables import HourTable
from sensors.averages.config import AveragingConfig
from sensors.calendar import HOURS_A_DAY, first_day, first_hour

Hours = NDArray[np.float64]

SHARE_OF_DAYS = 0.5
"""An hour of the day has a mean if at least so many of the month's days have that hour; ours."""


def empty_hours(month: Month) -> Hours:
    """A place for each hour of a month, from its first midnight in Shanghai on, none with a value."""
    return np.full(month.days * HOURS_A_DAY, np.nan)


def month_hours(hours: HourTable, basis: AveragingConfig, month: Month) -> Hours:
    """The mean of each hour of the month, NaN where there is none."""
    first = first_hour(first_day(month.number))
    found = empty_hours(month)
    inside = (hours.hour >= first) & (hours.hour < first + len(found)) & (hours.hour < hours.until)
    found[hours.hour[inside] - first] = to_floats(hours.total.take(inside), hours.n[inside], basis.averaging)
    return found


def day_course(hours: Hours) -> list[float | None]:
    """The mean of each hour of the day, 0 to 23 o'clock being when it begins; None with too few days."""
    by_day = hours.reshape(-1, HOURS_A_DAY)
    there = ~np.isnan(by_day)
    n, total = there.sum(axis=0), np.where(there, by_day, 0.0).sum(axis=0)
    enough = n >= SHARE_OF_DAYS * len(by_day)
    return [float(t / k) if ok else None for t, k, ok in zip(total, n, enough, strict=True)]
