"""When a notification may be sent: at once, in a digest, in the morning, in working hours. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

from alerts.events.decision import Notify, NotifyReason
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient, due_after_quiet
from alerts.notify.duty_calendar import DayKind
from alerts.notify.spacing import space
from alerts.rules.definition import Category, parse_span
from sensors.calendar import EPOCH, SHANGHAI

NO_HURRY: tuple[NotifyReason, ...] = ("wider", "still", "over")
"""Reasons that wake nobody, however severe the event is."""
_WORK_BEGINS, _WORK_ENDS = time(9), time(17)
_SATURDAY = 5
_DAY = timedelta(days=1)
_AT_ONCE = timedelta()

Holidays: TypeAlias = Mapping[date, DayKind]


def next_digest(now: datetime, every: timedelta) -> datetime:
    """The next of the moments `every` apart; everything before it goes into one digest."""
    return now + (EPOCH - now) % every if every else now


def is_working(moment: datetime, holidays: Holidays) -> bool:
    """Whether these are working hours: from 09:00 until before 17:00 in Shanghai, on a day of work."""
    local = moment.astimezone(SHANGHAI)
    return is_workday(local.date(), holidays) and _WORK_BEGINS <= local.time() < _WORK_ENDS


def is_workday(day: date, holidays: Holidays) -> bool:
    """Whether people work on this day: as the holidays say, otherwise Monday to Friday."""
    kind = holidays.get(day)
    return day.weekday() < _SATURDAY if kind is None else kind == "work"


def in_working_hours(moment: datetime, holidays: Holidays) -> datetime:
    """The moment itself, or the next at which working hours begin."""
    if is_working(moment, holidays):
        return moment
    local = moment.astimezone(SHANGHAI)
    begin = datetime.combine(local, _WORK_BEGINS, SHANGHAI)
    if begin <= local:
        begin += _DAY
    while not is_workday(begin.date(), holidays):
        begin += _DAY
    return begin.astimezone(UTC)


def due_at(
    notify: NotifyConfig,
    to: Recipient,
    decided: Notify,
    category: Category,
    now: datetime,
    *,
    planned: Sequence[datetime] = (),
) -> datetime:
    """When a person may be notified of an event.

    What is critical and new goes out at once, everything else after the group's wait, apart from their other
    messages (`planned`) and outside of quiet hours; ends of events are gathered, but for critical ones and
    those of the system; whether a yearly target is met is for working hours. What the system says of itself,
    who has acknowledged, and channels without a person wait for no distance.
    """
    if category == "attainment":
        return due_after_quiet(notify, to, "info", in_working_hours(now, notify.holidays))
    hurries = decided.reason not in NO_HURRY
    is_urgent = decided.severity == "critical" and hurries
    due = now if is_urgent else now + parse_span(notify.waits.group)
    if decided.reason == "over" and category != "system":
        due = next_digest(due, parse_span(notify.waits.over))
    severity = decided.severity if hurries else "info"
    if is_urgent or not to.person or category == "system" or decided.reason == "acknowledged":
        return due_after_quiet(notify, to, severity, due)
    apart = parse_span(notify.waits.apart)
    due = due_after_quiet(notify, to, severity, due)
    due = space(due, planned, apart, earlier=_AT_ONCE if hurries else apart) if apart else due
    return due_after_quiet(notify, to, severity, due)
