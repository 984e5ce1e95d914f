"""What one request may cost: the length of its head and body, the time it takes, how many come at once."""

from collections.abc import Mapping
from http import HTTPStatus

from msgspec import Struct
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})


class WebLimits(Struct, frozen=True, kw_only=True):
    """The bounds of a server; lengths are bytes, times seconds, and what is exactly at a bound is taken.

    Attributes:
        head: Of the request line and of the headers, each.
        headers: How many.
        body: Of a request.
        bodies: Of requests to these paths, which may be longer.
        request_s: From the connection, or from the answer before, to the end of the answer.
        connections: At once; beyond them the oldest that has not sent its request gives way, then the oldest.
        keep_alive: Whether a connection may bring another request.
        streams: Beginnings of paths whose answers may go on as long as the client reads them.
    """

    head: int = 32 * 1024
    headers: int = 100
    body: int = 4096
    bodies: Mapping[str, int] = {}
    request_s: float = 10.0
    connections: int = 64
    keep_alive: bool = False
    streams: tuple[str, ...] = ()


class BoundedRequests:
    """Refuses a request that is too large before anything of its body is read.

    Args:
        app: Which answers the others.
        limits: Of head and body.
    """

    def __init__(self, app: ASGIApp, limits: WebLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        refused = find_refusal(scope, self._limits) if scope["type"] == "http" else None
        if refused is None:
            await self._app(scope, receive, send)
            return
        status, why = refused
        answer = PlainTextResponse(f"{why}\n", status, {"Connection": "close"})
        await answer(scope, receive, send)


def find_refusal(scope: Scope, limits: WebLimits) -> tuple[HTTPStatus, str] | None:
    """Status and words for a request that is not answered; None for one that is."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if len(scope["raw_path"]) + len(scope["query_string"]) > limits.head:
        return HTTPStatus.REQUEST_URI_TOO_LONG, "the address is too long"
    length = sum(len(name) + len(value) + len(": \r\n") for name, value in headers)
    if length > limits.head or len(headers) > limits.headers:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large"
    given = dict(headers)
    if b"transfer-encoding" in given or (scope["method"] in _WITH_A_BODY and b"content-length" not in given):
        return HTTPStatus.LENGTH_REQUIRED, "a Content-Length is needed"
    if int(given.get(b"content-length", 0)) > limits.bodies.get(scope["path"], limits.body):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"
    return None
