"""The end of a call, whatever the other side does: one thread hangs up each connection whose time is up."""

import contextlib
import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import Protocol


class _Connected(Protocol):
    """What can be hung up on: an HTTP connection or a conversation with a mail server."""

    @property
    def sock(self) -> socket | None:
        """The socket it uses now; None before it is connected, and after it was closed."""


class Deadline:
    """Hangs up when time is up, wherever the call is: a server that drips escapes any read timeout.

    Attributes:
        passed: Whether time was up before the call had ended.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._seconds = seconds
        self._connection: _Connected | None = None
        self._socket: socket | None = None

    @contextmanager
    def of(self, connection: _Connected) -> Iterator[None]:
        """Watch what happens inside; `connected` is to be called there once the connection stands."""
        self._connection = connection
        try:
            _watch.add(monotonic() + self._seconds, self)
            yield
        finally:
            self._connection = self._socket = None

    def connected(self) -> None:
        """The connection stands; to be called again when another socket takes its place, as STARTTLS does.

        Raises:
            TimeoutError: time was up before it did, when there was nothing to hang up on.
        """
        if self._connection is not None:
            self._socket = self._connection.sock  # an answer that closes takes it from the connection
        if self.passed:
            raise TimeoutError

    def hang_up(self) -> None:
        """Time is up; nothing happens where the call has ended."""
        connection = self._connection
        if connection is None:
            return
        self.passed = True
        connected = self._socket or connection.sock
        if connected is not None:
            # As a plain socket, under TLS too: the other thread is in the middle of it.
            socket.shutdown(connected, SHUT_RDWR)


class _Watch:
    """All deadlines, soonest first, in one thread that lives while there are any."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Deadline]] = []
        self._changed = threading.Condition()
        self._number = count()
        self._is_running = False

    def add(self, at: float, deadline: Deadline) -> None:
        """Hang up at that moment.

        Raises:
            RuntimeError: the system has no thread for it.
        """
        with self._changed:
            if not self._is_running:  # before the push: what waits without a thread would wait for good
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
                self._is_running = True
            heapq.heappush(self._due, (at, next(self._number), deadline))
            if self._due[0][2] is deadline:
                self._changed.notify()

    def _run(self) -> None:
        while (deadline := self._next()) is not None:
            # Of any kind: the thread has the others' deadlines too.
            with contextlib.suppress(Exception):
                deadline.hang_up()

    def _next(self) -> Deadline | None:
        """Wait for the next one that is due; None if there are no more."""
        with self._changed:
            while self._due:
                left = self._due[0][0] - monotonic()
                if left <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(left)
            self._is_running = False
            return None


_watch = _Watch()
