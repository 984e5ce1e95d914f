"""The outbox: notifications on their way, each with its idempotency key; at least once, with back-off."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerts.document import Document
from alerts.duty import Recipient
from ingest.journal import counts
from sensors.times import from_ms, to_ms

MQTT = "mqtt"  # the channel that every event goes out by
COUNT = "notification:"  # notification:<channel>:<result>, never falls
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=3)
KEPT = timedelta(days=90)
EVENTS_KEPT = timedelta(days=7)  # the register and the store have them for good

# Up to the newest that is due, of all or of the same episode; asked of each row alone it would grow with the
# square of what waits.
_WAITING = "SELECT id, key, person, document, made, tries FROM notification AS waiting"
_OF_ALL = f"""
{_WAITING} WHERE channel = :channel AND sent IS NULL AND id <= (
    SELECT max(id) FROM notification WHERE channel = :channel AND sent IS NULL AND due <= :now
)
ORDER BY id LIMIT :limit
"""
_OF_EPISODES = f"""
{_WAITING} WHERE channel = :channel AND sent IS NULL AND id <= (
    SELECT max(late.id) FROM notification AS late INDEXED BY notification_episode
    WHERE late.episode = waiting.episode AND late.person = waiting.person AND late.channel = :channel
    AND late.sent IS NULL AND late.due <= :now
)
ORDER BY id LIMIT :limit
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Document).decode


class Notice(Struct, frozen=True):
    """One notification that is due."""

    id: int
    key: str
    to: Recipient
    document: Document
    made: datetime
    tries: int


def add(
    connection: sqlite3.Connection,
    document: Document,
    to: Recipient,
    turn: str,
    *,
    now: datetime,
    due: datetime,
) -> None:
    """Put one in, once: its key is episode, turn (what is told) and recipient."""
    key = "/".join((document.episode, turn, to.channel, *([to.person] if to.person else [])))
    connection.execute(
        "INSERT OR IGNORE INTO notification (key, channel, person, episode, site, document, made, due)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key, to.channel, to.person, document.episode, document.site, _encode(document).decode(),
            to_ms(now), to_ms(due),
        ),
    )  # fmt: skip


def gathered(
    connection: sqlite3.Connection, to: Recipient, site: str, now: datetime, due: datetime
) -> datetime:
    """`due`, or earlier if something of this site already waits for this recipient: they go out together."""
    row = connection.execute(
        "SELECT min(due) FROM notification WHERE channel = ? AND person = ? AND site = ? AND sent IS NULL"
        " AND due > ?",
        (to.channel, to.person, site, to_ms(now)),
    ).fetchone()
    return due if row[0] is None else min(due, from_ms(row[0]))


def due(connection: sqlite3.Connection, channel: str, now: datetime, limit: int = 200) -> list[Notice]:
    """Those of a channel whose time has come, in the order they were made.

    Each takes along what waits of its episode from before it, be it for a group, the morning or another try:
    nobody hears of an end before its beginning, and the retained event is the newest (MQTT: of any episode).
    """
    query = _OF_ALL if channel == MQTT else _OF_EPISODES
    rows = connection.execute(query, {"channel": channel, "now": to_ms(now), "limit": limit})
    return [
        Notice(id_, key, Recipient(channel, person), _decode(document), from_ms(made), tries)
        for id_, key, person, document, made, tries in rows
    ]


def newest(connection: sqlite3.Connection, channel: str, limit: int) -> list[Document]:
    """What a channel was given last, oldest first."""
    rows = connection.execute(
        "SELECT document FROM notification WHERE channel = ? ORDER BY id DESC LIMIT ?", (channel, limit)
    ).fetchall()
    return [_decode(document) for (document,) in reversed(rows)]


def told(connection: sqlite3.Connection, episode: str) -> tuple[Recipient, ...]:
    """Everyone who has been, or is about to be, told that it fires."""
    rows = connection.execute(
        "SELECT DISTINCT channel, person FROM notification WHERE episode = ? AND channel <> ?",
        (episode, MQTT),
    )
    return tuple(Recipient(channel, person) for channel, person in rows)


def sent(connection: sqlite3.Connection, notices: Sequence[Notice], now: datetime) -> None:
    """The channel has taken them."""
    connection.executemany(
        "UPDATE notification SET sent = ?, result = 'sent', tries = tries + 1 WHERE id = ?",
        [(to_ms(now), notice.id) for notice in notices],
    )
    _count(connection, notices, "sent")


def failed(connection: sqlite3.Connection, notices: Sequence[Notice], why: str, now: datetime) -> None:
    """It has not: they are tried again after a growing pause, until they are too old to help anyone."""
    rows, given_up = [], []
    for notice in notices:
        pause = min(FIRST_PAUSE * 2 ** min(notice.tries, 20), LONGEST_PAUSE)
        over = now - notice.made > GIVEN_UP_AFTER
        rows.append((to_ms(now + pause), why, to_ms(now) if over else None, notice.id))
        if over:
            given_up.append(notice)
    connection.executemany(
        "UPDATE notification SET due = ?, result = ?, tries = tries + 1, sent = ? WHERE id = ?", rows
    )
    _count(connection, notices, "failed")
    _count(connection, given_up, "given_up")


def forget_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Drop what was delivered long ago, and the curves of episodes as old; the register stays."""
    connection.execute(
        "DELETE FROM notification WHERE sent IS NOT NULL AND (made < ? OR (channel = ? AND made < ?))",
        (to_ms(now - KEPT), MQTT, to_ms(now - EVENTS_KEPT)),
    )
    connection.execute(
        "DELETE FROM curve WHERE episode IN (SELECT id FROM episode WHERE ended < ?)", (to_ms(now - KEPT),)
    )


def _count(connection: sqlite3.Connection, notices: Sequence[Notice], result: str) -> None:
    if notices:
        counts.change(connection, {f"{COUNT}{notices[0].to.channel}:{result}": len(notices)})
