"""Days of sites: which take a step together, when, and what is counted of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal.file import Journal
from ingest.journal.review.days import (
    count_changed,
    days_of,
    is_over,
    read_days,
    rename_site,
    take_step,
)
from ingest.journal.review.locks import LockedDayError, admit_change
from ingest.journal.review.steps import ReviewError, ReviewLevels, Step
from sensors.calendar import SHANGHAI

NOW = datetime(2026, 11, 5, tzinfo=SHANGHAI)
ONE = ReviewLevels(1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(Journal(tmp_path / "journal.db")) as journal, journal.transaction() as opened:
        yield opened


def take(connection: sqlite3.Connection, period: str, step: Step, by: str, reason: str = "") -> list[str]:
    days = days_of(period)
    steps = take_step(connection, "quick", days, step, by=by, reason=reason, levels=ONE, now=NOW)
    return [one.day for one in steps]


def lock(connection: sqlite3.Connection, period: str) -> None:
    take(connection, period, "submitted", "张")
    take(connection, period, "approved", "李")


@pytest.mark.parametrize(
    ("period", "number"), [("2026-02", 28), ("2024-02", 29), ("2026-10", 31), ("2026-10-09", 1)]
)
def test_a_period_is_its_days(period: str, number: int) -> None:
    days = days_of(period)

    assert len(days) == number
    assert all(day.startswith(period) for day in days)


@pytest.mark.parametrize("period", ["2026", "2026-13", "2026-02-30", "2026-W10-1", "2026-0٣", "heute", ""])
def test_what_is_no_period_is_said(period: str) -> None:
    with pytest.raises(ReviewError, match="neither a day, YYYY-MM-DD, nor a month"):
        days_of(period)


def test_a_day_is_submitted_from_a_minute_after_its_end(connection: sqlite3.Connection) -> None:
    end = datetime(2026, 11, 5, tzinfo=SHANGHAI)

    assert not is_over("2026-11-04", end + timedelta(seconds=59))
    assert is_over("2026-11-04", end + timedelta(minutes=1))
    with pytest.raises(ReviewError, match="quick 2026-11-04 is not over"):
        take(connection, "2026-11-04", "submitted", "张")
    with pytest.raises(ReviewError, match="is not over"):
        take(connection, "2026-11", "submitted", "张")
    assert read_days(connection) == []


def test_a_month_takes_along_the_days_that_have_not_taken_the_step(connection: sqlite3.Connection) -> None:
    lock(connection, "2026-10-09")
    take(connection, "2026-10-10", "submitted", "张")

    assert len(take(connection, "2026-10", "submitted", "赵")) == 29
    assert len(take(connection, "2026-10", "approved", "李")) == 30
    assert {one.state for one in read_days(connection, "quick")} == {"locked"}
    with pytest.raises(ReviewError, match="quick 2026-10-01 is approved"):
        take(connection, "2026-10", "approved", "李")


def test_a_month_is_approved_when_each_of_its_days_was_submitted(connection: sqlite3.Connection) -> None:
    take(connection, "2026-10-01", "submitted", "张")

    with pytest.raises(ReviewError, match="quick 2026-10-02 is not submitted"):
        take(connection, "2026-10", "approved", "李")
    assert [one.state for one in read_days(connection, "quick", ["2026-10-01"])] == ["submitted"]
    assert take(connection, "2026-10", "returned", "李", "缺数") == ["2026-10-01"]


def test_a_change_wants_a_reason_of_locked_days_alone_and_is_told_once(
    connection: sqlite3.Connection,
) -> None:
    lock(connection, "2026-10-01")
    take(connection, "2026-10-02", "submitted", "张")
    days = [
        ("quick", "2026-10-01"),
        ("quick", "2026-10-02"),
        ("quick", "2026-10-03"),
        ("hourly", "2026-10-01"),
    ]

    for by, reason in (("", "x"), ("x", ""), (" ", " ")):
        with pytest.raises(LockedDayError, match="quick 2026-10-01 is approved; --reason and --by"):
            admit_change(connection, days, "import", by=by, reason=reason, now=NOW)
    assert count_changed(connection) == 0
    for _ in range(2):
        admit_change(connection, days, "import", by="赵", reason="补录", now=NOW)
    admit_change(connection, days, "mark", by="钱\x07", reason=" 校准\n", now=NOW)  # as a report can print it

    found = read_days(connection)
    assert [(one.day, one.state) for one in found] == [("2026-10-01", "changed"), ("2026-10-02", "changed")]
    assert [(one.cause, one.by, one.reason) for one in found[0].changes] == [
        ("import", "赵", "补录"), ("mark", "钱", "校准")
    ]  # fmt: skip
    assert count_changed(connection) == 2
    with pytest.raises(LockedDayError):  # until it is submitted anew
        admit_change(connection, days, "import", by="", reason="", now=NOW)
    lock(connection, "2026-10-01")
    assert (count_changed(connection), read_days(connection)[0].changes) == (1, ())


def test_a_renamed_site_keeps_its_reviews(connection: sqlite3.Connection) -> None:
    lock(connection, "2026-10-01")

    rename_site(connection, "quick", "swift")

    assert [(one.site, one.state) for one in read_days(connection)] == [("swift", "locked")]
