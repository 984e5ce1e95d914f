"""Open episodes without a machine: rule or place is gone or has changed, or the machine's row was lost."""

import sqlite3
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime

from alerts.episodes import register, state_store
from alerts.episodes.register import Episode
from alerts.episodes.state_store import StoredState
from alerts.episodes.states import State
from alerts.notify.event import AlertEvent
from alerts.notify.reminders import to_last_event
from alerts.rules.index import NONE, RuleIndex, WatchId
from sensors.calendar import EpochMs, to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Language


class OrphanedEpisodes:
    """Those that were found when memory was loaded, until they are ended."""

    def __init__(self) -> None:
        self._states: dict[WatchId, State] = {}

    def collect(
        self,
        stored: Mapping[WatchId, StoredState],
        machines: MutableMapping[WatchId, State],
        index: RuleIndex,
        episodes: Sequence[Episode],
    ) -> None:
        """Remove from the machines those without their rule in `index` or their open episode in `episodes`.

        Where a row was lost, an episode without its machine ends and a machine without it starts over.
        """
        self._states = {}
        for key, one in stored.items():
            watch = index.find(key)
            if watch is None or watch.fingerprint != one.fingerprint:
                self._states[key] = machines.pop(key)
        open_ = {episode.key: episode for episode in episodes}
        for key, state in list(machines.items()):
            if state.open and (key not in open_ or open_[key].id != state.episode):
                del machines[key]
        for key, episode in open_.items():
            if key not in self._states and (key not in machines or not machines[key].open):
                self._states[key] = _state_of(episode)

    def end(
        self, connection: sqlite3.Connection, catalogue: Catalogue, language: Language, now: datetime
    ) -> list[tuple[AlertEvent, EpochMs]]:
        """End them in the register, in the caller's transaction; the events, each with its point's stamp."""
        if not self._states:
            return []
        ended = []
        for state in self._states.values():
            episode = register.find(connection, state.episode) if state.open else None
            if episode is None or episode.ended is not None:
                continue
            facts = episode, catalogue, language, now
            if episode.event.site in {NONE, *catalogue.places}:
                event = to_last_event(*facts, reason="rule_changed")
            else:  # another service's now, or nobody's
                event = to_last_event(*facts, reason="place_removed")
            ended.append((event, register.write(connection, event, state, ended=now, stamp=to_ms(now))))
        state_store.forget(connection, self._states)
        self._states = {}
        return ended


def _state_of(episode: Episode) -> State:
    """What the register knows of an open episode's machine, enough to end it."""
    return State(
        "firing",
        episode=episode.id,
        severity=episode.event.severity,
        begun=episode.begun,
        limit=episode.limit,
        peak=episode.peak,
        peak_at=episode.peak_at,
        total=episode.mean * episode.n,
        n=episode.n,
        announced=episode.announced,
    )
