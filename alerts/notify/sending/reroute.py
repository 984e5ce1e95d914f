"""What one channel will never take goes at once to the person's next channel, or to the next person."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from alerts.events import register
from alerts.notify import outbox
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient, due_after_quiet, duty_turns, recipients_of
from alerts.notify.event import AlertEvent
from alerts.notify.outbox import Notification
from alerts.notify.sending import results


def reroute(
    connection: sqlite3.Connection, notify: NotifyConfig, given_up: Notification, now: datetime
) -> tuple[Recipient, ...]:
    """Give others what was refused for good or given up, unless whoever is next has it, or may still get it.

    Only what fires and wakes people: nobody else needs the end of what they were not told, a digest of old
    data, or a test. Whoever is next by the routes is told as they would be: after their quiet hours.

    Returns:
        Who is told instead; nobody if the person, or the next one, is reached by another channel already, or
        if nobody is left.
    """
    event = given_up.event
    if not wakes_people(event):
        return ()
    told = results.progress(connection, given_up)
    for step, turn in _turns(notify, given_up, now):
        if any(told.get(each) for each in turn):
            return ()
        untried = tuple(each for each in turn if each not in told)
        for each in untried:
            due = due_after_quiet(notify, each, event.severity, now)
            outbox.add(connection, event, each, given_up.occasion, now=now, due=due)
        if untried:
            _record_step(connection, event.event, step)
            return untried
    return ()


def wakes_people(event: AlertEvent) -> bool:
    """Whether somebody has to know: what fires, but neither old data nor a test."""
    return event.state == "firing" and not event.historical and not event.test


def _turns(
    notify: NotifyConfig, given_up: Notification, now: datetime
) -> Iterator[tuple[int, tuple[Recipient, ...]]]:
    """The person's own channels, then those of each who is next on duty, with their place in that order."""
    to, event = given_up.to, given_up.event
    person = notify.people.get(to.person)
    yield 0, recipients_of(person) if person else (structs.replace(to, address=""),)
    line = duty_turns(notify, event.severity, event.category, event.site, now)
    places = {each.id: place for place, each in enumerate(line)}
    for place in range(places.get(to.person, -1) + 1, len(line)):
        yield place, recipients_of(line[place])


def _record_step(connection: sqlite3.Connection, event: str, step: int) -> None:
    """Whoever has it by now is not told again by the escalation that comes."""
    found = register.find(connection, event) if event else None
    if found is not None and found.step < step:
        register.mark_escalated(connection, found.id, step)
