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
    """The event of a correction, and the stamp of its point."""

    event: AlertEvent
    stamp: EpochMs


class _Outcome(Struct):
    """The result for a machine's episodes: the one that lasts, those that ended, those to invalidate."""

    corrections: list[Correction] = field(default_factory=list)
    lasting: str = ""
    announced: Severity | None = None
    acked_by: str = ""
    ended: set[str] = field(default_factory=set)
    invalidated: list[Episode] = field(default_factory=list)


class RegisterCorrector:
    """Corrects the register and the machines; used inside the pipeline's transaction.

    Args:
        evaluator: The machines in memory.
        catalogue: Names of places, for messages.
        language: Of `message` in events.
    """

    def __init__(self, evaluator: Evaluator, catalogue: Catalogue, language: Language) -> None:
        self._evaluator = evaluator
        self._catalogue = catalogue
        self._language = language

    def correct(
        self, connection: sqlite3.Connection, watch: Watch, replay: Replay, batch: EvaluatedBatch
    ) -> list[Correction]:
        """Correct one machine and its rows to match the replay.

        A stored episode that overlaps one of the replay is that one, with its id and acknowledgement; one
        that overlaps none is marked `invalidated`, and one that only the replay has is added as historical.
        What was announced as over is not reopened: if it lasts, that is another episode. An open episode that
        has lost its basis ends through its machine, and so through `batch`.
        """
        if not replay.has_seen(watch):
            return []
        latest = self._evaluator.state(watch.id).latest
        is_current = latest is None or latest < replay.until
        outcome = self._correct_rows(connection, watch, replay, is_current=is_current)
        for _ in outcome.invalidated:
            self._evaluator.feed(watch, Ended(batch.now, "invalidated"), batch)
        live, replayed = self._evaluator.state(watch.id), replay.state(watch)
        if live.phase == replayed.phase == "normal":
            return outcome.corrections
        if is_current:
            state = _continue_replay(connection, watch, live, replayed, outcome)
        else:
            state = _continue_live(watch, live, replayed, outcome)
        if state is not live:
            self._evaluator.put(watch, state, batch)
        return outcome.corrections

    def _correct_rows(
        self, connection: sqlite3.Connection, watch: Watch, replay: Replay, *, is_current: bool
    ) -> _Outcome:
        """Correct the rows that overlap the replay, those that last first.

        Unless the replay is as current as the machine, only what is open in the register lasts.
        """
        rows = register.overlapping(connection, watch.id, replay.starts[watch.id], replay.until)
        outcome = _Outcome()
        past = replay.episodes(watch)
        if past and past[-1].ended is None:
            lasting = past.pop()
            match = next((row for row in rows if row.ended is None), None)
            if match is not None:
                rows.remove(match)
                register.correct(connection, match.id, lasting.state)
                outcome.lasting, outcome.announced = match.id, match.announced
                outcome.acked_by = match.acked_by
            elif is_current:
                correction = self._insert(connection, watch, lasting)
                outcome.lasting = correction.event.episode
                outcome.corrections.append(correction)
            else:
                ended = next((row.ended for row in rows if _overlap(lasting, row)), None)
                past.append(structs.replace(lasting, ended=ended or lasting.state.latest))
        for one in past:
            match = next((row for row in rows if _overlap(one, row)), None)
            if match is None:
                self._insert(connection, watch, one)
            else:
                rows.remove(match)
                self._correct_ended(connection, one, match, outcome)
        for row in rows:
            if row.ended is None:
                outcome.invalidated.append(row)
            else:
                register.invalidate(connection, row.id)
        return outcome

    def _insert(self, connection: sqlite3.Connection, watch: Watch, one: ReplayedEpisode) -> Correction:
        """Add an episode; an invalidated one comes back, unless it was announced as over and lasts."""
        event = self._to_event(one)
        while (known := register.find(connection, event.episode)) is not None:
            if known.reason == "invalidated" and one.ended is not None:
                return _write(connection, event, one, known.announced)
            event = structs.replace(event, episode=episode_id(watch.id, one.begun, event.episode))
        return _write(connection, event, one, None)

    def _correct_ended(
        self, connection: sqlite3.Connection, one: ReplayedEpisode, row: Episode, outcome: _Outcome
    ) -> None:
        register.correct(connection, row.id, one.state, one.ended, one.decided)
        if row.ended is None:
            outcome.ended.add(row.id)
            event = structs.replace(
                self._to_event(one), episode=row.id, historical=row.historical, by=row.acked_by
            )
            outcome.corrections.append(_write(connection, event, one, row.announced))

    def _to_event(self, one: ReplayedEpisode) -> AlertEvent:
        announcement = structs.replace(one.announcement, historical=True)
        return to_event(announcement, self._catalogue, self._language)


def _write(
    connection: sqlite3.Connection, event: AlertEvent, one: ReplayedEpisode, announced: Severity | None
) -> Correction:
    state = structs.replace(one.state, announced=announced)
    stamp = register.write(connection, event, state, ended=one.ended, stamp=to_ms(event.time))
    return Correction(event, stamp)


def _continue_replay(
    connection: sqlite3.Connection, watch: Watch, live: State, replayed: State, outcome: _Outcome
) -> State:
    """The replay's state; what was announced stays announced, whatever the replay shows."""
    if live.latest is not None and (replayed.latest is None or replayed.latest < live.latest):
        replayed = structs.replace(replayed, latest=live.latest, steady=None, before=None)
    if replayed.open:
        return structs.replace(
            replayed, episode=outcome.lasting, announced=outcome.announced, acked_by=outcome.acked_by
        )
    last, begun = live.last, live.last_begun
    if replayed.begun is not None:  # it may fire, and must not do so under an id that was announced already
        last, begun = _last_id(connection, watch, replayed.begun), replayed.begun
    return structs.replace(replayed, last=last, last_begun=begun)


def _continue_live(watch: Watch, live: State, replayed: State, outcome: _Outcome) -> State:
    """The state of a machine that has seen more than the replay, with the replay's begin and peak."""
    if live.open and live.episode == outcome.lasting and replayed.open:
        higher = watch.sign * replayed.peak > watch.sign * live.peak
        peak, peak_at = (replayed.peak, replayed.peak_at) if higher else (live.peak, live.peak_at)
        return structs.replace(live, begun=replayed.begun, peak=peak, peak_at=peak_at)
    return State(latest=live.latest) if live.episode in outcome.ended else live


def _last_id(connection: sqlite3.Connection, watch: Watch, begun: datetime) -> str:
    """The last episode in the register with this begin; "" for none."""
    last = ""
    while register.find(connection, id_ := episode_id(watch.id, begun, last)) is not None:
        last = id_
    return last


def _overlap(one: ReplayedEpisode, episode: Episode) -> bool:
    before = one.ended is not None and one.ended <= episode.begun
    after = episode.ended is not None and episode.ended <= one.begun
    return not (before or after)
