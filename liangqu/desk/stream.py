"""The stream of what changes: a page's live part as server-sent events, filled once for all who watch."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

import structlog
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from liangqu.desk.access.gate import GateShutError
from liangqu.desk.access.user import User
from liangqu.desk.answers import NOBODY, SAID, Answers
from liangqu.desk.page import Page, Visit
from sensors.excerpt import failure_line

EVERY_S = 2.0
"""The part is looked at again so often, and sent if it differs."""
REST = 9.0
"""A part that takes long to fill rests so many times as long: watching takes a tenth of a core at most."""
ALIVE_S = 15.0
"""So long nothing at all is sent at most: a comment keeps proxies from hanging up."""
MOST_WATCHERS = 200
MOST_PARTS = 24
"""So many different parts are filled at once: each query of a page is one, and a query can be anything."""

log = structlog.get_logger()


class LiveStream:
    """Streams for all who watch; one task fills each part for each language, while somebody watches it.

    Args:
        answers: Who may watch, and what is shown.
        pages: Those that have a live part, by name.
    """

    def __init__(self, answers: Answers, pages: Mapping[str, Page]) -> None:
        self._answers = answers
        self._pages = pages
        self._parts: dict[tuple[str, str, str, bool], _LivePart] = {}
        self._watchers = 0

    async def answer(self, request: Request) -> Response:
        """GET /stream/<page>: events `part`, each the HTML of the part."""
        page = self._pages.get(request.path_params["page"])
        try:
            user = await run_in_threadpool(self._answers.gate.identify, request)
        except GateShutError as error:
            return Response(status_code=error.status)
        if user is None:
            return Response(status_code=401)
        if page is None:
            return PlainTextResponse("not found\n", 404)
        if not user.has(page.look):
            return Response(status_code=403)
        visit = self._answers.visit(page, request, _anybody(user, page))  # watchers share what is filled
        visit = replace(visit, query={key: visit.query[key] for key in visit.query if key != SAID})
        if self._watchers >= MOST_WATCHERS or (
            len(self._parts) >= MOST_PARTS and _key(visit) not in self._parts
        ):
            return PlainTextResponse("too many are watching\n", 503, {"Retry-After": "30"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._events(visit, request), media_type="text/event-stream", headers=headers
        )

    async def close(self) -> None:
        """End all tasks."""
        for part in [*self._parts.values()]:
            part.stop()

    async def _events(self, visit: Visit, request: Request) -> AsyncIterator[str]:
        key = _key(visit)
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = _LivePart(self._answers, visit)
        self._watchers += 1
        part.watchers += 1
        try:
            async for event in part.changes():
                if not await run_in_threadpool(self._answers.gate.is_still_in, request):
                    return
                yield event or ": alive\n\n"
        finally:
            self._watchers -= 1
            part.watchers -= 1
            if not part.watchers:
                part.stop()
                self._parts.pop(key, None)


class _LivePart:
    """The part of a page in a language, filled anew while somebody watches."""

    def __init__(self, answers: Answers, visit: Visit) -> None:
        self.watchers = 0
        self._answers = answers
        self._visit = visit
        self._html = self._event = ""
        self._version = 0
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()

    async def changes(self) -> AsyncIterator[str]:
        """The event of each new state, the present one first; "" when nothing has changed for long."""
        seen = 0
        while True:
            try:
                async with self._changed:
                    await asyncio.wait_for(self._changed.wait_for(lambda: self._version > seen), ALIVE_S)  # noqa: B023 - waited for here
                    seen, event = self._version, self._event
                yield event
            except TimeoutError:
                yield ""

    async def _run(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                html = await run_in_threadpool(self._fill)
            except Exception as error:  # noqa: BLE001 - it is tried again, and watchers see that nothing comes
                log.warning("live part failed", page=self._visit.page.name, why=failure_line(error))
            else:
                if html != self._html:
                    async with self._changed:
                        self._html, self._event = html, _event(html)  # once, however many watch
                        self._version += 1
                        self._changed.notify_all()
            await asyncio.sleep(pause_after(time.monotonic() - begun))

    def _fill(self) -> str:
        return self._answers.part(replace(self._visit, now=self._answers.desk.clock()))


def _anybody(user: User, page: Page) -> User:
    """Nobody in particular, who may change what the page changes if that user may."""
    return replace(NOBODY, roles=frozenset({page.change} if user.has(page.change) else ()))


def _key(visit: Visit) -> tuple[str, str, str, bool]:
    may_change = visit.user.has(visit.page.change)
    return visit.page.name, visit.language, str(sorted(visit.query.items())), may_change


def _event(html: str) -> str:
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"event: part\n{lines}\n"


def pause_after(took: float) -> float:
    """Seconds until a part is filled again, which took so many."""
    return max(EVERY_S, REST * took)
