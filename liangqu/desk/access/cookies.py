"""The cookie that names a session, or, before there is one, the browser that a form was made for."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from liangqu.desk.access.peer import is_plain_loopback

_NAME = "liangqu-desk"
_LONGEST = 100


def read_cookie(connection: HTTPConnection) -> str:
    """The token of the browser's cookie; "" if it has none."""
    token = connection.cookies.get(_name(connection), "")
    return token if len(token) <= _LONGEST else ""


def write_cookie(connection: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser this token until it is closed; the session may end before.

    Links from messages and boards lead here, so that it is sent with them, and with no other's form (Lax).
    """
    response.set_cookie(
        _name(connection), token, path="/", secure=not is_plain_loopback(connection), httponly=True,
        samesite="lax",
    )  # fmt: skip


def _name(connection: HTTPConnection) -> str:
    """With `__Host-` no other machine of the domain can set it; browsers take that over TLS only."""
    return _NAME if is_plain_loopback(connection) else f"__Host-{_NAME}"
