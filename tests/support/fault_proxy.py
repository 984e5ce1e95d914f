"""An HTTP server before a real InfluxDB: passes everything on, until it is told to misbehave."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Self

PassOn = Callable[[], bytes]
Misbehaviour = Callable[[PassOn], bytes]
"""Given how to get the real answer, the bytes to answer with before the connection is closed."""


class Trouble(NamedTuple):
    """What goes wrong, and with requests to which path."""

    path: str
    answer: Misbehaviour


class FaultProxy:
    """Listens on a free port of the loopback before `target`; use as a context manager.

    `asked` gets the moment (monotonic seconds) of each request that met the trouble.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.trouble: Trouble | None = None
        self.asked: list[float] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def misbehave(self, trouble: Trouble) -> None:
        """From the next request on."""
        self.asked.clear()
        self.trouble = trouble

    def behave(self) -> None:
        """Pass everything on again."""
        self.trouble = None

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(client,))
            thread.start()
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # whoever asked may have gone
            client.settimeout(5)
            request = _request(client)
            trouble = self.trouble
            path = request.split(b" ", 2)[1].decode() if request else ""
            if trouble is None or not path.startswith(trouble.path):
                client.sendall(self._pass_on(request))
                return
            self.asked.append(time.monotonic())
            client.sendall(trouble.answer(lambda: self._pass_on(request)))

    def _pass_on(self, request: bytes) -> bytes:
        if not request:
            return b""
        with socket.create_connection(("127.0.0.1", self._target), timeout=5) as server:
            server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            return b"".join(iter(lambda: server.recv(65536), b""))


def _request(client: socket.socket) -> bytes:
    """One whole request; b"" from a client that connected and left."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = client.recv(65536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0].split(b":")[1]):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
