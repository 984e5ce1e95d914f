"""The end of a connection: what is still being sent is read for a moment, so that the answer can be read."""

import asyncio
from typing import Any

LINGER_S = 0.5


class LingeringTransport(asyncio.Transport):
    """A transport whose `close` sends what is written, and lets go of the client `LINGER_S` later.

    A socket that is closed with unread bytes resets the connection, and the answer may be lost on its way.
    Over TLS it is closed at once: there one direction alone cannot be closed.

    Args:
        transport: Of the connection.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._inner = transport
        self._closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Of the socket."""
        return self._inner.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Whether nothing more is taken from the client."""
        return self._closing or self._inner.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it when there is room."""
        if not self.is_closing():
            self._inner.write(data)

    def pause_reading(self) -> None:
        """Let the client wait."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Take from it again."""
        self._inner.resume_reading()

    def close(self) -> None:
        """Once all is sent, and a moment later."""
        if self.is_closing():
            return
        self._closing = True
        if not self._inner.can_write_eof():
            self._inner.close()
            return
        self._inner.resume_reading()
        try:
            self._inner.write_eof()
        except OSError:  # the client has gone: nobody reads what is left
            self._inner.abort()
        else:
            self._linger()

    def abort(self) -> None:
        """At once, whatever is still to be sent."""
        self._closing = True
        self._inner.abort()

    def _linger(self) -> None:
        asyncio.get_running_loop().call_later(LINGER_S, self._let_go)

    def _let_go(self) -> None:
        if self._inner.get_write_buffer_size() and not self._inner.is_closing():
            self._linger()  # until the time of the request is over
        else:
            self._inner.abort()
