"""A page that fails: one answer says so, the log says why, and no other page notices."""

import traceback
from http import HTTPStatus

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()


class AnsweredFailures:
    """503 with its words for a failure that passes, 500 and a line of the log for any other.

    Args:
        app: Whose failures.
        transient: Failures that pass.
    """

    def __init__(self, app: ASGIApp, transient: tuple[type[Exception], ...]) -> None:
        self._app = app
        self._transient = transient

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except self._transient as error:
            answer = PlainTextResponse(f"{error}\n", HTTPStatus.SERVICE_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001 - one page that fails stops no other
            trace = "".join(traceback.format_exception(error))
            log.error("page failed", path=scope.get("path", ""), trace=trace)  # noqa: TRY400 - same
            answer = PlainTextResponse("internal error, see the log\n", HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            return
        if not begun:
            await answer(scope, receive, send)
