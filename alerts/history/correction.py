"""Corrects the register after late data, revisions and marks, as if all had come in order."""

import sqlite3
from datetime import datetime

from msgspec import Struct, field, structs

from alerts.batch import EvaluatedBatch
from alerts.episodes import register
from alerts.episodes.machine import episode_id
from alerts.episodes.register import Episode
from alerts.episodes.states import Ended, State
from alerts.evaluator import Evaluator
from alerts.history.replay import Replay, ReplayedEpisode
from alerts.notify.event import AlertEvent, to_event
from alerts.rules.index import Watch
from sensors.calendar import EpochMs, to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Severity


class Correction(Struct, frozen=True):
    """What is announced of a correction, and the stamp of its point."""

    document: AlertEvent
    stamp: EpochMs


class _Rows(Struct):
    """The result of correcting a machine's rows: what is open, over or invalidated."""

    news: list[Correction] = field(default_factory=list)
    lasting: str = ""
    announced: Severity | None = None
    acked_by: str = ""
    over: set[str] = field(default_factory=set)
    void: list[Episode] = field(default_factory=list)


class RegisterCorrector:
    """Corrects the register and the machines; used inside the pipeline's transaction.

    Args:
        judging: The machines in memory.
        catalogue: Names of places, for messages.
        language: Of `message` in events.
    """

    def __init__(self, judging: Evaluator, catalogue: Catalogue, language: Language) -> None:
        self._judging = judging
        self._catalogue = catalogue
        self._language = language

    def correct(
        self, connection: sqlite3.Connection, watch: Watch, stream: Replay, batch: EvaluatedBatch
    ) -> list[Correction]:
        """Correct one machine and its rows to match the replay.

        A stored episode that overlaps one of the replay is that one, with its id and acknowledgement; one
        that overlaps none is marked `invalidated`, and one that only the replay has is added as historical.
        What was announced as over is not reopened: if it lasts, that is another episode. An open episode that
        has lost its basis ends through its machine, and so through `batch`.
        """
        if not stream.has_seen(watch):
            return []
        live = self._judging.state(watch.id)
        reaches = live.latest is None or live.latest < stream.until
        rows = self._rows(connection, watch, stream, reaches=reaches)
        for _ in rows.void:
            self._judging.feed(watch, Ended(batch.now, "invalidated"), batch)
        live, state = self._judging.state(watch.id), stream.state(watch)
        followed = _followed(connection, live, state, rows, watch, reaches=reaches)
        if followed is not None:
            self._judging.machines[watch.id] = followed
            batch.dirty[watch.id] = watch
        return rows.news

    def _rows(self, connection: sqlite3.Connection, watch: Watch, stream: Replay, *, reaches: bool) -> _Rows:
        """Correct the rows that overlap the replay, those that last first.

        Unless the replay `reaches` as far as the machine, only what is open in the register lasts.
        """
        left = register.overlapping(connection, watch.id, stream.starts[watch.id], stream.until)
        rows = _Rows()
        past = stream.episodes(watch)
        if past and past[-1].ended is None:
            lasting = past.pop()
            same = next((episode for episode in left if episode.ended is None), None)
            if same is not None:
                left.remove(same)
                register.correct(connection, same.id, lasting.state)
                rows.lasting, rows.announced, rows.acked_by = same.id, same.announced, same.acked_by
            elif reaches:
                self._begin(connection, watch, lasting, rows)
            else:
                known = next((episode.ended for episode in left if _overlap(lasting, episode)), None)
                past.append(structs.replace(lasting, ended=known or lasting.state.latest))
        for one in past:
            same = next((episode for episode in left if _overlap(one, episode)), None)
            if same is not None:
                left.remove(same)
            self._close(connection, watch, one, same, rows)
        for episode in left:
            if episode.ended is None:
                rows.void.append(episode)
            else:
                register.invalidate(connection, episode.id)
        return rows

    def _begin(self, connection: sqlite3.Connection, watch: Watch, one: ReplayedEpisode, rows: _Rows) -> None:
        """Add an episode that lasts and that only the replay has."""
        news = self._enter(connection, watch, one)
        rows.lasting = news.document.episode
        rows.news.append(news)

    def _enter(self, connection: sqlite3.Connection, watch: Watch, one: ReplayedEpisode) -> Correction:
        """Add a row; an invalidated one comes back, unless it was announced as over and lasts."""
        document = self._document(one)
        while (taken := register.find(connection, document.episode)) is not None:
            if taken.reason == "invalidated" and one.ended is not None:
                return _put(connection, document, one, taken.announced)
            again = episode_id(watch.id, one.begun, document.episode)
            document = structs.replace(document, episode=again)
        return _put(connection, document, one)

    def _close(
        self,
        connection: sqlite3.Connection,
        watch: Watch,
        one: ReplayedEpisode,
        same: Episode | None,
        rows: _Rows,
    ) -> None:
        """Correct an episode that is over in the replay, or add it."""
        if same is None:
            self._enter(connection, watch, one)
            return
        register.correct(connection, same.id, one.state, one.ended, one.decided)
        if same.ended is None:
            rows.over.add(same.id)
            document = structs.replace(
                self._document(one), episode=same.id, historical=same.historical, by=same.acked_by
            )
            rows.news.append(_put(connection, document, one, same.announced))

    def _document(self, one: ReplayedEpisode) -> AlertEvent:
        announcement = structs.replace(one.announcement, historical=True)
        return to_event(announcement, self._catalogue, self._language)


