"""The `notify_file`: channels with addresses, people, duty, routes; every mistake is reported.

It holds secrets, so it is separate from the settings and never printed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from alerts.notify.channels.row import ChannelRow, address_flaws, channel_flaws
from alerts.notify.duty_calendar import DayKind, read_calendar, read_holidays
from alerts.rules.definition import RANK, Category, parse_span
from alerts.rules.index import NONE
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_names
from sensors.durations import parse_duration
from sensors.excerpt import excerpt
from sensors.model import Language, Severity
from sensors.text import read_bytes
from sensors.toml_config import parse_toml, row_from_toml

DUTY = "duty"
LONGEST_ID = 64


class NotifyConfigError(ValueError):
    """A notify file that cannot be used; each of `problems` is one line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """A person and their channels; in `quiet` hours nothing below `quiet_below` is sent."""

    id: str
    name: str
    channels: tuple[str, ...]
    language: Language | None = None
    quiet: str = ""
    quiet_below: Severity = "critical"

    def hours(self) -> tuple[time, time] | None:
        """The quiet hours, as clock times in Shanghai; the second may lie on the next day.

        Raises:
            ValueError: it is not a text such as `22:00-07:00`.
        """
        if not self.quiet:
            return None
        start, _, end = self.quiet.partition("-")
        return parse_clock(start.strip()), parse_clock(end.strip())


class DutyRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is on duty: `people` in weekly turns from the Monday `since`, or a CSV `date,person`.

    `holidays` is a CSV `date,kind` of the days that are `off`, or `work` though they are a weekend.
    """

    people: tuple[str, ...] = ()
    since: date | None = None
    calendar: str = ""
    handover: str = "09:00"
    holidays: str = ""


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes `to` whom: from `severity` on, of these categories and sites (none: all)."""

    to: tuple[str, ...]
    severity: Severity = "warning"
    categories: tuple[Category, ...] = ()
    sites: tuple[str, ...] = ()

    def matches(self, severity: Severity, category: Category, site: str) -> bool:
        """Whether the route applies to an event."""
        return (
            RANK[severity] >= RANK[self.severity]
            and (not self.categories or category in self.categories)
            and (not self.sites or site in self.sites)
        )


class Heartbeat(Struct, frozen=True, forbid_unknown_fields=True):
    """A heartbeat to an outside service, which raises the alarm when it stops."""

    url: str
    every: str = "5m"


class Waits(Struct, frozen=True, forbid_unknown_fields=True):
    """How long messages are gathered by event or in a digest, and until the next person is notified.

    `recovery` is how long an event must have been calm before it is over; of water it is two samples. Ends
    are told every `over`, several in one message; those of the system at once.
    `apart` is the distance between two messages to one person that can wait; it doubles with each in 24 h.
    """

    group: str = "30s"
    digest: str = "10m"
    escalate: str = "15m"
    recovery: str = "12h"
    over: str = "1d"
    apart: str = "2h"


class NotifyConfig(Struct, frozen=True):
    """The whole file; `calendar` is the duty by date, `holidays` the days of another kind, if given."""

    channels: Mapping[str, ChannelRow] = {}
    people: Mapping[str, Person] = {}
    duty: DutyRow = DutyRow()
    calendar: Mapping[date, str] = {}
    routes: tuple[Route, ...] = ()
    heartbeat: Heartbeat | None = None
    waits: Waits = Waits()
    holidays: Mapping[date, DayKind] = {}


_KEYS = ("channel", "person", "duty", "route", "heartbeat", "wait")
_Row = TypeVar("_Row")


