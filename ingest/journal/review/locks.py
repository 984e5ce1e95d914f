"""Whoever changes a reviewed day passes here: a locked one wants a reason, and each shows as changed."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, Protocol

from ingest.journal.review.days import DayChange, DayStep, ReviewedDay, add_steps, is_any_reviewed, read_days
from ingest.journal.review.steps import wants_reason
from sensors.calendar import shanghai_day
from sensors.model import Key

SiteDay = tuple[str, str]
"""A site's id, and a day of Asia/Shanghai as YYYY-MM-DD."""


class ChangedReading(Protocol):
    """A reading that the store holds otherwise now, and what changed it."""

    @property
    def key(self) -> Key: ...  # noqa: D102

    @property
    def cause(self) -> DayChange: ...  # noqa: D102


class LockedDayError(ValueError):
    """Such a day changes with a reason and a name only; `day` is its site and date."""

    def __init__(self, day: str) -> None:
        super().__init__(f"{day} is approved; --reason and --by say why it changes, and who says so")
        self.day = day


def admit_change(
    connection: sqlite3.Connection,
    days: Iterable[SiteDay],
    cause: DayChange,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    """Let somebody change days, in the caller's transaction; those under review show as changed.

    Raises:
        LockedDayError: one is locked, or was, and there is no reason or no name; nothing is recorded then.
    """
    reviewed = _reviewed(connection, days)
    if not (reason.strip() and by.strip()):
        for locked in _locked(reviewed):
            raise LockedDayError(f"{locked.site} {locked.day}")
    _reopen(connection, reviewed, _Change(cause, _printable(by), _printable(reason), now))


def locked_among(connection: sqlite3.Connection, days: Iterable[SiteDay]) -> list[SiteDay]:
    """Those of the days that change with a reason only, by site and day."""
    return [(one.site, one.day) for one in _locked(_reviewed(connection, days))]


def reopen(connection: sqlite3.Connection, changed: Iterable[ChangedReading], now: datetime) -> None:
    """Have the days of readings that came by themselves show as changed: what came is never refused."""
    if not is_any_reviewed(connection):
        return
    by_cause: dict[DayChange, set[SiteDay]] = {}
    for one in changed:
        by_cause.setdefault(one.cause, set()).add((one.key.site, shanghai_day(one.key.time)))
    for cause, days in by_cause.items():
        _reopen(connection, _reviewed(connection, days), _Change(cause, "", "", now))


def reopen_late(connection: sqlite3.Connection, days: Iterable[SiteDay], now: datetime) -> None:
    """The same of days of which readings came that were not there at their time."""
    _reopen(connection, _reviewed(connection, days), _Change("late", "", "", now))


def days_changed(changed: Iterable[ChangedReading]) -> set[SiteDay]:
    """The days of these readings."""
    return {(one.key.site, shanghai_day(one.key.time)) for one in changed}


def _printable(text: str) -> str:
    """What a report can print of it: a Word document takes no control characters."""
    return "".join(character for character in text if character.isprintable()).strip()


class _Change(NamedTuple):
    cause: DayChange
    by: str
    reason: str
    made: datetime


def _reviewed(connection: sqlite3.Connection, days: Iterable[SiteDay]) -> list[ReviewedDay]:
    """Those of the days whose change is told."""
    if not is_any_reviewed(connection):
        return []
    found = (
        one
        for site, own in groupby(sorted(set(days)), itemgetter(0))
        for one in read_days(connection, site, [day for _, day in own])
    )
    return [one for one in found if one.is_under_review]


def _locked(reviewed: Iterable[ReviewedDay]) -> Iterator[ReviewedDay]:
    return (one for one in reviewed if wants_reason(one.steps))


def _reopen(connection: sqlite3.Connection, reviewed: Iterable[ReviewedDay], change: _Change) -> None:
    """Record a change of each, once for a cause, name and reason until it is submitted again."""
    new = [
        one
        for one in reviewed
        if change[:3] not in {(known.cause, known.by, known.reason) for known in one.changes}
    ]
    add_steps(
        connection,
        [DayStep(one.site, one.day, "changed", 0, one.steps[-1].levels, *change) for one in new],
    )
