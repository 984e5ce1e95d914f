"""The connection that paho reads and writes: few large pieces for the system, many small ones for paho.

paho asks the system for every packet's first byte, its length and its rest, and sends each acknowledgement by
itself. Each such call gives the interpreter away to another thread, so they cost the whole service dearly.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator

READ_SIZE = 65_536
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """What paho takes for its socket; used by one thread at a time.

    Args:
        connection: Connected, plain or TLS.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.fileno = connection.fileno  # and the next two: as a socket's
        self.setblocking = connection.setblocking
        self.settimeout = connection.settimeout
        self._read_ahead = b""
        self._position = 0  # where in it the next recv begins
        self._unsent = bytearray()
        self._coalescing = False

    def do_handshake(self) -> None:
        """TLS's; nothing on a plain connection."""
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()

    def recv(self, size: int) -> bytes:
        """As a socket's, out of what has been read ahead."""
        if self._position == len(self._read_ahead):
            self._read_ahead, self._position = self._socket.recv(READ_SIZE), 0
        taken = self._read_ahead[self._position : self._position + size]
        self._position += len(taken)
        return taken

    def pending(self) -> int:
        """Bytes that have been read ahead, here or by TLS: select does not see them."""
        by_tls = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return len(self._read_ahead) - self._position + by_tls

    def send(self, data: bytes) -> int:
        """As a socket's; while coalescing all of it is taken."""
        if self._coalescing:
            self._unsent += data
            return len(data)
        self.flush()
        if self._unsent:
            raise BlockingIOError
        return self._socket.send(data)

    @contextlib.contextmanager
    def coalesced(self) -> Iterator[None]:
        """What is sent inside leaves as one piece at its end; `unsent` then says what had no room yet."""
        self._coalescing = True
        try:
            yield
        finally:
            self._coalescing = False
            self.flush()

    @property
    def unsent(self) -> int:
        """Bytes taken that the system had no room for yet."""
        return len(self._unsent)

    def flush(self) -> None:
        """Send as much of what is unsent as there is room for."""
        if self._unsent and self.fileno() >= 0:
            with contextlib.suppress(*WOULD_BLOCK):
                del self._unsent[: self._socket.send(self._unsent)]

    def close(self) -> None:
        """Send what the system takes at once, a DISCONNECT perhaps, and close."""
        with contextlib.suppress(OSError):
            self.flush()
        self._socket.close()


class SocketContext:
    """What paho takes for its TLS context, the one place where it lets others make its connection.

    Args:
        open_tls: Makes the context of each new connection, so that a certificate renewed on disk is taken;
            None = it stays plain.
    """

    check_hostname = True  # a context of ours checks the broker's name; a plain connection has none to check

    def __init__(self, open_tls: Callable[[], ssl.SSLContext] | None) -> None:
        self._open_tls = open_tls

    def wrap_socket(
        self,
        connection: socket.socket,
        *,
        server_hostname: str | None = None,
        do_handshake_on_connect: bool = False,
    ) -> Connection:
        """The connection, ready for its handshake. Small packets leave at once: Nagle's wait is off.

        Raises:
            OSError: a certificate cannot be read just now; the connection is closed.
        """
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._open_tls is None:
            return Connection(connection)
        try:
            safe = self._open_tls().wrap_socket(
                connection, server_hostname=server_hostname, do_handshake_on_connect=do_handshake_on_connect
            )
        except BaseException:
            connection.close()
            raise
        return Connection(safe)
