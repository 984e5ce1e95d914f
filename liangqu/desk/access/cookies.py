"""The cookie that names a session, or, before there is one, the browser that a form was made for.

And the one by which a browser is known from which somebody has signed in before.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from liangqu.desk.access.peer import is_plain_loopback

_NAME = "liangqu-desk"
_DEVICE = "liangqu-device"
_DEVICE_S = 180 * 86_400
_LONGEST = 200


def read_cookie(connection: HTTPConnection) -> str:
    """The token of the browser's cookie; "" if it has none."""
    return _read(connection, _NAME)


def read_device(connection: HTTPConnection) -> str:
    """The token of a browser from which somebody has signed in; "" if it has none."""
    return _read(connection, _DEVICE)


def _read(connection: HTTPConnection, name: str) -> str:
    token = connection.cookies.get(cookie_name(connection, name), "")
    return token if len(token) <= _LONGEST else ""


def write_cookie(connection: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser this token until it is closed; the session may end before.

    Links from messages and boards lead here, so that it is sent with them, and with no other's form (Lax).
    """
    _write(connection, response, _NAME, token, None)


def write_device(connection: HTTPConnection, response: Response, token: str) -> None:
    """Let the browser be known for half a year, also when nobody is signed in."""
    _write(connection, response, _DEVICE, token, _DEVICE_S)


def _write(
    connection: HTTPConnection, response: Response, name: str, token: str, seconds: int | None
) -> None:
    response.set_cookie(
        cookie_name(connection, name), token, max_age=seconds, path="/",
        secure=not is_plain_loopback(connection), httponly=True, samesite="lax",
    )  # fmt: skip


def cookie_name(connection: HTTPConnection, name: str) -> str:
    """With `__Host-` no other machine of the domain can set it; browsers take that over TLS only."""
    return name if is_plain_loopback(connection) else f"__Host-{name}"
