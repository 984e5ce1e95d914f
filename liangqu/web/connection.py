"""One connection: its request must come, and its answer be taken, in time."""

import asyncio
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from liangqu.web.limits import WebLimits
from liangqu.web.lingering import LingeringTransport


class BoundedConnection(H11Protocol):
    """uvicorn's own, which by itself waits for a request for ever.

    Args:
        config: Of the server.
        state: What the connections of the server share.
        limits: Of time and number.
        headers: Of refusals that no app has seen.
    """

    def __init__(
        self, config: Config, state: ServerState, limits: WebLimits, headers: Mapping[str, str]
    ) -> None:
        super().__init__(config, state, {})
        self._limits = limits
        self._refusal_headers = headers
        self._begun = self.loop.time()
        self._deadline: asyncio.TimerHandle | None = None
        self._has_said_all = False

    @property
    def is_answering(self) -> bool:
        """Whether the request has come and its answer is not sent yet."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    @property
    def is_streaming(self) -> bool:
        """Whether the answer may go on for as long as it is read."""
        return self.is_answering and self.scope["path"].startswith(self._limits.streams)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; if there are too many, another gives way."""
        while len(self.connections) >= self._limits.connections:
            hang_up_on_oldest(self.server_state)
        super().connection_made(LingeringTransport(transport))
        self._begin_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on with the request; after the answer what comes is dropped."""
        if not self.transport.is_closing():
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Who has said all may still wait for the answer; of a stream it is how its reader leaves."""
        self._has_said_all = self.is_answering and not self.is_streaming and self.scheme == "http"
        return self._has_said_all

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        if not self.transport.is_closing():
            self._begin_request()
        super().on_response_complete()
        if self._has_said_all and not self.is_answering:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, with the status that fits and the headers of every answer."""
        if self.conn.our_state is not h11.IDLE:
            self.flow.pause_reading()  # it follows a request that is being answered, after which all ends
            return
        hint = getattr(sys.exc_info()[1], "error_status_hint", HTTPStatus.BAD_REQUEST)
        is_line = b"\n" not in self.conn.trailing_data[0]
        too_long = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        status = HTTPStatus(HTTPStatus.REQUEST_URI_TOO_LONG if is_line and hint == too_long else hint)
        body = f"{msg if status is HTTPStatus.BAD_REQUEST else status.phrase}\n".encode()
        headers = dict(self._refusal_headers) | {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        start = h11.Response(
            status_code=status,
            headers=[*self.server_state.default_headers, *sent],
            reason=status.phrase.encode(),
        )
        for event in (start, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def hang_up(self) -> None:
        """Now, without a word."""
        self.connections.discard(cast("Any", self))
        self.transport.abort()

    def age(self) -> tuple[bool, float]:
        """Smallest for the one that gives way first."""
        return self.is_answering, self._begun

    def _begin_request(self) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self._limits.request_s, self._look)

    def _look(self) -> None:
        if self.is_streaming and not self.flow.write_paused:
            self._begin_request()
        else:
            self.hang_up()


def hang_up_on_oldest(state: ServerState) -> None:
    """The one without a whole request first; nothing when there is none."""
    there = cast("set[BoundedConnection]", state.connections)
    if there:
        min(there, key=BoundedConnection.age).hang_up()


def hang_up_on_idle(state: ServerState) -> int:
    """All that wait for no answer, or for one without end; returns how many are left."""
    for each in list(cast("set[BoundedConnection]", state.connections)):
        if each.is_answering and not each.is_streaming:
            each.cycle.keep_alive = False
        else:
            each.hang_up()
    return len(state.connections)
