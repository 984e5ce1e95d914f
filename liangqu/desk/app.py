"""Joins the desk: its pages, the gate before them, the stream, and the files that a browser loads."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from liangqu.desk.access.gate import Gate
from liangqu.desk.access.login_gate import LoginGate
from liangqu.desk.answers import Answers
from liangqu.desk.assets import answer_asset
from liangqu.desk.desk import Desk
from liangqu.desk.page import Page
from liangqu.desk.pages import PAGES
from liangqu.desk.pages.login import login_pages
from liangqu.desk.stream import LiveStream
from liangqu.desk.templates import Templates


def build_app(desk: Desk, gate: Gate, pages: Sequence[Page] = PAGES) -> Starlette:
    """The desk as an ASGI application."""
    if isinstance(gate, LoginGate):
        pages = [*pages, *login_pages(gate)]
    desk.refused = gate.counts
    answers = Answers(desk, gate, Templates([page for page in pages if page.in_menu]))
    stream = LiveStream(answers, {page.name: page for page in pages if page.live})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await stream.close()

    routes = [
        Route("/healthz", _health),
        Route("/assets/{digest}/{name}", answer_asset),
        Route("/stream/{page}", stream.answer),
        *(
            Route(page.path, _Endpoint(answers, page), methods=["GET", "POST"] if page.act else ["GET"])
            for page in pages
        ),
    ]
    failures = dict.fromkeys((404, 405), partial(_fail, answers))
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=failures)


class _Endpoint:
    """A page as an ASGI application, for all its methods."""

    def __init__(self, answers: Answers, page: Page) -> None:
        self._answers, self._page = answers, page

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        request = Request(scope, receive, send)  # type: ignore[arg-type]
        response = await self._answers.answer(self._page, request)
        await response(scope, receive, send)  # type: ignore[arg-type]


async def _fail(answers: Answers, request: Request, _error: Exception) -> Response:
    return await answers.answer_nothing_there(request)


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
