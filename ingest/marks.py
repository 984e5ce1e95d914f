"""Marks: submitted to the journal, for the service at once and for the store, and read back from both."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ingest.journal import outgoing, requests
from ingest.journal.entries import PointEntry
from ingest.journal.review.locks import admit_change
from ingest.stores.base import Store
from sensors.calendar import SHANGHAI, EpochMs, from_ms, to_ms
from sensors.marks import Mark, from_row, to_point

_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_DAY, _MOMENT = timedelta(days=1), timedelta(milliseconds=1)


def submit(connection: sqlite3.Connection, mark: Mark, now: datetime) -> int:
    """Submit a mark, with the days to recompute; returns how many.

    The request tells the running service at once; the point goes to the store with the next lines. Days that
    have not come need no computing.

    Raises:
        LockedDayError: an approved day changes by it, and it lacks a reason or a name; nothing is submitted.
    """
    days = {(mark.site, day) for day in _days(mark, now)}
    admit_change(connection, days, "mark", by=mark.by, reason=mark.reason, now=now)
    connection.execute(
        "INSERT OR REPLACE INTO mark"
        " (site, parameter, made_ms, starts_ms, ends_ms, what, reason, by, taken_over_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            mark.site, mark.parameter, to_ms(mark.made), to_ms(mark.start), to_ms(mark.end), mark.what,
            mark.reason, mark.by, to_ms(mark.taken_over) if mark.taken_over else None,
        ),
    )  # fmt: skip
    requests.submit(connection, "mark", msgspec.to_builtins(mark), now)
    outgoing.add(connection, [PointEntry(to_point(mark))])
    requests.queue_recompute(connection, days, "mark")
    return len(days)


def journal_marks(connection: sqlite3.Connection) -> list[Mark]:
    """Every mark and withdrawal in this file."""
    rows = connection.execute(
        "SELECT site, parameter, starts_ms, ends_ms, what, reason, by, made_ms, taken_over_ms FROM mark"
    )
    return [
        Mark(
            site, parameter, from_ms(starts), from_ms(ends), what, reason, by, from_ms(made),
            None if taken_over is None else from_ms(taken_over),
        )
        for site, parameter, starts, ends, what, reason, by, made, taken_over in rows
    ]  # fmt: skip


def _days(mark: Mark, now: datetime) -> Iterator[str]:
    """The Shanghai days it touches; from midnight on the day before too: an end's label belongs there."""
    day = (mark.start - _MOMENT).astimezone(SHANGHAI).date()
    last = min(mark.end - _MOMENT, now).astimezone(SHANGHAI).date()
    while day <= last:
        yield day.isoformat()
        day += _DAY


def all_marks(store: Store, journal: sqlite3.Connection | None = None) -> list[Mark]:
    """Every mark and withdrawal ever made: those in the store, and those in the journal.

    Raises:
        StoreAway: the store does not answer.
    """
    found = {_identity(mark): mark for mark in _stored(store)}
    if journal is not None:
        found |= {_identity(mark): mark for mark in journal_marks(journal)}
    return [found[key] for key in sorted(found)]


def _identity(mark: Mark) -> tuple[datetime, str, str]:
    return (mark.made, mark.site, mark.parameter)


def _stored(store: Store) -> Iterable[Mark]:
    frame = store.points("mark", *_EVER)
    times = [from_ms(EpochMs(ms)) for ms in frame.index.as_unit("ms").asi8.tolist()]  # type: ignore[attr-defined]
    for made, row in zip(times, frame.to_dict("records"), strict=True):
        fields: dict[str, Any] = {str(name): value for name, value in row.items()}
        mark = from_row(fields["site"], fields["parameter"], made, fields)
        if mark is not None:
            yield mark
