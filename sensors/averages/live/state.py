"""The rows a series' state consists of, as the journal keeps them: exact, one per hour, day, month."""

from fractions import Fraction
from typing import TypeAlias

from msgspec import Struct

from sensors.averages.exact_sum import Exact, divide, simplify
from sensors.calendar import DayNumber, EpochMs, HourNumber, MonthNumber

_WORD = 2**63
StoredReadings: TypeAlias = tuple[EpochMs, int | str]  # stamp, summand
OpenHour: TypeAlias = tuple[HourNumber, int, int | str]  # hour, n, total


class HourSum(Struct):
    """`n` readings of an hour and their exact sum, in the summands of the series' averaging."""

    hour: HourNumber
    n: int
    total: Exact


class DayMean(Struct, frozen=True):
    """`n` hourly means (or samples) of a day and their exact sum; the day's mean is `total / n`."""

    day: DayNumber
    n: int
    total: Exact


class MonthMean(Struct, frozen=True):
    """`n` of a month's `expected` inputs and their exact sum: valid daily means of air, samples of water.

    `valid` says whether they are enough. Only closed days are in it.
    """

    month: MonthNumber
    n: int
    total: Exact
    expected: int
    valid: bool

    @property
    def mean(self) -> Exact:
        """The month's mean, exactly; asks for `n` above 0."""
        return divide(self.total, self.n)


class SeriesState(Struct, frozen=True):
    """Where a series stands: closed up to the moment `until`, and what still changes.

    `recent` is filled only where a `1h` window spans several readings. It is
    packed (packing.py) where all summands are whole numbers of 64 bits; else such a one stands there as text.
    `open` holds hours that are not over; a row of such an hour, written by an older build, is behind it.
    """

    until: EpochMs | None = None
    closed: HourNumber | None = None
    recent: bytes | tuple[StoredReadings, ...] = ()
    open: tuple[OpenHour, ...] = ()


def is_word_sized(total: Exact) -> bool:
    """Whether it is a whole number that MessagePack holds as such; of readings nearly all are."""
    return type(total) is int and -_WORD <= total < _WORD


def to_packable(total: Exact) -> int | str:
    """The sum as MessagePack holds it: as a number where that has at most 64 bits."""
    return int(total) if is_word_sized(total) else to_text(total)


def to_text(total: Exact) -> str:
    """An exact sum as text, `31200000` or `1234567/10`, for a column that holds no such numbers."""
    return str(total)


def parse_total(text: int | str) -> Exact:
    """The exact sum that a text says; a number is itself."""
    if type(text) is int:
        return text
    text = str(text)
    if "/" not in text:
        return int(text)
    numerator, denominator = text.split("/")  # Fraction's own reading of a text takes half of a start
    return simplify(Fraction(int(numerator), int(denominator)))
