"""What the clock brings to open events: they last, spread, are passed on, and are over."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.episodes import register as episodes
from alerts.episodes.register import Episode
from alerts.episodes.states import ChangeReason
from alerts.events import register
from alerts.events.decision import (
    FollowUpWaits,
    Notify,
    NotifyReason,
    OpenEpisode,
    count_places,
    decide_follow_up,
    is_over,
    waits_for,
)
from alerts.events.event import Event
from alerts.events.lead import lead_of
from alerts.notify import outbox, silences
from alerts.notify.due import is_working
from alerts.notify.duty import Recipient, next_in_line
from alerts.notify.event import AlertEvent
from alerts.notify.notifier import Notifier, Told
from alerts.notify.reminders import to_reminder
from alerts.notify.sending import results
from alerts.notify.silences import Silence
from alerts.rules.definition import RANK, Rule, parse_repeat, parse_span
from sensors.calendar import to_ms
from sensors.catalogue.model import Catalogue
from sensors.model import Language

_AT_ONCE = timedelta()
_CHANGE_REASONS: Mapping[NotifyReason, ChangeReason] = {
    "first": "still_exceeded",
    "graver": "still_exceeded",
    "wider": "repeat",
    "still": "repeat",
    "handed_over": "escalated",
    "escalated": "escalated",
}


class Turn(NamedTuple):
    """Who may be notified besides those who know of an event: the next in line, and those on duty now.

    Whoever knows of it at a lower severity only is in line too.
    """

    next_in_line: tuple[Recipient, ...]
    on_duty: tuple[Recipient, ...]


class Followed(NamedTuple):
    """An open event, the episode that speaks for it, and all that are open."""

    event: Event
    lead: Episode
    open: Sequence[OpenEpisode]
    turn: Turn


class FollowUp:
    """Follows the open events; used inside the pipeline's transaction.

    Args:
        notifier: Who is notified.
        rules: By id.
        catalogue: What is measured, and how often water is.
        language: Of `message` in documents.
    """

    def __init__(
        self, notifier: Notifier, rules: Mapping[str, Rule], catalogue: Catalogue, language: Language
    ) -> None:
        self._notifier = notifier
        self._notify = notifier.notify
        self._rules = rules
        self._catalogue = catalogue
        self._language = language

    def step(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Notify people of what is due."""
        silenced = silences.in_force(connection, now)
        open_ = register.open_events(connection)
        for event in open_:
            if self._is_over(connection, event, open_, now):
                self.end(connection, event, now)
            elif event.calm is None:
                self._follow(connection, event, silenced, now)

    def end(self, connection: sqlite3.Connection, event: Event, now: datetime) -> None:
        """End an event, and tell those who were told of it."""
        register.end(connection, event.id)
        of_it = register.episodes_of(connection, event.id)
        to = outbox.recipients(connection, event.id, reached=True)
        if not (to and of_it):
            return
        real = [each for each in of_it if each.reason != "invalidated"]
        document = lead_of(real or of_it, self._catalogue).event
        over = Notify("over", event.severity)
        self._notifier.send(connection, Told(event, document, f"over-{to_ms(now)}"), over, to, now)

    def _is_over(
        self, connection: sqlite3.Connection, event: Event, open_: Sequence[Event], now: datetime
    ) -> bool:
        """Whether its recovery has lasted, or its values turned out not to hold: that is over at once."""
        recovery = self.recovery_of(event)
        if is_over(event, recovery, now):
            return not waits_for(event, open_, recovery, now)
        return event.calm is not None and register.is_invalidated(connection, event.id)

    def tell_acknowledged(self, connection: sqlite3.Connection, event: Event, by: str, now: datetime) -> None:
        """Tell everybody else who was told of an event that somebody has taken it over."""
        of_it = register.episodes_of(connection, event.id)
        named = {id_ for id_, person in self._notify.people.items() if by in {id_, person.name}}
        told = outbox.recipients(connection, event.id, reached=True)
        to = [each for each in told if each.person not in named]
        if not (to and of_it):
            return
        document = lead_of(of_it, self._catalogue).event
        taken = Notify("acknowledged", event.severity)
        self._notifier.send(connection, Told(event, document, f"acknowledged-{to_ms(now)}"), taken, to, now)

    def recovery_of(self, event: Event) -> timedelta:
        """For how long it must have been calm: of water two samples, of the system itself none."""
        if event.category in {"system", "attainment"}:
            return _AT_ONCE
        if event.cause == "water":
            sites = self._sites_of(event.area)
            cycles = [self._catalogue.sites[site].cycle for site in sites if site in self._catalogue.sites]
            if cycles:
                return 2 * max(cycles)
        return parse_span(self._notify.waits.recovery)

    def _sites_of(self, area: str) -> Sequence[str]:
        place = self._catalogue.places.get(area)
        return place.members or (place.id,) if place is not None else ()

    def _follow(
        self, connection: sqlite3.Connection, event: Event, silenced: Sequence[Silence], now: datetime
    ) -> None:
        of_it = register.open_episodes(connection, event.id)
        open_ = self._notifier.muting.of_episodes(of_it, silenced)
        speaking = {each.id for each in open_ if not each.muted}
        if not speaking:
            return
        lead = lead_of([each for each in of_it if each.id in speaking], self._catalogue)
        turn = self._turn_of(connection, event, lead, now)
        decision = decide_follow_up(
            event, open_, self._waits_of(lead, turn), now, is_working=is_working(now, self._notify.holidays)
        )
        if decision is not None:
            self._carry_out(connection, Followed(event, lead, open_, turn), decision, now)

    def _turn_of(self, connection: sqlite3.Connection, event: Event, lead: Episode, now: datetime) -> Turn:
        severity = event.notified_severity
        if severity is None or event.acked_by:
            return Turn((), ())
        on_duty = self._notifier.recipients_of(lead.event, severity, now)
        known = results.told_severities(connection, event.id)
        aware = {to for to, told in known.items() if RANK[told] >= RANK[severity]}
        next_ = next_in_line(self._notify, severity, lead.category, lead.site, now, known=aware)
        return Turn(next_, tuple(to for to in on_duty if to not in known))

    def _waits_of(self, lead: Episode, turn: Turn) -> FollowUpWaits:
        escalate = parse_span(self._notify.waits.escalate) if turn.next_in_line else _AT_ONCE
        if lead.category == "attainment":
            escalate = _AT_ONCE
        rule = self._rules.get(lead.rule)
        repeat = None if rule is None else parse_repeat(rule.repeat)
        return FollowUpWaits(escalate, repeat, bool(turn.on_duty))

    def _carry_out(
        self, connection: sqlite3.Connection, followed: Followed, decision: Notify, now: datetime
    ) -> None:
        event, reason = followed.event, decision.reason
        document = to_reminder(
            followed.lead, self._catalogue, self._language, now,
            reason=_CHANGE_REASONS[reason], severity=decision.severity,
        )  # fmt: skip
        to = self._recipients_of(connection, followed, document, decision, now)
        told = Told(event, document, f"{reason}-{to_ms(now)}")
        due = self._notifier.send(connection, told, decision, to, now)
        if reason == "escalated":
            register.mark_escalated(connection, event.id, event.step + 1)
            register.mark_reminded(connection, event.id, now)
        elif reason == "still":
            register.mark_reminded(connection, event.id, now)
        elif reason != "handed_over" and due is not None:
            places = count_places(followed.open, decision.severity)
            register.mark_notified(connection, event.id, decision, places, due)

    def _recipients_of(
        self,
        connection: sqlite3.Connection,
        followed: Followed,
        document: AlertEvent,
        decision: Notify,
        now: datetime,
    ) -> tuple[Recipient, ...]:
        if decision.reason == "escalated":
            return followed.turn.next_in_line
        if decision.reason == "handed_over":
            return followed.turn.on_duty
        if decision.reason == "still":
            return outbox.recipients(connection, followed.event.id, reached=False)
        return self._notifier.recipients_of(document, decision.severity, now)

    def adopt(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Put open episodes of a former build, or whose event was lost, into events; people know of them."""
        open_ = {event.id for event in register.open_events(connection)}
        for episode in episodes.open_episodes(connection):
            if episode.event_id in open_ or episode.historical:
                continue
            if episode.announced is not None:
                event = self._notifier.join(connection, episode.event)
                register.mark_notified(connection, event.id, Notify("first", episode.announced), 1, now)
