"""The cookie that names a session, or, before there is one, the browser that a form was made for."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from liangqu.desk.access.peer import is_plain_loopback

_NAME = "liangqu-desk"
_LONGEST = 100


def read_cookie(connection: HTTPConnection) -> str:
    """The token of the browser's cookie; "" if it has none."""
    token = connection.cookies.get(cookie_name(connection, _NAME), "")
    return token if len(token) <= _LONGEST else ""


def write_cookie(connection: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser this token until it is closed; the session may end before.

    Links from messages and boards lead here, so that it is sent with them, and with no other's form (Lax).
    """
    name, secure = cookie_name(connection, _NAME), not is_plain_loopback(connection)
    response.set_cookie(name, token, path="/", secure=secure, httponly=True, samesite="lax")


def cookie_name(connection: HTTPConnection, name: str) -> str:
    """With `__Host-` no other machine of the domain can set it; browsers take that over TLS only."""
    return name if is_plain_loopback(connection) else f"__Host-{name}"
