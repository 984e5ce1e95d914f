"""Values of a series straight from the cursor into columns: no list of rows, no text a row."""

import sqlite3
from typing import TYPE_CHECKING

from ingest.stores import frames

if TYPE_CHECKING:
    from pandas import DataFrame

_ROW = [("time", "i8"), ("value", "f8"), ("counts", "i1")]


def read_values(cursor: sqlite3.Cursor) -> "DataFrame | None":
    """The answer to `tables.VALUES`; None where a row is not as simple as nearly all are.

    Such a series is read as it stands, with every cell looked at.
    """
    import numpy as np  # noqa: PLC0415 - as pandas, see frames

    try:
        rows = np.fromiter(cursor, dtype=_ROW)
    except (TypeError, ValueError, OverflowError):
        return None
    if (rows["counts"] > 1).any() or not np.isfinite(rows["value"]).all():
        return None
    return frames.of_values(rows["time"], rows["value"], rows["counts"].astype(bool))
