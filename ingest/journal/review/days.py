"""The reviews of sites' days in the journal: a row a step of a day, in days of Asia/Shanghai."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from ingest.journal import audit
from ingest.journal.entries import ON_TIME
from ingest.journal.review.steps import (
    AnyStep,
    ReviewError,
    ReviewLevels,
    ReviewState,
    Step,
    level_after,
    state_of,
)
from sensors.calendar import SHANGHAI, from_ms, to_ms

DayChange = Literal["late", "revision", "check", "mark", "import", "recompute", "replay"]
"""What changes a day: readings that come late or again, another verdict of a check, and what people do."""

_COLUMNS = "site, day, step, level, levels, cause, by, reason, made_ms"
_PERIOD = re.compile(r"([0-9]{4}-[0-9]{2})(-[0-9]{2})?")
_ONE_DAY = timedelta(days=1)
_CURE = "a change of it wants a reason, and then it is submitted anew"


class DayStep(Struct, frozen=True):
    """A step of the review of a site's day, `YYYY-MM-DD`; `cause` says what made it `changed`, else ""."""

    site: str
    day: str
    step: AnyStep
    level: int
    levels: int
    cause: DayChange | Literal[""]
    by: str
    reason: str
    made: datetime


class ReviewedDay(Struct, frozen=True):
    """A site's day with all steps of its review, as they were taken."""

    site: str
    day: str
    steps: tuple[DayStep, ...]

    @property
    def state(self) -> ReviewState:
        """What it is now."""
        return state_of(self.steps)

    @property
    def changes(self) -> tuple[DayStep, ...]:
        """What changed it since it was last submitted."""
        begun = max((n for n, one in enumerate(self.steps) if one.step == "submitted"), default=0)
        return tuple(one for one in self.steps[begun:] if one.step == "changed")

    @property
    def is_under_review(self) -> bool:
        """Whether a change of it is told: it was submitted, and not returned since."""
        return self.state not in {"draft", "returned"}


def read_days(
    connection: sqlite3.Connection, site: str | None = None, days: Sequence[str] | None = None
) -> list[ReviewedDay]:
    """Every day that has a review, by site and day; of one site, and of these days, if they are given."""
    first, last = (min(days), max(days)) if days else ("", "~")
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM day_review WHERE (?1 IS NULL OR site = ?1) AND day BETWEEN ?2 AND ?3"
        " ORDER BY site, day, id",
        (site, first, last),
    )
    found: dict[tuple[str, str], list[DayStep]] = {}
    for name, day, step, level, levels, cause, by, reason, made in rows:
        one = DayStep(name, day, step, level, levels, cause, by, reason, from_ms(made))
        found.setdefault((one.site, one.day), []).append(one)
    wanted = None if days is None else frozenset(days)
    return [
        ReviewedDay(*key, tuple(steps)) for key, steps in found.items() if wanted is None or key[1] in wanted
    ]


def add_steps(connection: sqlite3.Connection, steps: Iterable[DayStep]) -> None:
    """Write steps."""
    connection.executemany(
        f"INSERT INTO day_review ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.site,
                one.day,
                one.step,
                one.level,
                one.levels,
                one.cause,
                one.by,
                one.reason,
                to_ms(one.made),
            )
            for one in steps
        ],
    )


def is_any_reviewed(connection: sqlite3.Connection) -> bool:
    """Whether any day has a review."""
    return connection.execute("SELECT 1 FROM day_review LIMIT 1").fetchone() is not None


def count_changed(connection: sqlite3.Connection) -> int:
    """How many days of sites changed after they were submitted, and wait to be submitted anew."""
    query = (
        "SELECT count(*) FROM day_review WHERE step = 'changed'"
        " AND id IN (SELECT max(id) FROM day_review GROUP BY site, day)"
    )
    count: int = connection.execute(query).fetchone()[0]
    return count


def rename_site(connection: sqlite3.Connection, former: str, site: str) -> None:
    """Have the reviews of a renamed site be those of its present id."""
    connection.execute("UPDATE day_review SET site = ? WHERE site = ?", (site, former))


def days_of(period: str) -> list[str]:
    """The days of `YYYY-MM-DD` or of a month, `YYYY-MM`.

    Raises:
        ReviewError: it is neither.
    """
    found = _PERIOD.fullmatch(period)
    try:
        first = date.fromisoformat(f"{found[1]}{found[2] or '-01'}" if found else "")
    except ValueError:
        raise ReviewError(f"{period!r} is neither a day, YYYY-MM-DD, nor a month, YYYY-MM") from None
    if period == first.isoformat():
        return [period]
    days = (first + n * _ONE_DAY for n in range(31))
    return [day.isoformat() for day in days if day.month == first.month]


def take_step(
    connection: sqlite3.Connection,
    site: str,
    days: Sequence[str],
    step: Step,
    *,
    by: str,
    reason: str,
    levels: ReviewLevels,
    now: datetime,
) -> list[DayStep]:
    """Take a step of the review of a site's days, in the caller's transaction; returns what was recorded.

    Of several days those that have taken it already are left as they are.

    Raises:
        ReviewError: a day is not over, or cannot take the step, or all of several have taken it; nothing
            is recorded then.
    """
    known = {one.day: one for one in read_days(connection, site, days)}
    reviewed = [known.get(day) or ReviewedDay(site, day, ()) for day in days]
    open_ = [one for one in reviewed if not _has_taken(one, step)] if len(days) > 1 else reviewed
    taken = [_step(one, step, by=by, reason=reason, levels=levels, now=now) for one in open_ or reviewed[:1]]
    add_steps(connection, taken)
    audit.record(
        connection,
        f"approval_{step}",
        [site, *dict.fromkeys((taken[0].day, taken[-1].day))],
        now,
        why=reason,
        by=by,
        details={"days": len(taken)},
    )
    return taken


def is_over(day: str, now: datetime) -> bool:
    """Whether a day has ended, and what came on time of it has come."""
    return now - _ONE_DAY - ON_TIME >= datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)


def _has_taken(one: ReviewedDay, step: Step) -> bool:
    if step == "submitted":
        return one.state in {"submitted", "approved", "locked"}
    if step == "approved":
        return one.state == "locked"
    return one.state not in {"submitted", "approved"}


def _step(
    one: ReviewedDay, step: Step, *, by: str, reason: str, levels: ReviewLevels, now: datetime
) -> DayStep:
    name = f"{one.site} {one.day}"
    if not is_over(one.day, now):
        raise ReviewError(f"{name} is not over; it can be submitted a minute after its end")
    level = level_after(one.steps, step, by=by, reason=reason, levels=levels, name=name, cure=_CURE)
    return DayStep(one.site, one.day, step, level, levels.number, "", by.strip(), reason.strip(), now)
