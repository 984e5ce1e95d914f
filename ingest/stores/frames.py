"""What a store was asked for, as a DataFrame: same columns and types from every store, also when empty.

Rows are checked before they are added: what cannot have been asked for is a `WrongAnswerError`.

Index `time`, UTC. Numbers are float64, missing ones NaN; texts are `str`, missing ones ""; yes and no are
`bool`, missing ones False. pandas is imported when the first frame is made, not before.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ingest.stores.cells import EARLIEST, LATEST, Cell, Span, WrongAnswerError, check, to_numbers, to_times
from sensors.store_schema import MEASUREMENTS, FieldType, Measurement

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray
    from pandas import DataFrame
    from pandas.api.extensions import ExtensionArray

READING_FIELDS = MEASUREMENTS["air"].fields
VALUE_FIELDS: Mapping[str, FieldType] = {"value": "float", "counts": "bool", "sent": "string"}
"""What means are made of, of readings: `counts` where `validity` is `valid`."""
STATISTIC_FIELDS = MEASUREMENTS["statistic"].fields

TEXT: FieldType = "string"
NUMBERS: frozenset[FieldType] = frozenset({"float", "integer"})

Record = tuple[Cell, Mapping[str, Cell]]
"""A time in milliseconds, and the cells by column."""

EVER: Span = (EARLIEST, LATEST)


def columns_of(measurement: Measurement) -> dict[str, FieldType]:
    """The columns of a measurement's frame: its tags, then its fields."""
    return dict.fromkeys(measurement.tags, TEXT) | dict(measurement.fields)


def of_records(measurement: Measurement, records: Sequence[Record], span: Span) -> "DataFrame":
    """Rows of an open measurement; its further fields are those that some row has, text or else number.

    A number in a field that is text elsewhere, as another version wrote it, is read as text.
    """
    declared = columns_of(measurement)
    further: dict[str, FieldType] = {}
    for _, cells in records:
        for name, cell in cells.items():
            if isinstance(cell, str):
                further[name] = "string"
            elif cell is not None:
                further.setdefault(name, "float")
    texts = {name for name, kind in further.items() if kind == "string"} - declared.keys()
    columns = Columns(
        declared | {name: further[name] for name in sorted(further) if name not in declared}, span
    )
    columns.extend(
        (time, *(str(c) if c is not None and n in texts else c for n, c in _given(cells, columns.types)))
        for time, cells in records
    )
    return columns.frame(measurement.tags)


def _given(cells: Mapping[str, Cell], names: Iterable[str]) -> Iterable[tuple[str, Cell]]:
    return ((name, cells.get(name)) for name in names)


def of_values(times: "NDArray[int64]", values: "NDArray[float64]", counts: "NDArray[bool_]") -> "DataFrame":
    """`VALUE_FIELDS` by time in milliseconds, where nothing was sent in another form."""
    import numpy as np  # noqa: PLC0415 - as pandas
    import pandas as pd  # noqa: PLC0415 - half a second that starting the service need not wait for

    index = pd.DatetimeIndex(pd.to_datetime(times, unit="ms", utc=True), name="time")
    # Checking each of so many equal texts would take longer than all the rest.
    sent = pd.array([""], dtype="str").take(np.zeros(len(times), dtype=np.intp))
    return pd.DataFrame({"value": values, "counts": counts, "sent": sent}, index=index)


def values_of(readings: "DataFrame") -> "DataFrame":
    """`VALUE_FIELDS` of whole readings."""
    frame = readings[["value", "sent"]].copy()
    frame.insert(1, "counts", (readings["validity"] == "valid").to_numpy(dtype=bool))
    return frame


class Columns:
    """Rows added chunk by chunk and kept by column: eight bytes a cell, each text once."""

    def __init__(self, types: Mapping[str, FieldType], span: Span = EVER) -> None:
        """`types` names the columns in their order; all rows lie in `span`."""
        self.types = dict(types)
        self._span = span
        self._times = array("q")
        self._cells: dict[str, array[float] | list[str] | list[bool]] = {
            name: array("d") if kind in NUMBERS else [] for name, kind in types.items()
        }
        self._texts: dict[str, str] = {}

    def extend(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows of (time in ms, one cell each column); WrongAnswerError as `check` and `to_times`."""
        columns = list(zip(*rows, strict=True))
        if columns:
            self.extend_columns(columns)

    def extend_columns(self, columns: Sequence[Sequence[Cell]]) -> None:
        """Add rows that are columns: the times, then one for each; raises as `extend`."""
        self._times.extend(to_times(columns[0], self._span))
        for name, column in zip(self.types, columns[1:], strict=True):
            kind = self.types[name]
            check(kind, column, name)
            self._cells[name].extend(self._read(kind, column))  # type: ignore[arg-type]

    def _read(self, kind: FieldType, cells: Sequence[Any]) -> Iterable[Cell]:
        if kind in NUMBERS:
            return to_numbers(cells)
        if kind == "bool":
            return [bool(cell) for cell in cells]
        remembered = self._texts.setdefault
        if len(distinct := set(cells)) == 1:  # nearly always nothing was said
            text = distinct.pop() or ""
            return [remembered(text, text)] * len(cells)
        return ["" if cell is None else remembered(cell, cell) for cell in cells]

    def frame(self, order: Sequence[str] = ()) -> "DataFrame":
        """All rows by time, equal times by the columns of `order`."""
        import numpy as np  # noqa: PLC0415 - as pandas
        import pandas as pd  # noqa: PLC0415 - half a second that starting the service need not wait for

        times = np.array(self._times, dtype=np.int64).view("M8[ms]").astype("M8[us]")
        columns = {name: self._column(name) for name in self.types}
        frame = pd.DataFrame(columns, index=pd.DatetimeIndex(times, tz=UTC, name="time"), copy=False)
        if order and not frame.index.is_unique:
            frame = frame.sort_values(list(order), kind="stable")
        return frame if frame.index.is_monotonic_increasing else frame.sort_index(kind="stable")

    def series_frame(self) -> "DataFrame":
        """As `frame`, of one series, which has each time once; else WrongAnswerError."""
        frame = self.frame()
        if not frame.index.is_unique:
            raise WrongAnswerError("a time that is there twice")
        return frame

    def _column(self, name: str) -> "NDArray[Any] | ExtensionArray":
        import numpy as np  # noqa: PLC0415 - as above
        import pandas as pd  # noqa: PLC0415 - as above

        cells, kind = self._cells[name], self.types[name]
        if kind == "string":
            texts: ExtensionArray = pd.Index(cells, dtype="str").array
            return texts
        return np.array(cells, dtype=np.bool_ if kind == "bool" else np.float64)
