"""A batch with bad inputs in it: each good one is done once and in order, each bad one handed over alone."""

import errno
import sqlite3
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.journal.database.failures import is_of_the_file
from ingest.processing.halving import process_in_halves
from ingest.stores.base import StoreAway


@given(size=st.integers(1, 60), bad=st.sets(st.integers(0, 59)))
def test_good_inputs_are_done_once_in_order_and_bad_ones_handed_over(size: int, bad: set[int]) -> None:
    done: list[int] = []
    aside: list[int] = []
    alone: list[int] = []

    def work(some: Sequence[int]) -> None:
        alone.extend(some if len(some) == 1 else [])
        if bad.intersection(some):
            raise ValueError(some)
        done.extend(some)

    def set_aside(one: int, failure: Exception) -> None:
        assert failure.args == ([one],)
        aside.append(one)

    process_in_halves(list(range(size)), work, set_aside)

    assert done == [one for one in range(size) if one not in bad]
    assert aside == [one for one in range(size) if one in bad]
    assert len(alone) == len(set(alone))


def test_one_bad_among_2000_costs_few_attempts() -> None:
    calls: list[int] = []

    def work(some: Sequence[int]) -> None:
        calls.append(len(some))
        if 1234 in some:
            raise RecursionError

    process_in_halves(list(range(2000)), work, lambda _one, _failure: None)

    assert len(calls) <= 2 * 11 + 1


def test_a_failing_file_ends_it_where_it_stands() -> None:
    done: list[int] = []

    def work(some: Sequence[int]) -> None:
        if len(some) > 2:
            raise ValueError(some)
        if 4 in some:
            raise sqlite3.OperationalError("database or disk is full")
        done.extend(some)

    with pytest.raises(sqlite3.OperationalError):
        process_in_halves(list(range(8)), work, lambda _one, _failure: pytest.fail("nothing was to blame"))

    assert done == [0, 1, 2, 3]


def sqlite_error(kind: type[sqlite3.Error], code: int) -> sqlite3.Error:
    error = kind("words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        pytest.param(sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_BUSY), True, id="locked"),
        pytest.param(
            sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_BUSY_SNAPSHOT), True, id="locked, extended"
        ),
        pytest.param(sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_FULL), True, id="full"),
        pytest.param(
            sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_IOERR_SHMSIZE),
            True,
            id="full, of shared memory",
        ),
        pytest.param(sqlite_error(sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT), True, id="damaged"),
        pytest.param(sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_READONLY), True, id="read-only"),
        pytest.param(sqlite3.OperationalError("the disk is full"), True, id="full, as we say it"),
        pytest.param(OSError(errno.ENOSPC, "No space left on device"), True, id="full, of the system"),
        pytest.param(
            sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_ERROR), False, id="too many variables"
        ),
        pytest.param(sqlite_error(sqlite3.DataError, sqlite3.SQLITE_TOOBIG), False, id="a text too big"),
        pytest.param(
            sqlite_error(sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT), False, id="a constraint"
        ),
        pytest.param(sqlite3.ProgrammingError("Error binding parameter 1"), False, id="not to be bound"),
        pytest.param(OSError("no number"), False, id="any OSError"),
        pytest.param(StoreAway("gone"), False, id="a store, which nothing here asks"),
        pytest.param(MemoryError(), False, id="memory: less at a time may do, and one alone is tried again"),
        pytest.param(RecursionError(), False, id="the stack"),
    ],
)
def test_whose_failure_it_is(failure: Exception, expected: bool) -> None:
    assert is_of_the_file(failure) is expected
