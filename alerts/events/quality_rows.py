"""What the journal has of a span for the figures of `quality`: messages sent, begins, events notified."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from alerts.events.quality import AlarmRecord, EpisodeBegin, NotifiedEvent, SentMessage
from alerts.notify import outbox
from sensors.calendar import EpochMs, from_ms, to_ms


def read_record(connection: sqlite3.Connection, start: datetime, end: datetime) -> AlarmRecord:
    """The record from `start` until before `end`; of messages as long as they are kept (see `outbox.KEPT`).

    What went to a person by one channel at one moment is one message, however many events are in it; it is
    counted with the first. Old data's digests and tests do not count.
    """
    span = (to_ms(start), to_ms(end))
    return AlarmRecord(
        start,
        end,
        list(_messages(connection, *span)),
        list(_begins(connection, *span)),
        list(_events(connection, "first >= ?1 AND first < ?2", span)),
        list(_events(connection, "first < ?1 AND coalesce(until, ?2) > ?1", span)),
    )


def _messages(connection: sqlite3.Connection, start: EpochMs, end: EpochMs) -> Iterator[SentMessage]:
    rows = connection.execute(
        "SELECT sent_ms, person, channel, thread, json_extract(document, '$.rule'), min(id) FROM notification"
        " WHERE channel <> ? AND result = 'sent' AND sent_ms >= ? AND sent_ms < ?"
        " AND thread IN (SELECT id FROM event) GROUP BY channel, person, address, sent_ms"
        " ORDER BY sent_ms",
        (outbox.MQTT, start, end),
    )
    for sent, person, channel, thread, rule, _ in rows:
        yield SentMessage(from_ms(sent), person, channel, thread, rule)


def _begins(connection: sqlite3.Connection, start: EpochMs, end: EpochMs) -> Iterator[EpisodeBegin]:
    rows = connection.execute(
        "SELECT rule, site, parameter, begun_ms FROM episode WHERE announced IS NOT NULL"
        " AND begun_ms >= ? AND begun_ms < ? ORDER BY begun_ms",
        (start, end),
    )
    for rule, site, parameter, begun in rows:
        yield EpisodeBegin((rule, site, parameter), from_ms(begun))


def _events(
    connection: sqlite3.Connection, condition: str, span: tuple[EpochMs, EpochMs]
) -> Iterator[NotifiedEvent]:
    rows = connection.execute(
        "SELECT event.id, min(sent_ms) AS first, acked_at_ms, begun_ms, coalesce(calm_ms, ended_ms) AS until,"
        " area, cause"
        " FROM event JOIN notification ON thread = event.id"
        f" WHERE channel <> ?3 AND result = 'sent' GROUP BY event.id HAVING {condition} ORDER BY first",
        (*span, outbox.MQTT),
    )
    for id_, first, acked, begun, until, area, cause in rows:
        yield NotifiedEvent(
            id_, from_ms(first), None if acked is None else from_ms(acked), from_ms(begun),
            None if until is None else from_ms(until), area, cause,
        )  # fmt: skip
