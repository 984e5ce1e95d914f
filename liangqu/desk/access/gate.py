"""Whether a request may pass: who sends it, and whether its form was made by a page of ours."""

from collections import Counter
from collections.abc import Set as AbstractSet

from starlette.requests import Request
from starlette.responses import Response

from ingest.journal.audit import login_name
from liangqu.desk.access.cookies import read_cookie, write_cookie
from liangqu.desk.access.origin import is_foreign
from liangqu.desk.access.peer import LOOPBACK_NAMES, host_of
from liangqu.desk.access.tokens import are_equal, form_token, new_token
from liangqu.desk.access.user import ROLES, User
from liangqu.desk.page import SentForm

LOCAL = User(id=login_name(), name=login_name(), roles=frozenset(ROLES))
"""Everybody, where no login is asked for; only on loopback."""


class GateShutError(Exception):
    """Nobody gets in now; `status` and the key of the words that say why."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


class Gate:
    """Without logins: everybody is the one at this machine; forms carry a token all the same.

    Attributes:
        counts: What was refused, by reason.
        has_accounts: Whether a user has a page of the account.

    Args:
        hosts: By which names it may be addressed: under another one it is a page of elsewhere that asks.
        public_url: Where it is reached from outside.
    """

    has_accounts = False

    def __init__(self, hosts: AbstractSet[str] = LOOPBACK_NAMES, public_url: str = "") -> None:
        self.counts: Counter[str] = Counter()
        self._hosts = hosts
        self._public_url = public_url

    def identify(self, request: Request) -> User | None:
        """Who sends it; None: nobody is signed in. Asked often, it looks once.

        Raises:
            GateShutError: the request is refused whoever sends it, or nobody can be known now.
        """
        if not hasattr(request.state, "user"):
            request.state.user = self._identify(request)
        found: User | None = request.state.user
        return found

    def _identify(self, request: Request) -> User | None:
        if host_of(request) not in self._hosts:
            self.counts["foreign_host"] += 1
            raise GateShutError(403, "foreign_host")
        return LOCAL

    def is_still_in(self, request: Request) -> bool:
        """Whether whoever began this long answer may go on reading it."""
        before = self.identify(request)
        del request.state.user
        try:
            return self.identify(request) == before
        except GateShutError:
            return False

    def token(self, request: Request) -> str:
        """What the forms of a page carry; a browser without a cookie is given one by `leave`."""
        cookie = getattr(request.state, "new_cookie", "") or read_cookie(request)
        if not cookie:
            cookie = request.state.new_cookie = new_token()
        return form_token(cookie)

    def is_genuine(self, request: Request, form: SentForm) -> bool:
        """Whether a page of ours made the form that was sent."""
        cookie = read_cookie(request)
        is_ours = bool(cookie) and are_equal(form["token"], form_token(cookie))
        if not is_ours or is_foreign(request, self._public_url):
            self.counts["forged_form"] += 1
            return False
        return True

    def leave(self, request: Request, response: Response) -> Response:
        """The answer with the cookie that the browser is to have from now on."""
        if cookie := getattr(request.state, "new_cookie", ""):
            write_cookie(request, response, cookie)
        if getattr(request.state, "has_left", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
