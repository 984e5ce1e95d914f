"""Frames of statistics kept as bare columns: a small frame takes eight times what is in it.

A province has six thousand series with ten frames each, and looks at those of one place at a time.
"""

from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sensors.averages.bulk.tables import frame
from sensors.model import StatisticName

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAMES_AT_HAND = 128
"""About what a place is looked at by; older ones are made again."""
_TIMES = ("stamp", "start", "end")
_COLUMNS = (*_TIMES, "value", "n", "expected", "valid", "closed")
_TYPES = ("i8", "i8", "i8", "f8", "i4", "i4", "?", "?")


class PackedTables(MutableMapping[StatisticName, pd.DataFrame]):
    """Frames by name; what is changed of a frame that it gives is kept only when it is put back."""

    def __init__(self, tables: dict[StatisticName, pd.DataFrame]) -> None:
        self._packed: dict[StatisticName, _Packed | pd.DataFrame] = {}
        self.update(tables)

    def __getitem__(self, name: StatisticName) -> pd.DataFrame:
        packed = self._packed[name]
        return packed if isinstance(packed, pd.DataFrame) else _to_frame(packed)

    def __setitem__(self, name: StatisticName, table: pd.DataFrame) -> None:
        self._packed[name] = _Packed(table) if (*table.columns,) == _COLUMNS else table

    def __delitem__(self, name: StatisticName) -> None:
        del self._packed[name]

    def __iter__(self) -> Iterator[StatisticName]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class _Packed:
    """The rows of one frame; equal to none but itself, so that its frame may be remembered by it."""

    __slots__ = ("rows",)

    def __init__(self, table: pd.DataFrame) -> None:
        self.rows: NDArray[np.void] = np.empty(len(table), dtype=[*zip(_COLUMNS, _TYPES, strict=True)])
        for name in _COLUMNS:
            cells = table[name].array
            self.rows[name] = cells.asi8 // 1000 if name in _TIMES else cells


@lru_cache(_FRAMES_AT_HAND)
def _to_frame(packed: _Packed) -> pd.DataFrame:
    stamp, start, end, value, n, expected, valid, closed = (packed.rows[name].copy() for name in _COLUMNS)
    return frame(stamp, start, end, value, n.astype(np.int64), expected.astype(np.int64), valid, closed)
