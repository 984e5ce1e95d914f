"""The statistics that a batch produced."""

import sqlite3
from collections.abc import Sequence

from msgspec import Struct, field

from ingest.journal import requests, statistics_state
from ingest.journal.entries import DerivedEntry
from ingest.journal.statistics_state import Id, NewestAssessment, SeriesChanges
from ingest.statistics.assessment import Assessment, grounds_of
from ingest.statistics.points import PointBuilder, stamp_of
from sensors.calendar import DayNumber, calendar_day, to_ms
from sensors.model import Kind, Statistic, StatisticName
from sensors.standards.statistics import ROLLING_1H

LIVE: tuple[StatisticName, ...] = (ROLLING_1H, "reading")
"""Of which the newest assessment of each place is kept: what people call the value now."""


class BatchResult(Struct):
    """The statistics that changed, those of them that the store keeps, and the rows for the journal.

    `assessments` are the indices and classes that changed with them. `recompute` are (place, day) whose rows
    are no longer held here, or which another kind may have changed; `kinds` those that series go on with now.
    """

    statistics: list[Statistic] = field(default_factory=list)
    stored: list[Statistic] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    rows: list[SeriesChanges] = field(default_factory=list)
    samples: list[tuple[str, bytes]] = field(default_factory=list)
    recompute: set[tuple[str, DayNumber]] = field(default_factory=set)
    kinds: dict[Id, Kind] = field(default_factory=dict)

    def all_statistics(self) -> list[Statistic]:
        """Means, indices and classes alike, for the rules."""
        return [*self.statistics, *(one.statistic for one in self.assessments)]

    def entries(self, points: PointBuilder) -> list[DerivedEntry]:
        """The entries for the store."""
        return [*map(points.statistic, self.stored), *map(points.assessment, self.assessments)]

    def save(self, connection: sqlite3.Connection) -> None:
        """Save the state, in the transaction that removes the batch from the inbox."""
        statistics_state.save(connection, self.rows)
        if newest := _newest(self.assessments):
            statistics_state.save_newest(connection, newest)
        if self.samples:
            statistics_state.save_samples(connection, self.samples)
        if self.kinds:
            statistics_state.save_kinds(connection, self.kinds)
        if self.recompute:
            days = [(place, calendar_day(day).isoformat()) for place, day in sorted(self.recompute)]
            requests.queue_recompute(connection, days, "late")


def _newest(assessments: Sequence[Assessment]) -> list[NewestAssessment]:
    """The live ones, in the order in which they were made."""
    return [
        NewestAssessment(
            one.statistic.site,
            one.statistic.name,
            to_ms(stamp_of(one.statistic)),
            None if one.grounds is None or one.statistic.value is None else int(one.statistic.value),
            ";".join(grounds_of(one)),
            one.target,
        )
        for one in assessments
        if one.statistic.name in LIVE
    ]
