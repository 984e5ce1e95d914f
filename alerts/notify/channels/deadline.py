"""The end of a call, whatever the other side does: one thread hangs up each connection whose time is up."""

import contextlib
import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection


class Deadline:
    """Hangs up when time is up, wherever the call is: a server that drips escapes any read timeout.

    Attributes:
        passed: Whether time was up before the call had ended.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._seconds = seconds
        self._connection: HTTPConnection | None = None
        self._socket: socket | None = None

    @contextmanager
    def of(self, connection: "HTTPConnection") -> Iterator[None]:
        """Connect, and watch what happens inside.

        Raises:
            TimeoutError: time was up before the connection stood.
        """
        self._connection = connection
        _watch.add(monotonic() + self._seconds, self)
        try:
            connection.connect()
            self._socket = connection.sock  # an answer that closes takes it from the connection
            if self.passed:
                raise TimeoutError
            yield
        finally:
            self._connection = self._socket = None

    def hang_up(self) -> None:
        """Time is up; nothing happens where the call has ended."""
        connection = self._connection
        if connection is None:
            return
        self.passed = True
        connected = self._socket or connection.sock
        if connected is not None:
            # As a plain socket, under TLS too: the other thread is in the middle of it.
            with contextlib.suppress(OSError):
                socket.shutdown(connected, SHUT_RDWR)


class _Watch:
    """All deadlines, soonest first, in one thread that lives while there are any."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Deadline]] = []
        self._changed = threading.Condition()
        self._number = count()

    def add(self, at: float, deadline: Deadline) -> None:
        with self._changed:
            is_alone = not self._due
            heapq.heappush(self._due, (at, next(self._number), deadline))
            if is_alone:
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            elif self._due[0][2] is deadline:
                self._changed.notify()

    def _run(self) -> None:
        while (deadline := self._next()) is not None:
            deadline.hang_up()

    def _next(self) -> Deadline | None:
        """Wait for the next one that is due; None if there are no more."""
        with self._changed:
            while self._due:
                left = self._due[0][0] - monotonic()
                if left <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(left)
            return None


_watch = _Watch()
