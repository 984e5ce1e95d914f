"""A series' rows of days or months as numbers side by side: a day takes 20 bytes, an object 200 to 400."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from struct import Struct, error
from typing import Any, Generic, TypeVar

from msgspec.structs import astuple

from sensors.averages.exact_sum import divide
from sensors.averages.live.state import DayMean, MonthMean
from sensors.calendar import DayNumber, MonthNumber

Period = TypeVar("Period", DayNumber, MonthNumber)
Row = TypeVar("Row", DayMean, MonthMean)

DAY_CELLS = Struct("<iqi")
MONTH_CELLS = Struct("<iqii?")


class CompactRows(Mapping[Period, Row], Generic[Period, Row]):
    """Rows by their period, in its order; what is read is made anew each time, exactly as it was put.

    A sum is kept as numerator and denominator. A row with a number that has no room is held as it is.

    Args:
        row_type: Its fields begin with period, `n` and `total`.
        cells: How they are packed behind the period, the sum as two numbers.
    """

    __slots__ = ("_cells", "_newest", "_oversize", "_packed", "_periods", "_row_type")

    def __init__(self, row_type: Callable[..., Row], cells: Struct) -> None:
        self._row_type: Callable[..., Row] = row_type
        self._cells = cells
        self._periods: array[Any] = array("i")  # of DayNumber or MonthNumber, which an array does not know
        self._packed = bytearray()
        self._oversize: dict[Period, Row] = {}
        self._newest: tuple[Period, Row] | None = None  # the last one put: an open day's is soon read again

    def put(self, row: Row) -> None:
        """Add a row, or replace that of its period."""
        period, n, total, *more = astuple(row)
        try:
            packed = self._cells.pack(n, *total.as_integer_ratio(), *more)
        except error:
            packed = bytes(self._cells.size)
            self._oversize[period] = row
        else:
            self._oversize.pop(period, None)
        self._newest = period, row
        at = self._position(period)
        start, stop = at * self._cells.size, (at + 1) * self._cells.size
        if self._is_at(at, period):
            self._packed[start:stop] = packed
        else:
            self._periods.insert(at, period)
            self._packed[start:start] = packed

    def put_all(self, rows: Iterable[Row]) -> None:
        """Add rows; of those of one period the last."""
        for row in rows:
            self.put(row)

    def between(self, first: Period, stop: Period) -> list[Row]:
        """The rows of the periods from `first` up to, not including, `stop`."""
        return [self._row(at) for at in range(self._position(first), self._position(stop))]

    def drop_before(self, first: Period) -> None:
        """Drop the rows of all periods before this one."""
        stop = self._position(first)
        if self._oversize:
            self._oversize = {period: row for period, row in self._oversize.items() if period >= first}
        self._newest = None
        del self._periods[:stop], self._packed[: stop * self._cells.size]

    def __getitem__(self, period: Period) -> Row:
        if self._newest is not None and self._newest[0] == period:
            return self._newest[1]
        at = self._position(period)
        if not self._is_at(at, period):
            raise KeyError(period)
        return self._row(at)

    def __iter__(self) -> Iterator[Period]:
        return iter(self._periods)

    def __len__(self) -> int:
        return len(self._periods)

    def _position(self, period: Period) -> int:
        return bisect_left(self._periods, period)

    def _is_at(self, at: int, period: Period) -> bool:
        return at < len(self._periods) and self._periods[at] == period

    def _row(self, at: int) -> Row:
        period: Period = self._periods[at]
        if period in self._oversize:
            return self._oversize[period]
        n, numerator, denominator, *more = self._cells.unpack_from(self._packed, at * self._cells.size)
        return self._row_type(period, n, divide(numerator, denominator), *more)