def _put(
    connection: sqlite3.Connection,
    document: AlertEvent,
    one: ReplayedEpisode,
    announced: Severity | None = None,
) -> Correction:
    state = structs.replace(one.state, announced=announced)
    stamp = register.write(connection, document, state, ended=one.ended, stamp=to_ms(document.time))
    return Correction(document, stamp)


def _followed(
    connection: sqlite3.Connection, live: State, state: State, rows: _Rows, watch: Watch, *, reaches: bool
) -> State | None:
    """The state that continues from the replay's; None: unchanged.

    What was announced stays announced, whatever the replay shows. A machine that has seen more than the
    replay keeps that, with the begin and the peak of the replay.
    """
    if live.phase == state.phase == "normal":
        return None
    if not reaches:
        return _beyond(live, state, rows, watch)
    if live.latest is not None and (state.latest is None or state.latest < live.latest):
        state = structs.replace(state, latest=live.latest, steady=None, before=None)
    if state.open:
        return structs.replace(state, episode=rows.lasting, announced=rows.announced, acked_by=rows.acked_by)
    last, begun = live.last, live.last_begun
    if state.begun is not None:  # it may fire, and must not do so under an id that was announced already
        last, begun = _taken(connection, watch, state.begun), state.begun
    return structs.replace(state, last=last, last_begun=begun)


def _beyond(live: State, state: State, rows: _Rows, watch: Watch) -> State | None:
    if live.open and live.episode == rows.lasting and state.open:
        higher = watch.sign * state.peak > watch.sign * live.peak
        peak, peak_at = (state.peak, state.peak_at) if higher else (live.peak, live.peak_at)
        return structs.replace(live, begun=state.begun, peak=peak, peak_at=peak_at)
    return State(latest=live.latest) if live.episode in rows.over else None


def _taken(connection: sqlite3.Connection, watch: Watch, begun: datetime) -> str:
    """The last episode in the register with this begin; "" for none."""
    last = ""
    while register.find(connection, named := episode_id(watch.id, begun, last)) is not None:
        last = named
    return last


def _overlap(one: ReplayedEpisode, episode: Episode) -> bool:
    before = one.ended is not None and one.ended <= episode.begun
    after = episode.ended is not None and episode.ended <= one.begun
    return not (before or after)
