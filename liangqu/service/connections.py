"""Bounded connections to one of our ports: not too many, none for long, nothing on standard error."""

import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

import structlog

from liangqu.config.listen_address import Listen, open_socket

MOST = 64
LOOK_S = 0.2

log = structlog.get_logger()


class BoundedServer(ThreadingTCPServer):
    """At most `MOST` at once: the oldest gives way to the next."""

    daemon_threads = True
    block_on_close = False
    timeout = LOOK_S

    def __init__(self, listen: Listen, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("", 0), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = open_socket(listen)
        self.server_address = self.socket.getsockname()
        self._since: dict[socket.socket, float] = {}  # the oldest first
        self._changing = threading.Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; if no file descriptor is left, the oldest connection gives up its own."""
        try:
            return super().get_request()
        except OSError:  # no file descriptor left, or the client has gone already
            self._hang_up_on_oldest(1)
            time.sleep(LOOK_S)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own."""
        self._hang_up_on_oldest(len(self._since) + 1 - MOST)
        with self._changing:
            self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def hang_up_on_slow(self, longest: float) -> None:
        """Close all connections older than this many seconds, which ends their threads."""
        now = time.monotonic()
        with self._changing:
            for each, since in self._since.items():
                if now - since >= longest:
                    _hang_up(each)

    def shutdown_request(self, request: Any) -> None:
        """It is over."""
        with self._changing:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Print nothing, unlike the base class: clients hang up, or are hung up on; that is no error."""
        failure = sys.exc_info()[1]
        if failure is not None and not isinstance(failure, OSError):
            log.error("request failed", trace="".join(traceback.format_exception(failure)))

    def _hang_up_on_oldest(self, count: int) -> None:
        with self._changing:
            for each in list(self._since)[: max(0, count)]:
                _hang_up(each)
                del self._since[each]


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
