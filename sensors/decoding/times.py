"""Times as stations write them; inside the program always UTC, exact to the millisecond."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

from sensors.calendar import EPOCH, SHANGHAI
from sensors.excerpt import excerpt
from sensors.model import Refused

_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_MIDNIGHT = (24, 0, 0, 0)  # the hour that ISO 8601 lets end a day

_SECONDS = 946_684_800, 4_102_444_800  # 2000 to 2100; as milliseconds in the first weeks of 1970

_TEXTS_REMEMBERED = 1024  # stations send at the same minute
_COMMON = len("2026-11-22T08:00:00.000000+08:00")

_SEPARATORS = ("T", " ")
_SIGNS = ("+", "-")

_ISO_8601 = re.compile(
    r"""([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})
        (?:[Tt\ ]([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?)?
           (\ ?[Zz]|\ ?[+-][0-9]{2}(?::?[0-5][0-9])?)?)?""",
    re.VERBOSE,
)


def parse_time(value: Any, zone: tzinfo | None = None) -> datetime | Refused:
    """Read a time from outside: ISO 8601 text with an offset, or whole milliseconds since 1970.

    Date and time are in ISO 8601's extended or basic form, separated by `T` or a space. Hour 24 is the next
    day's 00:00. Week dates, day numbers and leap seconds are refused.

    Args:
        value: What was sent, of any type; booleans and floats are not times.
        zone: Where a time without an offset was written; None refuses such a time.

    Returns:
        The time in UTC, cut down to the millisecond; else Refused with `bad_time` or `time_without_zone`.
    """
    if type(value) is str:
        return (len(value) <= _COMMON and _parse_common(value)) or _parse_iso_8601(value, zone)
    if type(value) is int:
        try:
            return EPOCH + timedelta(milliseconds=value)  # not remembered, as `from_ms` would
        except OverflowError:
            return Refused("bad_time", f"time {excerpt(value)} lies outside the years 1 to 9999")
    return Refused("bad_time", f"time is neither text nor a whole number of milliseconds: {excerpt(value)}")


def are_seconds(number: int) -> bool:
    """Whether a number is seconds since 1970, sent where milliseconds are expected."""
    return _SECONDS[0] <= number <= _SECONDS[1]


def to_shanghai_text(time: datetime) -> str:
    """ISO 8601 in China's time, as people and data loggers write it."""
    return time.astimezone(SHANGHAI).isoformat(timespec="milliseconds" if time.microsecond else "seconds")


@lru_cache(_TEXTS_REMEMBERED)
def _parse_common(text: str) -> datetime | None:
    """Without a regular expression: extended form with seconds, `+08:00` or `Z`; None for the rest."""
    if text[-1:] == "Z":
        rest = text[19:-1]
    elif text[-6:-5] in _SIGNS and text[-3] == ":" and text[-2] < "6":
        rest = text[19:-6]
    else:
        return None
    if rest and not (rest[0] == "." and rest[1:].isdecimal() and rest.isascii()):
        return None
    if not (text[10:11] in _SEPARATORS and text[4] == text[7] == "-" and text[13:14] == text[16:17] == ":"):
        return None
    try:
        time = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # hour 24, and what is refused with better words
    finer = time.microsecond % 1000
    return time.replace(microsecond=time.microsecond - finer) if finer else time


def _parse_iso_8601(text: str, zone: tzinfo | None) -> datetime | Refused:
    found = _ISO_8601.fullmatch(text)
    if found is None:
        return Refused("bad_time", f"time {excerpt(text)} is not ISO 8601 such as 2026-11-22T08:00:00+08:00")
    try:
        local = _local_time(found)
        if found[9] is not None:
            zone = _offset(found[9].strip())
        if zone is None:
            return Refused("time_without_zone", f"time {excerpt(text)} has no offset such as +08:00 or Z")
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        return Refused("bad_time", f"time {excerpt(text)} does not exist: {error}")


def _local_time(found: re.Match[str]) -> datetime:
    """The date and time of the clock on the wall; raises ValueError or OverflowError where there is none."""
    day = datetime(int(found[1]), int(found[3]), int(found[4]))  # noqa: DTZ001 - the caller knows the zone
    fraction = f"{found[8] or '0':0<3}"
    clock = (int(found[5] or 0), int(found[6] or 0), int(found[7] or 0), int(fraction[:3]) * 1000)
    if clock == _MIDNIGHT and not fraction.strip("0"):
        return day + _DAY
    return day.replace(hour=clock[0], minute=clock[1], second=clock[2], microsecond=clock[3])


def _offset(text: str) -> timezone:
    """The zone of `Z`, `+08`, `+0800` or `+08:00`; raises ValueError from 24 hours on."""
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
