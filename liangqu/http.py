"""One port: /healthz, /readyz, /metrics, and the pages of episodes."""

import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct

from sensors.excerpt import escaped

Answer = tuple[int, str, bytes]  # status, content type (of a 303: where to), body
Page = Callable[[], Answer]
LARGEST_FORM = 4096


class Request(Struct, frozen=True):
    """What a page with a form is asked; `rest` follows its prefix in `path`, the first of a name counts."""

    method: Literal["GET", "POST"]
    path: str
    rest: str
    query: Mapping[str, str]
    form: Mapping[str, str]

    @staticmethod
    def encoded(fields: Mapping[str, str]) -> str:
        """As a query."""
        return urlencode(fields)


Form = Callable[[Request], Answer]


class HttpServer:
    """Answers the given paths, each from a function, in threads of its own.

    Args:
        listen: `host:port`; port 0 takes a free one.
        pages: What each path answers to GET.
        forms: What any path that begins so answers to GET and POST.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: `listen` is no `host:port`.
    """

    def __init__(
        self, listen: str, pages: Mapping[str, Page], forms: Mapping[str, Form] | None = None
    ) -> None:
        host, _, port = listen.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{listen!r} is no address such as 127.0.0.1:9464")
        handler = type("Handler", (_Handler,), {"pages": pages, "forms": forms or {}})
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
    forms: ClassVar[Mapping[str, Form]] = {}
    timeout = 10
    server_version = "liangqu"
    sys_version = ""

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        self._answer(page() if page else self._form("GET", b""))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_FORM:
            self._answer((413, "text/plain; charset=utf-8", b"too large\n"))
            return
        self._answer(self._form("POST", self.rfile.read(int(length))))

    def _form(self, method: Literal["GET", "POST"], body: bytes) -> Answer:
        path, _, query = self.path.partition("?")
        for prefix, form in self.forms.items():
            if path.startswith(prefix):
                sent = body.decode("utf-8", errors="replace")
                return form(Request(method, path, path.removeprefix(prefix), _fields(query), _fields(sent)))
        return 404, "text/plain; charset=utf-8", b"not found\n"

    def _answer(self, answer: Answer) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Location" if status == HTTPStatus.SEE_OTHER else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Requests are not logged; the metrics would be their loudest part."""


def _fields(text: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(text, max_num_fields=20))) if text.count("&") < 20 else {}  # noqa: PLR2004 - same


def health() -> Answer:
    """The process answers: that is all it says."""
    return 200, "text/plain; charset=utf-8", b"ok\n"


def readiness(troubles: Mapping[str, str], warnings: Sequence[str] = ()) -> Answer:
    """200 when no part has a trouble, else 503; JSON either way, with the words for each part.

    `warnings` is a list beside them: what should be looked at and leaves the service ready.
    """
    ready = not any(troubles.values())
    body = {
        "ready": ready,
        **{part: escaped(words) or "ok" for part, words in troubles.items()},
        "warnings": [escaped(words) for words in warnings],
    }
    return (200 if ready else 503), "application/json", msgspec.json.encode(body) + b"\n"
