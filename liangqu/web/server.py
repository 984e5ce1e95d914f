"""A server of an ASGI app: uvicorn's protocol within bounds, in any thread or in the main thread."""

import asyncio
import errno
import logging
import math
import signal
import ssl
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from typing import Any, Literal

import structlog
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from liangqu.config.listen_address import LONGEST_QUEUE, Listen, open_socket, parse_listen
from liangqu.web.connection import BoundedConnection, hang_up_on_idle, hang_up_on_oldest
from liangqu.web.failures import AnsweredFailures
from liangqu.web.headers import COMMON_HEADERS, SecurityHeaders
from liangqu.web.limits import BoundedRequests, WebLimits

LOOK_S = 0.2
GRACE_S = 2.0  # of answers under way when it ends
_NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = structlog.get_logger()


class WebServer:
    """Serves an app on an address; it is listened on from the beginning, so that a taken one is known.

    Either `run` serves in the main thread until the process is told to stop, or a thread calls `serve` again
    and again and `close` at its end.

    Attributes:
        port: Of the address, also when it asked for a free one.

    Args:
        listen: As `parse_listen` takes it.
        app: Answers requests; functions that are not `async` belong into Starlette's threads.
        headers: Of every answer.
        limits: Of requests and connections.
        transient: Failures of the app that pass: 503 with their words; any other is 500, and logged.
        tls: Serve HTTPS with this.
        lifespan: Whether the app is told of start and end.
        proxies: Addresses whose X-Forwarded-For and -Proto are believed.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: `listen` is no address.
    """

    def __init__(
        self,
        listen: str,
        app: ASGIApp,
        *,
        headers: Mapping[str, str] = COMMON_HEADERS,
        limits: WebLimits = WebLimits(),  # noqa: B008 - frozen
        transient: tuple[type[Exception], ...] = (),
        tls: ssl.SSLContext | None = None,
        lifespan: Literal["on", "off"] = "off",
        proxies: tuple[str, ...] = (),
    ) -> None:
        address = parse_listen(listen)
        self._headers = headers if limits.keep_alive else {**headers, "Connection": "close"}
        self._limits, self._tls = limits, tls
        self._config = Config(
            SecurityHeaders(AnsweredFailures(BoundedRequests(app, limits), transient), self._headers),
            log_config=None,
            access_log=False,
            h11_max_incomplete_event_size=limits.head,
            lifespan=lifespan,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            http=BoundedConnection,
            ws="none",
        )
        self._config.load()
        _hear_of_failures()
        self._socket = open_socket(address)
        self.port: int = self._socket.getsockname()[1]
        self._address = Listen(address.host, self.port)
        self._stopping = threading.Event()
        self._begin()

    def _begin(self) -> None:
        self._state = ServerState()
        self._lifespan = self._config.lifespan_class(self._config)
        self._runner: asyncio.Runner | None = None
        self._listening: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._state.connections)

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`; in the main thread."""
        former = {each: signal.signal(each, self._on_signal) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.serve(math.inf, self._stopping.is_set)
        finally:
            self.close()
            for each, handler in former.items():
                signal.signal(each, handler)

    def stop(self) -> None:
        """End `run`; from any thread."""
        self._stopping.set()

    def serve(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Serve for so long, or until it is over, which is asked every `LOOK_S`; connections stay.

        Raises:
            RuntimeError: the app failed at its start.
        """
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._runner.run(self._open())
        self._runner.run(self._serve(seconds, is_over))

    def renew(self) -> None:
        """Begin anew on the same port after a failure."""
        self.close()
        self._socket = open_socket(self._address)
        self._begin()

    def close(self) -> None:
        """Free the port; answers under way have `GRACE_S`, everybody else is hung up on."""
        if self._runner is not None:
            with suppress(Exception):
                self._runner.run(self._end())
            self._runner.close()
        self._runner = None
        self._socket.close()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_failure)
        await self._lifespan.startup()
        if self._lifespan.should_exit:
            raise RuntimeError("the app failed at its start")
        self._listening = await loop.create_server(
            self._make_connection,
            sock=self._socket,
            backlog=LONGEST_QUEUE,
            ssl=self._tls,
            ssl_handshake_timeout=self._limits.request_s if self._tls else None,
            ssl_shutdown_timeout=self._limits.request_s if self._tls else None,
        )

    def _make_connection(self) -> BoundedConnection:
        return BoundedConnection(self._config, self._state, self._limits, self._headers)

    async def _serve(self, seconds: float, is_over: Callable[[], bool]) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while not is_over() and asyncio.get_running_loop().time() < until:
            now = formatdate(usegmt=True).encode()
            self._state.default_headers[:] = [(b"date", now)]
            await asyncio.sleep(LOOK_S)

    async def _end(self) -> None:
        if self._listening:
            self._listening.close()
        until = asyncio.get_running_loop().time() + GRACE_S
        while hang_up_on_idle(self._state) and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - many events
            await asyncio.sleep(LOOK_S / 10)
        for each in list(self._state.connections):
            each.transport.abort()
        await asyncio.sleep(0)  # in which apps hear of it
        await self._lifespan.shutdown()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stopping.set()

    def _on_failure(self, _loop: object, context: dict[str, Any]) -> None:
        """Of a connection: clients hang up, or are hung up on; that is no error."""
        failure = context.get("exception")
        if isinstance(failure, OSError):
            if failure.errno in _NONE_LEFT:
                hang_up_on_oldest(self._state)  # which gives up its file descriptor
        elif failure is not None:
            log.error("request failed", trace="".join(traceback.format_exception(failure)))


class _Failures(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else None
        if isinstance(failure, asyncio.CancelledError):  # by the end of the server
            return
        trace = "".join(traceback.format_exception(failure)) if failure else record.getMessage()
        log.error("request failed", trace=trace)


def _hear_of_failures() -> None:
    """What uvicorn logs of failures goes into our log, and its other lines nowhere."""
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.handlers = [_Failures()]
