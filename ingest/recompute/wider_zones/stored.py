"""What the stores hold of a wider zone's members, and of the zone itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from msgspec import Struct

from ingest.stores.base import Store
from sensors.averages.bulk.wider_zones import EIGHT_HOURS, Member, StoredDays
from sensors.calendar import DAY_MS, OFFSET_MS, day_of, month_of, month_start, to_ms
from sensors.model import StatisticName
from sensors.standards.statistics import (
    DAY,
    MONTH,
    O3_8H_MAX,
    STAMPED_BY_END,
    THREE_YEARS,
    TWELVE_MONTHS,
    YEAR,
    YEAR_TO_DATE,
    statistic_kind,
)

if TYPE_CHECKING:
    from sensors.averages.bulk.tables import Numbers
    from sensors.calendar import EpochMs

NAMES: tuple[StatisticName, ...] = (DAY, O3_8H_MAX, MONTH, YEAR_TO_DATE, YEAR, TWELVE_MONTHS, THREE_YEARS)
"""What is read of a member: values of days, and of longer periods whether they count."""

MEASUREMENT = "zone_members"
Frames: TypeAlias = Mapping[StatisticName, pd.DataFrame]


class RowId(NamedTuple):
    """A row of the zone in the store."""

    parameter: str
    statistic: StatisticName
    stamp: "EpochMs"


class StoredRow(Struct, frozen=True):
    """The cells of a statistic, and how many of how many members it rests on; None where unknown."""

    value: float | None
    n: float
    expected: float
    valid: bool
    closed: bool
    limit: float | None
    target: float | None
    present: float | None = None
    of: float | None = None
    missing: str = ""


def read_member(
    stores: Sequence[Store], id_: str, parameters: Sequence[str], span: tuple[datetime, datetime]
) -> dict[str, Member]:
    """What the stores hold of a member by parameter.

    Of a row that two have the one of more inputs counts, else the last store's.

    Raises:
        StoreAway: one of them does not answer.
    """
    found: dict[str, dict[StatisticName, pd.DataFrame]] = {parameter: {} for parameter in parameters}
    for name in NAMES:
        asked = [one for one in parameters if one == "o3"] if name == O3_8H_MAX else parameters
        for store in stores:
            for parameter, frame in store.statistics_by_parameter(id_, asked, name, *span):
                if len(frame):
                    known = found[parameter].get(name)
                    found[parameter][name] = frame if known is None else _fuller(pd.concat([known, frame]))
    return {parameter: to_member(frames) for parameter, frames in found.items() if frames}


def _fuller(rows: pd.DataFrame) -> pd.DataFrame:
    ranked = rows.sort_values("n", kind="stable")
    return ranked[~ranked.index.duplicated(keep="last")].sort_index()


def to_member(frames: Frames) -> Member:
    """What counts of these frames, whose index is the stamp."""
    return Member(
        days=_days(frames.get(DAY)),
        maxima=_days(frames.get(O3_8H_MAX), EIGHT_HOURS),
        starts={name: _starts(name, frame) for name, frame in frames.items()},
    )


def read_zone(store: Store, id_: str, span: tuple[datetime, datetime]) -> dict[RowId, StoredRow]:
    """The zone's own rows.

    Raises:
        StoreAway: the store does not answer.
    """
    tags = {"site": id_}
    rests: dict[RowId, tuple[float, float, str]] = {}
    for at, row in _rows(store.points(MEASUREMENT, *span, tags)):
        rests[at] = row["present"], row["of"], row["missing"]
    return {
        at: StoredRow(
            _cell(row["value"]), row["n"], row["expected"], bool(row["valid"]), bool(row["closed"]),
            _cell(row["limit"]), _cell(row["target"]), *rests.get(at, (None, None, "")),
        )
        for at, row in _rows(store.points("statistic", *span, tags))
    }  # fmt: skip


def _cell(number: float) -> float | None:
    return None if isnan(number) else number


def start_of(name: StatisticName, stamp: "EpochMs") -> "EpochMs":
    """When the period begins that bears this stamp."""
    months = statistic_kind(name).months
    if name not in STAMPED_BY_END or months is None:
        return stamp
    return to_ms(month_start(month_of(day_of(stamp)) - months))


def _stamps(frame: pd.DataFrame) -> "Numbers":
    return pd.DatetimeIndex(frame.index).as_unit("ms").asi8


def _rows(frame: pd.DataFrame) -> list[tuple[RowId, dict[str, Any]]]:
    rows: Any = frame.to_dict("records")
    return [
        (RowId(row["parameter"], row["statistic"], at), row)
        for at, row in zip(_stamps(frame).tolist(), rows, strict=True)
    ]


def _counting(frame: pd.DataFrame) -> "tuple[Numbers, pd.DataFrame]":
    """Stamps of the rows that count, and these."""
    counts = frame[frame["valid"].to_numpy(dtype=bool) & frame["value"].notna().to_numpy()]
    return _stamps(counts), counts


def _days(frame: pd.DataFrame | None, parts: int | None = None) -> StoredDays:
    """Days that are over and count; `parts` in place of the number of inputs."""
    if frame is None:
        none = np.zeros(0, dtype=np.int64)
        return StoredDays(none, none, np.zeros(0))
    stamps, counts = _counting(frame[frame["closed"].to_numpy(dtype=bool)])
    n = counts["n"].to_numpy(dtype=np.int64) if parts is None else np.full(len(stamps), parts)
    return StoredDays((stamps + OFFSET_MS) // DAY_MS, n, counts["value"].to_numpy(dtype=np.float64))


def _starts(name: StatisticName, frame: pd.DataFrame) -> "Numbers":
    stamps, _ = _counting(frame)
    return np.array([start_of(name, at) for at in stamps.tolist()], dtype=np.int64)
