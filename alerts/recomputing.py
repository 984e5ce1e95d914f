"""The register after late data, revisions and marks: as if everything had arrived in order, waking nobody."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field, structs

from alerts import register
from alerts.deciding.coverage import NONE, Coverage, Watch, WatchId
from alerts.deciding.states import State
from alerts.document import Document, compose
from alerts.judging import Batch, Judging, Told
from alerts.register import Episode
from sensors.seams import Checked, Point, Statistic
from sensors.times import EPOCH, SHANGHAI, to_ms

_FROM_READINGS = ("reading", "sample", "check")


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


class Sorted(Struct, frozen=True):
    """What the sorted stream comes to: episodes by machine, the machines at its end, every flag."""

    watches: dict[WatchId, Watch]
    episodes: dict[WatchId, list[Past]]
    machines: dict[WatchId, State]
    flags: list[Point]
    newest: dict[tuple[str, str], datetime]

    def until(self, key: WatchId) -> datetime:
        """How far it goes for a machine."""
        return self.newest.get((key[1], key[2]), EPOCH)


def in_order(
    coverage: Coverage, checked: Sequence[Checked], statistics: Sequence[Statistic], now: datetime
) -> Sorted:
    """Judge a stream in the order of time with machines of its own; everything in it is historical."""
    judging, batch = Judging(coverage, timedelta(0)), Batch(now)
    judging.readings(checked, batch)
    judging.statistics(statistics, batch)
    begun: dict[WatchId, Told] = {}
    found: dict[WatchId, list[Past]] = {}
    for told in batch.told:
        change, subject = told.decision.change, told.decision.subject
        assert change is not None  # noqa: S101 - told is what changed
        assert subject is not None  # noqa: S101 - same
        if change.state == "firing":
            begun[told.watch.id] = told
        elif change.state == "resolved" and change.reason != "invalidated":
            found.setdefault(told.watch.id, []).append(Past(told, subject, told.decision.end))
            del begun[told.watch.id]
    for key, told in begun.items():
        if judging.state(key).open:
            found.setdefault(key, []).append(Past(told, judging.state(key), None))
    newest = {(s.site, s.parameter): s.end for s in statistics}
    for each in checked:
        reading = each.reading
        newest[reading.site, reading.parameter] = newest[reading.site, NONE] = reading.time
    watches = dict(_looking(coverage, checked, statistics))
    return Sorted(watches, found, judging.machines, batch.flags, newest)


def _looking(
    coverage: Coverage, checked: Iterable[Checked], statistics: Iterable[Statistic]
) -> Iterable[tuple[WatchId, Watch]]:
    """Every watch that looked at the stream; one that rests on a baseline cannot be judged again."""
    series = {(c.reading.site, c.reading.parameter) for c in checked}
    names = {(site, parameter, kind) for site, parameter in series for kind in _FROM_READINGS}
    names |= {(site, NONE, "sample") for site, _ in series} | {
        (s.site, s.parameter, s.name) for s in statistics
    }
    for name in names:
        for watch in coverage.of(*name):
            if watch.rule.against is None:
                yield watch.id, watch


class Corrected(Struct):
    """What the corrections of one machine's rows leave to be told.

    `void` are open episodes whose ground is gone, `over` documents of open ones that have ended long since,
    `found` of what only the sorted stream knew and still lasts.
    """

    void: list[Episode] = field(default_factory=list)
    over: list[Document] = field(default_factory=list)
    found: list[Document] = field(default_factory=list)


def correct(
    connection: sqlite3.Connection,
    watch: Watch,
    past: Sequence[Past],
    stored: Sequence[Episode],
    *,
    reaches: bool,
    coverage: Coverage,
    language: str,
) -> Corrected:
    """Make the register's rows of one machine those of the sorted stream.

    A stored episode that overlaps one of the stream is that one, with its id and acknowledgement; one
    without is marked `invalidated`, and one that only the stream has is added as historical. Unless the
    stream `reaches` as far as the machine, what lasts at its end is not open: it ends where it was known to.
    """
    left, corrected = list(stored), Corrected()
    for one in past:
        same = next((episode for episode in left if _overlap(one, episode)), None)
        if not reaches and one.ended is None:
            cut = same.ended if same is not None else one.state.latest
            one = Past(one.told, one.state, cut)  # noqa: PLW2901 - the same, cut at the stream's end
        if same is not None:
            left.remove(same)
            register.correct(connection, same.id, one.state, one.ended)
            if same.ended is None and one.ended is not None:
                over = {"state": "resolved", "reason": "clear", "time": one.ended.astimezone(SHANGHAI)}
                corrected.over.append(structs.replace(same.document, historical=same.historical, **over))
            continue
        document = compose(watch, one.told.decision, coverage.catalogue, language, detail=one.told.detail)
        document = structs.replace(document, historical=True)
        state = structs.replace(one.state, announced=False)
        register.put(connection, document, state, ended=one.ended, stamp=to_ms(document.time))
        if one.ended is None:
            corrected.found.append(document)
    for episode in left:
        if episode.ended is None:
            corrected.void.append(episode)
        else:
            register.invalidate(connection, episode.id)
    return corrected


def _overlap(one: Past, episode: Episode) -> bool:
    before = one.ended is not None and one.ended <= episode.begun
    after = episode.ended is not None and episode.ended <= one.begun
    return not (before or after)
