"""The statistics that a batch produced."""

import sqlite3

from msgspec import Struct, field

from ingest.journal import requests, statistics_state
from ingest.journal.entries import DerivedEntry
from ingest.journal.statistics_state import SeriesChanges
from ingest.statistics.assessment import Assessment
from ingest.statistics.points import PointBuilder
from sensors.calendar import DayNumber, calendar_day
from sensors.model import Statistic


class BatchResult(Struct):
    """A batch's result: the statistics that moved, those the store keeps, what the journal keeps.

    `assessments` are the indices and classes that the statistics moved.
    """

    statistics: list[Statistic] = field(default_factory=list)
    kept: list[Statistic] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    rows: list[SeriesChanges] = field(default_factory=list)
    samples: list[tuple[str, bytes]] = field(default_factory=list)
    stale: set[tuple[str, DayNumber]] = field(default_factory=set)  # too old to be moved here

    @property
    def judged(self) -> list[Statistic]:
        """What rules evaluate: means, indices and classes alike."""
        return [*self.statistics, *(one.statistic for one in self.assessments)]

    def entries(self, points: PointBuilder) -> list[DerivedEntry]:
        """The entries for the store."""
        return [*map(points.statistic, self.kept), *map(points.assessment, self.assessments)]

    def save(self, connection: sqlite3.Connection) -> None:
        """Save the state, in the transaction that removes the batch from the inbox."""
        statistics_state.save(connection, self.rows)
        statistics_state.save_samples(connection, self.samples)
        if self.stale:
            days = [(place, calendar_day(day).isoformat()) for place, day in sorted(self.stale)]
            requests.queue_recompute(connection, days, "late")
