"""One port: /healthz, /readyz, /metrics, and the pages of events; a function answers each."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from liangqu.config.errors import ProblemError
from liangqu.service.worker import TRANSIENT, Worker
from liangqu.web.headers import COMMON_HEADERS
from liangqu.web.limits import WebLimits
from liangqu.web.server import WebServer

Answer = tuple[int, str, bytes]  # status, content type (of a 303: where to), body
Page = Callable[[], Answer]
LIMITS = WebLimits()

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
# The pages need nothing but their own style.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    **COMMON_HEADERS,
}
_SERVE_S = 5.0  # after which the part counts as going well, as after any step
_MOST_FIELDS = 20


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
    """Answers the given paths, each from a function, which may take its time: it has a thread for it.

    Attributes:
        port: Where it listens.
        worker: The part that takes the connections, as any part of the service.

    Args:
        listen: As `parse_listen` takes it.
        pages: What each path answers to GET and HEAD.
        forms: What any path that begins so answers to GET, HEAD and POST.
        limits: Of requests and connections.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: `listen` is no address.
    """

    def __init__(
        self,
        listen: str,
        pages: Mapping[str, Page],
        forms: Mapping[str, Form] | None = None,
        limits: WebLimits = LIMITS,
    ) -> None:
        app = build_app(pages, forms or {})
        self._web = WebServer(listen, app, headers=HEADERS, limits=limits, transient=TRANSIENT)
        self.port: int = self._web.port
        self.worker = Worker("http", self._serve, renew=self._web.renew, finish=self._web.close)

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._web.connections

    def start(self) -> None:
        """Begin to answer."""
        self.worker.start()

    def stop(self) -> None:
        """Stop answering; returns when the port is free."""
        self.worker.stop()

    def _serve(self) -> bool:
        self._web.serve(_SERVE_S, lambda: self.worker.is_stopping)
        return True


def build_app(pages: Mapping[str, Page], forms: Mapping[str, Form]) -> ASGIApp:
    """The pages as an ASGI app; any other path is 404."""
    routes: list[BaseRoute] = [Route(path, _to_endpoint(page)) for path, page in pages.items()]
    routes += [
        Route(f"{prefix}{{rest:path}}", _to_form_endpoint(form), methods=["GET", "POST"])
        for prefix, form in forms.items()
    ]
    return Router(routes, redirect_slashes=False, default=_answer_nothing_there)


def _to_endpoint(page: Page) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:  # Starlette calls it in a thread
        return _to_response(page())

    return answer


def _to_form_endpoint(form: Form) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        sent = (await request.body()).decode("utf-8", errors="replace")
        asked = HttpRequest(
            "POST" if request.method == "POST" else "GET",
            request.url.path,
            request.path_params["rest"],
            _fields(request.url.query),
            _fields(sent),
            ", ".join(request.headers.getlist("Accept")).lower(),
        )
        return _to_response(await run_in_threadpool(form, asked))

    return answer


def _to_response(answer: Answer) -> Response:
    status, kind, body = answer
    name = "Location" if status == HTTPStatus.SEE_OTHER else "Content-Type"
    return Response(body, status, {name: kind})


async def _answer_nothing_there(scope: Scope, receive: Receive, send: Send) -> None:
    await _to_response((HTTPStatus.NOT_FOUND, TEXT, b"not found\n"))(scope, receive, send)


def _fields(text: str) -> dict[str, str]:
    if text.count("&") >= _MOST_FIELDS:
        return {}
    return dict(reversed(parse_qsl(text, max_num_fields=_MOST_FIELDS)))


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
