"""What is to be known of an event at one look: who speaks for it, the value now, the stations, silences."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from alerts.episodes import register as episodes
from alerts.episodes.register import Episode
from alerts.events import register
from alerts.events.event import Event
from alerts.events.lead import lead_of
from alerts.notify.silences import Silence
from alerts.rules.definition import RANK
from sensors.catalogue.model import Catalogue
from sensors.model import Severity
from sensors.standards.statistics import CLOCKED


class EventSummary(Struct, frozen=True):
    """An event at one look.

    `lead` is the episode that speaks for it: of those open, else of all. `value` is its newest, of `at`;
    what the clock counts has grown since. `stations` are the sites with an open episode (if none is open,
    with any), of `of` that the zone or river has (0: it has none).
    """

    event: Event
    lead: Episode
    episodes: tuple[Episode, ...]
    value: float | None
    at: datetime
    stations: tuple[str, ...]
    of: int
    silences: tuple[Silence, ...] = ()

    @property
    def severity(self) -> Severity:
        """Of the episode that speaks for it now; of an event that is calm, the most severe it was."""
        if self.event.calm is not None:
            return self.event.severity
        return self.lead.announced or self.lead.severity

    @property
    def open_episodes(self) -> tuple[Episode, ...]:
        """Those that are not over."""
        return tuple(episode for episode in self.episodes if episode.ended is None)


def summaries(
    connection: sqlite3.Connection, catalogue: Catalogue, silenced: Sequence[Silence], now: datetime
) -> list[EventSummary]:
    """The open events: calm ones last, the most severe first, of equals the oldest."""
    found = [
        summary
        for event in register.open_events(connection)
        if (summary := summary_of(connection, event, catalogue, silenced, now)) is not None
    ]
    return sorted(
        found,
        key=lambda one: (one.event.calm is not None, -RANK[one.severity], one.event.begun, one.event.id),
    )


def summary_of(
    connection: sqlite3.Connection,
    event: Event,
    catalogue: Catalogue,
    silenced: Sequence[Silence],
    now: datetime,
) -> EventSummary | None:
    """An event at one look; None if the journal has no episode of it any more."""
    of_it = tuple(register.episodes_of(connection, event.id))
    if not of_it:
        return None
    concerned = [each for each in of_it if each.ended is None] or of_it
    lead = lead_of(concerned, catalogue)
    value, at = newest_value(lead, episodes.curve(connection, lead.id), now)
    places = [catalogue.places.get(each.site) for each in concerned]
    stations = dict.fromkeys(place.id for place in places if place is not None and place.is_site)
    area = catalogue.places.get(event.area)
    return EventSummary(
        event, lead, of_it, value, at, tuple(stations), len(area.members) if area is not None else 0,
        tuple(each for each in silenced if any(each.covers(one.key, event.id) for one in concerned)),
    )  # fmt: skip


def newest_value(
    episode: Episode, points: Sequence[tuple[datetime, float]], now: datetime
) -> tuple[float | None, datetime]:
    """The last value of an episode and its time; of an open one that the clock counts, as of now."""
    at, value = points[-1] if points else (episode.event.time, episode.event.value)
    if episode.ended is None and episode.statistic in CLOCKED:
        return (value or 0.0) + (now - at).total_seconds(), now
    return value, at
