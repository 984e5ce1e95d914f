"""What became of notifications, for the operator and to know who may still be reached; out of the outbox."""

import sqlite3
from datetime import datetime

from msgspec import Struct

from alerts.notify.duty import Recipient
from alerts.notify.outbox import COUNT, MQTT, Notification
from alerts.rules.definition import RANK
from ingest.journal import accounting
from sensors.calendar import from_ms, to_ms
from sensors.model import Severity


class ChannelProgress(Struct, frozen=True):
    """Where a channel is with its messages: whether none waits any more, and why one failed, if one did."""

    is_final: bool
    failure: str = ""


def progress(connection: sqlite3.Connection, notification: Notification) -> dict[Recipient, bool]:
    """Everyone given the same announcement, by channel and person: whether it arrived there, or still may.

    MQTT is nobody.
    """
    found: dict[Recipient, bool] = {}
    rows = connection.execute(
        "SELECT key, channel, person, sent_ms IS NULL OR result = 'sent' FROM notification"
        " WHERE episode = ? AND channel <> ?",
        (notification.event.episode, MQTT),
    )
    prefix = f"{notification.event.episode}/{notification.occasion}/"
    for key, channel, person, hopeful in rows:
        if key.startswith(prefix):
            to = Recipient(channel, person)
            found[to] = found.get(to, False) or bool(hopeful)
    return found


def told_severities(connection: sqlite3.Connection, thread: str) -> dict[Recipient, Severity]:
    """Everyone but MQTT with a message of this thread, sent or not, and the highest severity in one."""
    rows = connection.execute(
        "SELECT DISTINCT channel, person, json_extract(document, '$.severity') FROM notification"
        " WHERE thread = ? AND channel <> ?",
        (thread, MQTT),
    )
    found: dict[Recipient, Severity] = {}
    for channel, person, severity in rows:
        to = Recipient(channel, person)
        found[to] = max(severity, found.get(to, severity), key=RANK.__getitem__)
    return found


def count_rerouted(connection: sqlite3.Connection, notification: Notification) -> None:
    """Count a notification that goes to somebody else instead."""
    accounting.add(connection, {f"{COUNT}{notification.to.channel}:rerouted": 1})


def channel_progress(connection: sqlite3.Connection, episode: str) -> dict[str, ChannelProgress]:
    """What became of an episode's messages, by channel."""
    rows = connection.execute(
        "SELECT channel, sent_ms IS NOT NULL, result FROM notification WHERE episode = ? ORDER BY id",
        (episode,),
    )
    found: dict[str, ChannelProgress] = {}
    for channel, is_final, result in rows:
        before = found.get(channel, ChannelProgress(is_final=True))
        failure = "" if result in {None, "", "sent"} else result
        found[channel] = ChannelProgress(
            is_final=before.is_final and bool(is_final), failure=before.failure or failure
        )
    return found


class ChannelStanding(Struct, frozen=True):
    """How a channel does: when it last accepted a message, what waits, when and why one last failed.

    `failure` is "" if nothing has failed since the last that was accepted.
    """

    sent: datetime | None
    waiting: int
    failed: datetime | None
    failure: str


def channel_standings(connection: sqlite3.Connection) -> dict[str, ChannelStanding]:
    """Of each channel with a notification that is still kept."""
    rows = connection.execute(
        "SELECT channel, max(CASE WHEN result = 'sent' THEN sent_ms END), sum(sent_ms IS NULL)"
        " FROM notification GROUP BY channel"
    ).fetchall()
    failures = {
        channel: (from_ms(at), why)
        for channel, at, why in connection.execute(
            "SELECT channel, max(ifnull(sent_ms, made_ms)), result FROM notification"
            " WHERE tries > 0 AND result <> 'sent' GROUP BY channel"
        )
    }
    found = {}
    for channel, sent_ms, waiting in rows:
        sent = None if sent_ms is None else from_ms(sent_ms)
        failed, failure = failures.get(channel, (None, ""))
        if failed is not None and sent is not None and failed < sent:
            failure = ""
        found[channel] = ChannelStanding(sent, waiting, failed, failure)
    return found


def count_waiting(connection: sqlite3.Connection) -> dict[str, int]:
    """How many notifications each channel has still to send, due or not."""
    query = "SELECT channel, count(*) FROM notification WHERE sent_ms IS NULL GROUP BY channel"
    return dict(connection.execute(query))


def undelivered_since(
    connection: sqlite3.Connection, channel: str, since: datetime
) -> list[tuple[datetime, str]]:
    """When, and why, each notification of a channel was refused for good or given up."""
    rows = connection.execute(
        "SELECT sent_ms, result FROM notification WHERE channel = ? AND sent_ms >= ? AND tries > 0"
        " AND result <> 'sent' ORDER BY sent_ms",
        (channel, to_ms(since)),
    )
    return [(from_ms(sent), result) for sent, result in rows]


def last_failures(connection: sqlite3.Connection, channel: str) -> dict[str, str]:
    """Why a channel's last finished notification failed, by address; without those that succeeded."""
    rows = connection.execute(
        "SELECT address, result, max(sent_ms) FROM notification WHERE channel = ? AND sent_ms IS NOT NULL"
        " AND tries > 0 GROUP BY address",
        (channel,),
    )
    return {address: result for address, result, _ in rows if result != "sent"}


def reached(connection: sqlite3.Connection, thread: str) -> list[tuple[Recipient, datetime]]:
    """Who but MQTT got a message of this thread, and when the first, oldest first."""
    rows = connection.execute(
        "SELECT channel, person, min(sent_ms) FROM notification WHERE thread = ? AND channel <> ?"
        " AND result = 'sent' GROUP BY channel, person ORDER BY 3, 1, 2",
        (thread, MQTT),
    )
    return [(Recipient(channel, person), from_ms(sent)) for channel, person, sent in rows]
