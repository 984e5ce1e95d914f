"""A wider zone's rows: computed of its members', and those of them that the store does not have like that."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from msgspec import Struct
from msgspec.structs import replace

from ingest.journal.entries import StatisticEntry
from ingest.recompute.derived_series import to_statistics
from ingest.recompute.wider_zones.stored import MEASUREMENT, NAMES, RowId, StoredRow, start_of, to_member
from ingest.statistics.points import PointBuilder, stamp_of
from sensors.averages.bulk.wider_zones import Member, wider_zone_frames
from sensors.averages.config import AveragingConfig
from sensors.calendar import DayNumber, EpochMs, day_of, from_ms, to_ms
from sensors.model import Point, StatisticName
from sensors.standards.statistics import OUTLOOKS, YEAR_TO_DATE


class ZoneSeries(Struct, frozen=True):
    """One parameter of a wider zone.

    `members` are those that have a value, by id; `waited_for` the ids of all that count among its points.
    """

    basis: AveragingConfig
    members: Mapping[str, Member]
    waited_for: tuple[str, ...]


def compute(series: ZoneSeries, builder: PointBuilder, now: datetime) -> dict[RowId, StoredRow]:
    """All rows of the series from the day upward, with on how many of its members each rests.

    Yesterday is over once a member has closed it, what is before in any case.
    """
    members, of = [*series.members.values()], len(series.waited_for)
    frames = wider_zone_frames(members, series.basis, _until(members, now), of)
    found = {}
    for name, frame in frames.items():
        present = _Present(series, name)
        every = np.ones(len(frame), dtype=np.bool_)
        for one in to_statistics(series.basis, name, frame, every):
            entry = builder.statistic(one)
            stamp = to_ms(stamp_of(one))
            missing = present.missing(to_ms(one.start))
            found[RowId(one.parameter, name, stamp)] = StoredRow(
                entry.value, entry.n, entry.expected, entry.valid, entry.closed, entry.limit, entry.target,
                float(of - len(missing)), float(of), ";".join(missing),
            )  # fmt: skip
    return found


class _Present:
    """Which members have a valid period of a statistic."""

    def __init__(self, series: ZoneSeries, name: StatisticName) -> None:
        kind = YEAR_TO_DATE if name in OUTLOOKS else name  # a member has no outlook of its own
        self._starts = {
            id_: frozenset(starts.tolist())
            for id_, member in series.members.items()
            if (starts := member.starts.get(kind)) is not None
        }
        self._waited_for = series.waited_for

    def missing(self, start: EpochMs) -> tuple[str, ...]:
        return tuple(id_ for id_ in self._waited_for if start not in self._starts.get(id_, ()))


def changed(
    computed: Mapping[RowId, StoredRow], stored: Mapping[RowId, StoredRow], since: EpochMs
) -> dict[RowId, StoredRow]:
    """The rows to be written: those that differ, and, as withdrawn, those that nothing speaks for any more.

    Only periods that begin at `since` or later; of others not all days were read.
    """
    written = {at: row for at, row in computed.items() if _start(at) >= since and stored.get(at) != row}
    for at, row in stored.items():
        if at not in computed and at.statistic in NAMES and row.n and _start(at) >= since:
            written[at] = replace(row, value=None, n=0.0, valid=False, present=0.0, missing="")
    return written


def _start(at: RowId) -> EpochMs:
    return start_of(at.statistic, at.stamp)


def to_points(zone: str, rows: Mapping[RowId, StoredRow]) -> Iterator[Point]:
    """The rows as the store keeps them: each a statistic, and on whom it rests."""
    for at, row in rows.items():
        stamp = from_ms(at.stamp)
        yield StatisticEntry(
            zone, at.parameter, at.statistic, stamp, row.value, row.n, row.expected, row.valid, row.closed,
            row.limit, row.target,
        ).point  # fmt: skip
        tags = {"site": zone, "parameter": at.parameter, "statistic": at.statistic}
        yield Point(MEASUREMENT, tags, {"present": row.present, "of": row.of, "missing": row.missing}, stamp)


def to_members(rows: Mapping[RowId, StoredRow]) -> dict[str, Member]:
    """The zone as a member of others, by parameter."""
    cells: defaultdict[str, defaultdict[StatisticName, list[tuple[Any, ...]]]]
    cells = defaultdict(lambda: defaultdict(list))
    for at, row in rows.items():
        if at.statistic in NAMES:
            cells[at.parameter][at.statistic].append((at.stamp, row.value, row.n, row.valid, row.closed))
    made = {}
    for parameter, by_name in cells.items():
        frames = {}
        for name, of_name in by_name.items():
            frame = pd.DataFrame(sorted(of_name), columns=["time", "value", "n", "valid", "closed"])
            frames[name] = frame.set_index(pd.to_datetime(frame.pop("time"), unit="ms", utc=True))
        made[parameter] = to_member(frames)
    return made


def newest_days(rows: Mapping[RowId, StoredRow]) -> Iterator[tuple[RowId, StoredRow]]:
    """Of each parameter the newest day."""
    days = [(at, row) for at, row in rows.items() if at.statistic == NAMES[0]]
    newest = {at.parameter: (at, row) for at, row in sorted(days, key=lambda item: item[0].stamp)}
    yield from newest.values()


def _until(members: Iterable[Member], now: datetime) -> DayNumber:
    today = day_of(to_ms(now))
    newest = max((int(one.days.day[-1]) for one in members if len(one.days.day)), default=0)
    return DayNumber(min(max(newest + 1, today - 1), today))
