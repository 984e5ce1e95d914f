"""Whether a request may pass: who sends it, and whether its form was made by a page of ours."""

import hmac
import secrets

from starlette.requests import Request

from liangqu.desk.access.user import ROLES, User
from liangqu.desk.page import SentForm

LOCAL = User(id="local", name="本机", roles=frozenset(ROLES))
"""Everybody, where no login is asked for; only on loopback."""


class Gate:
    """Without logins: everybody is the one at this machine; forms carry a token all the same."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(32)

    def identify(self, request: Request) -> User | None:  # noqa: ARG002 - of a gate with logins
        """Who sends it; None: nobody is signed in."""
        return LOCAL

    def token(self, request: Request) -> str:  # noqa: ARG002 - same
        """What the forms of a page carry."""
        return self._token

    def is_genuine(self, request: Request, form: SentForm) -> bool:
        """Whether a page of ours made the form that was sent."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site in {"same-origin", "none"} and hmac.compare_digest(form["token"], self._token)
