"""Reviews of monthly reports in the journal, and what was changed on purpose in a month that is approved."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from ingest.journal import audit
from ingest.journal.review.steps import Step
from sensors.calendar import from_ms, shanghai_day, to_ms

ChangeOf = Literal["import", "recompute", "replay"]


class Review(Struct, frozen=True):
    """One step of a report's review. `level` is how many levels have approved after it, of `levels`.

    `sha256` is that of the report's report.json; `month` is `YYYY-MM` in Asia/Shanghai.
    """

    month: str
    revision: int
    language: str
    sha256: str
    step: Step
    level: int
    levels: int
    by: str
    reason: str
    made: datetime

    @property
    def is_final(self) -> bool:
        """Whether the month is approved by it: by the last level."""
        return self.step == "approved" and self.level == self.levels


class ApprovedChange(Struct, frozen=True):
    """What somebody changed in a month after it was approved, and why."""

    month: str
    what: ChangeOf
    reason: str
    by: str
    made: datetime


def add_review(connection: sqlite3.Connection, review: Review) -> None:
    """Write a step, in the audit list too."""
    connection.execute(
        "INSERT INTO review (month, revision, language, sha256, step, level, levels, by, reason, made_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            review.month, review.revision, review.language, review.sha256, review.step, review.level,
            review.levels, review.by, review.reason, to_ms(review.made),
        ),
    )  # fmt: skip
    audit.record(
        connection,
        f"report_{review.step}",
        [review.month],
        review.made,
        why=review.reason,
        by=review.by,
        details={"revision": review.revision, "language": review.language, "level": review.level},
    )


def read_reviews(connection: sqlite3.Connection, month: str | None = None) -> list[Review]:
    """Every step, of one month or of all, as they were taken."""
    rows = connection.execute(
        "SELECT month, revision, language, sha256, step, level, levels, by, reason, made_ms FROM review"
        " WHERE ? IS NULL OR month = ? ORDER BY id",
        (month, month),
    )
    return [
        Review(month_, revision, language, digest, step, level, levels, by, reason, from_ms(made))
        for month_, revision, language, digest, step, level, levels, by, reason, made in rows
    ]


def approved_months(connection: sqlite3.Connection) -> dict[str, Review]:
    """The months that are approved, each with the step that did it last."""
    return {one.month: one for one in read_reviews(connection) if one.is_final}


def add_changes(
    connection: sqlite3.Connection,
    months: Iterable[str],
    what: ChangeOf,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Write that approved months were changed, in the audit list too; without any there is nothing to say."""
    if not (months := [*months]):
        return
    connection.executemany(
        "INSERT INTO approved_change (month, what, reason, by, made_ms) VALUES (?, ?, ?, ?, ?)",
        [(month, what, reason, by, to_ms(now)) for month in months],
    )
    audit.record(connection, f"approved_{what}", months, now, why=reason, by=by)


def read_changes(connection: sqlite3.Connection, month: str) -> list[ApprovedChange]:
    """What was changed in a month after it was approved, as it was done."""
    rows = connection.execute(
        "SELECT month, what, reason, by, made_ms FROM approved_change WHERE month = ? ORDER BY id", (month,)
    )
    return [
        ApprovedChange(month_, what, reason, by, from_ms(made)) for month_, what, reason, by, made in rows
    ]


def months_among(approved: Mapping[str, Review], days: Iterable[str]) -> set[str]:
    """The approved months that `YYYY-MM-DD` days are of."""
    return {day[:7] for day in days} & approved.keys()


def month_of(time: datetime) -> str:
    """The month of a time, `YYYY-MM` in Asia/Shanghai."""
    return shanghai_day(time)[:7]
