"""Statistics as rows of one packed array: a small frame takes eight times what is in it, and longer to make.

A province has six thousand series with ten tables each; only what asks for a frame pays for one.
"""

from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensors.averages.bulk.tables import Numbers, frame

_TIMES = ("stamp", "start", "end")
_COLUMNS = (*_TIMES, "value", "n", "expected", "valid", "closed")
_TYPES = ("i8", "i8", "i8", "f8", "i4", "i4", "?", "?")

PERIOD = np.dtype([*zip(_COLUMNS, _TYPES, strict=True)])
"""A row of a statistic, as in a frame of `bulk.frames`; times in milliseconds since the epoch."""

PeriodRows: TypeAlias = NDArray[np.void]


def period_rows(  # noqa: PLR0917 - its columns, in their order
    stamp: Numbers,
    start: Numbers,
    end: Numbers,
    value: NDArray[np.float64],
    n: Numbers,
    expected: Numbers | int,
    valid: NDArray[np.bool_],
    closed: NDArray[np.bool_],
    *,
    keep: NDArray[np.bool_] | None = None,
) -> PeriodRows:
    """The rows, of times in epoch milliseconds; of them those to `keep`."""
    rows: PeriodRows = np.empty(len(stamp), dtype=PERIOD)
    cells = (stamp, start, end, value, n, expected, valid, closed)
    for name, column in zip(_COLUMNS, cells, strict=True):
        rows[name] = column
    return rows if keep is None else rows[keep]


def to_frame(rows: PeriodRows) -> pd.DataFrame:
    """The same as a frame of statistics."""
    stamp, start, end, value, n, expected, valid, closed = (rows[name].copy() for name in _COLUMNS)
    return frame(stamp, start, end, value, n.astype(np.int64), expected.astype(np.int64), valid, closed)
