"""The outbox: pending notifications, each with an idempotency key; at least once, with back-off."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter

import msgspec
from msgspec import Struct, structs

from alerts.notify.duty import Recipient
from alerts.notify.event import AlertEvent
from ingest.journal import accounting
from sensors.calendar import from_ms, to_ms

MQTT = "mqtt"  # the channel that every event goes out by
COUNT = "notification:"  # notification:<channel>:<result>, never falls
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=3)
LEAST_TRIES = 20  # two hours of them
KEPT = timedelta(days=90)
EVENTS_KEPT = timedelta(days=7)  # the register and the store have them for good

# Up to the newest that is due, of all or of the same thread; asked of each row alone it would grow with the
# square of what waits.
_WAITING = "SELECT id, key, person, address, document, made_ms, tries FROM notification AS waiting"
_RANK = """CASE json_extract(document, '$.severity')
    WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'watch' THEN 2 ELSE 3 END"""
_OF_ALL = f"""
{_WAITING} WHERE channel = :channel AND sent_ms IS NULL AND id <= (
    SELECT max(id) FROM notification WHERE channel = :channel AND sent_ms IS NULL AND due_ms <= :now
)
ORDER BY id LIMIT :limit
"""
_OF_THREADS = f"""
{_WAITING} WHERE channel = :channel AND sent_ms IS NULL AND id <= (
    SELECT max(late.id) FROM notification AS late INDEXED BY notification_thread
    WHERE late.thread = waiting.thread AND late.person = waiting.person AND late.channel = :channel
    AND late.address = waiting.address AND late.sent_ms IS NULL AND late.due_ms <= :now
)
ORDER BY min({_RANK}) OVER (PARTITION BY thread, person, address), id LIMIT :limit
"""

_encode = msgspec.json.Encoder().encode
parse_event = msgspec.json.Decoder(AlertEvent).decode


class Notification(Struct, frozen=True):
    """One notification that is due."""

    id: int
    key: str
    to: Recipient
    event: AlertEvent
    created: datetime
    tries: int

    @property
    def occasion(self) -> str:
        """Which announcement of the episode it is."""
        return self.key.removeprefix(f"{self.event.episode}/").partition("/")[0]

    @property
    def thread(self) -> str:
        """What it is sent together with: the event, else the episode."""
        return self.event.event or self.event.episode


def add(
    connection: sqlite3.Connection,
    event: AlertEvent,
    to: Recipient,
    occasion: str,
    *,
    now: datetime,
    due: datetime,
) -> None:
    """Add a notification once: its key is episode, occasion (which announcement) and recipient."""
    key = "/".join((event.episode, occasion, to.channel, *([to.person] if to.person else [])))
    connection.execute(
        "INSERT OR IGNORE INTO notification"
        " (key, channel, person, thread, episode, site, document, made_ms, due_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key, to.channel, to.person, event.event or event.episode, event.episode, event.site,
            _encode(event).decode(), to_ms(now), to_ms(due),
        ),
    )  # fmt: skip


def group_due(
    connection: sqlite3.Connection, to: Recipient, thread: str, now: datetime, due: datetime
) -> datetime:
    """`due`, or earlier if something of this thread is pending for this recipient: they are sent together."""
    row = connection.execute(
        "SELECT min(due_ms) FROM notification WHERE channel = ? AND person = ? AND thread = ?"
        " AND sent_ms IS NULL AND due_ms > ?",
        (to.channel, to.person, thread, to_ms(now)),
    ).fetchone()
    return due if row[0] is None else min(due, from_ms(row[0]))


def due_notifications(
    connection: sqlite3.Connection, channel: str, now: datetime, limit: int = 200
) -> list[Notification]:
    """A channel's notifications that are due, as they were made; beyond `limit` the least severe wait.

    Each takes along whatever of its thread is pending from before it, for a group, the morning or a retry:
    nobody hears of an end before its beginning, and the retained event is the newest (MQTT: of any episode).
    """
    query = _OF_ALL if channel == MQTT else _OF_THREADS
    rows = connection.execute(query, {"channel": channel, "now": to_ms(now), "limit": limit})
    found = (
        Notification(
            id_, key, Recipient(channel, person, address), parse_event(document), from_ms(made), tries
        )
        for id_, key, person, address, document, made, tries in rows
    )
    return sorted(found, key=attrgetter("id"))


def newest_events(connection: sqlite3.Connection, channel: str, limit: int) -> list[AlertEvent]:
    """The newest events given to a channel, oldest first."""
    rows = connection.execute(
        "SELECT document FROM notification WHERE channel = ? ORDER BY id DESC LIMIT ?", (channel, limit)
    ).fetchall()
    return [parse_event(document) for (document,) in reversed(rows)]


def split_by_address(
    connection: sqlite3.Connection,
    notifications: Sequence[Notification],
    addresses: Sequence[str],
    now: datetime,
) -> None:
    """Replace each notification by one for each address: their keys end with the address's hash."""
    made = []
    for notification in notifications:
        connection.executemany(
            "INSERT OR IGNORE INTO notification"
            " (key, channel, person, address, thread, episode, site, document, made_ms, due_ms)"
            " SELECT key || '/' || ?, channel, person, ?, thread, episode, site, document, made_ms, due_ms"
            " FROM notification WHERE id = ?",
            [(address, address, notification.id) for address in addresses],
        )
        made += [
            structs.replace(notification, to=structs.replace(notification.to, address=each))
            for each in addresses
        ]
    connection.executemany(
        "DELETE FROM notification WHERE id = ?", [(notification.id,) for notification in notifications]
    )
    _withdraw_ends(connection, made, now)


