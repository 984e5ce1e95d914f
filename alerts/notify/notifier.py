"""Notifications of changes and of what lasts: routes, silences, inhibitions, repeats, escalation."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from alerts.episodes import register
from alerts.episodes.register import Episode
from alerts.episodes.states import ChangeReason
from alerts.notify import outbox, silences
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient, due_after_quiet, next_in_line, recipients
from alerts.notify.event import AlertEvent, test_event
from alerts.notify.reminders import to_reminder
from alerts.notify.silences import Silence
from alerts.rules.definition import Rule, parse_span
from alerts.rules.index import WatchId, is_more_severe
from alerts.rules.inhibition import inhibited_by
from sensors.calendar import EPOCH, to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Severity

_NOTIFYING = ("exceeded", "worse", "still_exceeded")  # reasons to notify of a firing episode


class Notifier:
    """Turns changes into rows of the outbox; used inside the pipeline's transaction.

    Args:
        rules: By id.
        notify: Channels, people, routes.
        catalogue: What is measured, for reminders.
        language: Of `message` in events.
    """

    def __init__(
        self, rules: Mapping[str, Rule], notify: NotifyConfig, catalogue: Catalogue, language: Language
    ) -> None:
        self._rules = rules
        self._notify = notify
        self._catalogue = catalogue
        self._language = language
        self._firing: set[WatchId] = set()

    def load(self, connection: sqlite3.Connection) -> None:
        """Load the open episodes."""
        self._firing = {episode.key for episode in register.open_episodes(connection)}

    def notify_change(self, connection: sqlite3.Connection, event: AlertEvent, now: datetime) -> None:
        """Put a change into the outbox: the event for everyone, messages for those concerned."""
        key: WatchId = (event.rule, event.site, event.parameter)
        occasion = f"{event.state}-{event.reason}-{event.severity}-{to_ms(event.time)}"
        outbox.add(connection, event, Recipient(outbox.MQTT), occasion, now=now, due=now)
        if event.state == "firing":
            self._firing.add(key)
            if event.reason in _NOTIFYING:
                self._notify_recipients(connection, event, occasion, now)
            elif not event.historical:
                register.lower_notified_severity(connection, event.episode, event.severity)
        elif event.state == "resolved":
            self._firing.discard(key)
            for to in outbox.recipients(connection, event.episode, reached=True):
                self._enqueue(connection, event, to, occasion, now)

    def send_test(self, connection: sqlite3.Connection, by: str, now: datetime, *, episode: str = "") -> None:
        """Send a test message down every route, at once and whatever the hour; under the id that is given."""
        event = test_event(by, now)
        if episode:
            event = structs.replace(event, episode=episode)
        to = {
            each
            for route in self._notify.routes
            for each in recipients(
                structs.replace(self._notify, routes=(structs.replace(route, categories=(), sites=()),)),
                "critical", "system", event.site, now,
            )
        }  # fmt: skip
        for each in sorted(to):
            outbox.add(connection, event, each, "test", now=now, due=now)

    def follow_up(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Repeat and escalate what nobody has acknowledged, and notify what was silenced and still lasts."""
        silenced = silences.in_force(connection, now)
        for episode in register.open_episodes(connection):
            if episode.historical or episode.acked_by or self._is_muted(episode.key, silenced):
                continue
            if _is_unnotified(episode):
                severity = episode.announced or episode.severity
                event = self._reminder(episode, now, reason="still_exceeded", severity=severity)
                self._notify_recipients(connection, event, f"unsilenced-{severity}-{to_ms(now)}", now)
            else:
                self._escalate(connection, episode, now)
                self._repeat(connection, episode, now)

    def _notify_recipients(
        self, connection: sqlite3.Connection, event: AlertEvent, occasion: str, now: datetime
    ) -> None:
        key: WatchId = (event.rule, event.site, event.parameter)
        if not event.historical and self._is_muted(key, silences.in_force(connection, now)):
            return
        to = recipients(self._notify, event.severity, event.category, event.site, now)
        for each in to:
            self._enqueue(connection, event, each, occasion, now)
        if to and not event.historical:
            register.mark_notified(connection, event.episode, event.severity, now)

    def _repeat(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> None:
        rule = self._rules.get(episode.rule)
        every = parse_span(rule.repeat) if rule is not None else None
        if not every or episode.notified_at is None or now - episode.notified_at < every:
            return
        event = self._reminder(episode, now, reason="repeat")
        for to in outbox.recipients(connection, episode.id, reached=False):
            self._enqueue(connection, event, to, f"repeat-{episode.notification_count}", now)
        register.mark_notified(connection, episode.id, None, now)

    def _escalate(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> None:
        wait = parse_span(self._notify.waits.escalate)
        if not wait or episode.notified_at is None or now - episode.notified_at < wait * (episode.step + 1):
            return
        step = episode.step + 1
        to = next_in_line(
            self._notify, episode.event.severity, episode.category, episode.site, now, step=step
        )
        if not to:
            return
        event = self._reminder(episode, now, reason="escalated")
        for each in to:
            self._enqueue(connection, event, each, f"escalation-{step}", now)
        register.mark_escalated(connection, episode.id, step)

    def _reminder(
        self, episode: Episode, now: datetime, *, reason: ChangeReason, severity: Severity | None = None
    ) -> AlertEvent:
        return to_reminder(episode, self._catalogue, self._language, now, reason=reason, severity=severity)

    def _is_muted(self, key: WatchId, silenced: Sequence[Silence]) -> bool:
        rule = self._rules.get(key[0])
        if rule is not None and inhibited_by(rule, key, self._firing):
            return True
        return any(silence.covers(key) for silence in silenced)

    def _enqueue(
        self, connection: sqlite3.Connection, event: AlertEvent, to: Recipient, occasion: str, now: datetime
    ) -> None:
        waits = self._notify.waits
        if event.historical:
            due = next_digest(now, parse_span(waits.digest))
        elif event.severity == "critical":
            due = now
        else:
            due = outbox.group_due(connection, to, event.site, now, now + parse_span(waits.group))
        due = due_after_quiet(self._notify, to, event.severity, due)
        outbox.add(connection, event, to, occasion, now=now, due=due)


def _is_unnotified(episode: Episode) -> bool:
    """Whether a silence kept from those concerned that it has become more severe."""
    notified, announced = episode.notified_severity, episode.announced
    return notified is None or (announced is not None and is_more_severe(announced, notified))


def next_digest(now: datetime, every: timedelta) -> datetime:
    """The next of the moments `every` apart; everything before it goes into one digest."""
    return now + (EPOCH - now) % every if every else now
