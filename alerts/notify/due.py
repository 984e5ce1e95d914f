"""When a notification may be sent: at once, in a digest, in the morning, in working hours. Pure."""

from datetime import UTC, datetime, time, timedelta

from alerts.events.decision import Notify, NotifyReason
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient, due_after_quiet
from alerts.rules.definition import Category, parse_span
from sensors.calendar import EPOCH, SHANGHAI

NO_HURRY: tuple[NotifyReason, ...] = ("wider", "still", "over")
"""Reasons that wake nobody, however severe the event is."""
_WORK_BEGINS, _WORK_ENDS = time(9), time(17)
_SATURDAY = 5
_DAY = timedelta(days=1)


def next_digest(now: datetime, every: timedelta) -> datetime:
    """The next of the moments `every` apart; everything before it goes into one digest."""
    return now + (EPOCH - now) % every if every else now


def is_working(moment: datetime) -> bool:
    """Whether these are working hours: Monday to Friday, from 09:00 until before 17:00 in Shanghai."""
    local = moment.astimezone(SHANGHAI)
    return local.weekday() < _SATURDAY and _WORK_BEGINS <= local.time() < _WORK_ENDS


def in_working_hours(moment: datetime) -> datetime:
    """The moment itself, or the next at which working hours begin."""
    if is_working(moment):
        return moment
    local = moment.astimezone(SHANGHAI)
    begin = datetime.combine(local, _WORK_BEGINS, SHANGHAI)
    if begin <= local:
        begin += _DAY
    while begin.weekday() >= _SATURDAY:
        begin += _DAY
    return begin.astimezone(UTC)


def due_at(
    notify: NotifyConfig, to: Recipient, decided: Notify, category: Category, now: datetime
) -> datetime:
    """When a person may be notified of an event.

    What is critical and new goes out at once, everything else after the group's wait and outside of quiet
    hours; ends of events are gathered, those of the system excepted; whether a yearly target is met is for
    working hours.
    """
    if category == "attainment":
        return due_after_quiet(notify, to, "info", in_working_hours(now))
    hurries = decided.reason not in NO_HURRY
    is_urgent = decided.severity == "critical" and hurries
    due = now if is_urgent else now + parse_span(notify.waits.group)
    if decided.reason == "over" and category != "system":
        due = next_digest(due, parse_span(notify.waits.over))
    return due_after_quiet(notify, to, decided.severity if hurries else "info", due)
