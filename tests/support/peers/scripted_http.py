"""An HTTP server that gives exactly the bytes it is told, for answers no real server gives on demand."""

import contextlib
import gzip
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

Behaviour = Callable[[socket.socket], None]
"""What is done with a connection whose request has been read, until the client has gone."""


def answer(status: str, body: str = "", **headers: str) -> bytes:
    """A complete answer; header names are written with `_` for `-`."""
    content = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Request:
    """What a client sent: first line, headers, body (unpacked)."""

    def __init__(self, head: str, body: bytes) -> None:
        self.line, *lines = head.split("\r\n")
        self.headers = dict(line.lower().split(": ", 1) for line in lines)
        self.body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body


class ScriptedServer:
    """Gives its `answers` in turn, one a request and connection; seconds of silence may stand among them."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.answers: deque[bytes | float | Behaviour] = deque()
        self.always: bytes | Behaviour | None = None  # to whatever is asked when no answer is left
        self.requests: list[Request] = []
        self._host = f"[{host}]" if ":" in host else host
        self._listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self._listener.settimeout(0.05)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection, contextlib.suppress(OSError):  # who asked may have had enough
                connection.settimeout(5)
                self.requests.append(self._receive(connection))
                self._reply(connection)

    def _reply(self, connection: socket.socket) -> None:
        while self.answers:
            part = self.answers.popleft()
            if not isinstance(part, float | int):
                self._give(connection, part)
                return
            time.sleep(part)
        if self.always is not None:
            self._give(connection, self.always)

    def _give(self, connection: socket.socket, part: bytes | Behaviour) -> None:
        if isinstance(part, bytes):
            connection.sendall(part)
        else:
            part(connection)

    def _receive(self, connection: socket.socket) -> Request:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionResetError
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += connection.recv(65536)
        return Request(head.decode(), body)