def last_created(connection: sqlite3.Connection, thread: str) -> datetime | None:
    """When a thread's newest message that is still kept was made; None if there is none."""
    row = connection.execute("SELECT max(made_ms) FROM notification WHERE thread = ?", (thread,)).fetchone()
    return None if row[0] is None else from_ms(row[0])


def recipients(connection: sqlite3.Connection, thread: str, *, reached: bool) -> tuple[Recipient, ...]:
    """Everyone but MQTT with a message of this thread; if `reached`, with one that was sent or waits."""
    which = "AND (sent_ms IS NULL OR result = 'sent')" if reached else ""
    rows = connection.execute(
        f"SELECT DISTINCT channel, person FROM notification WHERE thread = ? AND channel <> ? {which}",
        (thread, MQTT),
    )
    return tuple(Recipient(channel, person) for channel, person in rows)


def mark_sent(connection: sqlite3.Connection, notifications: Sequence[Notification], now: datetime) -> None:
    """Mark as accepted by the channel."""
    _finish(connection, notifications, "sent", now)
    _count(connection, notifications, "sent")


def mark_failed(
    connection: sqlite3.Connection,
    notifications: Sequence[Notification],
    why: str,
    now: datetime,
    *,
    after: float | None = None,
) -> list[Notification]:
    """Schedule a retry after `after` seconds or a growing pause, until they are too old to help anyone.

    Returns:
        The notifications that are given up.
    """
    rows, given_up = [], []
    for notification in notifications:
        growing = FIRST_PAUSE * 2 ** min(notification.tries, 20)
        pause = min(growing if after is None else timedelta(seconds=after), LONGEST_PAUSE)
        # Also tried often enough: a clock that is ahead for a moment gives nothing up.
        over = now - notification.created > GIVEN_UP_AFTER and notification.tries >= LEAST_TRIES
        rows.append((to_ms(now + pause), why, to_ms(now) if over else None, notification.id))
        if over:
            given_up.append(notification)
    connection.executemany(
        "UPDATE notification SET due_ms = ?, result = ?, tries = tries + 1, sent_ms = ? WHERE id = ?", rows
    )
    _count(connection, notifications, "failed")
    _count(connection, given_up, "given_up")
    _withdraw_ends(connection, given_up, now)
    return given_up


