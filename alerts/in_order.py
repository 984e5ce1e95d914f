"""The sorted stream: some series of a place judged again in the order of time, by machines of their own."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from alerts import register
from alerts.deciding.coverage import NONE, Coverage, Watch, WatchId
from alerts.deciding.rules import ROLLING, Rule
from alerts.deciding.states import State
from alerts.judging import Batch, Judging, Told
from sensors.catalogue import Catalogue
from sensors.seams import Checked, Point, Statistic

_READ = ("reading", "check", "sample")
_LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)  # all of it is history


class Past(Struct, frozen=True):
    """An episode of the sorted stream; `ended` is None while it lasts at the stream's end."""

    told: Told
    state: State
    ended: datetime | None

    @property
    def begun(self) -> datetime:
        """Its begin."""
        assert self.state.begun is not None  # noqa: S101 - an episode has one
        return self.state.begun


class Sorted:
    """Readings and rolling statistics in the order of time, stretch by stretch; nobody is told.

    Args:
        watches: What looks at them.
        coverage: The rules that are judged again, for this thread alone.
        parameters: Whose readings it asks for.
        statistics: Which rolling ones it asks for, by (parameter, name).
        since: From where on.
    """

    def __init__(
        self,
        watches: Sequence[Watch],
        coverage: Coverage,
        parameters: Sequence[str],
        statistics: Sequence[tuple[str, str]],
        since: datetime,
    ) -> None:
        self.watches = watches
        self.parameters = parameters
        self.statistics = statistics
        self.since = self.until = since
        self.flags: list[Point] = []
        self._judging = Judging(coverage, timedelta())
        self._over: dict[WatchId, list[Past]] = {}
        self._begun: dict[WatchId, Told] = {}
        self._seen: set[tuple[str, str]] = set()

    def take(self, checked: Sequence[Checked], statistics: Sequence[Statistic], until: datetime) -> None:
        """Judge the next stretch, which reaches up to, not including, `until`."""
        batch = Batch(_LONG_AFTER)
        self._judging.readings(checked, batch)
        self._judging.statistics(statistics, batch)
        self.until = until
        self.flags += batch.flags
        for told in batch.told:
            self._keep(told)
        self._seen.update((each.reading.parameter, "") for each in checked)
        self._seen.update((each.parameter, each.name) for each in statistics)

    def settled(self, connection: sqlite3.Connection) -> bool:
        """Whether at `until` nothing lasts, here or in the register."""
        keys = [watch.id for watch in self.watches]
        quiet = all(self._judging.state(key).phase == "normal" for key in keys)
        return quiet and not register.lasting(connection, keys, self.until)

    def saw(self, watch: Watch) -> bool:
        """Whether anything came that the watch looks at."""
        if watch.rule.statistic == "sample":
            return bool(self._seen)
        return (watch.parameter, "" if watch.rule.statistic in _READ else watch.rule.statistic) in self._seen

    def state(self, watch: Watch) -> State:
        """The machine at the stream's end."""
        return self._judging.state(watch.id)

    def episodes(self, watch: Watch) -> list[Past]:
        """All of a watch, oldest first; the last may still be open."""
        found = list(self._over.get(watch.id, ()))
        told, state = self._begun.get(watch.id), self.state(watch)
        if told is not None and state.open:
            found.append(Past(told, state, None))
        return found

    def _keep(self, told: Told) -> None:
        change, subject = told.decision.change, told.decision.subject
        assert change is not None  # noqa: S101 - told is what changed
        assert subject is not None  # noqa: S101 - same
        if change.state == "firing":
            self._begun[told.watch.id] = told
        elif change.state == "resolved":
            del self._begun[told.watch.id]
            if change.reason != "invalidated":
                self._over.setdefault(told.watch.id, []).append(Past(told, subject, told.decision.end))


def judged_again(rule: Rule) -> bool:
    """Whether what a rule looks at can be read again; what rests on a last value cannot."""
    return rule.against is None and rule.statistic in {*_READ, *ROLLING}


def sorted_streams(
    coverage: Coverage,
    connection: sqlite3.Connection,
    place: str,
    parameters: Collection[str],
    start: datetime,
) -> Iterator[Sorted]:
    """The streams of a place that rules look at, each from where what lasts at `start` began.

    A parameter of air is a stream of its own; the items of a water sample are judged together.
    """
    catalogue = coverage.catalogue
    for group in _groups(catalogue, place, sorted(parameters)):
        reading = [p for p in group if place in catalogue.sites and _looked_at(coverage, place, p)]
        rolling = [(p, name) for p in group for name in ROLLING if coverage.of(place, p, name)]
        watches = [w for p in reading for name in ("reading", "check") for w in coverage.of(place, p, name)]
        watches += [w for series in rolling for w in coverage.of(place, *series)]
        if reading:
            watches += coverage.of(place, NONE, "sample")
        if not watches:
            continue
        before = max(watch.timing.for_ + watch.timing.max_gap for watch in watches)
        since = register.reach_back(connection, [watch.id for watch in watches], start - before)
        yield Sorted(watches, coverage, reading, rolling, since)


def _groups(catalogue: Catalogue, place: str, parameters: list[str]) -> list[list[str]]:
    site = catalogue.sites.get(place)
    if site is not None and site.medium == "water":
        return [parameters]
    return [[parameter] for parameter in (*parameters, "aqi")]


def _looked_at(coverage: Coverage, site: str, parameter: str) -> bool:
    """Whether rules look at the readings of a parameter, alone or in a sample."""
    series = ((parameter, "reading"), (parameter, "check"), (NONE, "sample"))
    return any(coverage.of(site, *each) for each in series)