def parse_clock(text: str) -> time:
    """A time of day in Shanghai; raises `ValueError` when it is none, or has an offset."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("a time of day here is Shanghai's, without an offset")
    return found


def load(path: Path) -> NotifyConfig:
    """Read the file.

    Raises:
        NotifyConfigError: with every problem; no line shows an address.
    """
    try:
        tables = parse_toml(read_bytes(path))
    except (OSError, ValueError) as error:
        raise NotifyConfigError([f"{path}: {getattr(error, 'strerror', None) or error}"]) from None
    problems = [f"{key}: unknown key" for key in tables if key not in _KEYS]
    channels = _rows(tables, "channel", ChannelRow, problems)
    people = _rows(tables, "person", Person, problems)
    for kind, ids in (("channel", [c.id for c in channels]), ("person", [p.id for p in people])):
        problems += [f"{kind} {id_}: id stands twice" for id_ in sorted({i for i in ids if ids.count(i) > 1})]
    duty = next(iter(_rows(tables, "duty", DutyRow, problems)), DutyRow())
    calendar = read_calendar(path.parent, duty.calendar, problems) if duty.calendar else {}
    everybody = (DUTY,) if duty.people or calendar else tuple(channel.id for channel in channels)
    routes = _rows(tables, "route", Route, problems) or ([Route(to=everybody)] if everybody else [])
    notify = NotifyConfig(
        {channel.id: channel for channel in channels},
        {person.id: person for person in people},
        duty,
        calendar,
        tuple(routes),
        _row("heartbeat", tables["heartbeat"], Heartbeat, problems) if "heartbeat" in tables else None,
        _row("wait", tables.get("wait", {}), Waits, problems) or Waits(),
        read_holidays(path.parent, duty.holidays, problems) if duty.holidays else {},
    )
    problems += _flaws(notify)
    if problems:
        raise NotifyConfigError([f"{path}: {problem}" for problem in problems])
    return notify


def unknown_sites(notify: NotifyConfig, catalogue: Catalogue) -> Iterator[str]:
    """A line for each site of a route that no event can be of."""
    known = {NONE, *catalogue.places, *area_names(catalogue)}
    for number, route in enumerate(notify.routes, 1):
        yield from (
            f'notify_file: route {number}: sites: no site, zone or river has the id "{site}"'
            for site in route.sites
            if site not in known
        )


def _rows(tables: Mapping[str, Any], key: str, kind: type[_Row], problems: list[str]) -> list[_Row]:
    given = tables.get(key, [])
    numbered = enumerate(given if isinstance(given, list) else [given], 1)
    rows = [_row(f"{key} {number}", table, kind, problems) for number, table in numbered]
    return [row for row in rows if row is not None]


def _row(label: str, table: object, kind: type[_Row], problems: list[str]) -> _Row | None:
    try:
        return row_from_toml(table, kind)
    except ValueError as error:
        problems.append(f"{label}: {error}")
        return None


def _flaws(notify: NotifyConfig) -> Iterator[str]:
    for channel in notify.channels.values():
        yield from _id_flaws("channel", channel.id)
        yield from channel_flaws(channel)
    for person in notify.people.values():
        yield from _id_flaws("person", person.id)
        if not person.channels:
            yield f"person {person.id}: channels: there is none, so that nothing reaches them"
        yield from (
            f'person {person.id}: channels: no [[channel]] has the id "{name}"'
            for name in person.channels
            if name not in notify.channels
        )
        try:
            person.hours()
        except ValueError:
            yield f"person {person.id}: quiet: {person.quiet!r} is not a time such as 22:00-07:00"
    for name in {*notify.duty.people, *notify.calendar.values()} - notify.people.keys():
        yield f'duty: no [[person]] has the id "{name}"'
    known = {DUTY} | notify.channels.keys() | notify.people.keys()
    for number, route in enumerate(notify.routes, 1):
        yield from (
            f'route {number}: to: "{name}" is not a channel, person or "duty"'
            for name in route.to
            if name not in known
        )
        if not route.to:
            yield f"route {number}: to: nobody"
        elif DUTY in route.to and not (notify.duty.people or notify.calendar):
            yield f'route {number}: to: nobody is on "duty": [duty] has neither people nor a calendar'
    yield from _wait_flaws(notify)


def _id_flaws(kind: str, id_: str) -> Iterator[str]:
    """Ids are shown in logs and metrics; one that no route can name would never be notified."""
    if not id_.strip() or not id_.isprintable() or len(id_) > LONGEST_ID:
        yield f"{kind} {excerpt(id_)}: id: 1 to {LONGEST_ID} visible characters"
    elif id_ == DUTY:
        yield f'{kind} {id_}: id: "{DUTY}" is whoever is on duty; take another'


def _wait_flaws(notify: NotifyConfig) -> Iterator[str]:
    for key in ("group", "digest", "escalate", "recovery", "over", "apart"):
        try:
            parse_span(getattr(notify.waits, key))
        except ValueError as error:
            yield f"wait.{key}: {error}"
    try:
        parse_clock(notify.duty.handover)
    except ValueError:
        yield f"duty: handover: {notify.duty.handover!r} is not a time such as 09:00"
    if notify.heartbeat is not None:
        yield from address_flaws("heartbeat.url", notify.heartbeat.url)
        try:
            parse_duration(notify.heartbeat.every)
        except ValueError as error:
            yield f"heartbeat.every: {error}"
