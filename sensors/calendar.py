"""Times as whole numbers: epoch milliseconds, and hours, days and months of Asia/Shanghai with their edges.

Everything is counted from local 1970-01-01 00:00. Asia/Shanghai has been UTC+8 all year since 1992, and no
reading is older than 2000, so inside the program an hour is a division; `test_periods` proves it equal to the
zone's own rules. 24:00 is 00:00 of the next day.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from sensors.model import Kind

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000
OFFSET_MS = 8 * HOUR_MS
HOURS_A_DAY = 24
DAY_MS = HOURS_A_DAY * HOUR_MS
MONTHS_A_YEAR = 12

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(time: datetime) -> int:
    """Milliseconds since 1970 of an aware time, exact; what is finer is cut off, towards the past."""
    return (time - EPOCH) // _MILLISECOND


@lru_cache(maxsize=16_384)
def from_ms(ms: int) -> datetime:
    """The time in UTC, exact; the inverse of `to_ms`.

    Raises:
        OverflowError: The year is not one of 1 to 9999.
    """
    return EPOCH + ms * _MILLISECOND


def shanghai_day(time: datetime) -> str:
    """The calendar day in Shanghai, `YYYY-MM-DD`; midnight belongs to the day that begins."""
    return time.astimezone(SHANGHAI).date().isoformat()


def hour_of(ms: int) -> int:
    """The hour that contains this moment; a moment on the hour begins it."""
    return (ms + OFFSET_MS) // HOUR_MS


def hour_start_ms(hour: int) -> int:
    """Epoch milliseconds of the hour's first moment."""
    return hour * HOUR_MS - OFFSET_MS


def hour_start(hour: int) -> datetime:
    """The UTC time at which the hour begins, which is when the one before it ends."""
    return from_ms(hour * HOUR_MS - OFFSET_MS)


def day_start(day: int) -> datetime:
    """The UTC time at which the day begins."""
    return hour_start(day * HOURS_A_DAY)


def month_start(month: int) -> datetime:
    """The UTC time at which the month begins."""
    return day_start(first_day(month))


def day_number(day: date) -> int:
    """The number of a calendar day."""
    return day.toordinal() - _EPOCH_DAY


def calendar_day(day: int) -> date:
    """The calendar day of a number."""
    return date.fromordinal(day + _EPOCH_DAY)


@lru_cache(maxsize=8192)
def month_of(day: int) -> int:
    """The month that contains the day, as twelve times the year plus 0 to 11."""
    at = calendar_day(day)
    return at.year * MONTHS_A_YEAR + at.month - 1


@lru_cache(maxsize=2048)
def first_day(month: int) -> int:
    """The month's first day."""
    return day_number(date(month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1))


def days_between(first_month: int, past_month: int) -> int:
    """How many days the months from the first up to, not including, the past one have."""
    return first_day(past_month) - first_day(first_month)


def label_shift(kind: Kind, label: Literal["end", "start"]) -> int:
    """What to add to a stamp's milliseconds so that `// HOUR_MS` gives the hour it belongs to.

    A stamp that labels the end of its interval belongs to the hour that closes then: 00:00 to the last hour
    of the day before. An `rtd` stamp is a moment, whatever the site's label: 00:00 begins the new day.

    Source: the national platform labels hours by their end, HJ 212 by their start.
    """
    return OFFSET_MS - 1 if label == "end" and kind != "rtd" else OFFSET_MS


def day_of_stamp(ms: int, kind: Kind, label: Literal["end", "start"]) -> int:
    """The day to which a reading of this kind, label and stamp belongs."""
    return (ms + label_shift(kind, label)) // DAY_MS
