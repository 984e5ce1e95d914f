"""The result of evaluating a batch: exceedances, announcements, new states, and what is left to recompute."""

from datetime import datetime

from msgspec import Struct, field

from alerts.episodes.state_store import BaselineId, StoredSample
from alerts.episodes.states import Announcement, State
from alerts.rules.evaluation import Evaluation
from alerts.rules.index import Watch, WatchId
from sensors.model import FieldValue, Point


class Missed(Struct, frozen=True):
    """A value that came too late for its machine, which has seen newer ones; perhaps within every level."""

    watch: Watch
    time: datetime
    is_within: bool = False


class EvaluatedBatch(Struct):
    """The result of a batch before it is written; what was `missed` is left to recompute."""

    now: datetime
    exceedances: list[Point] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    changed: dict[WatchId, Watch] = field(default_factory=dict)
    charted: list[State] = field(default_factory=list)
    samples: dict[str, StoredSample] = field(default_factory=dict)
    baselines: dict[BaselineId, tuple[datetime, float]] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)

    def add_exceedance(self, watch: Watch, evaluation: Evaluation, time: datetime) -> None:
        """Record a value beyond a limit, announced or not."""
        point = exceedance_point(watch, evaluation.compared, evaluation.limit, time, valid=True)
        self.exceedances.append(point)

    def withdraw_exceedance(self, watch: Watch, value: float, limit: float, time: datetime) -> None:
        """Record that a value is not beyond its limit after all, or does not count."""
        self.exceedances.append(exceedance_point(watch, value, limit, time, valid=False))


def exceedance_point(watch: Watch, value: float, limit: float, time: datetime, *, valid: bool) -> Point:
    """An exceedance as the store keeps it; one that is withdrawn stays there and is not valid."""
    tags = {
        "site": watch.site,
        "parameter": watch.parameter,
        "statistic": watch.rule.statistic,
        "rule": watch.rule.id,
    }
    fields: dict[str, FieldValue | None] = {"value": value, "limit": limit, "valid": valid}
    return Point("exceedance", tags, fields, time)
