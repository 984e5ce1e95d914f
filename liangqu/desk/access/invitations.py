"""Links by which somebody sets a password: of the first administrator, and of whoever was invited."""

import threading
from datetime import datetime

from msgspec import Struct

from liangqu.desk.access.passwords import to_hash
from liangqu.desk.access.tokens import are_equal, new_token
from liangqu.desk.access.user import User
from liangqu.desk.access.user_changes import InvitationError, accept_invitation, add_user
from liangqu.desk.access.users import UserEntry, UsersFile

PATH = "/invitation"


class Invitation(Struct, frozen=True):
    """Whom a link invites; None makes the first administrator, who still has to choose a name."""

    user: User | None


class Invitations:
    """Links that are open now; any thread.

    Args:
        users: Their file.
    """

    def __init__(self, users: UsersFile) -> None:
        self._users = users
        self._lock = threading.Lock()
        self._first = ""

    def first_token(self) -> str:
        """The token of the first administrator's link, good until it is used or this process ends.

        "" once there is a user.

        Raises:
            UsersFileError: the file cannot be used.
        """
        if self._users.entries():
            return ""
        self._first = self._first or new_token()
        return self._first

    def of(self, token: str, now: datetime) -> Invitation | None:
        """Whom the token invites; None if it is none of ours, was used, or is too old.

        Raises:
            UsersFileError: the file cannot be used.
        """
        entries = self._users.entries()
        if not entries:
            is_first = bool(self._first) and are_equal(token, self._first)
            return Invitation(None) if is_first else None
        found = next((entry.user for entry in entries.values() if entry.is_invited_by(token, now)), None)
        return Invitation(found) if found else None

    def accept(self, token: str, password: str, now: datetime) -> UserEntry:
        """Set the password of whoever is invited.

        Raises:
            InvitationError: nobody is any more.
            ProblemError: the file cannot be used.
        """
        return accept_invitation(self._users.path, token, to_hash(password), now)

    def make_first(self, token: str, name: str, display_name: str, password: str) -> UserEntry:
        """Make the first administrator.

        Raises:
            InvitationError: there is a user already, or it is not the link.
            ProblemError: the name cannot be one, or the file cannot be written.
        """
        path = self._users.path
        entry = UserEntry(name, display_name, ("admin",), password_hash=to_hash(password))
        with self._lock:
            if self._users.entries() or not (self._first and are_equal(token, self._first)):
                raise InvitationError(f"{path}: no user has this link any more")
            add_user(path, entry)
            self._first = ""
        return entry
