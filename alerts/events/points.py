"""Events as points for the store: one each, at its begin, written again whenever something of it changes."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from alerts.episodes.register import Episode
from alerts.events import register
from alerts.events.event import Event
from alerts.events.lead import lead_of
from alerts.rules.index import WatchId
from alerts.texts.causes import cause_name, short_place_name
from ingest.journal.entries import PointEntry
from sensors.calendar import to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Name, Point

EventPointState = Literal["open", "acknowledged", "calm", "over", "withdrawn"]
"""`calm`: none of its episodes is open, and it is not yet over. `withdrawn`: none of them held."""
Board = Literal["air", "river", "attainment", "operations", "overview"]

# Changes whenever the row of an open event or anything that is shown of its episodes does.
_SIGNATURE = (
    "SELECT event.id, event.severity, event.calm_ms, event.acked_by, event.ended_ms, count(episode.id),"
    " count(episode.ended_ms), max(episode.stamp_ms), total(episode.peak), total(episode.bound),"
    " total(episode.reason = 'invalidated')"
)
_EPISODES = "LEFT JOIN episode ON episode.event = event.id AND episode.event <> ''"
# Without the index named SQLite reads all events there have ever been, in the order of their ids.
_OF_ALL = (
    f"{_SIGNATURE} FROM event INDEXED BY event_open {_EPISODES} WHERE event.ended_ms IS NULL"
    " GROUP BY event.id"
)
_OF_EPISODES = (
    f"{_SIGNATURE} FROM event {_EPISODES} WHERE event.ended_ms IS NULL AND event.id IN"
    " (SELECT event FROM episode WHERE id IN (SELECT value FROM json_each(?))) GROUP BY event.id"
)


class EventPoints:
    """Finds the events that have changed since it was asked last; used inside the pipeline's transaction.

    After `forget` every open event counts as changed: what a transaction that failed has cost is made good.

    Args:
        catalogue: Names of places, and which are stations.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._seen: dict[str, Sequence[Any]] = {}

    def forget(self) -> None:
        """Forget what has been written: memory may be ahead of the file."""
        self._seen = {}

    def take(self, connection: sqlite3.Connection, of_past: Collection[str] = ()) -> list[PointEntry]:
        """The points of events that have begun, changed or ended, and of those named, open or not."""
        now = {row[0]: row[1:] for row in connection.execute(_OF_ALL)}
        changed = [id_ for id_, signature in now.items() if self._seen.get(id_) != signature]
        over = [id_ for id_ in self._seen if id_ not in now]
        self._seen = now
        return self._points(connection, dict.fromkeys((*changed, *over, *of_past)))

    def take_of(self, connection: sqlite3.Connection, episodes: Collection[str]) -> list[PointEntry]:
        """The points of the open events of these episodes, as far as they have changed; the others wait.

        So a batch pays for what it changes, however many events are open.
        """
        now = {row[0]: row[1:] for row in connection.execute(_OF_EPISODES, (json.dumps([*episodes]),))}
        changed = [id_ for id_, signature in now.items() if self._seen.get(id_) != signature]
        self._seen.update(now)
        return self._points(connection, changed)

    def _points(self, connection: sqlite3.Connection, events: Iterable[str]) -> list[PointEntry]:
        return [
            PointEntry(event_point(event, register.episodes_of(connection, id_), self._catalogue))
            for id_ in events
            if (event := register.find(connection, id_)) is not None
        ]


def events_since(connection: sqlite3.Connection, starts: Mapping[WatchId, datetime]) -> list[str]:
    """The events of the episodes of these machines that ended at or after each one's start, or are open."""
    found = [
        row[0]
        for key, start in starts.items()
        for row in connection.execute(
            "SELECT DISTINCT event FROM episode WHERE rule = ? AND site = ? AND parameter = ?"
            " AND event <> '' AND coalesce(ended_ms, 9e18) >= ?",
            (*key, to_ms(start)),
        )
    ]
    return list(dict.fromkeys(found))


def event_point(event: Event, episodes: Sequence[Episode], catalogue: Catalogue) -> Point:
    """An event at its begin; `ended` only once it is over, as a field that was written stays in InfluxDB.

    What it says of value, limit and place is of the episode that speaks for it: of those that are open, else
    of those that held, else of all.
    """
    held = [each for each in episodes if each.reason != "invalidated"]
    open_ = [each for each in held if each.ended is None]
    title, ended = _title(event, catalogue), None if event.ended is None else to_ms(event.ended)
    begun = to_ms(event.begun)
    fields: dict[str, float | str | None] = {
        "state": _state(event, episodes),
        "severity": event.severity,
        "title_zh": title.zh,
        "title_en": title.en,
        "stations": float(len({each.site for each in held if each.site in catalogue.sites})),
        "by": event.acked_by,
        "begun": float(begun),
        "ended": None if ended is None else float(ended),
        "until": "now" if ended is None else str(ended),
        **_lead_fields(event, open_ or held or episodes, catalogue),
    }
    tags = {"area": event.area, "cause": event.cause, "event": event.id}
    return Point("event", tags, fields, event.begun)


def _state(event: Event, episodes: Sequence[Episode]) -> EventPointState:
    if episodes and all(each.reason == "invalidated" for each in episodes):
        return "withdrawn"
    if event.ended is not None:
        return "over"
    if event.calm is not None:
        return "calm"
    return "acknowledged" if event.acked_by else "open"


def _title(event: Event, catalogue: Catalogue) -> Name:
    place, cause = short_place_name(event.area, catalogue), cause_name(event.cause)
    return Name(f"{place.zh}：{cause.zh}", f"{place.en}: {cause.en}")


def _lead_fields(
    event: Event, episodes: Sequence[Episode], catalogue: Catalogue
) -> dict[str, float | str | None]:
    """Its sentence, peak and limit, and the board that shows it with the station there, "" where it has none.

    Of a zone or river the station that is most severe, if one of its own is beyond a limit.
    """
    if not episodes:
        return {"message_zh": "", "message_en": "", "board": _board(event, "", catalogue), "site": ""}
    lead = lead_of(episodes, catalogue)
    stations = [each for each in episodes if each.site in catalogue.sites]
    site = lead_of(stations, catalogue).site if stations else ""
    return {
        "message_zh": lead.event.text.zh,
        "message_en": lead.event.text.en,
        "peak": lead.peak,
        "limit": lead.limit,
        "board": _board(event, site, catalogue),
        "site": site,
    }


def _board(event: Event, site: str, catalogue: Catalogue) -> Board:
    if event.category == "system":
        return "operations"
    if event.category == "attainment":
        return "attainment"
    if not site:
        return "overview"
    return "air" if catalogue.sites[site].medium == "air" else "river"
