"""Times as whole numbers: epoch milliseconds, and hours, days and months of Asia/Shanghai with their edges.

Everything is counted from local 1970-01-01 00:00. Asia/Shanghai has been UTC+8 all year since 1992, and no
reading is older than 2000, so inside the program an hour is a division; `test_calendar` proves it equal to
the zone's own rules. 24:00 is 00:00 of the next day.

Each kind of number has a type of its own, so that mypy refuses an hour where a day is meant: a step keeps the
type (`day + 1` is a day), the distance of two numbers is a plain `int`, as a duration is (`…_ms`), and only
the functions here turn one kind into another, but for a division in `averages/live/series.py`, made for each
reading. Columns of numpy and pandas hold plain whole numbers.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NewType, ParamSpec, TypeVar, overload
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from typing import Self

    from sensors.model import Kind, Label

    class _Number(int):
        """What sums and differences of such numbers are to mypy; at run time they are plain `int`s."""

        @overload
        def __add__(self, other: "_Number", /) -> int: ...  # type: ignore[overload-overlap]  # it comes first
        @overload
        def __add__(self, steps: int, /) -> Self: ...
        def __add__(self, steps: int, /) -> int: ...

        @overload
        def __sub__(self, other: "_Number", /) -> int: ...  # type: ignore[overload-overlap]  # it comes first
        @overload
        def __sub__(self, steps: int, /) -> Self: ...
        def __sub__(self, steps: int, /) -> int: ...

    class EpochMs(_Number):
        """Milliseconds since 1970-01-01 00:00 UTC."""

    class HourNumber(_Number):
        """An hour; 0 began at local 1970-01-01 00:00."""

    class DayNumber(_Number):
        """A day; 0 was 1970-01-01."""

    class MonthNumber(_Number):
        """A month, as twelve times the year plus 0 to 11."""

else:
    EpochMs = NewType("EpochMs", int)
    HourNumber = NewType("HourNumber", int)
    DayNumber = NewType("DayNumber", int)
    MonthNumber = NewType("MonthNumber", int)

_Same = TypeVar("_Same", EpochMs, HourNumber, DayNumber, MonthNumber)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000
OFFSET_MS = 8 * HOUR_MS
ZONE_OFFSET = timedelta(milliseconds=OFFSET_MS)
HOURS_A_DAY = 24
DAY_MS = HOURS_A_DAY * HOUR_MS
MONTHS_A_YEAR = 12

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def _cached(most: int) -> Callable[[Callable[_Arguments, _Result]], Callable[_Arguments, _Result]]:
    """`lru_cache` that leaves the arguments' types to the checker."""
    return lru_cache(most)  # type: ignore[return-value]  # typeshed's takes any arguments


def to_ms(time: datetime) -> EpochMs:
    """Milliseconds since 1970 of an aware time, exact; what is finer is cut off, towards the past."""
    return (time - EPOCH) // _MILLISECOND  # type: ignore[return-value]  # EpochMs(…) takes 50 ns, per reading


@_cached(16_384)
def from_ms(ms: EpochMs) -> datetime:
    """The time in UTC, exact; the inverse of `to_ms`.

    Raises:
        OverflowError: The year is not one of 1 to 9999.
    """
    return EPOCH + ms * _MILLISECOND


def shanghai_day(time: datetime) -> str:
    """The calendar day in Shanghai, `YYYY-MM-DD`; midnight belongs to the day that begins."""
    return time.astimezone(SHANGHAI).date().isoformat()


def hour_of(ms: EpochMs, shift: int = OFFSET_MS) -> HourNumber:
    """The hour that contains this moment; a moment on the hour begins it. A stamp has a `label_shift`."""
    return HourNumber((ms + shift) // HOUR_MS)


def day_of(ms: EpochMs) -> DayNumber:
    """The day that contains this moment; midnight begins it."""
    return DayNumber((ms + OFFSET_MS) // DAY_MS)


def day_before(end: datetime) -> DayNumber:
    """The day that contains the moment before `end`."""
    return day_of(to_ms(end) - 1)


def day_of_hour(hour: HourNumber) -> DayNumber:
    """The day that contains the hour."""
    return DayNumber(hour // HOURS_A_DAY)


@_cached(8192)
def month_of(day: DayNumber) -> MonthNumber:
    """The month that contains the day."""
    at = calendar_day(day)
    return month_number(at.year, at.month)


def year_of(month: MonthNumber) -> int:
    """The year that contains the month."""
    return month // MONTHS_A_YEAR


def month_of_year(month: MonthNumber) -> int:
    """1 to 12."""
    return month % MONTHS_A_YEAR + 1


def first_hour(day: DayNumber) -> HourNumber:
    """The day's first hour."""
    return HourNumber(day * HOURS_A_DAY)


@_cached(2048)
def first_day(month: MonthNumber) -> DayNumber:
    """The month's first day."""
    return day_number(date(year_of(month), month_of_year(month), 1))


def january_of(month: MonthNumber) -> MonthNumber:
    """The first month of the month's year."""
    return MonthNumber(month - month % MONTHS_A_YEAR)


def month_number(year: int, month: int) -> MonthNumber:
    """The number of a calendar month, 1 to 12."""
    return MonthNumber(year * MONTHS_A_YEAR + month - 1)


def clock_hours_between(start: float, end: float) -> float:
    """Hours from one hour of the clock until the next time it is the other; 0 where they are the same."""
    return (end - start) % HOURS_A_DAY


def hour_start_ms(hour: HourNumber) -> EpochMs:
    """Epoch milliseconds of the hour's first moment."""
    return EpochMs(hour * HOUR_MS - OFFSET_MS)


def day_start_ms(day: DayNumber) -> EpochMs:
    """Epoch milliseconds of the day's first moment."""
    return EpochMs(day * DAY_MS - OFFSET_MS)


@_cached(8192)
def hour_start(hour: HourNumber) -> datetime:
    """The UTC time at which the hour begins, which is when the one before it ends."""
    return from_ms(hour_start_ms(hour))


@_cached(2048)
def day_start(day: DayNumber) -> datetime:
    """The UTC time at which the day begins."""
    return from_ms(day_start_ms(day))


def month_start(month: MonthNumber) -> datetime:
    """The UTC time at which the month begins."""
    return day_start(first_day(month))


def day_number(day: date) -> DayNumber:
    """The number of a calendar day."""
    return DayNumber(day.toordinal() - _EPOCH_DAY)


def calendar_day(day: DayNumber) -> date:
    """The calendar day of a number."""
    return date.fromordinal(day + _EPOCH_DAY)


def numbers_from(first: _Same, stop: _Same) -> Sequence[_Same]:
    """The hours, days or months from `first` up to, not including, `stop`."""
    return range(first, stop)  # type: ignore[return-value]  # a range of them, with no call for each


def days_between(first: MonthNumber, stop: MonthNumber) -> int:
    """How many days the months from `first` up to, not including, `stop` have."""
    return first_day(stop) - first_day(first)


def label_shift(kind: "Kind", label: "Label") -> int:
    """What to add to a stamp's milliseconds so that `// HOUR_MS` gives the hour it belongs to.

    A stamp that labels the end of its interval belongs to the hour that closes then: 00:00 to the last hour
    of the day before. An `rtd` stamp is a moment, whatever the site's label: 00:00 begins the new day.

    Source: the national platform labels hours by their end, HJ 212 by their start.
    """
    return OFFSET_MS - 1 if label == "end" and kind != "rtd" else OFFSET_MS
