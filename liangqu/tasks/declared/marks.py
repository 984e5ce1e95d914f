"""Marks as commands read them: from the store, and from the journal where there is one."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from ingest.marks import all_marks, submit
from liangqu.config.errors import ProblemError
from sensors.marks import EVERY, Mark, effective_marks

if TYPE_CHECKING:
    import sqlite3

    from ingest.stores.base import Store
    from liangqu.config.settings import Settings

LATEST = datetime(2100, 12, 31, tzinfo=UTC)
"""When the last maintenance window that can be declared is over."""
State = Literal["in_force", "in_part", "taken_back", "take_back"]
Misfit = Literal["backwards", "early", "late"]

_MOMENT = timedelta(milliseconds=1)


class ListedMark(Struct, frozen=True):
    """A mark and what has become of it; `take_back` is a withdrawal itself."""

    mark: Mark
    state: State


@contextmanager
def open_journal_as_it_stands(settings: "Settings") -> Iterator["sqlite3.Connection | None"]:
    """The journal file at this moment; None where there is none, and none is made."""
    from liangqu.config.factories import open_journal

    if not Path(settings.journal.path).exists():
        yield None
        return
    with closing(open_journal(settings)) as journal, journal.snapshot() as connection:
        yield connection


def recorded_marks(settings: "Settings", store: "Store") -> list[Mark]:
    """Every mark and withdrawal ever made, by when.

    Raises:
        StoreAway: the store does not answer.
    """
    with open_journal_as_it_stands(settings) as journal:
        return all_marks(store, journal)


def listed_marks(record: Sequence[Mark]) -> list[ListedMark]:
    """All of a record with what became of each, in its order."""
    left: dict[tuple[datetime, str, str], timedelta] = {}
    for mark in effective_marks(record):
        key = (mark.made, mark.site, mark.parameter)
        left[key] = left.get(key, timedelta(0)) + (mark.end - mark.start)
    return [ListedMark(one, _state(one, left.get((one.made, one.site, one.parameter)))) for one in record]


def _state(mark: Mark, left: timedelta | None) -> State:
    if mark.what == "withdrawn":
        return "take_back"
    if left is None:
        return "taken_back"
    return "in_force" if left == mark.end - mark.start else "in_part"


def find_misfit(settings: "Settings", start: datetime, end: datetime) -> Misfit | None:
    """Why no mark can be of this interval; None: it can.

    Nothing is marked from before the earliest reading that is taken, or to after `LATEST`.
    """
    if end <= start:
        return "backwards"
    if start < settings.bounds().earliest:
        return "early"
    return "late" if end > LATEST else None


def check_withdrawal(withdrawal: Mark, in_force: Sequence[Mark]) -> None:
    """Check that there is a mark to take back.

    Raises:
        ProblemError: there is none.
    """
    there = [
        one
        for one in in_force
        if one.site == withdrawal.site and one.overlaps(withdrawal.start, withdrawal.end)
    ]
    if not any(withdrawal.parameter in {EVERY, one.parameter} for one in there):
        others = ", ".join(sorted({one.parameter for one in there}))
        hint = f"; there is one on {others}" if others else ""
        site, parameter = withdrawal.site, withdrawal.parameter
        raise ProblemError(f"no mark on {site} {parameter} in that interval{hint}", exit_code=1)


def take_over_marks(settings: "Settings", found: Sequence[Mark]) -> int:
    """Submit the marks of a file that are not in force here; how many they were.

    Each keeps when it was made, or is a millisecond later where another mark of its series was made then.

    Raises:
        ProblemError: the store cannot be reached, or one without a reason is of an approved day.
    """
    from liangqu.config.factories import open_journal, reading_store
    from liangqu.tasks.declared.day_approval import locks_told

    with reading_store(settings) as store:
        record = recorded_marks(settings, store)
    there = {structs.replace(one, made=_NEVER, taken_over=None) for one in effective_marks(record)}
    taken = {(one.made, one.site, one.parameter) for one in record}
    new = [one for one in found if structs.replace(one, made=_NEVER) not in there]
    with locks_told(), closing(open_journal(settings)) as journal, journal.transaction() as connection:
        for mark in new:
            made = mark.made
            while (made, mark.site, mark.parameter) in taken:
                made += _MOMENT
            taken.add((made, mark.site, mark.parameter))
            now = datetime.now(UTC)
            submit(connection, structs.replace(mark, made=made, taken_over=now), now)
    return len(new)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
