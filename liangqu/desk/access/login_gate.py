"""The gate with logins: sessions, a header of a trusted proxy, and links of messages."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from alerts.acknowledge import links
from ingest.journal import audit
from ingest.journal.file import Journal
from liangqu.config.desk_choice import DeskChoice, parse_network
from liangqu.desk.access import sessions
from liangqu.desk.access.cookies import read_cookie, read_device, write_device
from liangqu.desk.access.gate import Gate, GateShutError
from liangqu.desk.access.invitations import Invitations
from liangqu.desk.access.passwords import CrowdedError, is_password
from liangqu.desk.access.peer import address_of, is_from
from liangqu.desk.access.sessions import LoginSession
from liangqu.desk.access.throttle import LoginThrottle
from liangqu.desk.access.tokens import device_token, hash_of, known_device, new_token
from liangqu.desk.access.user import User
from liangqu.desk.access.users import UserEntry, UsersFile, UsersFileError
from sensors.excerpt import failure_line

log = structlog.get_logger()


class NotSignedIn(Struct, frozen=True):
    """A try that failed: the key of the words that say why, and how long the next one has to wait."""

    why: str
    wait: timedelta = timedelta(0)


class LoginGate(Gate):
    """Whoever is in the file of users signs in; any thread.

    Attributes:
        users: Their file.
        invitations: Links by which passwords are set.

    Args:
        choice: The settings `[desk]`.
        journal: Keeps the sessions and the audit list.
        clock: The time of day.
        guest: Whoever a signed link lets in to this request alone.
    """

    has_accounts = True

    def __init__(
        self,
        choice: DeskChoice,
        journal: Journal,
        clock: Callable[[], datetime],
        guest: Callable[[Request], User | None] = lambda _: None,
    ) -> None:
        super().__init__(public_url=choice.public_url)
        self.users = UsersFile(Path(choice.users))
        self.invitations = Invitations(self.users)
        self._journal = journal
        self._clock = clock
        self._guest = guest
        self._throttle = LoginThrottle()
        with journal.transaction() as connection:
            self._secret = links.secret(connection)
        self._header = choice.trusted_header
        self._proxies = [parse_network(each) for each in choice.trusted_proxies]

    def _identify(self, request: Request) -> User | None:
        try:
            return self._named_by_proxy(request) or self._signed_in(request) or self._guest(request)
        except UsersFileError as error:
            self.counts["users_file"] += 1
            log.error("file of users cannot be used", why=str(error))  # noqa: TRY400 - a line for people
            raise GateShutError(503, "no_users_file") from None
        except sqlite3.Error as error:
            log.error("sessions cannot be looked up", why=failure_line(error))  # noqa: TRY400 - same
            raise GateShutError(503, "gate_away") from None

    def _named_by_proxy(self, request: Request) -> User | None:
        """Who the header names; refused from elsewhere, and in the name of nobody here."""
        names = request.headers.getlist(self._header) if self._header else []
        if not names:
            return None
        if not is_from(request, self._proxies):
            self._refuse_header(request, "header_untrusted")
        entry = self.users.entry(names[0]) if len(names) == 1 else None
        if entry is None:
            self._refuse_header(request, "header_unknown")
        return entry.user if entry else None

    def _refuse_header(self, request: Request, why: str) -> None:
        self.counts[why] += 1
        peer = request.client.host if request.client else ""
        log.warning("trusted header refused", why=why, peer=peer)
        raise GateShutError(403, why)

    def _signed_in(self, request: Request) -> User | None:
        session = self.session(request)
        entry = self.users.entry(session.user) if session else None
        if session is None or entry is None or entry.credential != session.credential:
            return None
        now = self._clock()
        if session.is_to_note(now) and not self._journal.disk_is_full():
            with self._journal.transaction(frees=True) as connection:
                sessions.note(connection, session, now)
        return entry.user

    def session(self, request: Request) -> LoginSession | None:
        """The session of the browser's cookie, of whoever it was."""
        cookie = read_cookie(request)
        if not cookie:
            return None
        return sessions.find(self._journal.connection(), hash_of(cookie), self._clock())

    def sign_in(self, request: Request, name: str, password: str) -> NotSignedIn | None:
        """Begin a session for whoever knows the password; None: it has begun."""
        entry = self.verify(request, name, password)
        if isinstance(entry, NotSignedIn):
            return entry
        self.begin_session(request, entry, "login")
        return None

    def verify(self, request: Request, name: str, password: str) -> UserEntry | NotSignedIn:
        """Whose password that is; unknown names are answered alike, and as late."""
        now, address = self._clock(), address_of(request, self._proxies)
        device = known_device(self._secret, name, read_device(request))
        if wait := self._throttle.begin(name, address, now, device):
            self.counts["login_throttled"] += 1
            return NotSignedIn("wait", wait)
        entry = self.users.entry(name)
        try:
            is_right = is_password(entry.password_hash if entry else "", password)
        except CrowdedError:
            self.counts["login_busy"] += 1
            return NotSignedIn("busy")
        if entry is None or not is_right:
            self.counts["login_failed"] += 1
            # A name that nobody has may be a password in the wrong field.
            log.warning("login failed", user=entry.name if entry else "unknown", address=address)
            return NotSignedIn("wrong")
        self._throttle.succeed(name, address, now, device)
        return entry

    def begin_session(self, request: Request, entry: UserEntry, what: str) -> None:
        """A new session, in place of the browser's former one; `what` is for the audit list."""
        now, token = self._clock(), new_token()
        session = LoginSession(
            token_sha256=hash_of(token),
            user=entry.name,
            credential=entry.credential,
            begun=now,
            seen=now,
            address=address_of(request, self._proxies),
            browser=request.headers.get("user-agent", ""),
        )
        with self._journal.transaction() as connection, audit.acting(entry.name, "desk"):
            sessions.end(connection, hash_of(read_cookie(request)))
            sessions.begin(connection, session)
            audit.record(connection, what, [entry.name], now, details={"address": session.address})
        request.state.new_cookie = token
        request.state.new_device = device_token(self._secret, entry.name)

    def leave(self, request: Request, response: Response) -> Response:
        """As without logins; a browser from which somebody has signed in is known from now on."""
        if device := getattr(request.state, "new_device", ""):
            write_device(request, response, device)
        return super().leave(request, response)

    def sign_out(self, request: Request, user: User, *, everywhere: bool = False) -> None:
        """End this browser's session, or all of the user's; the browser gets a new cookie."""
        with self._journal.transaction(frees=True) as connection:
            if everywhere:
                sessions.end_all(connection, user.id)
            sessions.end(connection, hash_of(read_cookie(request)))
            audit.record(connection, "logout", [user.id], self._clock(), details={"everywhere": everywhere})
        request.state.new_cookie, request.state.has_left = new_token(), True

    def sessions_of(self, user: User) -> list[LoginSession]:
        """All sessions of a user that go on."""
        return sessions.sessions_of(self._journal.connection(), user.id, self._clock())
