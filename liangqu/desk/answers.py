"""Answers a request for a page: who may, what is shown or done, and what is said when it fails."""

import sqlite3
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ingest.journal import audit
from ingest.stores.base import StoreAway
from liangqu.config.errors import ProblemError
from liangqu.desk.access.cookies import cookie_name
from liangqu.desk.access.gate import Gate, GateShutError
from liangqu.desk.access.peer import is_plain_loopback
from liangqu.desk.access.user import Role, User
from liangqu.desk.desk import Desk
from liangqu.desk.page import Content, Done, NotDone, NotShown, Page, SentForm, Visit
from liangqu.desk.templates import Templates
from liangqu.desk.words import PageWords
from liangqu.web.turns import COME_AGAIN_S, CrowdedOutError, Turns
from sensors.excerpt import failure_trace
from sensors.model import LANGUAGES, Language

LANGUAGE = "language"
"""The cookie of whoever chose one."""
SAID = "said"
"""The query of a page after a form was carried out: the key of the sentence."""
_SAID_OF = {404: "not_found", 410: "gone", 413: "too_large"}  # RFC 9110
NOBODY = User(id="", name="")
MOST_FIELDS = 5000

log = structlog.get_logger()


class Answers:
    """Answers for all pages.

    Args:
        desk: What they stand on.
        gate: Who may pass.
        templates: What they look like.
    """

    def __init__(self, desk: Desk, gate: Gate, templates: Templates) -> None:
        self.desk = desk
        self.gate = gate
        self._templates = templates
        self._turns = Turns()

    async def answer(self, page: Page, request: Request) -> Response:
        """A page, or what keeps it from whoever asks; any failure is said and logged."""
        try:
            user = await run_in_threadpool(self.gate.identify, request)
        except GateShutError as error:
            return self._shut(request, error)
        return self.gate.leave(request, await self._answer(page, request, user))

    async def _answer(self, page: Page, request: Request, user: User | None) -> Response:
        if user is None and not page.is_open:
            return self._to_login(request)
        visit = self.visit(page, request, user or NOBODY)
        needed: Role = page.change if request.method == "POST" else page.look
        is_elsewhere = bool(visit.user.only_event) and visit.path.get("event") != visit.user.only_event
        if not page.is_open and (is_elsewhere or not visit.user.has(needed)):
            said = visit.words("not_allowed", role=visit.words(needed))
            return self._failure(visit, request, 403, said)
        chosen = request.query_params.get("lang")
        is_asked_for = chosen in LANGUAGES and request.method != "POST"  # a form is never lost by it
        if is_asked_for and not visit.user.only_event:  # a link of a message is signed with it
            return _in_language(request, str(chosen))
        try:
            form = await _read_form(request) if request.method == "POST" else None
            if form is not None and not self.gate.is_genuine(request, form):
                return self._failure(visit, request, 403, visit.words("forged"))
            async with self._turns.turn(visit.user.id) if page.is_expensive(visit) else nullcontext():
                if form is None:
                    return await run_in_threadpool(self._show, visit, request)
                return await run_in_threadpool(self._act, visit, request, form)
        except CrowdedOutError:
            refused = self._failure(visit, request, 503, visit.words("crowded", seconds=COME_AGAIN_S))
            refused.headers["Retry-After"] = str(COME_AGAIN_S)
            return refused
        except HTTPException as error:
            key = _SAID_OF.get(error.status_code, "bad_request")
            return self._failure(visit, request, error.status_code, visit.words(key, why=error.detail))
        except (ProblemError, StoreAway, TimeoutError, sqlite3.OperationalError) as error:
            return self._failure(visit, request, 503, visit.words("away", why=visit.problem(error)))
        except Exception as error:  # noqa: BLE001 - one page that fails stops no other
            log.error("page failed", path=request.url.path, trace=failure_trace(error))  # noqa: TRY400 - same
            return self._failure(visit, request, 500, visit.words("failed"))
        finally:
            await request.close()  # files that were sent with it

    async def answer_nothing_there(self, request: Request) -> Response:
        """404 for whoever is signed in; nobody else learns which pages there are."""
        try:
            user = await run_in_threadpool(self.gate.identify, request)
        except GateShutError as error:
            return self._shut(request, error)
        if user is None:
            return self._to_login(request)
        visit = self.visit(_NOWHERE, request, user)
        return self._failure(visit, request, 404, visit.words("not_found"))

    def _shut(self, request: Request, error: GateShutError) -> Response:
        visit = self.visit(_NOWHERE, request, NOBODY)
        return self._failure(visit, request, error.status, visit.words(error.key))

    def visit(self, page: Page, request: Request, user: User) -> Visit:
        """What a page is shown with."""
        language = self._language(request, user)
        return Visit(
            desk=self.desk,
            page=page,
            user=user,
            language=language,
            path=request.path_params,
            query=dict(reversed(request.query_params.multi_items())),
            words=PageWords(page.name, language),
            request=request,
            now=self.desk.clock(),
        )

    def part(self, visit: Visit) -> str:
        """The part of a page that is sent anew, as HTML."""
        shown = visit.page.show(visit)
        return "" if isinstance(shown, Response) else self._templates.part(visit, _content(shown))

    def _language(self, request: Request, user: User) -> Language:
        """What was chosen, else the first that the browser asks for, else that of the settings."""
        asked = [
            request.query_params.get("lang", "") if user.only_event else "",
            request.cookies.get(cookie_name(request, LANGUAGE), ""),
            *(each.strip()[:2].lower() for each in request.headers.get("accept-language", "").split(",")),
        ]
        known = (each for found in asked for each in LANGUAGES if found == each)
        return next(known, self.desk.files.settings.language)

    def _show(self, visit: Visit, request: Request) -> Response:
        shown = visit.page.show(visit)
        if isinstance(shown, Response):
            return shown
        if isinstance(shown, NotShown):
            return self._render(visit, request, shown.content, problem=shown.why, status=422)
        said = visit.query.get(SAID, "")
        notice = visit.words(said) if said in visit.words else ""
        return self._render(visit, request, shown, notice=notice)

    def _act(self, visit: Visit, request: Request, form: SentForm) -> Response:
        if visit.page.act is None:
            return self._failure(visit, request, 405, visit.words("not_found"))
        with audit.acting(visit.user.id, "link" if visit.user.only_event else "desk"):
            outcome = visit.page.act(visit, form)
        match outcome:
            case Response():
                return outcome
            case Done():
                query = urlencode({**_link(visit), **({SAID: outcome.said} if outcome.said else {})})
                to = outcome.to or request.url.path
                joint = "&" if "?" in to else "?"
                return RedirectResponse(f"{to}{joint}{query}" if query else to, 303)
        shown = visit.page.show(visit)
        if isinstance(shown, Response):
            return shown
        content = _content(shown)
        if isinstance(outcome, NotDone):
            typed = {"typed": form, "wrong": outcome.field}
            return self._render(visit, request, {**content, **typed}, problem=outcome.why, status=422)
        return self._render(visit, request, {**content, **outcome})

    def _render(
        self,
        visit: Visit,
        request: Request,
        content: Mapping[str, Any],
        *,
        notice: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        has_account = self.gate.has_accounts and not visit.user.only_event
        content = {"typed": SentForm({}), "wrong": "", "has_account": has_account, **content}
        token = self.gate.token(request)
        return HTMLResponse(
            self._templates.page(visit, content, token=token, notice=notice, problem=problem), status
        )

    def _failure(self, visit: Visit, request: Request, status: int, said: str) -> Response:
        """A page that says why in one sentence."""
        failed = self.visit(_NOWHERE, request, visit.user)
        return self._render(failed, request, {"said": said, "status": status}, status=status)

    def _to_login(self, request: Request) -> Response:
        """To the login and back; what is no page of a browser learns in the status alone."""
        is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if not is_page:
            return Response(status_code=401)
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?{urlencode({'next': there})}", 303)


def _nothing(_visit: Visit) -> Mapping[str, Any]:
    return {}


_NOWHERE = Page(path="", name="failure", show=_nothing, in_menu=False)


def _content(shown: Content | NotShown) -> Content:
    return shown.content if isinstance(shown, NotShown) else shown


def _link(visit: Visit) -> Mapping[str, str]:
    """Of a guest, the signed link: it opens each of the pages that follow."""
    return {key: visit.query.get(key, "") for key in ("by", "lang", "sig")} if visit.user.only_event else {}


def _in_language(request: Request, language: str) -> Response:
    """The same page again, and all others from now on, in a language."""
    left = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    there = request.url.path + (f"?{urlencode(left)}" if left else "")
    response = RedirectResponse(there, 303)
    response.set_cookie(
        cookie_name(request, LANGUAGE), language, max_age=365 * 86_400, samesite="lax", httponly=True,
        secure=not is_plain_loopback(request),
    )  # fmt: skip
    return response


async def _read_form(request: Request) -> SentForm:
    sent: FormData = await request.form(max_fields=MOST_FIELDS)
    fields: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for key, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files[key] = value
        else:
            # A password is verified exactly as it was typed.
            fields.setdefault(key, []).append(value if key.startswith("password") else value.strip())
    return SentForm(fields, files)


def is_own_path(text: str) -> bool:
    """Whether it leads to a page of this desk, not elsewhere."""
    parts = urlsplit(text)
    return text.startswith("/") and not text.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
