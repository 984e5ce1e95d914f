"""Whether a station's clock is wrong, as the times of its readings against their receipts show."""

from datetime import timedelta

from msgspec import Struct

from sensors.calendar import ZONE_OFFSET
from sensors.model import Name

_UNSURE = timedelta(minutes=15)  # how long sending takes, and how exact such clocks are
_CYCLES = 3  # so many in a row are no backlog any more
_MILLISECOND = timedelta(milliseconds=1)
_WORD, _ZONE_MARK = "clock:", ":zone"
_HOUR, _DAYS = timedelta(hours=1), timedelta(days=2)


class ClockLimits(Struct, frozen=True):
    """What is usual of a live reading: from which age on it is old (None: never), how far ahead it may be."""

    max_age: timedelta | None
    max_ahead: timedelta = timedelta(minutes=5)

    def oldest(self, cycle: timedelta) -> timedelta | None:
        """The age from which on a station's readings are old; exactly as old is not. Two cycles at least."""
        return None if self.max_age is None else max(self.max_age, 2 * cycle)


class ClockFault(Struct, frozen=True):
    """A clock that is wrong by `behind` (negative: ahead); `is_zone`: by the offset of China's time zone."""

    behind: timedelta
    is_zone: bool = False


def tolerance(cycle: timedelta) -> timedelta:
    """How much two receipts may differ in what they show of the same fault."""
    return max(_UNSURE, cycle)


def is_lasting(lasted: timedelta, cycle: timedelta) -> bool:
    """Whether it has been so for three cycles and a quarter of an hour: a backlog is over, or moves on."""
    return lasted >= max(_UNSURE, _CYCLES * cycle)


def clock_fault(behind: timedelta, cycle: timedelta, limits: ClockLimits) -> ClockFault | None:
    """The fault of a clock; None if its offset is usual.

    Args:
        behind: How far the newest time of a message lay before its receipt.
        cycle: Of the station; a time may be the begin of what it stands for.
        limits: What is usual; exactly at them is.
    """
    oldest, late = limits.oldest(cycle), cycle if cycle <= _HOUR else timedelta()
    zones = ZONE_OFFSET, -ZONE_OFFSET
    is_zone = any(zone - _UNSURE <= behind <= zone + late + _UNSURE for zone in zones)
    if is_zone or behind < -limits.max_ahead or (oldest is not None and behind > oldest):
        return ClockFault(behind, is_zone)
    return None


def describe_fault(fault: ClockFault) -> Name:
    """`its clock is 2,517 days behind`, in both languages; days from 48 hours on."""
    size = abs(fault.behind)
    if size >= _DAYS:
        zh, en = f"{size.days} 天", f"{size.days:,} days"
    else:
        zh, en = f"{size / _HOUR:.3g} 小时", f"{size / _HOUR:.3g} h"
    is_ahead = fault.behind < timedelta()
    text_zh = f"时钟{'快' if is_ahead else '慢'} {zh}"
    text_en = f"its clock is {en} {'ahead' if is_ahead else 'behind'}"
    if fault.is_zone:
        text_zh += "，疑为北京时间标成了 UTC" if is_ahead else "，疑为 UTC 时间标成了北京时间"
        text_en += ", as if China's time were sent as UTC" if is_ahead else ", as if UTC were China's time"
    return Name(text_zh, text_en)


def encode_fault(fault: ClockFault) -> str:
    """A fault in one word, as an event keeps it; `parse_fault` reads it."""
    return f"{_WORD}{fault.behind // _MILLISECOND}{_ZONE_MARK if fault.is_zone else ''}"


def parse_fault(word: str) -> ClockFault | None:
    """The fault that a word says; None for any other text."""
    number = word.removeprefix(_WORD).removesuffix(_ZONE_MARK)
    if not word.startswith(_WORD) or not number.removeprefix("-").isdecimal():
        return None
    return ClockFault(int(number) * _MILLISECOND, word.endswith(_ZONE_MARK))
