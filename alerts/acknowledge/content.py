"""What an event's page shows, as the journal has it now."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.acknowledge.message_history import (
    MessageRecord,
    SuppressedCount,
    count_suppressed,
    events_of,
    read_messages,
)
from alerts.episodes import register as episodes
from alerts.events import register
from alerts.notify import silences
from alerts.notify.silences import Silence
from alerts.rules.definition import RANK
from alerts.texts.event_reader import EventReader
from alerts.texts.event_view import EventView
from sensors.standards.statistics import CLOCKED

Points = Sequence[tuple[datetime, float]]


class PageContent(Struct, frozen=True):
    """An event, the curves of its episodes by id, its newest messages of `message_count`, its silences.

    `others` are the person's other open events that nobody has acknowledged, the most severe first.
    `is_old`: only old values have shown it. `people` are the names by id. `suppressed` says why
    announcements made no message.
    """

    view: EventView
    curves: Mapping[str, Points]
    messages: Sequence[MessageRecord]
    message_count: int
    silences: Sequence[Silence]
    others: Sequence[EventView]
    people: Mapping[str, str]
    is_old: bool = False
    suppressed: Sequence[SuppressedCount] = ()


def read_content(
    connection: sqlite3.Connection, reader: EventReader, id_: str, person: str, now: datetime
) -> PageContent | None:
    """The content of the page of an event, or of the event that an episode belongs to; None if there is none.

    Args:
        connection: Of the journal.
        reader: Reads events.
        id_: Of an event or an episode, whole.
        person: Whose other events are shown.
        now: The clock.
    """
    view, is_old = _view_of(connection, reader, id_, now)
    if view is None:
        return None
    open_ids = [event.id for event in register.open_events(connection)]
    messages, count = read_messages(connection, view.id)
    keys = [(each.rule, each.site, each.parameter) for each in view.episodes if each.ended is None]
    known = events_of(connection, person) - {view.id}
    others = (reader.read(connection, id_, now) for id_ in open_ids if id_ in known)
    return PageContent(
        view,
        {
            each.id: episodes.curve(connection, each.id)
            for each in view.episodes
            if each.statistic not in CLOCKED
        },
        messages,
        count,
        silences.covering(silences.in_force(connection, now), keys, view.id, view.area),
        sorted(
            (each for each in others if each is not None and each.state == "firing"),
            key=lambda each: -RANK[each.severity],
        ),
        {each.id: each.name for each in reader.notify.people.values()},
        is_old,
        count_suppressed(connection, view.id),
    )


def _view_of(
    connection: sqlite3.Connection, reader: EventReader, id_: str, now: datetime
) -> tuple[EventView | None, bool]:
    """The event, and whether old values alone have shown it."""
    event = register.find(connection, id_)
    if event is not None and event.id == id_:
        return reader.read(connection, id_, now), False
    episode = episodes.find(connection, id_)
    if episode is None or episode.id != id_:
        return None, False
    view = reader.read(connection, episode.event_id, now) if episode.event_id else None
    return (
        (reader.read_alone(connection, episode, now), episode.historical) if view is None else (view, False)
    )


SignedLink = Callable[[str], str]
"""The address of the page of an event for the person who looks, relative to this page."""
