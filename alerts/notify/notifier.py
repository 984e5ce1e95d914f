"""Notifications of events: who is notified of what becomes of them, when; rows of the outbox."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from alerts.episodes import register as episodes
from alerts.events import register
from alerts.events.decision import Notify, NotifyDecision, Suppressed, decide_announcement
from alerts.events.event import Event
from alerts.events.group import AIR_CAUSES, EpisodeSubject, EventGroup, group_of
from alerts.events.muting import Muting
from alerts.notify import outbox, spacing
from alerts.notify.config import NotifyConfig
from alerts.notify.due import due_at, next_digest
from alerts.notify.duty import Recipient, recipients
from alerts.notify.event import AlertEvent, test_event
from alerts.rules.definition import INDICES, RANK, Rule, parse_span
from sensors.calendar import to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Severity

_BEGINNING = ("exceeded", "worse", "still_exceeded")  # reasons of a firing episode that may notify people


class Told(NamedTuple):
    """What people are notified of: an event, the episode that speaks for it now, and the occasion."""

    event: Event
    document: AlertEvent
    occasion: str


class Notifier:
    """Turns changes of episodes into rows of the outbox; used inside the pipeline's transaction.

    Args:
        rules: By id.
        notify: Channels, people, routes.
        catalogue: Which zone or river each site belongs to.
    """

    def __init__(self, rules: Mapping[str, Rule], notify: NotifyConfig, catalogue: Catalogue) -> None:
        self.notify = notify
        self.muting = Muting(rules, catalogue, notify)
        self._catalogue = catalogue

    def load(self, connection: sqlite3.Connection) -> None:
        """Load the open episodes."""
        self.muting.load(connection)

    def notify_change(self, connection: sqlite3.Connection, document: AlertEvent, now: datetime) -> None:
        """Put a change of an episode into the outbox: for MQTT as it is, for people if it is news."""
        key = (document.rule, document.site, document.parameter)
        occasion = f"{document.state}-{document.reason}-{document.severity}-{to_ms(document.time)}"
        event = None
        if document.state == "firing":
            self.muting.firing.add(key)
            if not document.historical:
                event = self.join(connection, document)
                document = structs.replace(document, event=event.id)
        elif document.state == "resolved":
            self.muting.firing.discard(key)
            self._settle(connection, document, occasion, now)
        outbox.add(connection, document, Recipient(outbox.MQTT), occasion, now=now, due=now)
        if document.state == "firing" and document.reason in _BEGINNING:
            decision = self._announce(connection, document, event, occasion, now)
            register.record(connection, document, occasion, decision, now)

    def send_test(self, connection: sqlite3.Connection, by: str, now: datetime, *, episode: str = "") -> None:
        """Send a test message down every route, at once and whatever the hour; under the id that is given."""
        document = test_event(by, now)
        if episode:
            document = structs.replace(document, episode=episode)
        to = {
            each
            for route in self.notify.routes
            for each in recipients(
                structs.replace(self.notify, routes=(structs.replace(route, categories=(), sites=()),)),
                "critical", "system", document.site, now,
            )
        }  # fmt: skip
        for each in sorted(to):
            outbox.add(connection, document, each, "test", now=now, due=now)

    def recipients_of(self, document: AlertEvent, severity: Severity, now: datetime) -> tuple[Recipient, ...]:
        """Whom the routes lead to."""
        return recipients(self.notify, severity, document.category, document.site, now)

    def send(
        self,
        connection: sqlite3.Connection,
        told: Told,
        notify: Notify,
        to: Iterable[Recipient],
        now: datetime,
    ) -> datetime | None:
        """Put a notification of an event into the outbox.

        Returns from when on people know: now, or when the first of their quiet hours and distances are over.
        """
        event, document = told.event, structs.replace(told.document, event=told.event.id, told=notify.reason)
        dues = []
        for each in to:
            planned = spacing.planned_for(connection, each) if each.person else ()
            due = due_at(self.notify, each, notify, document.category, now, planned=planned)
            due = outbox.group_due(connection, each, event.id, now, due)
            if each.person:
                spacing.note(connection, each, due, now)
            outbox.add(connection, document, each, told.occasion, now=now, due=due)
            dues.append(due)
        wait = parse_span(self.notify.waits.group)
        return max(now, min(dues) - wait) if dues else None

    def join(self, connection: sqlite3.Connection, document: AlertEvent) -> Event:
        """The event that an episode belongs to; it begins with this one if none is open."""
        subject = EpisodeSubject(document.category, document.site, document.parameter, document.statistic)
        group = group_of(subject, self._catalogue)
        if document.parameter in INDICES and group.cause in AIR_CAUSES:
            group = self._of_its_pollutant(connection, group)
        return register.join(connection, group, document)

    def _of_its_pollutant(self, connection: sqlite3.Connection, group: EventGroup) -> EventGroup:
        """The event of air that is open there; the most severe of several."""
        found = [register.find_open(connection, EventGroup(group.area, cause)) for cause in AIR_CAUSES]
        there = [event for event in found if event is not None]
        return max(there, key=lambda event: RANK[event.severity]).group if there else group

    def _settle(
        self, connection: sqlite3.Connection, document: AlertEvent, occasion: str, now: datetime
    ) -> None:
        episode = episodes.find(connection, document.episode)
        if episode is not None and episode.event_id:
            register.settle(connection, episode.event_id, now)
            return
        due = next_digest(now, parse_span(self.notify.waits.digest))
        for each in outbox.recipients(connection, document.episode, reached=True):
            outbox.add(connection, document, each, occasion, now=now, due=due)

    def _announce(
        self,
        connection: sqlite3.Connection,
        document: AlertEvent,
        event: Event | None,
        occasion: str,
        now: datetime,
    ) -> NotifyDecision:
        """Notify people of an announced severity, if that is news."""
        to = self.recipients_of(document, document.severity, now)
        if event is None:
            due = next_digest(now, parse_span(self.notify.waits.digest))
            for each in to:
                outbox.add(connection, document, each, occasion, now=now, due=due)
            return Suppressed("historical")
        speaking = self.muting.of_document(connection, document, now)
        decision = decide_announcement(event, speaking, has_recipients=bool(to))
        if isinstance(decision, Notify):
            known = self.send(connection, Told(event, document, occasion), decision, to, now) or now
            register.mark_notified(connection, event.id, decision, 1, known)
        return decision
