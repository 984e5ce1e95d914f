"""The month of a report, and the months it looks back on; months are Asia/Shanghai's."""

import re
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from sensors.calendar import MONTHS_A_YEAR, days_between, first_day, month_start

HISTORY = 36
"""Months that a report reads, its own included: what the three-year mean needs."""

_WRITTEN = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MILLISECOND = timedelta(milliseconds=1)


class Month(Struct, frozen=True, order=True):
    """A calendar month; `number` counts twelve times the year plus 0 to 11, as sensors/averages does."""

    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """A month written `YYYY-MM`.

        Raises:
            ValueError: it is not; the text is for people.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a month such as 2016-12")
        return cls(int(found[1]) * MONTHS_A_YEAR + int(found[2]) - 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.number // MONTHS_A_YEAR

    @property
    def month(self) -> int:
        """1 to 12."""
        return self.number % MONTHS_A_YEAR + 1

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return days_between(self.number, self.number + 1)

    @property
    def day_numbers(self) -> range:
        """Its days as numbers of sensors/averages."""
        return range(first_day(self.number), first_day(self.number + 1))

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

    @property
    def january(self) -> "Month":
        """The first month of its year."""
        return Month(self.year * MONTHS_A_YEAR)


def reading_span(start: datetime, end: datetime, *, ends: bool) -> tuple[datetime, datetime]:
    """The stamps of readings that belong to `start` until before `end`; `ends`: they label their end."""
    shift = _MILLISECOND if ends else timedelta(0)
    return start + shift, end + shift
