"""Who is notified: the routes, the person on duty and those after them, quiet hours. Pure."""

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from alerts.notify.config import DUTY, NotifyConfig, Person, Route, parse_clock
from alerts.rules.definition import RANK, Category
from sensors.calendar import SHANGHAI
from sensors.model import Severity

_WEEK = timedelta(weeks=1)


class Recipient(Struct, frozen=True, order=True):
    """A channel, the person it is for ("" for none), and the hash of an address where it has several."""

    channel: str
    person: str = ""
    address: str = ""


def recipients(
    notify: NotifyConfig, severity: Severity, category: Category, site: str, now: datetime
) -> tuple[Recipient, ...]:
    """Everyone that the routes lead to, each once."""
    found: dict[Recipient, None] = {}
    for route in _matching(notify, severity, category, site):
        for name in route.to:
            found |= dict.fromkeys(_recipients_named(notify, name, now))
    return tuple(found)


def next_in_line(
    notify: NotifyConfig,
    severity: Severity,
    category: Category,
    site: str,
    now: datetime,
    *,
    known: Container[Recipient],
) -> tuple[Recipient, ...]:
    """Whom an escalation is for: the first after the person on duty who is not among `known`; or nobody."""
    turns = [recipients_of(person) for person in duty_turns(notify, severity, category, site, now)[1:]]
    return next((turn for turn in turns if turn and not any(to in known for to in turn)), ())


def duty_turns(
    notify: NotifyConfig, severity: Severity, category: Category, site: str, now: datetime
) -> Sequence[Person]:
    """Everybody on the duty list in order, if a route leads to whoever is on duty; otherwise nobody."""
    if not any(DUTY in route.to for route in _matching(notify, severity, category, site)):
        return ()
    return duty_order(notify, now)


def recipients_of(person: Person) -> tuple[Recipient, ...]:
    """Each of a person's channels."""
    return tuple(Recipient(channel, person.id) for channel in person.channels)


def duty_order(notify: NotifyConfig, now: datetime) -> Sequence[Person]:
    """The person on duty, then everyone else on the duty list in order."""
    day = _duty_day(notify, now)
    names = list(notify.duty.people) or list(dict.fromkeys(notify.calendar.values()))
    if not names:
        return ()
    first = notify.calendar.get(day)
    if first is None and notify.duty.people:
        since = notify.duty.since or date(2024, 1, 1)  # any Monday: turns follow the calendar's weeks
        first = names[((day - since) // _WEEK) % len(names)]
    start = names.index(first) if first in names else 0
    rotated = names[start:] + names[:start]
    return [notify.people[name] for name in ([first] if first and first not in names else []) + rotated]


def due_after_quiet(notify: NotifyConfig, to: Recipient, severity: Severity, due: datetime) -> datetime:
    """When a message may be sent to this person: at once, or at the end of their quiet hours."""
    person = notify.people.get(to.person)
    hours = person.hours() if person is not None else None
    if person is None or hours is None or RANK[severity] >= RANK[person.quiet_below]:
        return due
    start, end = hours
    local = due.astimezone(SHANGHAI)
    quiet = start <= local.time() < end if start <= end else (local.time() >= start or local.time() < end)
    if not quiet:
        return due
    over = datetime.combine(local, end, SHANGHAI)
    return (over if over > local else over + timedelta(days=1)).astimezone(UTC)


def _matching(notify: NotifyConfig, severity: Severity, category: Category, site: str) -> Iterator[Route]:
    return (route for route in notify.routes if route.matches(severity, category, site))


def _recipients_named(notify: NotifyConfig, name: str, now: datetime) -> Iterator[Recipient]:
    if name == DUTY:
        line = duty_order(notify, now)
        yield from recipients_of(line[0]) if line else ()
    elif name in notify.people:
        yield from recipients_of(notify.people[name])
    else:
        yield Recipient(name)


def _duty_day(notify: NotifyConfig, now: datetime) -> date:
    """The duty's day, which begins at the hand-over."""
    local = now.astimezone(SHANGHAI)
    handover = parse_clock(notify.duty.handover)
    return local.date() - timedelta(days=local.time() < handover)
