"""One port for health and metrics: /healthz, /readyz, /metrics."""

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import msgspec

Answer = tuple[int, str, bytes]  # status, content type, body
Page = Callable[[], Answer]


class HttpServer:
    """Answers GET for the given paths, each from a function, in threads of its own.

    Args:
        listen: `host:port`; port 0 takes a free one.
        pages: What each path answers.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: `listen` is no `host:port`.
    """

    def __init__(self, listen: str, pages: Mapping[str, Page]) -> None:
        host, _, port = listen.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{listen!r} is no address such as 127.0.0.1:9464")
        handler = type("Handler", (_Handler,), {"pages": pages})
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="http", daemon=True)
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; returns when the port is free."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[Mapping[str, Page]] = {}
    timeout = 10
    server_version = "liangqu"
    sys_version = ""

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        status, kind, body = page() if page else (404, "text/plain; charset=utf-8", b"not found\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Requests are not logged; the metrics would be their loudest part."""


def health() -> Answer:
    """The process answers: that is all it says."""
    return 200, "text/plain; charset=utf-8", b"ok\n"


def readiness(troubles: Mapping[str, str]) -> Answer:
    """200 when no part has a trouble, else 503; JSON either way, with the words for each part."""
    ready = not any(troubles.values())
    body = {"ready": ready, **{part: words or "ok" for part, words in troubles.items()}}
    return (200 if ready else 503), "application/json", msgspec.json.encode(body) + b"\n"
