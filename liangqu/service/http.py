"""One port: /healthz, /readyz, /metrics, and the pages of events.

A connection is one request. The length of a request and the time it may take are bounded.
"""

import re
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import ClassVar, Literal
from urllib.parse import parse_qsl

import structlog
from msgspec import Struct

from liangqu.config.errors import ProblemError
from liangqu.config.listen_address import Listen, parse_listen
from liangqu.service.connections import BoundedServer
from liangqu.service.worker import TRANSIENT, Worker

Answer = tuple[int, str, bytes]  # status, content type (of a 303: where to), body
Page = Callable[[], Answer]
LARGEST_FORM = 4096
LARGEST_HEAD = 32 * 1024
REQUEST_S = 10.0  # from the connection to the end of the answer
LINGER_S = 0.5

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
# The pages need nothing but their own style, and nobody may put them into another page or learn their links.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_LENGTH = re.compile(r"[0-9]+")

log = structlog.get_logger()


class HttpRequest(Struct, frozen=True):
    """A request to a page with a form; `rest` follows its prefix in `path`, the first of a name counts.

    `accept` is what the client would read, in lower case; "" if it does not say.
    """

    method: Literal["GET", "POST"]
    path: str
    rest: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    accept: str = ""


Form = Callable[[HttpRequest], Answer]


class HttpServer:
    """Answers the given paths, each from a function, in threads of its own.

    Attributes:
        worker: The part that takes the connections, as any part of the service.

    Args:
        listen: As `parse_listen` takes it.
        pages: What each path answers to GET and HEAD.
        forms: What any path that begins so answers to GET, HEAD and POST.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: `listen` is no address.
    """

    def __init__(
        self, listen: str, pages: Mapping[str, Page], forms: Mapping[str, Form] | None = None
    ) -> None:
        handler = type("Handler", (_Handler,), {"pages": pages, "forms": forms or {}})
        address = parse_listen(listen)
        self._server = BoundedServer(address, handler)
        self.port: int = self._server.server_address[1]
        self._recreate = Listen(address.host, self.port), handler
        self.worker = Worker("http", self._step, renew=self._renew, finish=self._finish)

    def start(self) -> None:
        """Begin to answer."""
        self.worker.start()

    def stop(self) -> None:
        """Stop answering; returns when the port is free."""
        self.worker.stop()

    def _step(self) -> bool:
        self._server.handle_request()  # waits for one
        self._server.hang_up_on_slow(REQUEST_S)
        return True

    def _renew(self) -> None:
        self._server.server_close()
        self._server = BoundedServer(*self._recreate)

    def _finish(self) -> None:
        self._server.hang_up_on_slow(0.0)
        self._server.server_close()


class _BoundedReader:
    """A request as it is read; more than `LARGEST_HEAD` bytes of headers are refused."""

    def __init__(self, received: BufferedIOBase) -> None:
        self._received = received
        self._left: int | None = None  # begins with the headers; the line before them has its own bound

    def readline(self, size: int) -> bytes:
        """A line of it."""
        line = self._received.readline(size)
        self._left = LARGEST_HEAD if self._left is None else self._left - len(line)
        if self._left < 0:
            raise HTTPException("too long")
        return line

    def read(self, size: int) -> bytes:
        """Of its body."""
        return self._received.read(size)

    def close(self) -> None:
        """As of any file."""
        self._received.close()


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[Mapping[str, Page]] = {}
    forms: ClassVar[Mapping[str, Form]] = {}
    timeout = REQUEST_S
    server_version = "liangqu"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.rfile = _BoundedReader(self.rfile)  # type: ignore[assignment]

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        self._answer(page or (lambda: self._form("GET", b"")))

    def do_HEAD(self) -> None:
        self.do_GET()  # the body is left out where it is sent

    def do_POST(self) -> None:
        problem = self._body_problem()
        if problem:
            self._answer(lambda: problem)
            return
        body = self.rfile.read(_to_int(self.headers["Content-Length"]))
        self._answer(lambda: self._form("POST", body))

    def _body_problem(self) -> Answer | None:
        """Why the body is not read; None when it is."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or not lengths:
            return HTTPStatus.LENGTH_REQUIRED, TEXT, b"a Content-Length is needed\n"
        if len(set(lengths)) > 1 or not _LENGTH.fullmatch(lengths[0]):
            return HTTPStatus.BAD_REQUEST, TEXT, b"this is not a Content-Length\n"
        if _to_int(lengths[0]) > LARGEST_FORM:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TEXT, b"too large\n"
        return None

    def finish(self) -> None:
        """Read for a moment what is still being sent: a client that is cut off may not read the answer."""
        with suppress(OSError):
            super().finish()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_S)
            until = time.monotonic() + LINGER_S
            while time.monotonic() < until and self.connection.recv(LARGEST_HEAD):
                pass

    def _form(self, method: Literal["GET", "POST"], body: bytes) -> Answer:
        path, _, query = self.path.partition("?")
        for prefix, form in self.forms.items():
            if path.startswith(prefix):
                sent, rest = body.decode("utf-8", errors="replace"), path.removeprefix(prefix)
                accept = ", ".join(self.headers.get_all("Accept", [])).lower()
                return form(HttpRequest(method, path, rest, _fields(query), _fields(sent), accept))
        return HTTPStatus.NOT_FOUND, TEXT, b"not found\n"

    def _answer(self, page: Page) -> None:
        try:
            status, kind, body = page()
        except TRANSIENT as error:
            status, kind, body = HTTPStatus.SERVICE_UNAVAILABLE, TEXT, f"{error}\n".encode()
        except Exception as error:  # noqa: BLE001 - one page that fails stops no other
            trace = "".join(traceback.format_exception(error))
            log.error("page failed", path=self.path.partition("?")[0], trace=trace)  # noqa: TRY400 - same
            status, kind, body = HTTPStatus.INTERNAL_SERVER_ERROR, TEXT, b"internal error, see the log\n"
        self.send_response(status)
        self.send_header("Location" if status == HTTPStatus.SEE_OTHER else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_args: object) -> None:
        """Requests are not logged; the metrics would be their loudest part."""


def _to_int(digits: str) -> int:
    """As far as it is small; of thousands of digits Python would refuse to make a number."""
    return int(digits.lstrip("0")[:5] or 0)


def _fields(text: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(text, max_num_fields=20))) if text.count("&") < 20 else {}  # noqa: PLR2004 - same


def open_server(
    listen: str, pages: Mapping[str, Page], forms: Mapping[str, Form] | None = None
) -> HttpServer:
    """A server of these pages, not yet started.

    Raises:
        ProblemError: the address of the settings cannot be listened on now; exit code 1, it may be free soon.
    """
    try:
        return HttpServer(listen, pages, forms)
    except OSError as error:
        raise ProblemError(f"http.listen: {listen}: {error.strerror or error}", exit_code=1) from None
