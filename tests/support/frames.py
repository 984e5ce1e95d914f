"""What pandas' stubs don't know of our frames: their index is of times, their rows have our columns."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd


def times_of(frame: pd.DataFrame | pd.Series) -> list[datetime]:
    """The index, time by time."""
    return list(pd.DatetimeIndex(frame.index).to_pydatetime())


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Its rows with a column an attribute; the index is `Index`."""
    yield from frame.itertuples()


def days_of(values: pd.Series) -> pd.DatetimeIndex:
    """Of each value the day it belongs to, by the clock of the index."""
    return pd.DatetimeIndex(values.index).floor("D")
