"""HTTP connections with a bound on every answer, whatever a server sends.

urllib3's time-out is that of one piece: a server that drips a byte a second, goes on with `100 Continue`, or
adds trailers for ever would hold its caller for good. Here the waiting as a whole is bounded, a line, and the
number of lines that follow each other; how many bytes a body may have is the caller's business.
"""

import io
import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SLOWEST = 10_000
"""Bytes per second; a server that is at least this fast may go on as long as it has data."""
MAX_TIMEOUTS = 2
"""How many time-outs may be spent on waiting, before any byte counts."""
LONGEST_LINE = 65_536
LINES_IN_A_ROW = 250  # a status line, a hundred headers, and a few interim answers
LINES_AT_ALL = 300_000  # chunks of 4 kB in a gigabyte; a byte a chunk would cost a core for an hour


class _TimedReader(io.RawIOBase):
    """A socket's bytes; reading may take `MAX_TIMEOUTS` time-outs, and the time at `SLOWEST`."""

    def __init__(self, received: io.RawIOBase, connection: socket.socket) -> None:
        self._received = received
        self._connection = connection
        self._timeout = connection.gettimeout()
        self._allowed = (self._timeout or 0.0) * MAX_TIMEOUTS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._timeout is None:
            return self._received.readinto(buffer)
        if self._allowed <= 0:
            raise TimeoutError("the answer takes too long")
        begun = time.monotonic()
        self._connection.settimeout(min(self._timeout, self._allowed))
        size = self._received.readinto(buffer)
        self._connection.settimeout(self._timeout)
        self._allowed += (size or 0) / SLOWEST - (time.monotonic() - begun)
        return size

    def close(self) -> None:
        self._received.close()
        super().close()


class _BoundedReader(io.BufferedReader):
    """Refuses lines without end, and lines after lines without end between two pieces of a body."""

    _in_a_row = _at_all = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self._in_a_row += 1
        self._at_all += 1
        if self._in_a_row > LINES_IN_A_ROW or self._at_all > LINES_AT_ALL:
            raise HTTPException("lines without end that are no body")
        bounded = size is not None and 0 <= size <= LONGEST_LINE
        line = super().readline(size if bounded else LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE and not bounded:
            raise HTTPException("a line without end")
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:  # a chunk of a negative length
            raise HTTPException("a body of no size")
        self._in_a_row = 0
        return super().read(size)

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        self._in_a_row = 0
        return super().readinto(buffer)


class _Response(HTTPResponse):
    """http.client's, over a bounded reader."""

    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(sock, *given, **named)
        self.fp: io.BufferedReader = _BoundedReader(_TimedReader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SafeConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


def bound_responses(manager: PoolManager) -> PoolManager:
    """Bound the responses of all connections of this manager; call it before its first request."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}
    return manager