def mark_refused(
    connection: sqlite3.Connection, notifications: Sequence[Notification], why: str, now: datetime
) -> Sequence[Notification]:
    """Mark as refused for good; returns them all, as none is sent any more."""
    _finish(connection, notifications, why, now)
    _count(connection, notifications, "refused")
    _withdraw_ends(connection, notifications, now)
    return notifications


def _finish(
    connection: sqlite3.Connection, notifications: Sequence[Notification], result: str, now: datetime
) -> None:
    connection.executemany(
        "UPDATE notification SET sent_ms = ?, result = ?, tries = tries + 1 WHERE id = ?",
        [(to_ms(now), result, notification.id) for notification in notifications],
    )


def _withdraw_ends(
    connection: sqlite3.Connection, notifications: Sequence[Notification], now: datetime
) -> None:
    """Withdraw the end of an event from recipients who were never notified of it."""
    connection.executemany(
        "UPDATE notification AS waiting SET sent_ms = ?, result = 'nobody was told that it fired'"
        " WHERE thread = ? AND channel = ? AND person = ? AND address = ? AND sent_ms IS NULL"
        " AND json_extract(document, '$.state') = 'resolved' AND NOT EXISTS ("
        "SELECT 1 FROM notification AS delivered WHERE delivered.thread = waiting.thread"
        " AND delivered.channel = waiting.channel AND delivered.person = waiting.person"
        " AND delivered.address IN (waiting.address, '')"
        " AND (delivered.result = 'sent' OR delivered.sent_ms IS NULL)"
        " AND json_extract(delivered.document, '$.state') <> 'resolved')",
        [
            (
                to_ms(now),
                notification.thread,
                notification.to.channel,
                notification.to.person,
                notification.to.address,
            )
            for notification in notifications
        ],
    )


def forget_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete what was delivered long ago, and the curves of equally old episodes; the register stays.

    Who was notified of an open event is kept until it is over, whatever the clock says.
    """
    connection.execute(
        "DELETE FROM notification WHERE sent_ms IS NOT NULL"
        " AND (made_ms < ? OR (channel = ? AND made_ms < ?))"
        " AND thread NOT IN (SELECT id FROM episode WHERE ended_ms IS NULL"
        " UNION ALL SELECT id FROM event WHERE ended_ms IS NULL)",
        (to_ms(now - KEPT), MQTT, to_ms(now - EVENTS_KEPT)),
    )
    connection.execute(
        "DELETE FROM curve WHERE episode IN (SELECT id FROM episode WHERE ended_ms < ?)", (to_ms(now - KEPT),)
    )


def cap_times(connection: sqlite3.Connection, now: datetime) -> int:
    """Bring forward what a clock that was ahead scheduled too late; returns how many.

    A notification cannot have been made after now, nor is one that failed tried again after more than the
    longest pause.
    """
    made = connection.execute(
        "UPDATE notification SET due_ms = due_ms - (made_ms - ?1), made_ms = ?1"
        " WHERE sent_ms IS NULL AND made_ms > ?1",
        (to_ms(now),),
    )
    failed = connection.execute(
        "UPDATE notification SET due_ms = ?1 WHERE sent_ms IS NULL AND tries > 0 AND due_ms > ?2",
        (to_ms(now), to_ms(now + LONGEST_PAUSE)),
    )
    return made.rowcount + failed.rowcount


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift pending notifications by a change of the clock, so that each still waits as long."""
    connection.execute(
        "UPDATE notification SET made_ms = made_ms + ?1, due_ms = due_ms + ?1 WHERE sent_ms IS NULL",
        (by // timedelta(milliseconds=1),),
    )


def _count(connection: sqlite3.Connection, notifications: Sequence[Notification], result: str) -> None:
    if notifications:
        accounting.add(connection, {f"{COUNT}{notifications[0].to.channel}:{result}": len(notifications)})
