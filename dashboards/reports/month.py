"""The month of a report, and the months it looks back on; months are Asia/Shanghai's."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from sensors.calendar import (
    MONTHS_A_YEAR,
    MonthNumber,
    days_between,
    january_of,
    month_number,
    month_of_year,
    month_start,
    year_of,
)
from sensors.model import StatisticName
from sensors.standards.statistics import MONTH, THREE_YEARS, TWELVE_MONTHS, YEAR_TO_DATE, statistic_kind

HISTORY = 36
"""Months that a report reads, its own included: what the three-year mean needs."""

PERIODS: Mapping[StatisticName, str] = {
    MONTH: "this_month",
    YEAR_TO_DATE: "year_to_date",
    TWELVE_MONTHS: "rolling_12",
    THREE_YEARS: "rolling_36",
}
"""The periods shown beside each other, with what they are called in words.toml."""

_WRITTEN = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MILLISECOND = timedelta(milliseconds=1)


class MonthError(ValueError):
    """A text is no month; what it says is for people."""


class Month(Struct, frozen=True, order=True):
    """A calendar month; `number` is that of sensors/calendar.py."""

    number: MonthNumber

    @classmethod
    def parse(cls, text: str) -> "Month":
        """A month written `YYYY-MM`.

        Raises:
            MonthError: it is not.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise MonthError(f"{text!r} is not a month such as 2016-12")
        return cls(month_number(int(found[1]), int(found[2])))

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def year(self) -> int:
        """The calendar year."""
        return year_of(self.number)

    @property
    def month(self) -> int:
        """1 to 12."""
        return month_of_year(self.number)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return days_between(self.number, self.number + 1)

    @property
    def start(self) -> datetime:
        """Its first moment, UTC."""
        return month_start(self.number).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC."""
        return month_start(self.number + 1).astimezone(UTC)

    def back(self, months: int) -> "Month":
        """The month so many before."""
        return Month(self.number - months)

    def start_of(self, statistic: StatisticName) -> datetime:
        """When a period of that length which ends with this month began, UTC."""
        kind = statistic_kind(statistic)
        first = self.january if kind.running else self.back((kind.months or 1) - 1)
        return first.start

    @property
    def january(self) -> "Month":
        """The first month of its year."""
        return Month(january_of(self.number))

    @property
    def december(self) -> "Month":
        """The last month of its year."""
        return self.january.back(1 - MONTHS_A_YEAR)


def reading_span(start: datetime, end: datetime, *, ends: bool) -> tuple[datetime, datetime]:
    """The stamps of readings that belong to `start` until before `end`; `ends`: they label their end."""
    shift = _MILLISECOND if ends else timedelta(0)
    return start + shift, end + shift
