"""Notifications of changes and of what lasts: routes, silences, inhibitions, repeats, escalation."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from alerts.episodes import register
from alerts.episodes.register import Episode
from alerts.notify import outbox, silences
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient, due_after_quiet, next_in_line, recipients
from alerts.notify.event import AlertEvent, test_event
from alerts.notify.silences import Silence
from alerts.rules.definition import Rule, parse_span
from alerts.rules.index import WatchId, is_more_severe
from alerts.rules.inhibition import inhibited_by
from sensors.calendar import EPOCH, to_ms

PAGED = (
    "exceeded",
    "worse",
    "still_exceeded",
)  # reasons to notify a firing episode


class Notifier:
    """Turns changes into rows of the outbox; used inside the pipeline's transaction.

    Args:
        rules: By id.
        notify: Channels, people, routes.
    """

    def __init__(self, rules: Mapping[str, Rule], notify: NotifyConfig) -> None:
        self._rules = rules
        self._notify = notify
        self._firing: set[WatchId] = set()

    def load(self, connection: sqlite3.Connection) -> None:
        """Load the open episodes."""
        self._firing = {episode.key for episode in register.open_episodes(connection)}

    def notify_change(self, connection: sqlite3.Connection, document: AlertEvent, now: datetime) -> None:
        """Put a change into the outbox: the event for everyone, messages for those concerned."""
        key: WatchId = (document.rule, document.site, document.parameter)
        turn = f"{document.state}-{document.reason}-{document.severity}-{to_ms(document.time)}"
        outbox.add(connection, document, Recipient(outbox.MQTT), turn, now=now, due=now)
        if document.state == "firing":
            self._firing.add(key)
            if document.reason in PAGED:
                self._page(connection, document, turn, now)
            elif not document.historical:
                register.eased(connection, document.episode, document.severity)
        elif document.state == "resolved":
            self._firing.discard(key)
            for to in outbox.recipients_notified(connection, document.episode):
                self._put(connection, document, to, turn, now)

    def send_test(self, connection: sqlite3.Connection, by: str, now: datetime) -> None:
        """Send a test message down every route, at once and whatever the hour."""
        document = test_event(by, now)
        to = {
            each
            for route in self._notify.routes
            for each in recipients(
                structs.replace(self._notify, routes=(structs.replace(route, categories=(), sites=()),)),
                "critical", "system", document.site, now,
            )
        }  # fmt: skip
        for each in sorted(to):
            outbox.add(connection, document, each, "test", now=now, due=now)

    def follow_up(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Repeat and escalate what nobody has acknowledged, and notify what was silenced and still lasts."""
        silent = silences.in_force(connection, now)
        for episode in register.open_episodes(connection):
            if episode.historical or episode.acked_by or self._muted(episode.key, silent):
                continue
            if _is_untold(episode):
                severity = episode.announced or episode.severity
                document = structs.replace(episode.document, reason="still_exceeded", severity=severity)
                self._page(connection, document, f"unsilenced-{severity}-{to_ms(now)}", now)
            else:
                self._escalate(connection, episode, now)
                self._repeat(connection, episode, now)

    def _page(self, connection: sqlite3.Connection, document: AlertEvent, turn: str, now: datetime) -> None:
        key: WatchId = (document.rule, document.site, document.parameter)
        if not document.historical and self._muted(key, silences.in_force(connection, now)):
            return
        to = recipients(self._notify, document.severity, document.category, document.site, now)
        for each in to:
            self._put(connection, document, each, turn, now)
        if to and not document.historical:
            register.mark_notified(connection, document.episode, document.severity, now)

    def _repeat(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> None:
        rule = self._rules.get(episode.rule)
        every = parse_span(rule.repeat) if rule is not None else None
        if not every or episode.told_at is None or now - episode.told_at < every:
            return
        document = structs.replace(episode.document, state="firing", reason="repeat")
        for to in outbox.addressed(connection, episode.id):
            self._put(connection, document, to, f"repeat-{episode.notification_count}", now)
        register.mark_notified(connection, episode.id, None, now)

    def _escalate(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> None:
        wait = parse_span(self._notify.waits.escalate)
        if not wait or episode.told_at is None or now - episode.told_at < wait * (episode.step + 1):
            return
        step = episode.step + 1
        to = next_in_line(
            self._notify, episode.document.severity, episode.category, episode.site, now, step=step
        )
        if not to:
            return
        document = structs.replace(episode.document, state="firing", reason="escalated")
        for each in to:
            self._put(connection, document, each, f"escalation-{step}", now)
        register.mark_escalated(connection, episode.id, step)

    def _muted(self, key: WatchId, silent: Sequence[Silence]) -> bool:
        rule = self._rules.get(key[0])
        if rule is not None and inhibited_by(rule, key, self._firing):
            return True
        return any(silence.covers(key) for silence in silent)

    def _put(
        self, connection: sqlite3.Connection, document: AlertEvent, to: Recipient, turn: str, now: datetime
    ) -> None:
        waits = self._notify.waits
        if document.historical:
            due = next_turn(now, parse_span(waits.digest))
        elif document.severity == "critical":
            due = now
        else:
            due = outbox.gathering_due(connection, to, document.site, now, now + parse_span(waits.group))
        due = due_after_quiet(self._notify, to, document.severity, due)
        outbox.add(connection, document, to, turn, now=now, due=due)


def _is_untold(episode: Episode) -> bool:
    """Whether a silence kept from those concerned that it has become more severe."""
    told, announced = episode.told_severity, episode.announced
    return told is None or (announced is not None and is_more_severe(announced, told))


def next_turn(now: datetime, every: timedelta) -> datetime:
    """The next of the moments `every` apart; everything before it goes into one digest."""
    return now + (EPOCH - now) % every if every else now
