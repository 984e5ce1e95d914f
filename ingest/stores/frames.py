"""What a store was asked for, as a DataFrame: same columns and types from every store, also when empty.

Index `time`, UTC. Numbers are float64, missing ones NaN; texts are `str`, missing ones ""; yes and no are
`bool`, missing ones False. pandas is imported when the first frame is made, not before.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING

from sensors.measurements import MEASUREMENTS, FieldType, Measurement

if TYPE_CHECKING:
    from pandas import DataFrame, DatetimeIndex, Series

READING_FIELDS = MEASUREMENTS["air"].fields
STATISTIC_FIELDS = MEASUREMENTS["statistic"].fields

TEXT: FieldType = "string"

Cell = float | bool | str | None


Record = tuple[int, Mapping[str, Cell]]


def columns_of(measurement: Measurement) -> dict[str, FieldType]:
    """The columns of a measurement's frame: its tags, then its fields."""
    return dict.fromkeys(measurement.tags, TEXT) | dict(measurement.fields)


def of_records(measurement: Measurement, records: Sequence[Record]) -> "DataFrame":
    """Rows of an open measurement; its further fields are those that some row has, text or else number."""
    further: dict[str, FieldType] = {}
    for _, cells in records:
        for name, cell in cells.items():
            if isinstance(cell, str):
                further[name] = "string"
            elif cell is not None:
                further.setdefault(name, "float")
    declared = columns_of(measurement)
    columns = Columns(declared | {name: further[name] for name in sorted(further) if name not in declared})
    columns.extend((time, *map(cells.get, columns.types)) for time, cells in records)
    return columns.frame(measurement.tags)


class Columns:
    """Rows taken up chunk by chunk and kept by column: eight bytes a cell, each text once."""

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        """`types` names the columns in their order."""
        self.types = dict(types)
        self._times = array("q")
        self._cells: dict[str, array[float] | list[str] | list[bool]] = {
            name: array("d") if kind == "float" else [] for name, kind in types.items()
        }
        self._texts: dict[str, str] = {}

    def extend(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows of (time in milliseconds, one cell each column)."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        self._times.extend(map(int, columns[0]))
        for name, column in zip(self.types, columns[1:], strict=True):
            self._cells[name].extend(self._read(self.types[name], column))  # type: ignore[arg-type]

    def _read(self, kind: FieldType, cells: Sequence[Cell]) -> Iterable[Cell]:
        if kind == "float":
            return [nan if cell is None else float(cell) for cell in cells]
        if kind == "bool":
            return [bool(cell) for cell in cells]
        remembered = self._texts.setdefault
        return ["" if cell is None else remembered(str(cell), str(cell)) for cell in cells]

    def frame(self, order: Sequence[str] = ()) -> "DataFrame":
        """All rows by time, equal times by the columns of `order`."""
        import pandas as pd  # noqa: PLC0415 - half a second that starting the service need not wait for

        index = pd.DatetimeIndex(pd.to_datetime(self._times, unit="ms", utc=True), name="time")
        columns = {name: self._series(name, index) for name in self.types}
        frame = pd.DataFrame(columns, index=index)
        if order and not frame.index.is_unique:
            frame = frame.sort_values(list(order), kind="stable")
        return frame if frame.index.is_monotonic_increasing else frame.sort_index(kind="stable")

    def _series(self, name: str, index: "DatetimeIndex") -> "Series":
        import pandas as pd  # noqa: PLC0415 - as above

        dtype = {"float": "float64", "bool": "bool", "string": "str"}[self.types[name]]
        return pd.Series(self._cells[name], index=index, dtype=dtype)
