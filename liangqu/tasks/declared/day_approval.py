"""Reviewing the readings of a site, by day or month: submitted, approved by each level, or returned."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.journal.review.days import DayStep, ReviewedDay, days_of, read_days, take_step
from ingest.journal.review.locks import LockedDayError
from ingest.journal.review.steps import ReviewError, ReviewState, Step
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from sensors.calendar import shanghai_day

if TYPE_CHECKING:
    from liangqu.config.settings import Settings


class ReviewedSpan(NamedTuple):
    """Days of a site, next to each other in the record, whose reviews stand alike.

    `last` is the last step of each, `changes` what changed them since they were submitted.
    """

    site: str
    first: str
    until: str
    days: int
    state: ReviewState
    last: DayStep
    changes: tuple[DayStep, ...]


def review_days(
    settings: "Settings", site: str, period: str, *, step: Step, by: str, reason: str, now: datetime
) -> list[DayStep]:
    """Take a step of the review of a site's day, `YYYY-MM-DD`, or of each day of a month, `YYYY-MM`.

    Raises:
        ProblemError: the step cannot be taken; nothing is recorded then.
    """
    try:
        days = _days_of(settings, period)
        with closing(open_journal(settings)) as journal, journal.transaction() as connection:
            return take_step(
                connection, site, days, step, by=by, reason=reason, levels=settings.review.rule, now=now
            )
    except ReviewError as error:
        raise ProblemError(str(error), exit_code=1) from None


def _days_of(settings: "Settings", period: str) -> list[str]:
    days, earliest = days_of(period), shanghai_day(settings.bounds().earliest)
    if days[-1] < earliest:
        raise ProblemError(f"{period}: no reading is from before {earliest} (ingest.earliest)")
    return days


def reviewed_days(
    settings: "Settings", site: str | None = None, period: str | None = None
) -> list[ReviewedDay]:
    """The days that have a review, by site and day; none without a journal.

    Raises:
        ProblemError: the period is neither a day nor a month.
    """
    if not Path(settings.journal.path).exists():
        return []
    try:
        days = days_of(period) if period else None
    except ReviewError as error:
        raise ProblemError(str(error)) from None
    with closing(open_journal(settings)) as journal, journal.snapshot() as connection:
        return read_days(connection, site, days)


def reviewed_spans(days: Iterable[ReviewedDay]) -> Iterator[ReviewedSpan]:
    """Days that stand alike together, in their order."""
    for _, group in groupby(days, _standing):
        alike = list(group)
        first, last = alike[0], alike[-1]
        yield ReviewedSpan(
            first.site, first.day, last.day, len(alike), first.state, first.steps[-1], first.changes
        )


def taken_spans(steps: Sequence[DayStep]) -> Iterator[ReviewedSpan]:
    """Steps that were just taken, as `reviewed_spans`."""
    return reviewed_spans(ReviewedDay(one.site, one.day, (one,)) for one in steps)


@contextmanager
def locks_told() -> Iterator[None]:
    """For what may change an approved day: the refusal becomes a ProblemError."""
    try:
        yield
    except LockedDayError as locked:
        raise ProblemError(str(locked)) from None


def _standing(one: ReviewedDay) -> tuple[object, ...]:
    last = one.steps[-1]
    changes = tuple((change.cause, change.by, change.reason) for change in one.changes)
    return one.site, one.state, last.level, last.levels, last.by, last.reason, changes
