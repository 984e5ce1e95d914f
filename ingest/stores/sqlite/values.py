"""Values of a series straight from the cursor into columns: no list of rows, no text a row."""

import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from ingest.stores import frames
from ingest.stores.sqlite import tables

if TYPE_CHECKING:
    from pandas import DataFrame

_EXACT = 2.0**53


def read_values(cursors: Iterable[sqlite3.Cursor]) -> "DataFrame | None":
    """The answers to `tables.VALUES`; None where a row is not as simple as nearly all are.

    Such a series is read as it stands, with every cell looked at.
    """
    import numpy as np  # noqa: PLC0415 - as pandas, see frames

    rows = chain.from_iterable(cursors)
    try:  # cell after cell as floats, which is quicker than row after row
        cells = np.fromiter(chain.from_iterable(rows), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    stamps, values = cells[::2], cells[1::2].copy()
    if not (np.abs(stamps) < _EXACT).all() or not np.isfinite(values).all():
        return None
    times, codes = np.divmod(stamps.astype(np.int64), tables.CODES)
    if (codes > 1).any() or (times[1:] < times[:-1]).any():
        return None
    return frames.of_values(times, values, codes == 1)
