"""Deadlines share one thread: whatever befalls it, or one of them, the next call is hung up on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import Struct

from alerts.notify.channels import deadline
from alerts.notify.channels.deadline import Deadline
from tests.support.servers import PATIENCE

SOON = 0.05


class Call(Struct):
    """A call that waits for what never comes."""

    sock: socket.socket


class Broken:
    """A connection in a state that nobody foresaw."""

    @property
    def sock(self) -> socket.socket:
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the deadlines of other tests, which may still be waiting."""
    monkeypatch.setattr(deadline, "_watch", deadline._Watch())


@contextmanager
def waiting(deadline: Deadline) -> Iterator[socket.socket]:
    """The socket of a call under way, which ends after a long time if nobody hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs, deadline.of(Call(ours)):
        ours.settimeout(PATIENCE)
        deadline.connected()
        yield ours


def is_hung_up_on() -> bool:
    with waiting(call := Deadline(SOON)) as connection:
        return connection.recv(1) == b"" and call.passed


def test_a_thread_that_cannot_start_costs_no_later_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError), waiting(Deadline(SOON)):
            pass

    assert is_hung_up_on()


def test_one_that_cannot_be_hung_up_on_costs_the_others_nothing() -> None:
    with waiting(Deadline(2 * SOON)) as connection, Deadline(SOON).of(Broken()):
        assert connection.recv(1) == b""


def test_the_thread_ends_with_the_last_deadline_and_another_comes_with_the_next() -> None:
    before = set(threading.enumerate())
    assert is_hung_up_on()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()

    assert is_hung_up_on()


def test_a_call_that_ended_in_time_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with (early := Deadline(SOON)).of(Call(ours)):
            early.connected()
        assert is_hung_up_on()  # by then the first one's time was up
        theirs.sendall(b"x")
        assert ours.recv(1) == b"x"

    assert not early.passed


def test_time_that_was_up_before_the_connection_stood_is_an_error() -> None:
    late = Deadline(0.0)
    ours, theirs = socket.socketpair()
    with ours, theirs, late.of(Call(ours)):
        assert is_hung_up_on()
        with pytest.raises(TimeoutError):
            late.connected()
